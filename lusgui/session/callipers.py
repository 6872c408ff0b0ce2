"""Callipers that a person puts down, and the calibration by one: kept in the study, each step undoable.

They are part of the study's settings, one entry a recording, and never of a mask. What was done with them is
taken back by Ctrl+Z while the callipers are in hand; with another tool Ctrl+Z means what was drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from lusgui.base.errors import LusguiError
from lusgui.core.measures.drawn import NAMES, Drawn, Kind
from lusgui.io.study_callipers import read_callipers, write_callipers
from lusgui.session.calliper_draft import CalliperDraft
from lusgui.session.calliper_steps import Place, Step, title_of
from lusgui.session.problems import problem_from_error
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lusgui.core.geometry import Spacing
    from lusgui.core.measures.calibration import Along
    from lusgui.core.measures.figure import Point
    from lusgui.session.session import Session

MOST_STEPS = 1000
"""So many steps can be taken back."""

CLOSE_PX = 9.0
"""A click so near the first corner, or the last one, in screen pixels, closes an area."""


class Callipers:
    """The callipers of the open study, and how the next one is put down.

    Parameters
    ----------
    session : Session
        Whose study.

    Signals
    -------
    changed()
        A calliper, the calibration, what the next one measures, or what is shown has changed.
    said(str)
        A sentence for the person.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, session: Session) -> None:
        self._session = session
        self._kind = Kind.DISTANCE
        self._is_calibrating = False
        self._line: tuple[Point, Point] | None = None
        self.half: tuple[Along, float] | None = None
        """What a line before said of rows or of columns, in mm, while the other is still asked for."""
        self._half_of: int | None = None
        self._is_shown = True
        self._by_recording: dict[int, dict[int, tuple[Drawn, ...]]] = {}
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self.draft: CalliperDraft | None = None
        """The angle or area that is being put down on the frame that is looked at."""
        self._waiting: dict[Place, CalliperDraft] = {}
        self._unwritten: set[int] = set()
        session.save_state_changed.connect(self.write_again)
        session.frame_changed.connect(self._went_elsewhere)
        session.study_changed.connect(self._forget)
        session.view.events.tool.connect(self._tool_changed)

    # how the next one is put down

    @property
    def kind(self) -> Kind:
        """What the next calliper measures."""
        return self._kind

    @kind.setter
    def kind(self, kind: Kind) -> None:
        if kind is not self._kind or self._is_calibrating:
            self._session.shaping.cancel()
            self._kind, self._is_calibrating = kind, False
            self._tell()

    @property
    def is_calibrating(self) -> bool:
        """Whether the next line is along a known distance."""
        return self._is_calibrating

    def calibrate(self, is_on: bool = True) -> None:
        """Let the next line be one along a known distance, or no longer."""
        self._session.shaping.cancel()
        self._is_calibrating = is_on
        self._line = None
        if is_on:
            self._session.view.tool = Tool.CALLIPER
        self._tell()

    @property
    def known_line(self) -> tuple[Point, Point] | None:
        """The line that was drawn along a known distance."""
        return self._line

    def put_known_line(self, first: Point, last: Point) -> None:
        """Keep a line drawn along a known distance: how long it is will be asked."""
        self._line = (first, last)
        self._is_calibrating = False
        self._tell()

    def drop_known_line(self) -> None:
        """Forget the line that was drawn along a known distance."""
        if self._line is not None:
            self._line = None
            self._tell()

    @property
    def is_shown(self) -> bool:
        """Whether callipers, and where the mask was measured, are drawn on the image."""
        return self._is_shown

    @is_shown.setter
    def is_shown(self, is_shown: bool) -> None:
        if is_shown != self._is_shown:
            self._is_shown = is_shown
            self._tell()

    # one of several points, under way

    def put_point(self, point: Point, to_screen: Callable[[Point, Point], float]) -> None:
        """Put the next point of an angle or an area down; one that closes it finishes it.

        Parameters
        ----------
        point : Point
            Where.
        to_screen : callable
            Returns how many screen pixels two points are apart: a click on the first or
            last point closes an area.
        """
        place, draft = self._session.place, self.draft
        if place is None:
            return
        if draft is None:
            self.draft = draft = CalliperDraft(self, self._kind, place)
        ends = (draft.points[:1] + draft.points[-1:]) if len(draft.points) > 2 else []
        if draft.kind is Kind.AREA and any(to_screen(end, point) <= CLOSE_PX for end in ends):
            draft.finish()
            return
        draft.points.append(point)
        self._session.shaping.open(draft)
        if draft.kind is Kind.ANGLE and len(draft.points) == 3:
            draft.finish()
        self._tell()

    @property
    def unfinished(self) -> tuple[CalliperDraft, ...]:
        """Angles and areas that were begun, the open one first."""
        return (*(() if self.draft is None else (self.draft,)), *self._waiting.values())

    def finish_all(self) -> bool:
        """Put down all that was begun; what lacks points stays, and the answer is false."""
        for place, draft in ((draft.place, draft) for draft in self.unfinished):
            if draft.finish():
                self._waiting.pop(place, None)
        return not self.unfinished

    def close_draft(self, draft: CalliperDraft) -> None:
        """Have done with what was under way."""
        if self.draft is draft:
            self.draft = None
        self._session.shaping.close(draft)
        self._tell()

    # reading

    def of(self, recording_id: int, frame: int) -> tuple[Drawn, ...]:
        """Return the callipers of a frame."""
        return self._frames(recording_id).get(frame, ())

    @property
    def here(self) -> tuple[Drawn, ...]:
        """The callipers of the frame that is looked at."""
        place = self._session.place
        return () if place is None else self.of(*place)

    def with_role(self, recording_id: int, frame: int, role: str) -> Drawn | None:
        """Return the calliper that stands for a measure of a frame, if a person put one."""
        return next((one for one in self.of(recording_id, frame) if one.role == role), None)

    def _frames(self, recording_id: int) -> dict[int, tuple[Drawn, ...]]:
        if recording_id not in self._by_recording:
            study = self._session.study
            with self._session.guarded("The callipers cannot be read"):
                self._by_recording[recording_id] = (
                    {} if study is None else read_callipers(study, recording_id)
                )
        return self._by_recording.get(recording_id, {})

    # changing: each returns whether something changed

    def add(self, drawn: Drawn, place: Place | None = None) -> bool:
        """Put a calliper down, with a role instead of the former; on the frame looked at if no other."""
        place = place or self._session.place
        if place is None or not drawn.is_complete:
            return False
        kept = [one for one in self.of(*place) if not (drawn.role and one.role == drawn.role)]
        return self._change(NAMES[drawn.kind], (*kept, drawn), place)

    def move(self, index: int, drawn: Drawn) -> bool:
        """Put calliper `index` of the frame elsewhere."""
        here = self.here
        if not 0 <= index < len(here) or not drawn.is_complete:
            return False
        name = f"Move {NAMES[drawn.kind].lower()}"
        return self._change(name, (*here[:index], drawn, *here[index + 1 :]))

    def remove(self, index: int) -> bool:
        """Take calliper `index` of the frame away."""
        here = self.here
        if not 0 <= index < len(here):
            return False
        name = f"Delete {NAMES[here[index].kind].lower()}"
        return self._change(name, here[:index] + here[index + 1 :])

    def clear(self) -> bool:
        """Take all callipers of the frame away."""
        return bool(self.here) and self._change("Delete callipers", ())

    def set_spacing(self, spacing_mm: Spacing) -> bool:
        """Calibrate the recording that is looked at, as a step that can be taken back."""
        place = self._session.place
        row = None if place is None else self._session.row(place[0])
        if place is None or row is None or row.spacing_mm == spacing_mm:
            return False
        before = row.spacing_mm
        if not self._session.set_spacing(place[0], spacing_mm):
            return False
        self._line = self.half = None
        self._note(Step("Calibrate", place, before, spacing_mm, is_spacing=True))
        return True

    def _change(self, name: str, after: Iterable[Drawn], at: Place | None = None) -> bool:
        place = at or self._session.place
        if place is None:
            return False
        before, wanted = self.of(*place), tuple(after)
        if before == wanted or place[0] not in self._by_recording:
            return False  # those that could not be read must not be written over
        self._put(place, wanted)
        self._note(Step(name, place, before, wanted))
        return True

    def _note(self, step: Step) -> None:
        self._done = [*self._done[-MOST_STEPS + 1 :], step]
        self._undone.clear()
        self._tell()

    def _put(self, place: Place, drawn: tuple[Drawn, ...]) -> None:
        frames = self._frames(place[0])
        if drawn:
            frames[place[1]] = drawn
        else:
            frames.pop(place[1], None)
        if self._session.study is None or self._session.is_read_only:
            self.said.emit("The study is open for reading only: callipers are not kept")
        else:
            self._write(place[0])

    def _write(self, recording_id: int) -> bool:
        """Write the callipers of a recording; what the disk refuses is kept, said once, and tried again."""
        study = self._session.study
        try:
            if study is not None:
                write_callipers(study, recording_id, self._frames(recording_id))
        except LusguiError as error:
            if not self._unwritten:
                self._session.report(problem_from_error(error, "Not saved yet: callipers are kept in memory"))
            self._unwritten.add(recording_id)
            return False
        self._unwritten.discard(recording_id)
        return True

    @property
    def unwritten(self) -> tuple[int, ...]:
        """The recordings whose callipers are only in memory, because the disk refuses them."""
        return tuple(sorted(self._unwritten))

    def write_again(self, *_: object) -> bool:
        """Try to write what the disk has refused; return whether all is written."""
        return all(self._write(recording_id) for recording_id in self.unwritten)

    # undo

    @property
    def undo_name(self) -> str:
        """What can be taken back with the callipers in hand, e.g. "Distance, frame 3"; empty if nothing."""
        return title_of(self._done) if self._is_in_hand else ""

    @property
    def redo_name(self) -> str:
        """What can be done again with the callipers in hand."""
        return title_of(self._undone) if self._is_in_hand else ""

    @property
    def _is_in_hand(self) -> bool:
        return self._session.view.tool is Tool.CALLIPER

    def undo(self) -> bool:
        """Take the last step back and show where it was; false where there is none."""
        return self._step(self._done, self._undone, forward=False) if self.undo_name else False

    def redo(self) -> bool:
        """Do a step again and show where it was; false where there is none."""
        return self._step(self._undone, self._done, forward=True) if self.redo_name else False

    def _step(self, source: list[Step], target: list[Step], *, forward: bool) -> bool:
        step = source.pop()
        if not self._session.go_to(*step.place):
            self._tell()
            return True  # its recording has gone
        wanted = step.after if forward else step.before
        if step.is_spacing:
            self._session.set_spacing(step.place[0], wanted)
        else:
            self._put(step.place, wanted)
        target.append(step)
        self._tell()
        return True

    # coming and going

    def _tell(self) -> None:
        self.changed.emit()
        self._session.history_changed.emit()

    def leave_study(self) -> None:
        """Give up what was begun, because the study is closed, and say so."""
        lost = len(self.unfinished)
        if lost:
            what = "A calliper was" if lost == 1 else f"{lost} callipers were"
            self.said.emit(f"{what} not finished, and went with the study")
        self._waiting.clear()
        draft, self.draft = self.draft, None
        if draft is not None:
            self._session.shaping.close(draft)
        self._done.clear()
        self._undone.clear()
        self._unwritten.clear()
        self._line = self.half = None
        self._is_calibrating = False

    def _forget(self) -> None:
        """Read anew what a study says; a copy of the open one keeps what was begun or not written."""
        self.write_again()
        self._by_recording = {one: self._by_recording[one] for one in self._unwritten}
        self.changed.emit()

    def _tool_changed(self, tool: Tool) -> None:
        if tool is not Tool.CALLIPER:
            self._is_calibrating = False
        self._tell()

    def _went_elsewhere(self, recording_id: int, frame: int) -> None:
        """Let what is under way wait on its frame, and go on with what waits on this one."""
        if self._half_of != recording_id:
            self.half, self._half_of = None, recording_id
        place, draft, shaping = (recording_id, frame), self.draft, self._session.shaping
        if draft is not None and draft.place != place:
            self._waiting[draft.place] = draft
            self.draft = None
            shaping.close(draft)
            self.said.emit(f"The {draft.name} that was begun waits on frame {draft.place[1] + 1}")
        waiting = self._waiting.get(place)
        if waiting is not None and shaping.shape is None:
            self.draft = self._waiting.pop(place)
            shaping.open(waiting)
            self._tell()
