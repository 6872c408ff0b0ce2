"""Shapes drawn to be masks: lasso, polygon, live-wire; what they do to the mask, and those that wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psygnal import Signal

from lusgui.base.translate import tr, trn
from lusgui.core.shape_raster import ShapeMode, enclosed_area, stroke_of
from lusgui.session.shape_draft import Place, ShapeDraft
from lusgui.session.view_state import Tool

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey
    from lusgui.io.study import Study
    from lusgui.session.session import Session
    from lusgui.session.shape_draft import Corner

SETTING = "shapes"
"""Where a study keeps how its shapes are drawn."""

SHAPE_TOOLS = (Tool.LASSO, Tool.POLYGON, Tool.LIVEWIRE)
"""Tools whose outline becomes a mask."""

NAMES = {Tool.LASSO: "lasso", Tool.POLYGON: "polygon", Tool.LIVEWIRE: "live-wire"}

MODE_NAMES = {
    ShapeMode.ADD: "",
    ShapeMode.SUBTRACT: ", take away",
    ShapeMode.INTERSECT: ", keep inside",
}
"""What the name of an edit says after that of its tool."""


class Shapes:
    """What the next shape does, the drafts that wait on other frames, and the way into the mask.

    A draft that is open belongs to one frame and label. Going elsewhere, or taking up another tool, lets it
    wait there; coming back opens it again. Nothing is written before it is finished.

    Parameters
    ----------
    session : Session
        Who keeps the masks and the open shape.

    Signals
    -------
    changed()
        The mode, the strength, or a draft has changed.
    said(str)
        A sentence for the person.
    settings_changed()
        What the study keeps, the mode or the strength, is another.
    """

    changed = Signal()
    said = Signal(str)
    settings_changed = Signal()

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mode = ShapeMode.ADD
        self._held: ShapeMode | None = None
        self._strength = 0.7
        self._waiting: dict[tuple[Tool, Place], ShapeDraft] = {}
        self._given_up: ShapeDraft | None = None
        session.study_changed.connect(self._read_settings)
        session.frame_changed.connect(self._went_elsewhere)
        session.view.events.tool.connect(self._tool_changed)
        session.recordings_changed.connect(self._forget_removed)
        session.reading_changed.connect(self._forget_misfits)
        session.history_changed.connect(self._forget_given_up)
        session.shaping.changed.connect(self._resume)  # what another tool had open may have been in the way

    # what a shape does

    @property
    def mode(self) -> ShapeMode:
        """What shapes do when no modifier key says otherwise."""
        return self._mode

    @property
    def mode_now(self) -> ShapeMode:
        """What the open shape does, or the one that a press would begin now."""
        draft = self.draft
        return draft.mode if draft is not None else self._held or self._mode

    def set_mode(self, mode: ShapeMode) -> None:
        """Choose what shapes do, the open one included."""
        self._mode, self._held = mode, None
        if self.draft is not None:
            self.draft.mode = mode
        self.changed.emit()
        self.settings_changed.emit()

    def hold(self, mode: ShapeMode | None) -> None:
        """Notice a modifier key that stands for a mode, or that it was let go."""
        if mode is not self._held:
            self._held = mode
            self.changed.emit()

    @property
    def strength(self) -> float:
        """How strongly the live-wire keeps to edges, 0 (straight lines) to 1."""
        return self._strength

    @strength.setter
    def strength(self, value: float) -> None:
        value = min(max(value, 0.0), 1.0)
        if value != self._strength:
            self._strength = value
            if self.draft is not None:
                self.draft.forget_lines()
            self.changed.emit()
            self.settings_changed.emit()

    def save(self, study: Study) -> None:
        """Write the mode and the strength into a study."""
        study.settings.set_setting(SETTING, {"mode": self._mode.value, "strength": self._strength})

    def _read_settings(self) -> None:
        study = self._session.study
        if study is None:
            return
        with self._session.guarded("How shapes were drawn cannot be read"):
            kept = study.settings.setting(SETTING)
            if not isinstance(kept, dict):
                return
            mode, strength = kept.get("mode"), kept.get("strength")
            if mode in list(ShapeMode):
                self._mode = ShapeMode(mode)
            if isinstance(strength, float) and 0 <= strength <= 1:
                self._strength = strength
            self.changed.emit()

    # into the mask

    def commit(
        self, key: PlaneKey, corners: NDArray[np.floating], mode: ShapeMode, tool: Tool = Tool.LASSO
    ) -> bool:
        """Make a closed outline one edit of a mask; where that cannot be, say why and change nothing.

        Parameters
        ----------
        key : PlaneKey
            Plane that is drawn on.
        corners : (N, 2) float ndarray
            Row and column of the outline, continuous.
        mode : ShapeMode
            What to do with the pixels inside.
        tool : Tool
            What it was drawn with.

        Returns
        -------
        bool
            Whether the mask has changed.
        """
        name = NAMES[tool]
        mask = self._session.mask(key)
        area = enclosed_area(corners, (mask.shape[0], mask.shape[1]))
        if area.is_empty:
            self.said.emit(f"The {name} goes around no pixel of the image: nothing was changed")
            return False
        kept_inside = mask[area.box.slices] & area.patch
        if mode is ShapeMode.INTERSECT and not kept_inside.any():
            self.said.emit(
                tr(
                    "Nothing of the mask lies inside the shape: nothing was changed ({key:mask.clear}"
                    " clears a mask)"
                )
                if mask.any()
                else "There is no mask yet to keep a part of"
            )
            return False
        stroke = stroke_of(area, mask, mode)
        if stroke.box.is_empty:
            why = {
                ShapeMode.ADD: "Nothing was changed: all of it is in the mask already",
                ShapeMode.SUBTRACT: "Nothing was changed: there is no mask inside to take away",
                ShapeMode.INTERSECT: "Nothing was changed: all of the mask lies inside",
            }[mode]
            self.said.emit(tr(why))
            return False
        title = f"{name.capitalize()}{MODE_NAMES[mode]}"
        allowed = self._session.guard.allowed(key)
        if allowed is not None and not (stroke.patch & allowed[stroke.box.slices]).any():
            self._session.guard.say_nothing_left()
            return False
        if not self._session.stroke(key, stroke.box, stroke.patch, stroke.add, title):
            return False
        if area.crosses_itself:
            self.said.emit(f"The {name} crosses itself: everything it goes around was taken")
        elif area.reaches_outside:
            self.said.emit(f"The {name} was cut off at the edge of the image")
        return True

    # drafts

    @property
    def draft(self) -> ShapeDraft | None:
        """The draft that is open, if any."""
        shape = self._session.shaping.shape
        return shape if isinstance(shape, ShapeDraft) else None

    def begin(
        self,
        tool: Tool,
        key: PlaneKey,
        corner: Corner,
        mode: ShapeMode,
        line: Callable[[Corner, Corner], NDArray[np.float64]] | None = None,
    ) -> ShapeDraft:
        """Open a draft with its first corner.

        Parameters
        ----------
        tool : Tool
            What draws it.
        key : PlaneKey
            Plane that it will change.
        corner : (row, column)
            Where it begins.
        mode : ShapeMode
            What it will do.
        line : callable, optional
            Returns the line between two corners, (N, 2) with both; straight by default.
        """
        self._given_up = None
        draft = ShapeDraft(self, tool, key, mode, line)
        row = self._session.row(key.recording_id)
        draft.shape = None if row is None else row.shape
        draft.add(corner)
        self._session.shaping.open(draft)
        self.changed.emit()
        return draft

    def close(self, draft: ShapeDraft) -> None:
        """Have done with a draft."""
        self._session.shaping.close(draft)
        self.changed.emit()

    @property
    def given_up(self) -> ShapeDraft | None:
        """The draft that was given up just now and can be brought back."""
        return self._given_up if self._session.shaping.shape is None else None

    def was_given_up(self, draft: ShapeDraft) -> None:
        """Keep a draft that was given up until something else happens; one without corners is nothing."""
        self._given_up = draft if draft.corners else None
        self.changed.emit()

    def bring_back(self) -> bool:
        """Open the draft again that was given up just now; false if there is none."""
        draft = self.given_up
        if draft is None:
            return False
        self._given_up = None
        self._session.shaping.open(draft)
        self.changed.emit()
        return True

    def _forget_given_up(self) -> None:
        self._given_up = None

    @property
    def waiting(self) -> tuple[ShapeDraft, ...]:
        """Drafts that are not open now, in the order of their frames."""
        return tuple(sorted(self._waiting.values(), key=lambda draft: (draft.place, draft.tool)))

    @property
    def unfinished(self) -> tuple[ShapeDraft, ...]:
        """All drafts, the open one first."""
        return (*(() if self.draft is None else (self.draft,)), *self.waiting)

    def go_to_waiting(self) -> bool:
        """Go to the next draft that waits, and take up its tool; false if there is none."""
        drafts = self.waiting
        if not drafts:
            return False
        here = self._session.place or (0, -1)
        draft = next((each for each in drafts if each.place > here), drafts[0])
        self._session.go_to(*draft.place)
        self._session.view.tool = draft.tool
        return True

    def finish_all(self) -> bool:
        """Finish every draft; those that cannot be stay, and the answer is false."""
        if self.draft is not None:
            self.draft.finish()
        for at, draft in list(self._waiting.items()):
            if draft.finish():
                self._waiting.pop(at, None)
        self.changed.emit()
        return not self.unfinished

    def forget_all(self) -> None:
        """Give every draft up, leaving no trace in the study."""
        self._waiting.clear()
        if self.draft is not None:
            self._session.shaping.cancel()
        self._given_up = None
        self.changed.emit()

    def leave_study(self) -> None:
        """Give every draft up, because the study is closed, and say so."""
        lost = self.unfinished
        if lost:
            self.said.emit(
                trn(
                    "A {name} was not finished, and went with the study",
                    "{count} shapes were not finished, and went with the study",
                    len(lost),
                    name=tr(lost[0].name),
                )
            )
        self.forget_all()

    def _went_elsewhere(self, recording_id: int, frame: int) -> None:
        self._given_up = None
        draft = self.draft
        if draft is not None and draft.place != (recording_id, frame):
            self._park(draft)
            self.said.emit(f"The {draft.name} waits on frame {draft.key.frame + 1} until it is finished")
        self._resume()

    def _tool_changed(self, tool: Tool) -> None:
        self._held = self._given_up = None
        draft = self.draft
        if draft is not None and draft.tool is not tool:
            self._park(draft)
            self.said.emit(f"The {draft.name} waits here until its tool is taken up again")
        self._resume()

    def _park(self, draft: ShapeDraft) -> None:
        self._waiting[draft.tool, draft.place] = draft
        self._session.shaping.close(draft)
        self.changed.emit()

    def _resume(self) -> None:
        place = self._session.place
        if place is None or self._session.shaping.shape is not None:
            return
        draft = self._waiting.pop((self._session.view.tool, place), None)
        if draft is not None:
            self._session.shaping.open(draft)
            self.changed.emit()

    def _forget_removed(self) -> None:
        gone = [at for at in self._waiting if self._session.row(at[1][0]) is None]
        for at in gone:
            del self._waiting[at]
        if self.draft is not None and self._session.row(self.draft.key.recording_id) is None:
            self._session.shaping.cancel()
            self._given_up = None
            gone.append((self._session.view.tool, (0, 0)))
        if gone:
            self.changed.emit()

    def _forget_misfits(self, recording_id: int) -> None:
        """Give up what was outlined on another grid than that on which the file is read now, and say so."""
        row, number = self._session.row(recording_id), 0
        self._given_up = None
        if row is None:
            return
        for draft in self.unfinished:
            is_here = draft.key.recording_id == recording_id
            if is_here and (draft.shape != row.shape or draft.key.frame >= row.frames):
                number += 1
                self._waiting.pop((draft.tool, draft.place), None)
                self._session.shaping.close(draft)
        if number:
            self.said.emit(
                trn(
                    "The file is read in another way now: a shape that was not finished would not fit",
                    "The file is read in another way now: {count} shapes that were not finished would not"
                    " fit",
                    number,
                )
            )
            self.changed.emit()
