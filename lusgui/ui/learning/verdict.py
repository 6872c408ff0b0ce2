"""Whether it got better, at one glance: two numbers, an arrow, and the difference in colour."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.learning.words import Tone, describe_gain, dice_text

HEIGHT = 62
BIG_PX, SMALL_PX = 24, 11
BAR = 5.0


class Verdict(QWidget):
    """Held-out Dice of the model in use and of the new one, with what lies between.

    The words say the same as the colours, and the bars the same as the numbers.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before: float | None = None
        self.after: float | None = None
        self._captions = ("in use", "new")
        self._is_final = True
        self.setAccessibleName(tr("Held-out Dice before and after"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            tr(
                "Dice on frames that were held out: how well a model agrees with your masks on frames it"
                " did not learn from (0 nothing in common, 1 the same)"
            )
        )

    def show_dice(
        self,
        before: float | None,
        after: float | None,
        captions: tuple[str, str] = ("in use", "new"),
        *,
        is_final: bool = True,
    ) -> None:
        """Show two numbers; None where nothing was measured."""
        self.before, self.after, self._captions, self._is_final = before, after, captions, is_final
        gain = describe_gain(before, after, is_final=is_final)
        self.setAccessibleDescription(
            f"{captions[0]} {dice_text(before)}, {captions[1]} {dice_text(after)},"
            f" {gain.headline} {gain.detail}"
        )
        self.update()

    def sizeHint(self) -> QSize:
        """Want the width there is, and one height."""
        return QSize(200, theme.scaled(HEIGHT))

    def minimumSizeHint(self) -> QSize:
        """Need little width."""
        return QSize(150, theme.scaled(HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the numbers, the arrow, the difference, and a bar from one to the other."""
        palette = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        big, small = _font(self.font(), BIG_PX, bold=True), _font(self.font(), SMALL_PX)
        gain = describe_gain(self.before, self.after, is_final=self._is_final)
        color = _color(gain.tone)
        wide = QFontMetricsF(big).horizontalAdvance
        x = 0.0
        baseline = 25.0
        first, second = dice_text(self.before), dice_text(self.after)
        for text, caption, tint in (
            (first, self._captions[0], palette.dim),
            ("→", "", palette.faint),
            (second, self._captions[1], palette.text),
        ):
            width = max(wide(text), QFontMetricsF(small).horizontalAdvance(caption))
            _write(painter, x, baseline, text, big, tint)
            _write(painter, x, baseline + 14, caption, small, palette.dim)
            x += width + 10
        if gain.headline:
            is_figure = gain.headline[0] in "+−±"
            font = big if is_figure else _font(self.font(), 14, bold=True)
            room = self.width() - QFontMetricsF(font).horizontalAdvance(gain.headline)
            _write(painter, max(room, x), baseline, gain.headline, font, color)
            side = self.width() - QFontMetricsF(small).horizontalAdvance(gain.detail)
            _write(painter, max(side, x), baseline + 14, gain.detail, small, color)
        self._draw_bar(painter, QColor(palette.groove), QColor(palette.dim), QColor(color))
        painter.end()

    def _draw_bar(self, painter: QPainter, groove: QColor, before: QColor, change: QColor) -> None:
        box = QRectF(0, theme.scaled(HEIGHT) - BAR - 2, self.width(), BAR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(groove)
        painter.drawRoundedRect(box, BAR / 2, BAR / 2)
        if self.after is None and self.before is None:
            return
        start = self.before if self.before is not None else 0.0
        end = self.after if self.after is not None else start
        painter.setBrush(before)
        painter.drawRoundedRect(
            QRectF(box.left(), box.top(), box.width() * min(start, end), BAR), BAR / 2, BAR / 2
        )
        painter.setBrush(change)
        left, right = sorted((start, end))
        painter.drawRoundedRect(
            QRectF(box.left() + box.width() * left, box.top(), box.width() * (right - left), BAR),
            BAR / 2,
            BAR / 2,
        )


def _color(tone: Tone) -> str:
    return str(getattr(theme.current(), tone.value))


def _font(font: QFont, pixels: int, *, bold: bool = False) -> QFont:
    made = QFont(font)
    made.setPixelSize(theme.scaled(pixels))
    made.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
    return made


def _write(painter: QPainter, x: float, y: float, text: str, font: QFont, color: str) -> None:
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(round(x), round(y), text)
