"""Where painting is limited to: a range of gray, the inside or outside of another label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.session.painting_guard import Where
from lusgui.ui.bindings import Bindings
from lusgui.ui.panels.parts import Card, SliderSpin, action_button, hint

if TYPE_CHECKING:
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

WITHOUT = "Brush, shapes and wand paint everywhere. Set a limit here to keep them to a part of the image."


class LimitsPanel(QWidget):
    """The limits of painting, and whether they hold.

    Parameters
    ----------
    session : Session
        Whose guard.
    actions : Actions
        For the switch.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        card = Card("Limit painting")
        card.head.addWidget(action_button(actions["mask.limit"]))
        self.where = QComboBox()
        self.where.setAccessibleName(tr("Where painting counts"))
        self.where.setToolTip(tr("Paint only inside, or only outside, what is drawn of another label"))
        self.where.activated.connect(self._where_chosen)
        card.add(self.where)
        self.low = SliderSpin(
            0, 99, 1, 0, "Least gray", "Darker pixels are not painted (of the despeckled image)", " %"
        )
        self.high = SliderSpin(
            1, 100, 1, 0, "Largest gray", "Brighter pixels are not painted (of the despeckled image)", " %"
        )
        for words, control in (("From", self.low), ("To", self.high)):
            card.add_row(words, control, label_width=40)
            control.value_changed.connect(self._range_chosen)
        self.note = hint("")
        self.note.setAccessibleName(tr("Limits of painting"))
        card.add(self.note)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(card)
        self._bindings = Bindings()
        for signal in (session.guard.changed, session.labels_changed, session.view.events.label):
            self._bindings.connect(signal, self._refresh)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()

    def _where_chosen(self, index: int) -> None:
        guard = self._session.guard
        guard.set_where(*self.where.itemData(index))
        guard.is_on = guard.has_limits

    def _range_chosen(self, _value: float) -> None:
        guard = self._session.guard
        low, high = self.low.value() / 100, self.high.value() / 100
        if high <= low:  # the one that was not touched gives way
            low, high = (low, low + 0.01) if low != guard.range[0] else (high - 0.01, high)
        guard.set_range(low, high)
        guard.is_on = guard.has_limits
        self._refresh()

    def _refresh(self, *_: object) -> None:
        session, guard = self._session, self._session.guard
        choices = [("Anywhere", (Where.ANYWHERE, ""))]
        if len(session.labels) > 1:
            choices.append(("Only outside all other labels", (Where.OUTSIDE, "")))
        for label in session.labels:
            choices.append((tr("Only outside {name}", name=label.name), (Where.OUTSIDE, label.key)))
            choices.append((tr("Only inside {name}", name=label.name), (Where.INSIDE, label.key)))
        was = self.where.blockSignals(True)
        self.where.clear()
        for text, choice in choices:
            self.where.addItem(tr(text), choice)
        self.where.setCurrentIndex([choice for _text, choice in choices].index(guard.where))
        self.where.blockSignals(was)
        self.low.set_value(100 * guard.range[0])
        self.high.set_value(100 * guard.range[1])
        if not guard.has_limits:
            self.note.setText(tr(WITHOUT))
        elif not guard.is_on:
            self.note.setText(tr("Switched off: {words}.", words=guard.words))
        elif guard.where[1] == session.view.label and guard.range == (0.0, 1.0):
            self.note.setText(
                tr("{label} itself is being drawn: no limit.", label=session.label_name(session.view.label))
            )
        else:
            self.note.setText(tr("Painting and rubbing out only: {words}.", words=guard.words))
