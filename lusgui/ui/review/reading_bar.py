"""The strip over the canvas while a blinded second read goes on, and when it is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session


class ReadingBar(QFrame):
    """Says that nobody's masks are shown, how far one is, and what comes next.

    Parameters
    ----------
    session : Session
        Whose second read.
    ask : callable
        Opens a dialog by its name.
    """

    def __init__(self, session: Session, ask: Callable[[str], object]) -> None:
        super().__init__()
        self._session = session
        self._ask = ask
        self.setObjectName("banner")
        self.setAccessibleName(tr("Second read"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 7, 10, 7)
        self.icon = QLabel()
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.back = QPushButton("Back to the first study")
        self.back.setToolTip(tr("Open the study that was read again"))
        self.back.clicked.connect(lambda: session.leaving.go(session.second_reading.open_first))
        self.go = QPushButton("Finish…")
        self.go.setToolTip(tr("Lock this read for good, so that it can be compared"))
        self.go.clicked.connect(self._clicked)
        layout.addWidget(self.icon)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.back)
        layout.addWidget(self.go)
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()
        for signal in (session.second_reading.changed, session.worklist_changed, session.status_changed):
            self._bindings.connect(signal, self._later)
        self.refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def _clicked(self) -> None:
        self._ask("finish second read" if self._session.is_blinded else "merge")

    def refresh(self) -> None:
        """Show the state of the second read, in the colours of the theme in use."""
        said = self._session.second_reading.read
        self.setVisible(said is not None)
        if said is None:
            return
        color = theme.current().accent
        self.icon.setPixmap(theme.pixmap("readers", color, 18, self.devicePixelRatioF()))
        self.back.setVisible(said.is_locked)
        if said.is_locked:
            self.text.setText(
                tr(
                    "The second read of {stem} by {reader} is finished.",
                    stem=said.first.stem,
                    reader=said.reader,
                )
            )
            self.go.setText(tr("Compare both…"))
            self.go.setToolTip(
                tr("Join both readers' studies into a third, where they are compared and adjudicated")
            )
            return
        done, total = self._session.second_reading.progress()
        self.text.setText(
            tr(
                "Blinded second read by {reader}: {done} of {total} frames read. Nobody else's masks and no"
                " model are shown; {key:learn.next} goes to the next frame.",
                reader=said.reader,
                done=done,
                total=total,
            )
        )
        self.go.setText(tr("Finish…"))
        self.go.setToolTip(tr("Lock this read for good, so that it can be compared"))
