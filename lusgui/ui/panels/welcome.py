"""What is shown while nothing is open: what to do, and what was done lately."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from lusgui.ui import theme

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.ui.actions import Actions


class WelcomePage(QWidget):
    """Invites to drop or open recordings.

    Parameters
    ----------
    actions : Actions
        For the buttons.

    Signals
    -------
    recent_chosen(object)
        Path of a study.
    """

    recent_chosen = Signal(object)

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("workplace")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        frame = QFrame()
        frame.setObjectName("drop")
        frame.setMaximumWidth(620)
        inner = QVBoxLayout(frame)
        inner.setContentsMargins(44, 36, 44, 36)
        inner.setSpacing(12)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(self._picture)
        title = QLabel("Drop recordings here")
        title.setObjectName("title")
        title.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(title)
        text = QLabel(
            "Verasonics .mat of any version, DICOM, TIFF, PNG, JPEG, AVI, MP4 – files or whole folders. "
            "Every stroke is saved as you make it."
        )
        text.setObjectName("dim")
        text.setWordWrap(True)
        text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inner.addWidget(text)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        for name, label, is_primary in (
            ("file.open", "Open recordings…", True),
            ("study.open", "Open study…", False),
            ("file.sample", "Try the sample", False),
        ):
            button = QPushButton(label)
            if is_primary:
                button.setObjectName("primary")
            button.setToolTip(actions[name].statusTip())
            button.clicked.connect(actions[name].trigger)
            buttons.addWidget(button)
        buttons.addStretch(1)
        inner.addSpacing(6)
        inner.addLayout(buttons)
        self._recent_title = QLabel("RECENT STUDIES")
        self._recent_title.setObjectName("heading")
        inner.addSpacing(10)
        inner.addWidget(self._recent_title)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        inner.addLayout(self._recent)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(frame, 10)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(3)
        note = QLabel("For research use only. Not a medical device.")
        note.setObjectName("hint")
        note.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        outer.addWidget(note)
        self.refresh_icons()
        self.set_recent([])

    def refresh_icons(self) -> None:
        """Draw the picture in the colours of the theme."""
        ratio = self.devicePixelRatioF()
        self._picture.setPixmap(theme.pixmap("recording", theme.current().faint, 56, ratio))

    def set_recent(self, paths: list[Path]) -> None:
        """List studies opened lately."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._recent_title.setVisible(bool(paths))
        for path in paths:
            button = QPushButton(f"{path.stem}    {path.parent}")
            button.setStyleSheet("text-align: left;")
            button.setToolTip(str(path))
            button.clicked.connect(lambda _checked=False, path=path: self.recent_chosen.emit(path))
            self._recent.addWidget(button)
