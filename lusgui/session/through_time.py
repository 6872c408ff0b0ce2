"""Masks through time: key frames, and ghosts made from neighbours: copied, interpolated, carried by flow."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from psygnal import Signal

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.progress import Progress
from lusgui.session.carrying import CARRIED, COPIED, INTERPOLATED, Found, Gap, Way, carry, fill_gaps
from lusgui.session.coherence import Coherence
from lusgui.session.ghosts import Ghost, Ghosts
from lusgui.session.key_frames import KeyFrames, gaps_between

if TYPE_CHECKING:
    from lusgui.session.session import Session

MOST_BYTES = 256 * 1024 * 1024
"""Ghosts take no more memory than this: of 1024 x 1024 pixels 256 frames, of 960 x 128 two thousand."""

MOST_GHOSTS = 1000
"""More are not made before these are decided about: accepting them all is one edit, which takes its time."""

Work = Callable[[Callable[[Found], None], Progress], str]


@dataclass(frozen=True, eq=False)
class TimeAsk:
    """Long work that somebody else shall do in a thread.

    Parameters
    ----------
    token : int
        To be given back with every answer.
    title : str
        What people read.
    work : callable
        Takes whom to give masks to and whom to tell of progress; returns what to say at the end. It touches
        nothing of the session.
    """

    token: int
    title: str
    work: Work


class ThroughTime(Ghosts):
    """What is done to masks through time in the open study.

    Parameters
    ----------
    session : Session
        Whose masks.

    Signals
    -------
    changed()
        Key frames or ghosts are others.
    asked(TimeAsk)
        Work for a thread.
    stop_asked(int)
        The work of that token is no longer wanted.
    told(str)
        Something to be said to the person.
    """

    asked = Signal(TimeAsk)
    stop_asked = Signal(int)
    told = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.key_frames = KeyFrames(session)
        self.coherence = Coherence(session, self)
        self._running: dict[int, tuple[int, str, str, str]] = {}
        self._numbers = itertools.count(1)
        session.mask_changed.connect(self._mask_changed)
        session.reading_changed.connect(self._reading_changed)
        session.recordings_changed.connect(self._prune)
        session.labels_changed.connect(self._prune)

    @property
    def is_running(self) -> bool:
        """Whether ghosts are being made."""
        return bool(self._running)

    # making

    def copy_from(self, step: int) -> str:
        """Show the mask of the nearest drawn frame before (-1) or after (1) as a ghost; say so."""
        session, key = self._session, self._session.key()
        if key is None:
            return ""
        reason = session.can_draw(key.recording_id)
        if reason is not None:
            return reason
        frame = self.nearest_drawn(key, step)
        if frame is None:
            if step < 0:
                return tr("No frame before this one has a mask to copy")
            return tr("No frame after this one has a mask to copy")
        mask = session.mask(PlaneKey(key.recording_id, frame, key.label))
        if np.array_equal(mask, session.mask(key)):
            return f"The mask here is that of frame {frame + 1} already"
        origin = f"copied from frame {frame + 1}"
        self._put(key, Ghost(mask, COPIED, origin))
        words = "Ghost copied from frame {frame}: {key:model.accept} accepts it, {key:click.drop} drops it"
        return tr(words, frame=frame + 1)

    def nearest_drawn(self, key: PlaneKey, step: int) -> int | None:
        """Return the nearest frame before (-1) or after (1) a plane that has a mask of a person, or None."""
        session = self._session
        said = session.statuses(key.recording_id).items()
        kinds = (Status.EDITED, Status.ACCEPTED)
        frames = (frame for (frame, own), status in said if own == key.label and status in kinds)
        ahead = sorted((f for f in frames if (f - key.frame) * step > 0), reverse=step < 0)
        planes = (PlaneKey(key.recording_id, frame, key.label) for frame in ahead)
        return next((plane.frame for plane in planes if session.mask(plane).any()), None)

    def toggle_key_frame(self) -> str:
        """Make this frame a key frame, or one like any other; return what to say."""
        key = self._session.key()
        if key is None:
            return ""
        place = key.recording_id, key.frame, key.label
        is_key = key.frame in self.key_frames.of(key.recording_id, key.label)
        if not is_key and not self._can_be_key(key):
            return tr("A key frame needs a mask: draw one first, or say “nothing here” ({key:frame.nothing})")
        is_key = self.key_frames.toggle(*place)
        self.changed.emit()
        number = len(self.key_frames.of(key.recording_id, key.label))
        if not is_key:
            return tr("Frame {frame} is a key frame no more", frame=key.frame + 1)
        words = "Frame {frame} is a key frame; mark another, then {key:time.interpolate}"
        if number > 1:
            words = "Frame {frame} is a key frame; {key:time.interpolate} fills the frames between"
        return tr(words, frame=key.frame + 1)

    def _can_be_key(self, key: PlaneKey) -> bool:
        session = self._session
        return bool(session.mask(key).any()) or session.status(key) is Status.NOTHING_HERE

    def interpolate(self) -> str:
        """Have the frames between key frames filled with ghosts; return what to say now.

        Without two key frames the drawn frames on both sides of this one stand in for them.
        """
        session, key = self._session, self._session.key()
        if key is None:
            return ""
        reason = session.can_draw(key.recording_id)
        if reason is not None:
            return reason
        recording_id, label = key.recording_id, key.label

        def plane(frame: int) -> PlaneKey:
            return PlaneKey(recording_id, frame, label)

        keys = [f for f in self.key_frames.of(recording_id, label) if self._can_be_key(plane(f))]
        if len(keys) < 2:
            sides = (self.nearest_drawn(key, -1), self.nearest_drawn(key, 1))
            keys = [frame for frame in sides if frame is not None]
        if len(keys) < 2:
            return tr(
                "Two key frames are needed: mark them with {key:time.key_frame}, or draw on either side of"
                " this"
                " frame"
            )
        gaps, room, is_cut = [], self._room(recording_id), False
        for first, last in gaps_between(keys):
            open_ones = [f for f in range(first + 1, last) if self._may_fill(plane(f))]
            free, is_cut = open_ones[:room], is_cut or len(open_ones) > room
            room -= len(free)
            if free:
                before, after = session.mask(plane(first)), session.mask(plane(last))
                gaps.append(Gap(first, last, before, after, free))
        if is_cut and not gaps:
            return "Accept or drop the ghosts that wait, then more are made"
        if not gaps:
            return "No free frame lies between the key frames: what you drew or decided stays as it is"
        spacing = self._spacing(recording_id)
        rest = "; " + tr("accept or drop them, then {key:time.interpolate} goes on") if is_cut else ""
        ends = {"first": gaps[0].first + 1, "last": gaps[-1].last + 1}
        origin = tr("interpolated between frames {first} and {last}", **ends)
        self._ask(
            "Interpolate",
            (recording_id, label, INTERPOLATED, origin),
            lambda give, progress: fill_gaps(gaps, spacing, give, progress) + rest,
        )
        return tr("Filling the frames between frames {first} and {last}…", **ends)

    def _may_fill(self, key: PlaneKey) -> bool:
        """Whether a ghost may lie there: nobody drew or decided, or it is the emptied frame on screen."""
        if self.is_free(key):
            return True
        session = self._session
        is_here = key == session.key() and session.status(key) is Status.EDITED
        return is_here and not session.mask(key).any()

    def propagate(self, step: int) -> str:
        """Have the mask of this frame carried forward (1) or back (-1); return what to say now."""
        session, key = self._session, self._session.key()
        row = None if key is None else session.row(key.recording_id)
        if key is None or row is None:
            return ""
        reason = session.can_draw(key.recording_id)
        if reason is not None:
            return reason
        mask = session.mask(key)
        if not mask.any():
            return "There is no mask here to propagate: draw one, or accept a ghost, first"
        recording, mapping = session.open_recording_of(key.recording_id), session.mapping(key.recording_id)
        if recording is None or mapping is None:
            return ""
        frames: list[int] = []
        end = tr("that was the last frame") if step > 0 else tr("that was the first frame")
        beyond = range(key.frame + step, row.frames if step > 0 else -1, step)
        room = self._room(key.recording_id)
        for frame in beyond:
            if not self.is_free(PlaneKey(key.recording_id, frame, key.label)):
                end = tr("frame {frame} was drawn or decided by you", frame=frame + 1)
                break
            if len(frames) >= room:
                end = "accept or drop these ghosts before more are made"
                break
            frames.append(frame)
        if not frames:
            return tr("Nothing to propagate to: {end}", end=retell(end))
        way, spacing = Way(recording, mapping, key.frame, frames, end), self._spacing(key.recording_id)
        title, said = "Propagate forward", "Propagating forward from frame {frame}… Stop is in the status bar"
        if step < 0:
            title, said = "Propagate back", "Propagating back from frame {frame}… Stop is in the status bar"
        self._ask(
            tr(title),
            (key.recording_id, key.label, CARRIED, f"propagated from frame {key.frame + 1}"),
            lambda give, progress: carry(way, mask, spacing, give, progress),
        )
        return tr(said, frame=key.frame + 1)

    def _room(self, recording_id: int) -> int:
        row = self._session.row(recording_id)
        size = 1 if row is None else max(row.shape[0] * row.shape[1], 1)
        held = sum(ghost.mask.nbytes for ghost in self._ghosts.values())
        return max(min((MOST_BYTES - held) // size, MOST_GHOSTS - self.count), 0)

    def _spacing(self, recording_id: int) -> tuple[float, float] | None:
        row = self._session.row(recording_id)
        return None if row is None else row.spacing_mm

    def _ask(self, title: str, about: tuple[int, str, str, str], work: Work) -> None:
        for token, other in list(self._running.items()):
            if other[:3] == about[:3] and about[2] == INTERPOLATED:
                self.stop_asked.emit(token)  # the new one does all of it again
        token = next(self._numbers)
        self._running[token] = about
        self.changed.emit()
        self.asked.emit(TimeAsk(token, title, work))

    def take(self, token: int, found: Found) -> bool:
        """Take a mask of work under way; return whether it became a ghost."""
        about = self._running.get(token)
        if about is None:
            return False
        key = PlaneKey(about[0], found.frame, about[1])
        if self._session.row(key.recording_id) is None or not self._may_fill(key):
            return False  # drawn on, or gone, in the meantime
        self._put(key, Ghost(found.mask, about[2], about[3], found.confidence))
        return True

    def ended(self, token: int, words: str) -> None:
        """Learn that work has ended, however it did."""
        if self._running.pop(token, None) is not None:
            if words:
                self.told.emit(words)
            self.changed.emit()

    def stop(self) -> None:
        """Give up what is under way; ghosts that are there stay."""
        for token in list(self._running):
            self.stop_asked.emit(token)

    def forget_all(self) -> None:
        """Forget ghosts and work, because the study is closed."""
        self.stop()
        if self.count:
            self.told.emit(
                trn(
                    "A ghost was not accepted, and went with the study",
                    "{count} ghosts were not accepted, and went with the study",
                    self.count,
                )
            )
        self._running.clear()
        for key in list(self._ghosts):
            self._session.reject_proposal(key)
        self._ghosts.clear()

    # what happens elsewhere

    def _mask_changed(self, key: PlaneKey) -> None:
        """Say that ghosts were made from what a key frame showed before."""
        ghosts = self.ghosts(key.recording_id, key.label).values()
        is_stale = any(ghost.source == INTERPOLATED for ghost in ghosts)
        if is_stale and key.frame in self.key_frames.of(key.recording_id, key.label):
            self.told.emit(tr("A key frame has changed: {key:time.interpolate} makes its ghosts anew"))

    def _reading_changed(self, recording_id: int) -> None:
        self._drop(key for key in self._ghosts if key.recording_id == recording_id)
        for token, about in list(self._running.items()):
            if about[0] == recording_id:
                self.stop_asked.emit(token)
                self.ended(token, "The file is read in another way now: propagating was stopped")

    def _prune(self) -> None:
        session = self._session
        labels = {label.key for label in session.labels}
        self._drop(
            key for key in self._ghosts if key.label not in labels or session.row(key.recording_id) is None
        )
        for token, about in list(self._running.items()):
            if session.row(about[0]) is None:
                self.stop_asked.emit(token)
                self.ended(token, "")
