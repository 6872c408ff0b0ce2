"""How well the readers of a frame agree, and the ways to a second reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from lusgui.base.translate import tr
from lusgui.ui.panels.parts import Card, action_button, hint
from lusgui.ui.review.adjudication_view import describe

if TYPE_CHECKING:
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

ALONE = (
    "One reader's masks are in this study. Let somebody read the same frames without seeing them, or join the"
    " studies of two people: then their agreement stands here."
)
MOST_PAIRS = 6


class ReadersCard(Card):
    """Shows the agreement on the present frame and label.

    Parameters
    ----------
    session : Session
        What the readers drew.
    actions : Actions
        For the buttons.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("Readers")
        self._session = session
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setAccessibleName(tr("Agreement of the readers on this frame"))
        self.add(self.text)
        self.alone = hint(tr(ALONE))
        self.add(self.alone)
        self.adjudicate = action_button(actions["review.adjudicate"], text=True)
        self.second = action_button(actions["review.second_read"], text=True)
        self.merge = action_button(actions["review.merge"], text=True)
        for button in (self.adjudicate, self.second, self.merge):
            self.add(button)

    def refresh(self) -> None:
        """Show the present frame and label."""
        judge, key = self._session.adjudicating, self._session.key()
        self.alone.setVisible(not judge.has_readings)
        self.text.setVisible(judge.has_readings)
        self.adjudicate.setVisible(judge.has_readings)
        for button in (self.second, self.merge):
            button.setVisible(not judge.has_readings)
        if not judge.has_readings:
            return
        lines = [describe(one) for one in judge.agreement(key)[:MOST_PAIRS]]
        if key is not None and lines and self._session.mask(key).any():
            lines += [
                tr("This mask, {replace}", replace=describe(one).replace(", :", ":"))
                for one in judge.agreement_with(key)
            ][:MOST_PAIRS]
        self.text.setText("\n".join(lines) or tr("Fewer than two readers drew this label here."))
