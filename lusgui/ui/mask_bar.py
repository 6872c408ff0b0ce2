"""The strip on the canvas for wand, smooth brush and moved pieces: what to do now, and how the tool works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QLabel

from lusgui.base.translate import tr
from lusgui.session.view_state import Tool
from lusgui.ui import theme
from lusgui.ui.canvas_strip import CanvasStrip, action_button
from lusgui.ui.panels.parts import SliderSpin

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

NARROW = 560
"""Below this, only what is needed most has room."""
TOOLS = (Tool.WAND, Tool.SMOOTH, Tool.MOVE)


class MaskBar(CanvasStrip):
    """Lies over the lateral ruler while one of these tools is in use.

    Parameters
    ----------
    canvas : QWidget
        On which it lies.
    session : Session
        Whose settings.
    actions : Actions
        The commands.
    """

    def __init__(self, canvas: QWidget, session: Session, actions: Actions) -> None:
        super().__init__(canvas, "Mask tools")
        self._session = session
        self.fills = action_button(actions["mask.wand_fills"], "Fill the outline")
        self.tolerance = SliderSpin(
            0.5,
            100.0,
            0.5,
            1,
            "Tolerance of the wand",
            "How unlike the gray may be when a press begins; a drag changes it for that press alone",
            " %",
            logarithmic=True,
        )
        self.tolerance.value_changed.connect(self._tolerance_chosen)
        self.reach = SliderSpin(
            0.5,
            100.0,
            0.5,
            1,
            "Reach of the wand",
            "Nothing farther from where you press is taken",
            " mm",
            logarithmic=True,
        )
        self.reach.value_changed.connect(self._reach_chosen)
        self.alike, self.within = QLabel("Alike"), QLabel("Within")
        self.smoothing = SliderSpin(
            0.05, 5.0, 0.05, 2, "Smoothing of the brush", "Bends narrower than about twice this go", " mm"
        )
        self.smoothing.value_changed.connect(self._smoothing_chosen)
        self.copies = action_button(actions["mask.copy_piece"], "Leave a copy")
        self.mirror = action_button(actions["mask.mirror"], "Mirror")
        self.undo = action_button(actions["edit.undo"], "Undo step")
        self.drop = action_button(actions["click.drop"], "Leave as it was")
        self.finish = action_button(actions["model.accept"], "Put down", name="primary")
        self._of_tool: dict[Tool, tuple[QWidget, ...]] = {
            Tool.WAND: (self.fills, self.alike, self.tolerance, self.within, self.reach),
            Tool.SMOOTH: (self.smoothing,),
            Tool.MOVE: (self.copies, self.mirror, self.undo, self.drop, self.finish),
        }
        row = QHBoxLayout()
        row.setSpacing(6)
        for part in (self.fills, self.copies, self.mirror):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.alike)
        row.addWidget(self.tolerance, 3)
        row.addWidget(self.within)
        row.addWidget(self.reach, 3)
        row.addWidget(self.smoothing, 3)
        for part in (self.undo, self.drop, self.finish):
            row.addWidget(part)
        self.lay_out(None, row)
        events = session.view.events
        self.listen(
            (
                session.masking.settings.events.all,
                session.moving.changed,
                session.locks.changed,
                session.frame_changed,
                session.study_changed,
                session.recordings_changed,
                events.label,
                events.tool,
            )
        )
        self._bindings.connect(session.masking.wand_tolerance, self._show_tolerance)

    def refresh(self) -> None:
        """Show what can be done now."""
        session = self._session
        tool, key = session.view.tool, session.key()
        if tool not in TOOLS or key is None:
            self.hide()
            return
        settings, in_hand = session.masking.settings, session.moving.piece is not None
        self.text.setText(what_to_do(session))
        self.text.setToolTip(self.text.text())  # where the strip is too narrow for it
        self.setAccessibleDescription(self.text.text())
        for other, parts in self._of_tool.items():
            for part in parts:
                part.setVisible(other is tool)
        is_growing, is_narrow = tool is Tool.WAND and not settings.fills, self.room < theme.scaled(NARROW)
        self.tolerance.setVisible(is_growing)
        self.reach.setVisible(is_growing and not is_narrow)
        for word in (self.alike, self.within):
            word.setVisible(is_growing and not is_narrow)
        for button in (self.mirror, self.undo, self.drop, self.finish):
            button.setVisible(tool is Tool.MOVE and in_hand)
        self.copies.setText(tr("Copy") if is_narrow else tr("Leave a copy"))
        self.undo.setText(tr("Undo") if is_narrow else tr("Undo step"))
        self.drop.setText(tr("Drop") if is_narrow else tr("Leave as it was"))
        self.tolerance.set_value(100 * settings.tolerance)
        sigma, _spacing, unit = session.masking.smoothing(key.recording_id)
        low, high, decimals = (0.05, 5.0, 2) if unit == "mm" else (0.5, 30.0, 1)
        self.smoothing.set_range(low, high, decimals)
        reach, _spacing, unit = session.masking.reach(key.recording_id)
        low, high, decimals = (0.5, 100.0, 1) if unit == "mm" else (3.0, 2000.0, 0)
        self.reach.set_range(low, high, decimals)
        self.reach.set_suffix(f" {unit}")
        self.reach.set_value(reach)
        self.smoothing.set_suffix(f" {unit}")
        self.smoothing.set_value(sigma)
        self.settle()

    def _show_tolerance(self, tolerance: float) -> None:
        shown = self._session.masking.settings.tolerance if tolerance < 0 else tolerance
        self.tolerance.set_value(100 * shown)

    def _tolerance_chosen(self, value: float) -> None:
        self._session.masking.settings.tolerance = value / 100

    def _smoothing_chosen(self, value: float) -> None:
        self._set("smooth", value)

    def _reach_chosen(self, value: float) -> None:
        self._set("reach", value)

    def _set(self, name: str, value: float) -> None:
        """Set what is in mm where the spacing is known."""
        place, masking = self._session.place, self._session.masking
        if place is not None:
            unit = "px" if masking.spacing(place[0]) is None else "mm"
            setattr(masking.settings, f"{name}_{unit}", value)


def what_to_do(session: Session) -> str:
    """Say in one line what to do next with the tool."""
    key, tool = session.key(), session.view.tool
    if key is None:
        return ""
    reason = session.can_draw(key.recording_id) or session.locks.reason(key.label)
    if reason is not None:
        return reason
    if tool is Tool.WAND:
        if session.masking.settings.fills:
            return tr("Click inside a closed outline to fill it; Alt+click takes a piece away")
        return tr(
            "Press on a structure; drag right for more, left for less. Each press begins at {percent} %; Alt"
            " takes away",
            percent=f"{100 * session.masking.settings.tolerance:.3g}",
        )
    if tool is Tool.SMOOTH:
        return tr("Brush along an outline to smooth it; Shift+wheel changes the size")
    if session.moving.piece is not None:
        return tr(
            "Drag it, turn it by its knob or with Shift; {key:model.accept} or a click beside it puts it down"
        )
    if not session.mask(key).any():
        return tr(
            "There is no mask of this label on this frame yet: draw one ({key:tool.brush}), then move its"
            " pieces"
        )
    return tr("Press on a piece of your mask and drag it")
