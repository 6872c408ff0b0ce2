"""Click to segment: marks on a frame, the ghost they give, and taking it over as one edit.

A ghost is nothing until it is accepted. It belongs to its frame and label, waits there while one looks
elsewhere, and goes when it is dropped or the study is closed. Marks are answered one after another, each on
the mask that the one before left, so that what comes out does not depend on how quickly one clicks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import ClickError
from lusgui.base.translate import tr, trn
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.click.prompt import Box, Click, Scribble
from lusgui.session.click_answers import NOTHING_CHANGED, ClickEngineState
from lusgui.session.click_plane import ClickAsk, ClickPlane, fits_frame
from lusgui.session.click_previews import ClickPreviews

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.prompt import Mark
    from lusgui.session.session import Session

__all__ = ["EDIT", "ClickAsk", "ClickEngineState", "Clicking"]

EDIT = "Clicked mask"
"""What the undo menu calls a ghost that was accepted."""


class Clicking(ClickPreviews):
    """Everything that was clicked in the open study and not accepted yet.

    Parameters
    ----------
    session : Session
        Whose masks; its signals ``click_asked``, ``click_given_up``, ``click_changed``,
        ``click_preview_changed``, ``click_noted`` and ``click_engine_changed`` are sent from here.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._dropped: ClickPlane | None = None
        events = session.view.events
        for signal in (session.frame_changed, session.study_changed, events.label, events.tool):
            signal.connect(self._moved)
        session.reading_changed.connect(self._reading_changed)
        session.recordings_changed.connect(self._prune)
        session.labels_changed.connect(self._prune)
        session.mask_changed.connect(self._mask_changed)
        events.threshold_low.connect(self.clear_preview)
        for event in (events.click_negative, events.click_preview, events.threshold, events.model_visible):
            event.connect(self.clear_preview)

    # undo, in words

    @property
    def undo_name(self) -> str:
        """What undo takes back, e.g. "click on frame 12"; empty where it is none of ours."""
        key, plane, dropped = self._current, self.plane(), self._dropped
        if key is None:
            return ""
        if plane is not None:
            return f"{plane.undo_word} on frame {key.frame + 1}"
        is_ours = dropped is not None and dropped.key == key
        return f"dropping the clicks on frame {key.frame + 1}" if is_ours else ""

    @property
    def redo_name(self) -> str:
        """What redo gives again; empty where it is none of ours."""
        key = self._current
        plane = None if key is None else self._planes.get(key)
        if key is None or plane is None or not plane.redo_word:
            return ""
        return f"{plane.redo_word} on frame {key.frame + 1}"

    # marking

    def click(self, row: float, col: float, *, positive: bool = True) -> bool:
        """Click at a continuous position; return whether it counts.

        A first positive click on a piece of the model's mask that is on screen takes that piece at once.
        """
        mark, key = Click(float(row), float(col), positive), self._current
        is_sound = key is not None and fits_frame(mark, self.present(key).shape)
        return self._mark(mark, self._model_piece(key, mark) if key is not None and is_sound else None)

    def box(self, row0: float, col0: float, row1: float, col1: float) -> bool:
        """Put a box around the structure, from corner to corner; return whether it counts."""
        rows, cols = sorted((float(row0), float(row1))), sorted((float(col0), float(col1)))
        return self._mark(Box(rows[0], cols[0], rows[1], cols[1]))

    def scribble(
        self, points: tuple[tuple[float, float], ...], *, positive: bool = True, radius: float = 2.0
    ) -> bool:
        """Scribble over the structure, or over what is not of it; return whether it counts."""
        return self._mark(Scribble(points, positive, radius))

    def _mark(self, mark: Mark, piece: NDArray[np.bool_] | None = None) -> bool:
        key = self._current
        if key is None or self._session.can_draw(key.recording_id) is not None:
            return False
        self.clear_preview()
        base = self.present(key)
        plane = self._planes.get(key) or ClickPlane(key, base)
        try:
            plane.prompt.with_mark(mark).checked(plane.shape)
        except ClickError as error:
            self._note(error.message[:1].upper() + error.message[1:], mark)
            return False
        self._planes[key] = plane
        self._dropped = self._then = None
        plane.add(mark)
        if piece is not None:
            model = self._session.active_model(key.label)
            plane.answer(base | piece, base, "" if model is None else f"model:{model.version}")
        self._session.click_changed.emit(key)
        self._ask_next()
        return True

    # deciding

    def accept(self, status: Status = Status.EDITED) -> bool:
        """Take the ghost of the current plane over as one edit; return whether it is in the mask now."""
        key, plane, session = self._current, self.plane(), self._session
        if key is None or plane is None or not plane.has_answer:
            return False
        present = self.present(key)
        wanted = plane.over(present)
        if np.array_equal(wanted, present):
            self._forget(key)
            self._note(NOTHING_CHANGED)
            return status is Status.EDITED or session.set_status(key, status)
        if not session.push_masks(EDIT, {key: wanted}, source=plane.source, status=status):
            return False  # the session has said why; the ghost stays
        self._forget(key)
        return True

    def unaccepted(self) -> tuple[PlaneKey, ...]:
        """Return the planes with a ghost that was not accepted, wherever they are."""
        return tuple(key for key, plane in self._planes.items() if plane.is_open and plane.has_answer)

    def unanswered(self) -> tuple[PlaneKey, ...]:
        """Return the planes with marks of which none was answered yet, wherever they are."""
        return tuple(key for key, plane in self._planes.items() if plane.is_open and not plane.has_answer)

    def await_answers(self) -> bool:
        """Return whether no click waits for its first answer; where one does, say what to do."""
        if not self.unanswered():
            return True
        self._note(tr("Wait until the click is answered, then accept or drop what it gave"))
        return False

    def accept_all(self) -> bool:
        """Take every ghost over, as one edit; return whether they are in the masks now."""
        session = self._session
        planes = [self._planes[key] for key in self.unaccepted()]
        if not planes:
            return True
        masks = {plane.key: plane.over(session.mask(plane.key)) for plane in planes}
        changed = {key: mask for key, mask in masks.items() if not np.array_equal(mask, session.mask(key))}
        if changed and not session.push_masks(EDIT, changed, source=planes[-1].source):
            return False
        for plane in planes:
            self._forget(plane.key)
        return True

    def drop(self) -> bool:
        """Let the ghost of the current plane go; undo brings it back until something else is done."""
        key, plane = self._current, self.plane()
        if key is None or plane is None:
            return False
        self._forget(key)
        plane.pending.clear()
        self._dropped = plane if plane.has_answer else None
        self._session.click_changed.emit(key)
        return True

    def undo(self) -> bool:
        """Take the newest mark back, or the dropping of a ghost; false where neither is the case."""
        key, plane = self._current, self.plane()
        if key is None:
            return False
        if plane is not None:
            if len(plane.pending) == 1:
                self._give_up()  # what is asked is the very mark that goes
            plane.undo()
            self._then = None
        elif self._dropped is not None and self._dropped.key == key:
            self._planes[key], self._dropped = self._dropped, None
        else:
            return False
        self.clear_preview()
        self._session.click_changed.emit(key)
        return True

    def redo(self) -> bool:
        """Give the mark that was taken back last again; false where there is none."""
        key = self._current
        plane = None if key is None else self._planes.get(key)
        if key is None or plane is None or plane.redo() is None:
            return False
        self.clear_preview()
        self._session.click_changed.emit(key)
        return True

    def follow(self) -> bool:
        """Accept, go to the next frame, and put the same marks there; return whether that was done."""
        session, key, plane = self._session, self._current, self.plane()
        row = None if key is None else session.row(key.recording_id)
        if key is None or plane is None or row is None:
            return False
        marks = plane.marks
        if not self.accept():
            return False
        if key.frame + 1 >= row.frames:
            self._note("This was the last frame: its mask is accepted")
            return False
        session.go_to(key.recording_id, key.frame + 1)
        here = self._current
        if here is None or here == key:
            return False
        if self.plane(here) is not None:
            self._note("This frame has clicks of its own already")
            return True
        new = ClickPlane(here, self.present(here))
        new.is_followed = True
        for mark in marks:
            if fits_frame(mark, new.shape):
                new.add(mark)
        self._planes[here] = new
        session.click_changed.emit(here)
        self._ask_next()
        return True

    def forget_all(self) -> None:
        """Forget every ghost, because the study is closed."""
        lost = len(self.unaccepted())
        if lost:
            self._note(
                trn(
                    "A clicked mask was not accepted, and went with the study",
                    "{count} clicked masks were not accepted, and went with the study",
                    lost,
                )
            )
        self._give_up()
        self._planes.clear()
        self._dropped = self._then = self._ready = self._seen = None
        self.clear_preview()

    def _forget(self, key: PlaneKey) -> None:
        """Forget what was clicked on a plane."""
        if self._asked is not None and self._asked[1] == key:
            self._give_up()
        plane = self._planes.pop(key, None)
        if plane is not None:
            plane.forget_redo()
        self._dropped = self._then = None
        self.clear_preview()
        self._session.click_changed.emit(key)

    # what happens elsewhere

    def _moved(self) -> None:
        """Follow the person to another plane, or to another tool."""
        session = self._session
        self._seen = None
        now = session.key() if self.is_on and session.is_open else None
        if now == self._current:
            return
        before, self._current = self._current, now
        self._give_up()
        self.clear_preview()
        self._dropped = self._then = None
        if before is not None:
            self._say_what_waits(before)
            session.click_changed.emit(before)
        if now is not None:
            session.click_changed.emit(now)
            self._ask_next()

    def _say_what_waits(self, before: PlaneKey) -> None:
        """Say where the ghost is that was just left."""
        if self.plane(before) is None:
            return
        session, now = self._session, self._session.key()
        if now == before:
            self._note(
                tr(
                    "Your clicks wait: {key:tool.click} shows them again, {key:model.accept} then accepts"
                    " them"
                )
            )
        elif now is not None and (now.recording_id, now.frame) == (before.recording_id, before.frame):
            known = session.label(before.label)
            name = before.label if known is None else known.name
            self._note(f"Your clicks for {name} wait until you choose it again")
        elif now is not None:
            row = None if now.recording_id == before.recording_id else session.row(before.recording_id)
            where = "Your clicks wait on frame {frame}: go back there to accept or drop them"
            if row is not None:
                where = "Your clicks wait on frame {frame} of {name}: go back there to accept or drop them"
            self._note(tr(where, frame=before.frame + 1, name="" if row is None else row.name))

    def _mask_changed(self, key: PlaneKey) -> None:
        self._seen = None
        plane = self._planes.get(key)
        if plane is not None:
            plane.forget_redo()
            if plane.is_open:
                self._session.click_changed.emit(key)
            else:
                del self._planes[key]
        if self._dropped is not None and self._dropped.key == key:
            self._dropped = None

    def _reading_changed(self, recording_id: int) -> None:
        self._seen = None
        gone = [key for key in self._planes if key.recording_id == recording_id]
        if any(self._planes[key].is_open for key in gone):
            self._note("The file is read in another way now: what you had clicked is gone")
        if self._ready is not None and self._ready[0] == recording_id:
            self.set_ready(self._ready, False)
        for key in gone:
            self._forget(key)

    def _prune(self) -> None:
        """Forget ghosts of recordings and labels that are no longer there."""
        session = self._session
        labels = {label.key for label in session.labels}
        for key in list(self._planes):
            if key.label not in labels or session.row(key.recording_id) is None:
                self._forget(key)
