"""Labels, rater and the worklist of the open study."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.label import (
    DEFAULT_LABELS,
    KNOWN_LABELS,
    Label,
    free_color,
    known_label,
    label_called,
)
from lusgui.session.answers import Answers
from lusgui.session.problems import Problem
from lusgui.session.worklist import WorklistProgress, draw_every, draw_random, find_next, measure_progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lusgui.core.threshold import ThresholdSettings

_LONGEST_KEY = 40


def make_label_key(name: str, taken: Iterable[str]) -> str:
    """Return an ASCII identifier for a label's name, different from those taken."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower()[:_LONGEST_KEY]
    if not stem or not stem[0].isalpha():
        stem = f"label_{stem}".rstrip("_")
    used = set(taken)
    key, number = stem, 2
    while key in used:
        key, number = f"{stem}_{number}", number + 1
    return key


class Work(Answers):
    """The part of a session that knows what is to be drawn and by whom."""

    def __init__(self) -> None:
        super().__init__()
        self._labels: tuple[Label, ...] = DEFAULT_LABELS
        self._worklist: list[tuple[int, int]] = []

    # labels

    @property
    def labels(self) -> tuple[Label, ...]:
        """The labels in their order."""
        return self._labels

    def label(self, key: str) -> Label | None:
        """Return the label of a key, or None."""
        return next((label for label in self._labels if label.key == key), None)

    def label_name(self, key: str) -> str:
        """Return what people read of a label; the key itself where it is not known."""
        known = self.label(key)
        return key if known is None else known.name

    def _is_one_thing(self, label: str) -> bool:
        known = self.label(label)
        return known is not None and known.max_components is not None

    def threshold_settings_of(self, label: str) -> ThresholdSettings:
        """Return the settings for a label; a structure has only so many pieces."""
        settings = super().threshold_settings_of(label)
        known = self.label(label)
        if settings.keep_largest is None and known is not None:
            # a structure has only so many pieces, unless the person asks for more
            settings = replace(settings, keep_largest=known.max_components)
        return settings

    def add_label(
        self, name: str, color: str | None = None, max_components: int | None = None
    ) -> Label | None:
        """Add a label with the next free colour and return it, or None after saying why not."""
        name = name.strip()
        if not name or any(label.name.casefold() == name.casefold() for label in self._labels):
            why = f"There is a label '{name}' already." if name else "A label needs a name."
            self.report(Problem("The label was not added", why, "Choose another name."))
            return None
        known = label_called(name)
        if known is not None and self.label(known.key) is None:
            limit = known.max_components if max_components is None else max_components
            label = replace(
                known, name=name, color=color or self._free_color(known.color), max_components=limit
            )
        else:
            key = make_label_key(name, (label.key for label in self._labels))
            label = Label(key, name, color or self._free_color(), max_components)
        return label if self._put_label(label, "The label was not added") else None

    def ensure_label(self, key: str) -> Label | None:
        """Return the label of a key; one that a model or an import brings is added as lusgui knows it.

        None after saying why it could not be added.
        """
        label = self.label(key)
        if label is not None:
            return label
        label = known_label(key)
        color = label.color if label in KNOWN_LABELS else None
        label = replace(label, color=self._free_color(color))
        return label if self._put_label(label, "The label was not added") else None

    def _free_color(self, wished: str | None = None) -> str:
        """Return the wished colour if no label has it, else the next free one."""
        return free_color(self._labels, wished)

    def rename_label(self, key: str, name: str) -> bool:
        """Give a label another name; its key, and so all that was drawn, stays."""
        label = self.label(key)
        return label is not None and self._put_label(
            replace(label, name=name.strip()), "The label was not renamed"
        )

    def recolour_label(self, key: str, color: str) -> bool:
        """Give a label another colour, ``#RRGGBB``."""
        label = self.label(key)
        return label is not None and self._put_label(
            replace(label, color=color), "The label was not recoloured"
        )

    def set_label_limit(self, key: str, max_components: int | None) -> bool:
        """Say how many pieces a label can have in one frame; None for any number."""
        label = self.label(key)
        return label is not None and self._put_label(
            replace(label, max_components=max_components), "The label was not changed"
        )

    def _put_label(self, label: Label, title: str) -> bool:
        if self._study is None:
            self.report(Problem(title, "No study is open.", "Open a recording first."))
            return False
        with self.guarded(title):
            self._study.check_writable()
            self._study.settings.put_label(label)
            self._labels = self._study.labels()
            self.labels_changed.emit()
            return True
        return False

    # rater

    @property
    def rater(self) -> str:
        """Who draws; written beside everything that is drawn."""
        return self._rater

    @rater.setter
    def rater(self, name: str) -> None:
        name = " ".join(name.split())[:80]
        if name == self._rater:
            return
        self._rater = name
        if name and self._study is not None and not self._study.is_read_only:
            with self.guarded("The rater's name was not kept"):
                self._study.settings.add_rater(name)
        self.rater_changed.emit(name)

    @property
    def raters(self) -> tuple[str, ...]:
        """Everybody who drew in this study."""
        return () if self._study is None else self._study.settings.raters()

    # worklist

    @property
    def worklist(self) -> list[tuple[int, int]]:
        """(recording id, 0-based frame) of the worklist."""
        return list(self._worklist)

    def draw_worklist(
        self,
        n: int | None = None,
        *,
        every: int | None = None,
        seed: int = 0,
        recordings: Iterable[int] | None = None,
        keep: bool = False,
    ) -> list[tuple[int, int]]:
        """Draw the frames to be worked on, spread over the recordings.

        Parameters
        ----------
        n : int, optional
            That many frames at random, in all.
        every : int, optional
            Every that many frames of each recording.
        seed : int
            The same seed gives the same frames.
        recordings : iterable of int, optional
            Only from these.
        keep : bool
            Whether the worklist there is stays, and the new frames join it.

        Returns
        -------
        list of (recording id, frame)
            The worklist.
        """
        if (n is None) == (every is None):
            raise ValueError("either a number of frames or a step")
        if self._study is None or self._recordings is None:
            return []
        chosen = self._recordings.ids() if recordings is None else list(recordings)
        frames: dict[int, list[int]] = {}
        for recording_id in chosen:
            entry = self._recordings.entry(recording_id)
            if entry is not None:
                empty = self._recordings.empty_frames(recording_id)
                frames[recording_id] = [f for f in range(entry.frames) if f not in empty]
        drawn = draw_random(frames, n, seed) if n is not None else draw_every(frames, every or 1)
        self._set_worklist(sorted(set(self._worklist) | set(drawn)) if keep else drawn)
        return self.worklist

    def work_on_found(self, label: str) -> int:
        """Make the frames in which a detector found a label the worklist; return how many there are.

        The worklist stays as it is where nothing was found.
        """
        found = self.detections_of(label)
        entries = {} if self._study is None else {e.id: e.frames for e in self._study.recordings()}
        frames = [] if found is None else found.frames()
        frames = [(one, frame) for one, frame in frames if frame < entries.get(one, 0)]
        if frames:
            self._set_worklist(frames)
        return len(frames)

    def clear_worklist(self) -> None:
        """Work without a worklist."""
        self._set_worklist([])

    def _set_worklist(self, frames: list[tuple[int, int]]) -> None:
        self._worklist = frames
        if self._study is not None:
            with self.guarded("The worklist was not kept"):
                self._study.check_writable()
                self._study.settings.set_worklist(frames)
        self.worklist_changed.emit()

    def is_done(self, recording_id: int, frame: int) -> bool:
        """Return whether somebody drew on or decided about a frame, for at least one label."""
        statuses = self.statuses(recording_id)
        return any(
            statuses.get((frame, label.key), Status.UNTOUCHED) is not Status.UNTOUCHED
            for label in self._labels
        )

    def progress_of_worklist(self) -> WorklistProgress:
        """Count what of the worklist is done, in all and by recording."""
        return measure_progress(self._worklist, self.is_done)

    def next_in_worklist(self, delta: int = 1) -> bool:
        """Go to the next frame that is left to do, going round; false when everything is done."""
        order = [] if self._recordings is None else self._recordings.ids()
        place = find_next(self._worklist, self._place, self.is_done, delta, order)
        return place is not None and self.go_to(*place)

    def left_in_recording(self, recording_id: int) -> int:
        """Return how many frames of a recording nobody has looked at yet."""
        entry = None if self._recordings is None else self._recordings.entry(recording_id)
        if entry is None:
            return 0
        done = {f for (f, _l), s in self.statuses(recording_id).items() if s is not Status.UNTOUCHED}
        return entry.frames - len(done)

    def plane_keys(self, recording_id: int, frame: int) -> list[PlaneKey]:
        """Return the planes of a frame, one a label."""
        return [PlaneKey(recording_id, frame, label.key) for label in self._labels]
