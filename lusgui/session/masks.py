"""The human planes: what is on disk, and over it what could not be written yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.history import History
from lusgui.core.marks import changed, fits
from lusgui.core.notes import changed_notes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.edits import Edit
    from lusgui.core.learning.job import Mark
    from lusgui.core.notes import Note
    from lusgui.io.study import Study


class Masks:
    """Masks and statuses of the open study.

    An edit is on disk when `push` returns. When the disk refuses (full, gone, locked), the edit is kept in
    memory on top of the study, in order, and written before the next one or by `flush`.

    Parameters
    ----------
    study : Study
        The open study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._pending = History()
        self._masks: dict[PlaneKey, NDArray[np.bool_]] = {}
        self._said: dict[PlaneKey, Status] = {}
        self._statuses: dict[int, dict[tuple[int, str], Status]] = {}
        self._marks: dict[int, dict[tuple[int, str], tuple[Mark, ...]]] = {}
        self._notes: dict[int, dict[tuple[int, str], tuple[Note, ...]]] = {}
        self._counts = study.content.counts()
        self._blank: dict[tuple[int, int], NDArray[np.bool_]] = {}
        self._ahead: dict[str, tuple[str, PlaneKey] | None] = {}  # asked for by many commands at each frame

    @property
    def unsaved_count(self) -> int:
        """How many edits are only in memory."""
        return len(self._pending)

    def mask(self, key: PlaneKey) -> NDArray[np.bool_]:
        """Return a mask (H, W), read-only; all false where nothing was drawn."""
        held = self._masks.get(key)
        if held is None:
            held = self._study.mask(key)
        return self._empty(key.recording_id) if held is None else held

    def _empty(self, recording_id: int) -> NDArray[np.bool_]:
        shape = self._study.journal.shape_of(recording_id)[1:]
        blank = self._blank.get(shape)
        if blank is None:
            blank = np.zeros(shape, dtype=bool)
            blank.setflags(write=False)
            self._blank[shape] = blank
        return blank

    def status(self, key: PlaneKey) -> Status:
        """Return the status of a plane."""
        return self.statuses(key.recording_id).get((key.frame, key.label), Status.UNTOUCHED)

    def statuses(self, recording_id: int) -> dict[tuple[int, str], Status]:
        """Return the status of every plane of a recording that has one, by (frame, label)."""
        found = self._statuses.get(recording_id)
        if found is None:
            found = self._study.statuses(recording_id)
            for key, status in self._said.items():
                if key.recording_id == recording_id:
                    found[key.frame, key.label] = status
            self._statuses[recording_id] = found
        return found

    def counts(self, recording_id: int) -> dict[Status, int]:
        """Return how many planes of a recording have each status."""
        own = self._counts.get(recording_id, {})
        return {s: n for s, n in own.items() if n > 0 and s is not Status.UNTOUCHED}

    def marks(self, recording_id: int) -> dict[tuple[int, str], tuple[Mark, ...]]:
        """Return the points and boxes of a recording by (frame, label); not to be changed."""
        found = self._marks.get(recording_id)
        if found is None:
            found = self._study.marks.of(recording_id)
            self._marks[recording_id] = found
            for edit in self._pending:
                self._note_marks(edit)
        return found

    def notes(self, recording_id: int) -> dict[tuple[int, str], tuple[Note, ...]]:
        """Return the comments and flags of a recording by (frame, label); not to be changed."""
        found = self._notes.get(recording_id)
        if found is None:
            found = self._study.notes.of(recording_id)
            self._notes[recording_id] = found
            for edit in self._pending:
                self._note_notes(edit)
        return found

    def push(self, edit: Edit) -> tuple[Edit, LusguiError | None]:
        """Apply an edit and write it down.

        Returns
        -------
        Edit
            The edit, with its number if it is on disk.
        LusguiError or None
            Why it is only in memory so far.

        Raises
        ------
        StudyReadOnlyError
            If the study was opened for reading: nothing is kept then.
        ValueError
            If the edit does not fit its recordings.
        """
        self._ahead.clear()
        if self._study.was_opened_read_only:
            self._study.check_writable()
        self._check(edit)
        failure = self.flush()
        if failure is None:
            try:
                edit = self._study.push(edit)
            except LusguiError as error:  # whatever the disk says, what was drawn is kept
                failure = error
        if failure is not None:
            self._pending.push(edit)
            self._overlay(edit)
        else:
            self._pending.clear()
        self._note(edit)
        return edit, failure

    def _check(self, edit: Edit) -> None:
        for key in edit.keys:
            frames = self._study.journal.shape_of(key.recording_id)[0]
            if not 0 <= key.frame < frames:
                raise ValueError(f"frame {key.frame} of {frames}")
        for patch in edit.patches:
            shape = self._study.journal.shape_of(patch.key.recording_id)[1:]
            if patch.box.is_empty or patch.box.clipped(shape) != patch.box:
                raise ValueError(f"a patch at {patch.box} in a frame of {shape}")
        for change in edit.marks:
            frames, *size = self._study.journal.shape_of(change.key.recording_id)
            if change.after is not None and not fits(change.after, frames, (size[0], size[1])):
                raise ValueError(f"{change.after} in a frame of {size}")
            there = self.marks(change.key.recording_id).get((change.key.frame, change.key.label), ())
            if change.before is not None and change.before not in there:
                raise ValueError(f"{change.before} is not there")

    def flush(self) -> LusguiError | None:
        """Write what is only in memory; return why not if that fails again."""
        self._ahead.clear()
        while len(self._pending) > 0:
            oldest = next(iter(self._pending))
            try:
                self._study.push(oldest)
            except LusguiError as error:
                return error
            self._pending.take_oldest()
        self._masks.clear()
        self._said.clear()
        return None

    def undo(self) -> Edit | None:
        """Take back the last edit; return it as it was done."""
        self.flush()
        edit = self._pending.undo()
        if edit is not None:
            self._overlay(edit.reversed())
        else:
            edit = self._study.undo()
        self._ahead.clear()
        if edit is not None:
            self._note(edit.reversed())
        return edit

    def redo(self) -> Edit | None:
        """Do again what was last taken back; return it."""
        edit = self._pending.redo()
        if edit is not None:
            self._overlay(edit)
            self.flush()
        else:
            edit = self._study.redo()
        self._ahead.clear()
        if edit is not None:
            self._note(edit)
        return edit

    def next_undo(self) -> tuple[str, PlaneKey] | None:
        """Return title and place of what undo would take back."""
        edit = self._pending.next_undo
        if edit is not None and edit.place is not None:
            return edit.title, edit.place
        if "undo" not in self._ahead:
            self._ahead["undo"] = self._study.journal.next_undo()
        return self._ahead["undo"]

    def next_redo(self) -> tuple[str, PlaneKey] | None:
        """Return title and place of what redo would do again."""
        edit = self._pending.next_redo
        if edit is not None and edit.place is not None:
            return edit.title, edit.place
        if len(self._pending):
            return None
        if "redo" not in self._ahead:
            self._ahead["redo"] = self._study.journal.next_redo()
        return self._ahead["redo"]

    def move_to(self, study: Study) -> LusguiError | None:
        """Go on in a copy of the study and write there what is only in memory."""
        self._study = study
        return self.flush()

    def _overlay(self, edit: Edit) -> None:
        """Put an edit over what is on disk."""
        for patch in edit.patches:
            mask = self.mask(patch.key).copy()
            mask[patch.box.slices] ^= patch.flipped
            mask.setflags(write=False)
            self._masks[patch.key] = mask
        for change in edit.statuses:
            self._said[change.key] = change.after

    def _note(self, edit: Edit) -> None:
        """Keep marks, statuses and their counts up to date without asking the disk again."""
        self._note_marks(edit)
        self._note_notes(edit)
        for change in edit.statuses:
            key = change.key
            self.statuses(key.recording_id)[key.frame, key.label] = change.after
            own = self._counts.setdefault(key.recording_id, {})
            own[change.before] = own.get(change.before, 0) - 1
            own[change.after] = own.get(change.after, 0) + 1

    def _note_marks(self, edit: Edit) -> None:
        for change in edit.marks:
            own = self._marks.get(change.key.recording_id)
            if own is not None:  # what was not read yet is read with the change in it
                place = change.key.frame, change.key.label
                own[place] = changed(own.get(place, ()), [change])
                if not own[place]:
                    del own[place]

    def _note_notes(self, edit: Edit) -> None:
        for change in edit.notes:
            own = self._notes.get(change.key.recording_id)
            if own is not None:
                place = change.key.frame, change.key.label
                own[place] = changed_notes(own.get(place, ()), [change])
                if not own[place]:
                    del own[place]
