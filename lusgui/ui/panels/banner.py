"""A strip over the canvas for what the person must know while working: read-only, moved, changed, blurred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session


class BannerAsks(Protocol):
    """The ways out that the banner offers."""

    def locate_recording(self, recording_id: int) -> None:
        """Ask where a recording's file is."""

    def save_copy(self) -> None:
        """Ask where to put a copy of the study."""

    def recipe(self, recording_id: int) -> None:
        """Ask how a file is to be read."""

    def doubt_about(self, recording_id: int) -> str | None:
        """Say why the reading of a file is doubtful, or nothing."""

    def dismiss_doubt(self, recording_id: int) -> None:
        """Take the reading of a file as right."""


class Banner(QFrame):
    """Shows the one thing that stands in the way here, with the way out as a button.

    Parameters
    ----------
    session : Session
        Whose state.
    asks : BannerAsks
        Opens the dialogs that are the ways out.
    """

    def __init__(self, session: Session, asks: BannerAsks) -> None:
        super().__init__()
        self.setObjectName("banner")
        self._session = session
        self._asks = asks
        self._act: Callable[[], object] | None = None
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 7, 10, 7)
        self.icon = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.button = QPushButton("Help")
        self.button.setToolTip(tr("The way out"))
        self.button.clicked.connect(self._clicked)
        layout.addWidget(self.icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        self.dismiss = QPushButton("It is right")
        self.dismiss.setToolTip(tr("Do not ask again for this recording"))
        self.dismiss.clicked.connect(self._dismiss)
        layout.addWidget(self.dismiss)
        self._doubted: int | None = None
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

    def refresh(self) -> None:
        """Look again, in the colours of the theme in use."""
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
                tr("{name} is not where it was. Its masks are safe.", name=row.path.name),
                "Find the file…",
                lambda: self._asks.locate_recording(recording_id),
            )
        elif row is not None and row.changed:
            recording_id = row.id
            self._show(
                tr(
                    "{name} has changed since it was drawn on, so nothing can be drawn now.",
                    name=row.path.name,
                ),
                "Use it anyway",
                lambda: session.accept_changed(recording_id),
            )
        elif session.is_open and session.is_read_only and session.second_reading.read is None:
            reason = session.read_only_reason or "the file cannot be written"
            self._show(tr("Read-only: {reason}", reason=reason), "Save a copy…", self._asks.save_copy)
        elif row is not None and (doubt := self._asks.doubt_about(row.id)) is not None:
            recording_id = row.id
            self._show(doubt, "How to read this file…", lambda: self._asks.recipe(recording_id))
            self.dismiss.setVisible(True)
            self._doubted = recording_id
        else:
            self.setVisible(False)

    def _dismiss(self) -> None:
        if self._doubted is not None:
            self._asks.dismiss_doubt(self._doubted)
        self._refresh()

    def _show(self, text: str, button: str, act: Callable[[], object]) -> None:
        self.icon.setPixmap(theme.pixmap("warning", theme.current().warning, 18, self.devicePixelRatioF()))
        self.text.setText(text)
        self.button.setText(button)
        self.button.setToolTip(text)
        self._act = act
        self.dismiss.setVisible(False)
        self.setVisible(True)
