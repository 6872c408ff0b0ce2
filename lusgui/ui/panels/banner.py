"""A strip over the canvas for what the person must know while working: read-only, moved, changed, blurred."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session


class Banner(QFrame):
    """Shows the one thing that stands in the way here, with the way out as a button.

    Parameters
    ----------
    session : Session
        Whose state.
    locate : callable
        Asks where a recording's file is.
    save_copy : callable
        Asks where to put a copy of the study.
    """

    def __init__(
        self, session: Session, locate: Callable[[int], None], save_copy: Callable[[], None]
    ) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._session = session
        self._locate = locate
        self._save_copy = save_copy
        self._act: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 7, 10, 7)
        self.icon = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.button = QPushButton("Help")
        self.button.setToolTip("The way out")
        self.button.clicked.connect(self._clicked)
        layout.addWidget(self.icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        self._later = Later(self._refresh, self)
        self._bindings = Bindings()
        for signal in (
            session.study_changed,
            session.recordings_changed,
            session.frame_changed,
            session.save_state_changed,
        ):
            self._bindings.connect(signal, self._later)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        self._refresh()

    def _clicked(self) -> None:
        if self._act is not None:
            self._act()

    def _refresh(self) -> None:
        session = self._session
        place = session.place
        row = None if place is None else session.row(place[0])
        if session.save_state == "unsaved":
            self._show(
                "Your last strokes could not be written to the study.", "Try again", session.retry_saving
            )
        elif row is not None and row.missing:
            recording_id = row.id
            self._show(
                f"{row.path.name} is not where it was. Its masks are safe.",
                "Find the file…",
                lambda: self._locate(recording_id),
            )
        elif row is not None and row.changed:
            recording_id = row.id
            self._show(
                f"{row.path.name} has changed since it was drawn on, so nothing can be drawn now.",
                "Use it anyway",
                lambda: session.accept_changed(recording_id),
            )
        elif session.is_open and session.is_read_only:
            reason = session.read_only_reason or "the file cannot be written"
            self._show(f"Read-only: {reason}", "Save a copy…", self._save_copy)
        else:
            self.setVisible(False)

    def _show(self, text: str, button: str, act: Callable[[], object]) -> None:
        self.icon.setPixmap(theme.pixmap("warning", theme.current().warning, 18, self.devicePixelRatioF()))
        self.text.setText(text)
        self.button.setText(button)
        self.button.setToolTip(text)
        self._act = act
        self.setVisible(True)
