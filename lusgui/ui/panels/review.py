"""The page Review: what was said of the frame, who read it, and what to look at again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.panels.parts import Card, action_button, hint
from lusgui.ui.panels.statuses import STATUS_LOOKS
from lusgui.ui.review.bias_card import BiasCard
from lusgui.ui.review.hints_card import HintsCard
from lusgui.ui.review.notes_card import NotesCard, local_time
from lusgui.ui.review.readers_card import ReadersCard

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions
    from lusgui.ui.canvas.presenter import FramePresenter

LOOK_MS = 60
"""What is measured is measured this long after a change: nobody waits for it."""


class ReviewPanel(QWidget):
    """Cards on the review of the present frame and label; looks at the study only while it is seen.

    Parameters
    ----------
    session : Session
        What is reviewed.
    actions : Actions
        For the buttons.
    presenter : FramePresenter
        Whose frame is looked at for what is odd.
    """

    def __init__(self, session: Session, actions: Actions, presenter: FramePresenter) -> None:
        super().__init__()
        self._session = session
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.frame = Card("This frame")
        self.status = QLabel()
        self.status.setWordWrap(True)
        self.status.setAccessibleName(tr("Status of the frame and label"))
        self.said = hint("")
        self.frame.add(self.status)
        self.frame.add(self.said)
        self.replay = action_button(actions["review.replay"], text=True)
        self.frame.add(self.replay)
        self.notes = NotesCard(session, actions)
        self.readers = ReadersCard(session, actions)
        self.hints = HintsCard(session, actions, presenter)
        self.bias = BiasCard(session, actions)
        for card in (self.frame, self.notes, self.hints, self.readers, self.bias):
            layout.addWidget(card)
        layout.addStretch(1)
        self._later = Later(self.refresh, self, LOOK_MS)
        self._bindings = Bindings()
        for signal in (
            session.study_changed,
            session.frame_changed,
            session.status_changed,
            session.mask_changed,
            session.notes_changed,
            session.labels_changed,
            session.adjudicating.changed,
            session.bias_guard.changed,
            session.view.events.label,
            session.view.events.theme,
        ):
            self._bindings.connect(signal, self._ask_again)
        presenter.frame_shown.connect(self._ask_again)
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

    def refresh(self) -> None:
        """Show the present frame and label."""
        self._refresh_status()
        self.notes.refresh()
        self.hints.refresh()
        self.readers.refresh()
        self.bias.refresh()

    def _refresh_status(self) -> None:
        session, key = self._session, self._session.key()
        if key is None or session.study is None:
            self.status.setText(tr("Open a recording to review it."))
            self.said.setText("")
            return
        label = session.label(key.label)
        name = key.label if label is None else label.name
        look = STATUS_LOOKS[session.status(key)]
        self.status.setText(
            tr("{name}, frame {frame}: <b>{title}</b>", name=name, frame=key.frame + 1, title=look.title)
        )
        said = None
        with session.guarded("The frame's history cannot be read"):
            said = session.study.annotation(key)
        if said is None:
            self.said.setText(tr("Nobody has drawn or said anything of this label here."))
        else:
            who = said.rater or "Reader not named (Edit, Who draws)"
            self.said.setText(f"{who}, {local_time(said.updated_at)}")
