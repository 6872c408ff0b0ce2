"""The strip on the canvas while the callipers are in hand: what to do now, and what they measure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout

from lusgui.base.translate import tr
from lusgui.core.measures.drawn import Kind
from lusgui.session.view_state import Tool
from lusgui.ui.canvas_strip import CanvasStrip, action_button

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions


_NEXT = {
    Kind.DISTANCE: "Drag from end to end; Shift keeps the line level or upright",
    Kind.ANGLE: "Click on one end, then the corner, then the other end",
    Kind.AREA: "Click around the area; {key:model.accept} or a click on the first corner closes it",
}


class CalliperBar(CanvasStrip):
    """Lies over the lateral ruler while the callipers are the tool in use.

    Parameters
    ----------
    canvas : QWidget
        On which it lies.
    session : Session
        What is measured.
    actions : Actions
        The commands; every button is one.
    """

    def __init__(self, canvas: QWidget, session: Session, actions: Actions) -> None:
        super().__init__(canvas, "Callipers")
        self._session = session
        words = {Kind.DISTANCE: "Distance", Kind.ANGLE: "Angle", Kind.AREA: "Area"}
        self.kinds = {kind: action_button(actions[f"measure.{kind}"], word) for kind, word in words.items()}
        self.calibrate = action_button(actions["measure.calibrate"], "Calibrate")
        self.undo = action_button(actions["edit.undo"], "Undo")
        self.drop = action_button(actions["click.drop"], "Drop")
        self.finish = action_button(actions["model.accept"], "Finish", name="primary")
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in (*self.kinds.values(), self.calibrate):
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.undo, self.drop, self.finish):
            row.addWidget(button)
        self.lay_out(None, row)
        self.listen(
            (
                session.callipers.changed,
                session.shaping.changed,
                session.frame_changed,
                session.study_changed,
                session.recordings_changed,
                session.view.events.tool,
            )
        )

    def refresh(self) -> None:
        """Show what can be done now."""
        session = self._session
        if session.view.tool is not Tool.CALLIPER or session.place is None:
            self.hide()
            return
        self.text.setText(what_to_do(session))
        self.text.setToolTip(self.text.text())
        has_draft = session.callipers.draft is not None
        self.undo.setVisible(has_draft or bool(session.callipers.undo_name))
        self.drop.setVisible(has_draft)
        self.finish.setVisible(has_draft)
        self.setAccessibleDescription(self.text.text())
        self.settle()


def what_to_do(session: Session) -> str:
    """Say in one line what to do next with the callipers."""
    callipers = session.callipers
    if callipers.is_calibrating:
        return tr(
            "Drag along a distance that you know, e.g. the depth scale; Shift keeps it upright or level"
        )
    if session.measuring.spacing_mm() is None:
        return tr(
            "The spacing is unknown, so nothing can be read in mm: calibrate first ({key:measure.calibrate})"
        )
    draft = callipers.draft
    if draft is None:
        return tr(_NEXT[callipers.kind])
    if draft.kind is Kind.ANGLE:
        return tr("Click on the corner") if len(draft.points) == 1 else tr("Click on the other end")
    return tr(
        "Click the next corner; {key:model.accept} or a click on the first closes it, {key:edit.undo} takes"
        " one back"
    )
