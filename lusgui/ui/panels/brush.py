"""Size and unit of the brush."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.session.view_state import BrushUnit
from lusgui.ui.bindings import Bindings, set_quietly
from lusgui.ui.panels.parts import Card, SliderSpin, action_button

if TYPE_CHECKING:
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions


class BrushPanel(QWidget):
    """The brush's diameter in mm or pixels.

    Parameters
    ----------
    session : Session
        Whose view state.
    actions : Actions
        For the tool buttons.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        card = Card("Brush")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        for name in ("tool.brush", "tool.eraser"):
            card.head.addWidget(action_button(actions[name]))
        self.diameter = SliderSpin(
            0.1,
            30.0,
            0.1,
            2,
            "Brush size",
            tr("Diameter of the brush ({key:brush.smaller} and {key:brush.larger}, or Shift+wheel)"),
            logarithmic=True,
        )
        self.diameter.value_changed.connect(self._size_chosen)
        self.unit = QComboBox()
        self.unit.addItem("mm", BrushUnit.MM)
        self.unit.addItem("px", BrushUnit.PX)
        self.unit.setAccessibleName(tr("Unit of the brush size"))
        self.unit.setToolTip(
            tr("Millimetres keep the brush round in tissue; pixels where the spacing is unknown")
        )
        self.unit.activated.connect(self._unit_chosen)
        card.add(self.diameter)
        card.add_row("Unit", self.unit, None)
        self._bindings = Bindings()
        events = session.view.events
        for signal in (events.brush_size_mm, events.brush_size_px, events.brush_unit):
            self._bindings.connect(signal, self._refresh)
        for other in (session.frame_changed, session.recordings_changed):
            self._bindings.connect(other, self._refresh)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()

    def _uses_mm(self) -> bool:
        place = self._session.place
        row = None if place is None else self._session.row(place[0])
        has_spacing = row is None or row.spacing_mm is not None
        return self._session.view.brush_unit is BrushUnit.MM and has_spacing

    def _size_chosen(self, value: float) -> None:
        view = self._session.view
        if self._uses_mm():
            view.brush_size_mm = value
        else:
            view.brush_size_px = value

    def _unit_chosen(self, index: int) -> None:
        self._session.view.brush_unit = BrushUnit(self.unit.itemData(index))

    def _refresh(self, *_: object) -> None:
        view = self._session.view
        if self._uses_mm():
            self.diameter.set_range(0.1, 30.0, 2)
            self.diameter.set_suffix(" mm")
            self.diameter.set_value(view.brush_size_mm)
        else:
            self.diameter.set_range(1.0, 200.0, 0)
            self.diameter.set_suffix(" px")
            self.diameter.set_value(view.brush_size_px)
        set_quietly(self.unit, self.unit.setCurrentIndex, 0 if self._uses_mm() else 1)
