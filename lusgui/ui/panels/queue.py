"""Frames that wait to be looked at again, by the reason why: one button a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from lusgui.base.translate import tr
from lusgui.session.review_queue import Reason
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.panels.parts import Card, action_button, hint

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

LOOK_MS = 150

LOOKS: dict[Reason, tuple[str, str]] = {
    Reason.FLAGGED: ("Flagged", "Frames that somebody flagged ({key:review.flag})"),
    Reason.COMMENTED: ("Open comments", "Frames with a comment that nobody has settled"),
    Reason.DIFFERS: ("Readers differ", "Masks on which readers differ and nobody has decided"),
    Reason.NO_SHADOW: ("Rib without shadow", "Below the rib the image is as bright as beside it"),
    Reason.NO_RIB: ("Shadow without rib", "A dark band below the line of the ribs that has no rib"),
    Reason.EDITED: ("Drawn, not accepted", "Masks that nobody has accepted or rejected"),
    Reason.REJECTED: ("Rejected", "Frames that were rejected for a label"),
}


class QueueCard(Card):
    """Goes to the next frame that waits for a reason; looks at the study only while it is seen.

    Parameters
    ----------
    session : Session
        Whose frames.
    actions : Actions
        For previous, next, and the look at ribs.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__("Look again")
        self._session = session
        self.buttons: dict[Reason, QPushButton] = {}
        for reason, (title, tooltip) in LOOKS.items():
            button = QPushButton(title)
            button.setCheckable(True)
            button.setToolTip(f"{tr(tooltip)}.\n{tr('Goes to the next of them')}")
            button.clicked.connect(lambda _checked=False, reason=reason: self._go(reason))
            self.buttons[reason] = button
            self.add(button)
        row = QWidget()
        steps = QHBoxLayout(row)
        steps.setContentsMargins(0, 0, 0, 0)
        for command in ("review.queue_previous", "review.queue_next"):
            steps.addWidget(action_button(actions[command], text=True))
        self.add(row)
        self.empty = hint(tr("Nothing waits. Flag a frame ({key:review.flag}) to find it here again."))
        self.add(self.empty)
        self.check = action_button(actions["review.check_ribs"], text=True)
        self.add(self.check)
        self._later = Later(self.refresh, self, LOOK_MS)
        self._bindings = Bindings()
        for signal in (
            session.study_changed,
            session.recordings_changed,
            session.status_changed,
            session.notes_changed,
            session.adjudicating.changed,
            session.rib_checks.changed,
        ):
            self._bindings.connect(signal, self._ask_again)
        self.refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        self.refresh()

    def _ask_again(self, *_: object) -> None:
        if self.isVisible():
            self._later()

    def _go(self, reason: Reason) -> None:
        self._session.review_queue.go(reason=reason)
        self.refresh()

    def refresh(self) -> None:
        """Count what waits."""
        queue = self._session.review_queue
        counts = queue.counts()
        for reason, button in self.buttons.items():
            button.setText(f"{tr(LOOKS[reason][0])}: {counts[reason]}")
            button.setEnabled(counts[reason] > 0)
            button.setChecked(reason is queue.reason and counts[reason] > 0)
        self.empty.setVisible(not any(counts.values()))
