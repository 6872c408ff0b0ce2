"""A slider with a second, lower thumb: the two thresholds of a hysteresis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QStyle, QStyleOptionSlider, QStylePainter

from lusgui.ui.panels.parts import JumpSlider, SliderSpin

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent


class TwoThumbSlider(JumpSlider):
    """The upper thumb is the slider's own; the lower one is there while `low` is not None.

    Signals
    -------
    low_moved(int)
        The lower thumb was dragged there.
    """

    low_moved = Signal(int)

    def __init__(self, orientation: Qt.Orientation) -> None:
        super().__init__(orientation)
        self._low: int | None = None
        self._drags_low = False

    @property
    def low(self) -> int | None:
        """Where the lower thumb is, or None."""
        return self._low

    def set_low(self, low: int | None) -> None:
        """Put the lower thumb somewhere, or away."""
        self._low = low
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the lower thumb where it is nearer than the upper one."""
        x = event.position().toPoint().x()
        if event.button() == Qt.MouseButton.LeftButton and self._low is not None:
            low, high = self._thumb(self._low).center().x(), self._thumb(self.value()).center().x()
            self._drags_low = abs(x - low) < abs(x - high) or x < low
        if self._drags_low:
            event.accept()
            self._drag_to(x)
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the thumb that was taken hold of."""
        if self._drags_low:
            event.accept()
            self._drag_to(event.position().toPoint().x())
            return
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        if self._drags_low:
            event.accept()
            self._drags_low = False
            return
        super().mouseReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lower thumb over the slider."""
        super().paintEvent(event)
        if self._low is None:
            return
        painter = QStylePainter(self)
        option = self._option(self._low)
        option.subControls = QStyle.SubControl.SC_SliderHandle
        painter.drawComplexControl(QStyle.ComplexControl.CC_Slider, option)

    def _option(self, at: int) -> QStyleOptionSlider:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        option.sliderPosition = option.sliderValue = at
        return option

    def _thumb(self, at: int) -> QRect:
        kind, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(kind, self._option(at), part, self)

    def _drag_to(self, x: int) -> None:
        """Move the lower thumb under the pointer, below the upper one."""
        kind, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderGroove
        groove = self.style().subControlRect(kind, self._option(self.value()), part, self)
        width = self._thumb(self.value()).width()
        at = QStyle.sliderValueFromPosition(
            self.minimum(), self.maximum(), x - groove.left() - width // 2, groove.width() - width
        )
        at = min(at, self.value())
        if at != self._low:
            self.set_low(at)
            self.low_moved.emit(at)


class ThresholdSlider(SliderSpin):
    """The threshold, with a second thumb for what is kept where it touches something sure.

    Signals
    -------
    low_changed(float)
        The person dragged the lower thumb there.
    """

    low_changed = Signal(float)
    slider_kind = TwoThumbSlider
    slider: TwoThumbSlider

    def __init__(self, low: float, high: float, step: float, decimals: int, name: str, tooltip: str) -> None:
        super().__init__(low, high, step, decimals, name, tooltip)
        self.slider.low_moved.connect(lambda at: self.low_changed.emit(self._from_step(at)))

    def set_low(self, value: float | None) -> None:
        """Show the lower threshold, or no second thumb."""
        self.slider.set_low(None if value is None else self._to_step(value))

    def _from_step(self, at: int) -> float:
        share = (at - self.slider.minimum()) / (self.slider.maximum() - self.slider.minimum())
        low, high = self.spin.minimum(), self.spin.maximum()
        return round(low + share * (high - low), self.spin.decimals())
