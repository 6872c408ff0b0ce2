"""Drawing and deciding: every change of a human plane is one edit that can be undone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import (
    HUMAN,
    Edit,
    MarkChange,
    MaskPatch,
    StatusChange,
    now_utc,
    painted_patch,
    patch_between,
)
from lusgui.core.geometry import Box, area_mm2
from lusgui.core.label import IGNORE_LABEL
from lusgui.session.problems import Problem, problem_from_error
from lusgui.session.recordings import FileState
from lusgui.session.state import SessionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from lusgui.core.notes import Note, NoteChange
    from lusgui.session.label_locks import LabelLocks
    from lusgui.session.painting_guard import PaintingGuard

_NOTHING: NDArray[np.bool_] = np.zeros((0, 0), dtype=bool)
_NOTHING.setflags(write=False)


class Drawing(SessionState):
    """The part of a session that changes masks and statuses."""

    locks: LabelLocks
    """Labels that nobody changes."""
    guard: PaintingGuard
    """Where painting is limited to."""

    def __init__(self) -> None:
        super().__init__()
        self._saved_at: datetime | None = None
        self._save_state = ""

    # reading

    def mask(self, key: PlaneKey) -> NDArray[np.bool_]:
        """Return a human mask (H, W), read-only; all false where nothing was drawn, (0, 0) without study."""
        if self._masks is not None:
            with self.guarded("A mask cannot be shown"):
                return self._masks.mask(key)
        return _NOTHING

    def status(self, key: PlaneKey) -> Status:
        """Return what a person said of a plane."""
        return self.statuses(key.recording_id).get((key.frame, key.label), Status.UNTOUCHED)

    def statuses(self, recording_id: int) -> dict[tuple[int, str], Status]:
        """Return the status of every plane that has one, by (frame, label); not to be changed."""
        if self._masks is not None:
            with self.guarded("The frames' statuses cannot be read"):
                return self._masks.statuses(recording_id)
        return {}

    def frame_statuses(self, recording_id: int, label: str | None = None) -> dict[int, Status]:
        """Return one status a frame: of the given label, or the most telling one of all structures."""
        order = list(Status)
        told: dict[int, Status] = {}
        for (frame, own), status in self.statuses(recording_id).items():
            if own != label and (label is not None or own == IGNORE_LABEL.key):
                continue
            if frame not in told or order.index(status) > order.index(told[frame]):
                told[frame] = status
        return told

    def area(self, key: PlaneKey) -> tuple[int, float | None]:
        """Return the area of a human mask in pixels, and in mm2 where the spacing is known."""
        mask = self.mask(key)
        entry = None if self._recordings is None else self._recordings.entry(key.recording_id)
        spacing = None if entry is None else entry.spacing_mm
        return int(np.count_nonzero(mask)), area_mm2(mask, spacing)

    def can_draw(self, recording_id: int) -> str | None:
        """Return why nothing can be drawn on a recording, one sentence, or None when it can."""
        if self._study is None or self._recordings is None:
            return "No study is open."
        if self._study.was_opened_read_only:
            return f"The study is open for reading only: {self._study.read_only_reason}."
        entry = self._recordings.entry(recording_id)
        if entry is None:
            return "There is no such recording."
        return {
            FileState.OK: None,
            FileState.MISSING: f"The file of '{entry.name}' is missing.",
            FileState.CHANGED: f"The file of '{entry.name}' is no longer the one that was drawn on.",
            FileState.CHECKING: f"The file of '{entry.name}' is being compared with what was drawn on.",
        }[self._recordings.state(recording_id)]

    def notes_of(self, recording_id: int) -> dict[tuple[int, str], tuple[Note, ...]]:
        """Return the comments and flags of a recording by (frame, label); not to be changed."""
        if self._masks is not None:
            with self.guarded("The comments cannot be read"):
                return self._masks.notes(recording_id)
        return {}

    def push_notes(self, name: str, changes: tuple[NoteChange, ...]) -> bool:
        """Leave, settle or take away comments and flags as one edit; false after saying why not."""
        if self._study is not None and self._study.was_opened_read_only:
            why = f"The study is open for reading only: {self._study.read_only_reason}."
            self.report(Problem("Nothing was noted", why, "Save a copy in another place and write there."))
            return False
        return self._change(name, [], {}, notes=changes)

    # changing

    def stroke(
        self, key: PlaneKey, box: Box, patch: NDArray[np.bool_], add: bool, name: str = "Brush"
    ) -> bool:
        """Paint or erase: on disk when this returns.

        Parameters
        ----------
        key : PlaneKey
            Plane that is drawn on.
        box : Box
            Where; may reach outside the frame.
        patch : bool ndarray of ``box.shape``
            Pixels under the stroke.
        add : bool
            True paints, false erases.
        name : str
            What the undo menu calls it.

        Returns
        -------
        bool
            Whether something changed.
        """
        before = self._before(key)
        if before is None:
            return False
        patch = self.guard.limited_stroke(key, box, patch)
        changed = painted_patch(key, before, box, patch, add=add)
        return changed is not None and self._change(name, [changed], {key: Status.EDITED})

    def set_status(self, key: PlaneKey, status: Status) -> bool:
        """Say something of a plane. "Nothing here" empties its mask, as one edit."""
        before = self._before(key)
        if before is None:
            return False
        patches = []
        if status is Status.NOTHING_HERE:
            changed = patch_between(key, before, np.zeros_like(before))
            patches = [changed] if changed is not None else []
        names = {
            Status.ACCEPTED: "Accept",
            Status.REJECTED: "Reject",
            Status.NOTHING_HERE: "Nothing here",
            Status.IGNORED: "Ignore",
            Status.UNTOUCHED: "Reset status",
            Status.EDITED: "Mark as edited",
        }
        return self._change(names[status], patches, {key: status})

    def accept(self, key: PlaneKey) -> bool:
        """Say that a mask is right as it is."""
        return self.set_status(key, Status.ACCEPTED)

    def reject(self, key: PlaneKey) -> bool:
        """Say that a frame is of no use for a label."""
        return self.set_status(key, Status.REJECTED)

    def nothing_here(self, key: PlaneKey) -> bool:
        """Say that the structure is not in the frame."""
        return self.set_status(key, Status.NOTHING_HERE)

    def clear_mask(self, key: PlaneKey) -> bool:
        """Erase a whole mask."""
        before = self._before(key)
        if before is None:
            return False
        changed = patch_between(key, before, np.zeros_like(before))
        return changed is not None and self._change("Clear", [changed], {key: Status.EDITED})

    def push_masks(
        self,
        name: str,
        masks: Mapping[PlaneKey, NDArray[np.bool_]],
        source: str = HUMAN,
        replace: bool = True,
        status: Status | Mapping[PlaneKey, Status] = Status.EDITED,
    ) -> bool:
        """Set many masks as one edit, e.g. an import.

        Parameters
        ----------
        name : str
            What the undo menu calls it.
        masks : mapping of PlaneKey to (H, W) bool ndarray
            The masks, on the raw grid.
        source : str
            Where they come from, e.g. ``import:<file>``.
        replace : bool
            Whether a mask replaces what was drawn, or is added to it.
        status : Status or mapping of PlaneKey to Status
            What is said of the planes from now on; planes that a mapping leaves out count as edited.

        Returns
        -------
        bool
            Whether something changed.
        """
        patches = []
        for key, mask in masks.items():
            before = self._before(key)
            if before is None:
                return False
            wanted = np.asarray(mask, dtype=bool)
            if wanted.shape != before.shape:
                self.report(
                    Problem(
                        f"{name} was not done",
                        f"A mask has {wanted.shape[0]} x {wanted.shape[1]} pixels, frame {key.frame + 1} has"
                        f" {before.shape[0]} x {before.shape[1]}.",
                        "Choose masks on the recording's own grid.",
                    )
                )
                return False
            changed = patch_between(key, before, wanted if replace else before | wanted)
            if changed is not None:
                patches.append(changed)
        given = dict.fromkeys(masks, status) if isinstance(status, Status) else status
        return self._change(name, patches, {key: given.get(key, Status.EDITED) for key in masks}, source)

    def _before(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return the mask to draw on, or None after saying why it cannot be drawn on."""
        why = self.can_draw(key.recording_id)
        if why is not None or self._masks is None:
            if self._study is not None and self._study.was_opened_read_only:
                remedy = "Save a copy in another place and draw there."
            else:
                remedy = "" if self._study is None else "Show the right file in the list of recordings."
            self.report(Problem("Nothing was drawn", why or "No study is open.", remedy))
            return None
        if self.locks.refuses((key,)):
            return None
        with self.guarded("Nothing was drawn"):
            return self._masks.mask(key)
        return None

    def _change(
        self,
        name: str,
        patches: list[MaskPatch],
        statuses: Mapping[PlaneKey, Status],
        source: str = HUMAN,
        marks: tuple[MarkChange, ...] = (),
        notes: tuple[NoteChange, ...] = (),
    ) -> bool:
        """Push one edit and tell everybody; false if it changes nothing or is refused."""
        if self._masks is None:
            return False
        changes = tuple(
            StatusChange(key, before, after)
            for key, after in statuses.items()
            if (before := self._masks.status(key)) is not after
        )
        edit = Edit(name, tuple(patches), changes, self._rater, now_utc(), None, source, marks, notes)
        if edit.is_empty or self.locks.refuses((*edit.planes, *(mark.key for mark in marks))):
            return False
        with self.guarded("Nothing was drawn"):
            _written, failure = self._masks.push(edit)
            if failure is not None and self._save_state != "unsaved":
                self.report(problem_from_error(failure, "Not saved yet: what you draw is kept in memory"))
            self._tell(edit)
            return True
        return False

    # undo

    @property
    def undo_name(self) -> str | None:
        """What undo takes back, e.g. "Brush on rib, frame 12"; None when there is nothing."""
        return self._title("undo")

    @property
    def redo_name(self) -> str | None:
        """What redo does again; None when there is nothing."""
        return self._title("redo")

    def _title(self, which: str) -> str | None:
        if self._masks is None or self._study is None or self._study.was_opened_read_only:
            return None
        with self.guarded("The history cannot be read"):
            peeked = self._masks.next_undo() if which == "undo" else self._masks.next_redo()
            return None if peeked is None else peeked[0]
        return None

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
        return self.undo_name is not None

    @property
    def can_redo(self) -> bool:
        """Whether there is something to do again."""
        return self.redo_name is not None

    def undo(self) -> Edit | None:
        """Take back the last edit, wherever it was: its frame and label are shown first."""
        return self._step("undo")

    def redo(self) -> Edit | None:
        """Do again what was last taken back; its frame and label are shown first."""
        return self._step("redo")

    def _step(self, which: str) -> Edit | None:
        if self._masks is None:
            return None
        with self.guarded(f"{which.capitalize()} was not possible"):
            peeked = self._masks.next_undo() if which == "undo" else self._masks.next_redo()
            if peeked is None:
                return None
            place = peeked[1]
            if self.locks.refuses((place,)):
                return None
            self.go_to(place.recording_id, place.frame)
            self.view.label = place.label
            edit = self._masks.undo() if which == "undo" else self._masks.redo()
            if edit is not None and self.locks.refuses(edit.planes):
                _ = self._masks.redo() if which == "undo" else self._masks.undo()
                return None
            if edit is not None:
                self._tell(edit)
            return edit
        return None

    # saying what happened

    @property
    def save_state(self) -> str:
        """``saved``, ``unsaved``, ``read-only``, or empty without a study."""
        return self._save_state

    @property
    def saved_at(self) -> datetime | None:
        """When something was last written, in UTC."""
        return self._saved_at

    @property
    def unsaved_count(self) -> int:
        """How many edits are only in memory, because the disk refuses them."""
        return 0 if self._masks is None else self._masks.unsaved_count

    def retry_saving(self) -> bool:
        """Try to write what is only in memory; return whether everything is on disk."""
        if self._masks is None or self._masks.unsaved_count == 0:
            return True
        self._masks.flush()
        self._update_save_state()
        return self._masks.unsaved_count == 0

    def _update_save_state(self) -> None:
        if self._study is None:
            state = ""
        elif self.unsaved_count:
            state = "unsaved"
        else:
            state = "read-only" if self._study.was_opened_read_only else "saved"
            self._saved_at = datetime.now(UTC)
        if state != self._save_state or state == "saved":
            self._save_state = state
            self.save_state_changed.emit(state)

    def _tell(self, edit: Edit) -> None:
        """Say what an edit, done or undone, changed."""
        for patch in edit.patches:
            self.mask_changed.emit(patch.key, patch.box)
        for change in edit.statuses:
            self.status_changed.emit(change.key)
        for key in dict.fromkeys(mark.key for mark in edit.marks):
            self.marks_changed.emit(key)
        for key in dict.fromkeys(note.key for note in edit.notes):
            self.notes_changed.emit(key)
        self.history_changed.emit()
        if edit.statuses:
            self.worklist_changed.emit()
        self._update_save_state()
