"""Settings of the operations on masks, with a button for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from lusgui.ui.bindings import Bindings
from lusgui.ui.panels.parts import Card, SliderSpin, action_button

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

HEAD = ("mask.fill_holes", "mask.keep_largest", "mask.mirror")


class _Amount:
    """One setting, in mm where the spacing is known and in pixels elsewhere.

    Parameters
    ----------
    name, tooltip : str
        What it is.
    mm, px : (str, low, high, decimals, suffix)
        Name in the settings, range, digits and unit.
    """

    def __init__(
        self,
        name: str,
        tooltip: str,
        mm: tuple[str, float, float, int, str],
        px: tuple[str, float, float, int, str],
    ) -> None:
        self.mm, self.px = mm, px
        self.control = SliderSpin(mm[1], mm[2], 0.1, mm[3], name, tooltip, mm[4], logarithmic=True)

    def show(self, uses_mm: bool, value_of: Callable[[str], float]) -> None:
        """Show the present value in its unit."""
        name, low, high, decimals, suffix = self.mm if uses_mm else self.px
        self.control.set_range(low, high, decimals)
        self.control.set_suffix(suffix)
        self.control.set_value(value_of(name))


class MaskPanel(QWidget):
    """How far masks grow and shrink, how smooth outlines become, which pieces are small.

    Parameters
    ----------
    session : Session
        Whose settings.
    actions : Actions
        For the buttons.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        card = Card("Mask")
        for name in HEAD:
            card.head.addWidget(action_button(actions[name]))
        self.step = _Amount(
            "Step of growing and shrinking",
            "By how much Grow and Shrink move the outline",
            ("step_mm", 0.05, 5.0, 2, " mm"),
            ("step_px", 1.0, 50.0, 0, " px"),
        )
        self.smooth = _Amount(
            "Smoothing",
            "How much the outline is smoothed: bends narrower than about twice this go",
            ("smooth_mm", 0.05, 5.0, 2, " mm"),
            ("smooth_px", 0.5, 30.0, 1, " px"),
        )
        self.small = _Amount(
            "Least area of a piece",
            "Pieces smaller than this are removed",
            ("small_mm2", 0.05, 200.0, 2, " mm²"),
            ("small_px", 1.0, 10_000.0, 0, " px"),
        )
        for word, amount, names in (
            ("Margin", self.step, ("mask.shrink", "mask.grow")),
            ("Smooth", self.smooth, ("mask.smooth",)),
            ("Pieces", self.small, ("mask.remove_small",)),
        ):
            buttons = [action_button(actions[name]) for name in names]
            card.add_row(word, amount.control, *buttons, label_width=50)
            amount.control.value_changed.connect(lambda value, own=amount: self._chosen(own, value))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        self._bindings = Bindings()
        for signal in (session.frame_changed, session.recordings_changed, session.study_changed):
            self._bindings.connect(signal, self._refresh)
        self._bindings.connect(session.masking.settings.events.all, self._refresh)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()

    def _uses_mm(self) -> bool:
        place = self._session.place
        return place is None or self._session.masking.spacing(place[0]) is not None

    def _chosen(self, amount: _Amount, value: float) -> None:
        setattr(self._session.masking.settings, (amount.mm if self._uses_mm() else amount.px)[0], value)

    def _refresh(self, *_: object) -> None:
        settings, uses_mm = self._session.masking.settings, self._uses_mm()
        for amount in (self.step, self.smooth, self.small):
            amount.show(uses_mm, lambda name: float(getattr(settings, name)))
