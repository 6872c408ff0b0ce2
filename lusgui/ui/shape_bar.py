"""The strip on the canvas while one draws a shape: what to do now, and what the shape does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider

from lusgui.base.translate import tr, trn
from lusgui.core.shape_raster import ShapeMode
from lusgui.session.shapes import SHAPE_TOOLS
from lusgui.session.view_state import Tool
from lusgui.ui import theme
from lusgui.ui.bindings import set_quietly
from lusgui.ui.canvas_strip import CanvasStrip, action_button

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

SLIDER_WIDTH = 96
NARROWEST = 420

WORDS = {ShapeMode.ADD: "Add", ShapeMode.SUBTRACT: "− Take away", ShapeMode.INTERSECT: "Keep inside"}
SHORT = {ShapeMode.ADD: "+", ShapeMode.SUBTRACT: "−", ShapeMode.INTERSECT: "∩"}


class ShapeBar(CanvasStrip):
    """Lies over the lateral ruler while lasso, polygon or live-wire is the tool in use.

    Parameters
    ----------
    canvas : QWidget
        On which it lies.
    session : Session
        What is drawn.
    actions : Actions
        The commands; every button is one.
    """

    def __init__(self, canvas: QWidget, session: Session, actions: Actions) -> None:
        super().__init__(canvas, "Shapes")
        self._session = session
        self.modes = {mode: action_button(actions[f"shape.{mode}"], word) for mode, word in WORDS.items()}
        self.waiting = action_button(actions["shape.waiting"], "")
        self.undo = action_button(actions["edit.undo"], "Undo step")
        self.drop = action_button(actions["click.drop"], "Drop")
        self.finish = action_button(actions["model.accept"], "Finish", name="primary")
        self.strength_name = QLabel("Edges")
        self.strength_name.setObjectName("hint")
        self.strength = QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setPageStep(10)
        self.strength.setFixedWidth(SLIDER_WIDTH)
        self.strength.setToolTip(tr("0 draws straight lines; the more, the closer to the edges of the image"))
        self.strength.setAccessibleName(tr("How strongly the live-wire keeps to edges, in percent"))
        self.strength.valueChanged.connect(lambda value: setattr(session.shapes, "strength", value / 100))
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.text, 1)
        top.addWidget(self.strength_name)
        top.addWidget(self.strength)
        row = QHBoxLayout()
        row.setSpacing(6)
        for button in self.modes.values():
            row.addWidget(button)
        row.addStretch(1)
        for button in (self.waiting, self.undo, self.drop, self.finish):
            row.addWidget(button)
        self.lay_out(top, row)
        events = session.view.events
        self.listen(
            (
                session.shapes.changed,
                session.shaping.changed,
                session.frame_changed,
                session.study_changed,
                session.save_state_changed,
                session.recordings_changed,
                session.labels_changed,
                events.label,
                events.tool,
            )
        )

    def refresh(self) -> None:
        """Show what can be done now."""
        session = self._session
        if session.view.tool not in SHAPE_TOOLS or session.key() is None:
            self.hide()
            return
        is_narrow = self.is_narrow
        shapes = session.shapes
        self.text.setText(what_to_do(session))
        self.text.setToolTip(self.text.text())
        for mode, button in self.modes.items():
            button.setText((SHORT if is_narrow else WORDS)[mode])
            button.setChecked(mode is shapes.mode_now)
        is_wire = session.view.tool is Tool.LIVEWIRE
        self.strength_name.setVisible(is_wire and not is_narrow)
        self.strength.setVisible(is_wire)
        percent = round(100 * shapes.strength)
        set_quietly(self.strength, self.strength.setValue, percent)
        self.strength.setToolTip(
            tr("How strongly lines keep to edges: {percent} %; 0 draws them straight", percent=percent)
        )
        waiting = len(shapes.waiting)
        self.waiting.setVisible(bool(waiting))
        self.undo.setText(tr("Undo") if is_narrow else tr("Undo step"))
        self.waiting.setText(trn("{count} waits", "{count} wait", waiting))
        for each in (self.undo, self.drop, self.finish):
            each.setVisible(shapes.draft is not None)
        if self.room < theme.scaled(NARROWEST):  # both have a key and stand in the menu
            self.undo.hide()
            self.drop.hide()
        self.setAccessibleDescription(self.text.text())
        self.settle()


def what_to_do(session: Session) -> str:
    """Say in one line what to do next with the tool."""
    key, draft, tool = session.key(), session.shapes.draft, session.view.tool
    if key is None:
        return ""
    reason = session.can_draw(key.recording_id)
    if reason is not None:
        return reason
    mode = session.shapes.mode_now
    aim = {
        ShapeMode.ADD: tr("what belongs to the mask"),
        ShapeMode.SUBTRACT: tr("what is to be taken away"),
        ShapeMode.INTERSECT: tr("what of the mask is to be kept"),
    }[mode]
    if tool is Tool.LASSO:
        return tr("Drag around {aim}; Alt takes away, Shift keeps what is inside", aim=aim)
    if draft is None and tool is Tool.LIVEWIRE:  # beside the slider there is less room
        return tr("Click along the edge; Alt takes away, Shift keeps what is inside")
    if draft is None and mode is ShapeMode.ADD:  # what is said has to fit into the strip
        return tr("Click from corner to corner; Alt takes away, Shift keeps what is inside")
    if draft is None:
        return tr("Click around {aim}; Alt takes away, Shift keeps what is inside", aim=aim)
    label = session.label(draft.key.label)
    what = {
        "shape": tr(draft.name.capitalize()),
        "label": draft.key.label if label is None else label.name,
    }
    if not draft.can_finish:
        return tr("{shape} on {label}: click the next corner; {key:click.drop} gives it up", **what)
    if tool is Tool.LIVEWIRE:
        return tr("{shape}: {key:model.accept} finishes; drag corners, click a line to add one", **what)
    return tr(
        "{shape} on {label}: {key:model.accept} finishes; drag corners, click a line to add one", **what
    )
