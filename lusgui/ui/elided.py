"""Labels and buttons for narrow places: what does not fit is left out at the end, and is in the tooltip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QLabel, QPushButton, QStyle, QStyleOptionButton, QStylePainter, QToolTip

if TYPE_CHECKING:
    from PySide6.QtGui import QHelpEvent, QPaintEvent

LEAST_LETTERS = 3
"""Room that a label needs at least, in letters."""


class ElidedLabel(QLabel):
    """Shows as much of a line as there is room for; asks for the room of all of it, and needs little.

    Parameters
    ----------
    text : str
        Shown; plain.
    least_letters : int
        So many letters have room in any case, if the text has as many.
    """

    def __init__(self, text: str = "", least_letters: int = LEAST_LETTERS) -> None:
        super().__init__(text)
        self._least_letters = least_letters
        self.setTextFormat(Qt.TextFormat.PlainText)

    @property
    def is_cut(self) -> bool:
        """Whether the end of the text is left out."""
        return self.shown_text() != self.text()

    def shown_text(self) -> str:
        """Return the text as it is drawn."""
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self._room())

    def minimumSizeHint(self) -> QSize:
        """Need room for a few letters only."""
        usual = super().minimumSizeHint()
        few = self.fontMetrics().horizontalAdvance("M") * self._least_letters
        return QSize(min(usual.width(), few), usual.height())

    def event(self, event: QEvent) -> bool:
        """Say the whole text to who points at a cut one."""
        if event.type() == QEvent.Type.ToolTip and self.is_cut and not self.toolTip():
            told: QHelpEvent = event  # type: ignore[assignment]
            QToolTip.showText(told.globalPos(), self.text(), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        if not self.is_cut:
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), self.alignment(), self.shown_text())
        painter.end()

    def _room(self) -> int:
        return max(self.contentsRect().width(), 0)


class ElidedPushButton(QPushButton):
    """A button of a strip: where the strip is narrow the end of its text is left out, never the button."""

    def shown_text(self) -> str:
        """Return the text as it is drawn."""
        if self.width() >= self.sizeHint().width():
            return self.text()  # letters may be a fraction of a pixel wider than they say
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self._room())

    def minimumSizeHint(self) -> QSize:
        """Need room for a few letters only."""
        usual = super().minimumSizeHint()
        letters = self.fontMetrics().horizontalAdvance(self.text())
        least = self.fontMetrics().horizontalAdvance("M") * LEAST_LETTERS
        return QSize(usual.width() - max(letters - least, 0), usual.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        del event
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = self.shown_text()
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()

    def _room(self) -> int:
        around = self.sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        return max(self.width() - around, 0)
