"""Hints on ribs and shadows that do not go together: of the frame on screen, and of all that was drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from lusgui.base.errors import CancelledError, LusguiError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.measures.plane import Structure, is_shadow, structure_of
from lusgui.core.rib_shadow import Hint, Oddity
from lusgui.core.rib_shadow_fan import check_frame

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.io.study_entries import RecordingEntry
    from lusgui.session.session import Session

Found = dict[PlaneKey, tuple[Hint, ...]]


class RibChecks:
    """What was found odd about ribs and their shadows.

    Parameters
    ----------
    session : Session
        Whose masks.

    Signals
    -------
    changed()
        All that was drawn has been looked at, or another study is open.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: Found | None = None
        session.study_changed.connect(self._forget)
        session.mask_changed.connect(self._mask_changed)

    def rib_label(self) -> str | None:
        """Return the key of the label of ribs; None where there is none."""
        return next(
            (one.key for one in self._session.labels if structure_of(one.key, one.name) is Structure.RIB),
            None,
        )

    def shadow_label(self) -> str | None:
        """Return the key of the label of shadows; None where there is none."""
        return next((one.key for one in self._session.labels if is_shadow(one.key, one.name)), None)

    def check(self, place: tuple[int, int], gray: NDArray[np.float32] | None) -> tuple[Hint, ...]:
        """Look at one frame.

        Parameters
        ----------
        place : (recording id, frame)
            Where.
        gray : (H, W) float32 ndarray in [0, 1] or None
            The frame, as far as it has been read.
        """
        label, shadow = self.rib_label(), self.shadow_label()
        if label is None:
            return ()
        ribs = self._session.mask(PlaneKey(*place, label))
        drawn = None if shadow is None else self._session.mask(PlaneKey(*place, shadow))
        if gray is not None and gray.shape != ribs.shape:
            return ()
        return check_frame(ribs, gray, drawn, self._session.measuring.spacing_mm())

    @property
    def has_run(self) -> bool:
        """Whether all that was drawn has been looked at."""
        return self._found is not None

    def places(self, kind: Oddity) -> list[PlaneKey]:
        """Return the frames on which something was found odd."""
        found = self._found or {}
        return [key for key, hints in found.items() if any(hint.kind is kind for hint in hints)]

    def prepare(self) -> Callable[[Progress], Found] | None:
        """Return what looks at all frames on which ribs or shadows were drawn; it may run in a thread.

        None where there are no ribs.
        """
        session, label, shadow = self._session, self.rib_label(), self.shadow_label()
        study = session.study
        if study is None or label is None:
            return None
        wanted: list[tuple[RecordingEntry, list[int]]] = []
        for entry in study.recordings():
            statuses = session.statuses(entry.id)
            frames = {
                frame
                for (frame, own), status in statuses.items()
                if own in (label, shadow)
                and status not in (Status.UNTOUCHED, Status.REJECTED, Status.IGNORED)
            }
            if frames:
                wanted.append((entry, sorted(frames)))

        def look(progress: Progress) -> Found:
            found: Found = {}
            total, done = sum(len(frames) for _, frames in wanted), 0
            for entry, frames in wanted:
                grays = _Grays(entry)
                try:
                    for frame in frames:
                        progress(done, total, entry.name)
                        done += 1
                        key = PlaneKey(entry.id, frame, label)
                        ribs = study.mask(key)
                        drawn = None if shadow is None else study.mask(PlaneKey(entry.id, frame, shadow))
                        if ribs is None:
                            ribs = np.zeros(entry.shape, bool)
                        hints = check_frame(ribs, grays.frame(frame), drawn, entry.spacing_mm)
                        if hints:
                            found[key] = hints
                finally:
                    grays.close()
            return found

        return look

    def take(self, found: Found) -> None:
        """Take what a look at everything found."""
        self._found = dict(found)
        self.changed.emit()

    def _forget(self) -> None:
        self._found = None
        self.changed.emit()

    def _mask_changed(self, key: PlaneKey, _box: object) -> None:
        """Forget what was odd about a frame that is drawn on, until somebody looks again."""
        label = self.rib_label()
        if self._found and label is not None and key.label in (label, self.shadow_label()):
            here = PlaneKey(key.recording_id, key.frame, label)
            if self._found.pop(here, None) is not None:
                self.changed.emit()


class _Grays:
    """Frames of one recording as gray; None where the file cannot be read any more."""

    def __init__(self, entry: RecordingEntry) -> None:
        from lusgui.io.open import open_recording

        self._entry, self._recording = entry, None
        try:
            self._recording = open_recording(entry.path, recipe=entry.recipe)
        except CancelledError:
            raise
        except (LusguiError, OSError):
            return  # drawn shadows can be looked at all the same

    def frame(self, frame: int) -> NDArray[np.float32] | None:
        if self._recording is None or self._entry.mapping is None:
            return None
        if self._recording.frame_shape != self._entry.shape or frame >= self._recording.frame_count:
            return None
        return self._entry.mapping.apply(self._recording.frame(frame))

    def close(self) -> None:
        if self._recording is not None:
            self._recording.close()
