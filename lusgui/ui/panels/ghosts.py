"""The line under the canvas while ghosts wait: where this one comes from, and what becomes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QResizeEvent

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

SPACING = 6
PARTED = " · "
"""Stands between what a ghost is and how many wait; the latter is left out where there is no room."""
WIDE = 760
"""Narrower than this, in pixels, the buttons for a part of the ghosts are left to the menu."""


class GhostBar(QFrame):
    """Shown while ghosts of this recording and label wait, on whatever frame they lie.

    Parameters
    ----------
    session : Session
        Who keeps ghosts.
    actions : Actions
        The commands; every button is one.
    """

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        self.setObjectName("banner")
        self.setAccessibleName(tr("Ghosts that wait to be accepted"))
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setMinimumWidth(1)  # a narrow window cuts it off rather than growing
        self.next = _button(actions["time.next_ghost"], tr("Next"))
        self.drop = _button(actions["click.drop"], tr("Drop"))
        self.drop_rest = _button(actions["time.drop_from_here"], tr("Drop from here on"))
        self.accept_to = _button(actions["time.accept_to_here"], tr("Accept up to here"))
        self.accept_all = _button(actions["time.accept_all"], tr("Accept all"))
        self.accept = _button(actions["model.accept"], tr("Accept"), "primary")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 5, 8, 5)
        layout.setSpacing(SPACING)
        layout.addWidget(self.text, 1)
        first, last = (self.next, self.drop, self.drop_rest), (self.accept_to, self.accept_all, self.accept)
        self._buttons = (*first, *last)
        for button in self._buttons:
            layout.addWidget(button)
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()
        for signal in (
            session.times.changed,
            session.frame_changed,
            session.study_changed,
            session.view.events.label,
        ):
            self._bindings.connect(signal, self._later)
        self.hide()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window leave a part of the buttons to the menu."""
        super().resizeEvent(event)
        self._fit()

    def refresh(self) -> None:
        """Show what waits."""
        ghosts, here = self._session.times.ghosts_here(), self._session.current_frame
        if not ghosts:
            self.hide()
            return
        text = describe_ghosts(self._session)
        self.text.setToolTip(text)
        self.setAccessibleDescription(text)
        for button in (self.drop, self.accept):
            button.setVisible(here in ghosts)
        self.next.setVisible(here not in ghosts)
        self.accept_all.setText(
            tr("Accept all {count}", count=len(ghosts)) if len(ghosts) > 1 else tr("Accept it")
        )
        self.accept_all.setVisible(len(ghosts) > 1 or here not in ghosts)  # one ghost here: one way to accept
        self._fit()
        self.show()

    def _fit(self) -> None:
        frames = list(self._session.times.ghosts_here())
        here, is_wide = self._session.current_frame, self.width() >= WIDE
        is_between = len(frames) > 1 and frames[0] <= here <= frames[-1]
        self.accept_to.setVisible(is_wide and is_between and here != frames[-1])
        self.drop_rest.setVisible(is_wide and is_between and here != frames[0])
        shown = [button for button in self._buttons if not button.isHidden()]
        room = self.width() - sum(button.sizeHint().width() + SPACING for button in shown) - 2 * SPACING
        text = describe_ghosts(self._session)
        is_short = self.fontMetrics().horizontalAdvance(text) > room
        self.text.setText(text.split(PARTED)[0] if is_short else text)


def describe_ghosts(session: Session) -> str:
    """Say what waits, and of the ghost on screen where it comes from and how far it can be trusted."""
    ghosts, here = session.times.ghosts_here(), session.current_frame
    frames = list(ghosts)
    if not frames:
        return ""
    where = tr("frame {frame}", frame=frames[0] + 1)
    if len(frames) > 1:
        where = tr("frames {frame} to {frame2}", frame=frames[0] + 1, frame2=frames[-1] + 1)
    one = ghosts.get(here)
    if one is None:
        number = trn("{count} ghost waits", "{count} ghosts wait", len(frames))
        return f"{number}: {where}"
    trust = "" if one.confidence is None else tr("confidence {confidence:.2f}", confidence=one.confidence)
    origin = retell(one.origin)
    said = ", ".join(part for part in (f"{origin[:1].upper()}{origin[1:]}", trust) if part)
    if len(frames) == 1:
        return said
    others = trn("{count} ghost waits: {where}", "{count} ghosts wait: {where}", len(frames), where=where)
    return f"{said}{PARTED}{others}"


def _button(action: QAction, text: str, name: str = "small") -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # a key pressed next is for the image
    button.clicked.connect(action.trigger)

    def follow() -> None:
        button.setEnabled(action.isEnabled())
        button.setToolTip(action.toolTip())
        button.setAccessibleName(action.text())

    action.changed.connect(follow)
    follow()
    return button
