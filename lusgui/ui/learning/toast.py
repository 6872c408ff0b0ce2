"""A note that comes up over the canvas, says one thing, offers the way back, and goes by itself.

One that says what went wrong stays until it is put away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.bindings import Later
from lusgui.ui.learning.parts import color_of, link_button, say
from lusgui.ui.learning.words import Told, Tone

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QEnterEvent

SECONDS = 15
WIDTH, MARGIN = 390, 16
_ICONS = {Tone.GOOD: "accept", Tone.WARNING: "warning", Tone.BAD: "warning"}


class Toast(QFrame):
    """A note at the lower right of a widget. It never takes the keyboard, and stays while pointed at.

    Every offer it makes is also a command in the menu, for those who do not reach for the mouse.

    Parameters
    ----------
    over : QWidget
        What it lies over.
    seconds : float
        How long it stays.
    """

    def __init__(self, over: QWidget, seconds: float = SECONDS) -> None:
        super().__init__(over)
        self._over = over
        self.setObjectName("toast")
        self.setAccessibleName(tr("Note"))
        self.setFixedWidth(WIDTH)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 12)
        row.setSpacing(10)
        self.icon = QLabel()
        row.addWidget(self.icon, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        self.headline = QLabel()
        self.headline.setObjectName("value")
        self.detail = QLabel()
        self.detail.setObjectName("hint")
        for label in (self.headline, self.detail):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        self._offers = QHBoxLayout()
        self._offers.setSpacing(6)
        self._offers.setContentsMargins(0, 4, 0, 0)
        column.addLayout(self._offers)
        row.addLayout(column, 1)
        self.close_button = QToolButton()
        self.close_button.setObjectName("quiet")
        self.close_button.setToolTip(tr("Put the note away"))
        self.close_button.setAccessibleName(tr("Put the note away"))
        self.close_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.close_button.clicked.connect(self.put_away)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self.buttons: list[QPushButton] = []
        self._stays = False
        # Labels know their heights only once the event loop has come round.
        self._place_later = Later(self._place, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(round(seconds * 1000))
        self._timer.timeout.connect(self.put_away)
        over.installEventFilter(self)
        self.hide()

    def show_told(self, told: Told, offers: Sequence[tuple[str, str, Callable[[], object]]] = ()) -> None:
        """Come up with a note.

        Parameters
        ----------
        told : Told
            What it says.
        offers : sequence of (text, tooltip, function)
            Buttons; pressing one puts the note away.
        """
        for button in self.buttons:
            self._offers.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        while self._offers.takeAt(0) is not None:
            continue
        for text, tooltip, act in offers:
            button = link_button(text, tooltip)
            button.setObjectName("small")
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _checked=False, act=act: self._do(act))
            self._offers.addWidget(button)
            self.buttons.append(button)
        self._offers.addStretch(1)
        self.setProperty("tone", told.tone.value)
        self.style().unpolish(self)
        self.style().polish(self)
        icon = _ICONS.get(told.tone, "learn")
        self.icon.setPixmap(theme.pixmap(icon, color_of(told.tone), 20, self.devicePixelRatioF()))
        self.close_button.setIcon(theme.icon("close", theme.current().dim))
        say(self.headline, told.headline)
        say(self.detail, told.detail)
        self.setAccessibleDescription(f"{told.headline}. {told.detail}")
        self.show()
        self._place()
        self._place_later()
        self.raise_()
        self._stays = told.tone is Tone.BAD
        self._timer.stop() if self._stays else self._timer.start()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def put_away(self) -> None:
        """Go."""
        self._timer.stop()
        self._place_later.stop()
        self.hide()

    def close_panel(self) -> None:
        """Go for good."""
        self._over.removeEventFilter(self)
        self.put_away()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when what lies under it changes its size."""
        if watched is self._over and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while pointed at."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Count the seconds anew."""
        if self.isVisible() and not self._stays:
            self._timer.start()
        super().leaveEvent(event)

    def _do(self, act: Callable[[], object]) -> None:
        self.put_away()
        act()

    def _place(self) -> None:
        self.setFixedWidth(min(WIDTH, max(self._over.width() - 2 * MARGIN, 120)))
        self.resize(self.width(), self._row.totalHeightForWidth(self.width()))
        self.move(self._over.width() - self.width() - MARGIN, self._over.height() - self.height() - MARGIN)
