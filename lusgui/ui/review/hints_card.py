"""What looks odd on the present frame: ribs without shadow, shadows without rib."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.core.rib_shadow import Oddity
from lusgui.ui.panels.parts import Card, action_button, hint

if TYPE_CHECKING:
    from lusgui.core.rib_shadow import Hint
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.canvas.presenter import FramePresenter

WORDS = {
    Oddity.NO_SHADOW: (
        "Rib without shadow",
        "Below this mask the image is as bright as beside it: is it a rib?",
    ),
    Oddity.NO_RIB: ("Shadow without rib", "Below the line of the ribs it is dark here: is a rib missing?"),
}


class HintsCard(Card):
    """Hints on the present frame, each a button that shows the place.

    Parameters
    ----------
    session : Session
        Whose masks.
    actions : Actions
        For the look at everything.
    presenter : FramePresenter
        Whose frame is looked at.

    Signals
    -------
    place_asked(int, int)
        A row and column shall be brought into view.
    fill_asked(Hint)
        The shadow of a hint shall be ignored.
    """

    place_asked = Signal(int, int)
    fill_asked = Signal(object)

    def __init__(self, session: Session, actions: Actions, presenter: FramePresenter) -> None:
        super().__init__("Ribs and shadows")
        self._session, self._presenter = session, presenter
        self._shown: tuple[Hint, ...] | None = None
        self.words = hint("")
        self.add(self.words)
        self._holder = QWidget()
        self._rows = QVBoxLayout(self._holder)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self.add(self._holder)
        self.all = action_button(actions["review.check_ribs"], text=True)
        self.add(self.all)

    @property
    def buttons(self) -> list[QPushButton]:
        """One a hint, that shows its place."""
        return [row.show_it for row in self._holder.findChildren(_Row)]

    @property
    def fills(self) -> list[QPushButton]:
        """One a hint, that offers to ignore the shadow."""
        return [row.fill for row in self._holder.findChildren(_Row)]

    def refresh(self) -> None:
        """Look at the present frame."""
        session, presenter = self._session, self._presenter
        label, place = session.rib_checks.rib_label(), session.place
        key = None if label is None else session.key(label)
        has_ribs = key is not None and bool(session.mask(key).any())
        found: tuple[Hint, ...] = ()
        if place is not None and not session.is_stroke_open:
            found = session.rib_checks.check(place, presenter.raw if presenter.is_up_to_date else None)
        if found:
            self.words.setText(tr("Worth another look. These are hints, not verdicts:"))
        elif has_ribs:
            self.words.setText(tr("Ribs and shadows go together here, as far as the image tells."))
        else:
            self.words.setText(tr("No rib is drawn on this frame."))
        if found == self._shown:
            return
        self._shown = found
        for old in self._holder.findChildren(_Row):
            self._rows.removeWidget(old)
            old.setParent(None)
            old.deleteLater()
        for one in found:
            row = _Row(one)
            middle = (one.box.row0 + one.box.row1) // 2, (one.box.col0 + one.box.col1) // 2
            row.show_it.clicked.connect(lambda _checked=False, at=middle: self.place_asked.emit(*at))
            row.fill.clicked.connect(lambda _checked=False, one=one: self.fill_asked.emit(one))
            row.fill.setEnabled(not session.is_read_only)
            self._rows.addWidget(row)


class _Row(QWidget):
    """A hint: a button that shows its place, and one that ignores the shadow."""

    def __init__(self, one: Hint) -> None:
        super().__init__()
        title, why = WORDS[one.kind]
        box = one.box
        words = tr("{title}, columns {first} to {col1}", title=tr(title), first=box.col0 + 1, col1=box.col1)
        self.show_it = QPushButton(words)
        self.show_it.setToolTip(tr(why))
        self.fill = QPushButton(tr("Ignore"))
        self.fill.setObjectName("small")
        self.fill.setToolTip(
            tr("Offer the shadow along the beams as a region to ignore: neither learnt nor judged there")
        )
        self.fill.setAccessibleName(tr("Ignore the shadow: {what}", what=words))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.show_it, 1)
        layout.addWidget(self.fill)
