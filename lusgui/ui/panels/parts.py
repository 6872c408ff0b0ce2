"""Small parts that panels are built of."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.elided import ElidedLabel
from lusgui.ui.panels.wheel import WheelGuard

if TYPE_CHECKING:
    from PySide6.QtGui import QAction, QMouseEvent, QResizeEvent

STEPS = 1000
SIDE, USUAL_WIDTH = "side", "lusguiUsualWidth"
SIDE_WIDTH = 300
WIDEST_SIDE = 0.42
"""Share of the window that a page at the side may take."""
LEAST_SIDE = 430
"""A page at the side never needs more, however large the letters are: it scrolls sideways instead."""
SCROLL_BAR, SPIN_WIDTH = 10, 84
ELIDED_MARGIN = 8
HEADING_LETTERS = 5
"""Letters of a heading that have room however narrow a page is."""


class Card(QFrame):
    """A titled section of a side panel.

    Parameters
    ----------
    title : str
        Shown above, in small capitals.
    """

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(14, 11, 14, 13)
        self._layout.setSpacing(7)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(0, 0, 0, 0)
        self.heading = ElidedLabel(tr(title).upper(), HEADING_LETTERS)
        self.heading.setObjectName("heading")
        self.head.addWidget(self.heading)
        self.head.addStretch(1)
        self._layout.addLayout(self.head)

    def add(self, widget: QWidget) -> QWidget:
        """Add a widget over the whole width."""
        self._layout.addWidget(widget)
        return widget

    def add_row(self, *parts: QWidget | str | None, label_width: int = 72) -> QHBoxLayout:
        """Add widgets side by side; text becomes a label of fixed width, None a stretch."""
        row = QHBoxLayout()
        row.setSpacing(8)
        for index, part in enumerate(parts):
            if part is None:
                row.addStretch(1)
            elif isinstance(part, str):
                label = QLabel(tr(part))
                label.setObjectName("dim")
                if index == 0:
                    label.setMinimumWidth(label_width)
                row.addWidget(label)
            else:
                row.addWidget(part)
        self._layout.addLayout(row)
        return row


class JumpSlider(QSlider):
    """A slider whose handle comes to the place that is pressed, and may be dragged on from there."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the handle under the pointer, then press it."""
        if event.button() == Qt.MouseButton.LeftButton and self.orientation() == Qt.Orientation.Horizontal:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            style, slider = self.style(), QStyle.ComplexControl.CC_Slider
            handle = style.subControlRect(slider, option, QStyle.SubControl.SC_SliderHandle, self)
            x = event.position().toPoint().x()
            if not handle.left() <= x <= handle.right():
                groove = style.subControlRect(slider, option, QStyle.SubControl.SC_SliderGroove, self)
                self.setValue(
                    QStyle.sliderValueFromPosition(
                        self.minimum(),
                        self.maximum(),
                        x - groove.left() - handle.width() // 2,
                        groove.width() - handle.width(),
                        option.upsideDown,
                    )
                )
        super().mousePressEvent(event)


class SliderSpin(QWidget):
    """A slider and a number box that show the same value.

    Parameters
    ----------
    low, high : float
        Range.
    step : float
        Of the number box and of the wheel.
    decimals : int
        Digits after the point.
    name : str
        For screen readers and tests.
    tooltip : str
        Shown over both.
    suffix : str
        Unit, e.g. `` mm``.
    logarithmic : bool
        Whether the slider runs over the logarithm of the value.

    Signals
    -------
    value_changed(float)
        The person chose another value.
    """

    value_changed = Signal(float)
    slider_kind: type[JumpSlider] = JumpSlider

    def __init__(
        self,
        low: float,
        high: float,
        step: float,
        decimals: int,
        name: str,
        tooltip: str,
        suffix: str = "",
        logarithmic: bool = False,
    ) -> None:
        super().__init__()
        self._low, self._high, self._logarithmic = low, high, logarithmic
        name, tooltip = tr(name), tr(tooltip)
        self.slider = self.slider_kind(Qt.Orientation.Horizontal)
        self.slider.setRange(0, STEPS)
        self.slider.setAccessibleName(name)
        self.spin = QDoubleSpinBox()
        self.spin.setRange(low, high)
        self.spin.setDecimals(decimals)
        self.spin.setSingleStep(step)
        self.spin.setSuffix(suffix)
        self.spin.setAccessibleName(tr("{name}, number", name=name))
        self.spin.setKeyboardTracking(False)
        self.spin.setFixedWidth(SPIN_WIDTH)
        self.slider.setMinimumWidth(70)
        for widget in (self.slider, self.spin):
            widget.setToolTip(tooltip)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.spin)
        self.slider.valueChanged.connect(self._slid)
        self.spin.valueChanged.connect(self._typed)

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        for widget in (self.slider, self.spin):
            widget.blockSignals(True)
        self.spin.setValue(value)
        self.slider.setValue(self._to_step(value))
        for widget in (self.slider, self.spin):
            widget.blockSignals(False)

    def value(self) -> float:
        """Return the value shown."""
        return float(self.spin.value())

    def set_suffix(self, suffix: str) -> None:
        """Show another unit."""
        self.spin.setSuffix(suffix)

    def set_range(self, low: float, high: float, decimals: int) -> None:
        """Show another range."""
        self._low, self._high = low, high
        self.spin.blockSignals(True)
        self.spin.setDecimals(decimals)
        self.spin.setRange(low, high)
        self.spin.blockSignals(False)

    def _slid(self, step: int) -> None:
        fraction = step / STEPS
        if self._logarithmic:
            value = self._low * (self._high / self._low) ** fraction
        else:
            value = self._low + (self._high - self._low) * fraction
        self.spin.blockSignals(True)
        self.spin.setValue(value)
        self.spin.blockSignals(False)
        self.value_changed.emit(self.spin.value())

    def _typed(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(self._to_step(value))
        self.slider.blockSignals(False)
        self.value_changed.emit(value)

    def _to_step(self, value: float) -> int:
        if self._logarithmic:
            fraction = math.log(max(value, self._low) / self._low) / math.log(self._high / self._low)
        else:
            fraction = (value - self._low) / (self._high - self._low)
        return round(min(max(fraction, 0.0), 1.0) * STEPS)


class ElidedButton(QToolButton):
    """A button in a narrow place: what does not fit is left out at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_whole_text(self, text: str) -> None:
        """Show a text, or as much of it as there is room for."""
        self._whole = text
        self._elide()

    def whole_text(self) -> str:
        """Return the text, also what is left out."""
        return self._whole

    def sizeHint(self) -> QSize:
        """Want no room of its own: others come first, and what is left is used."""
        return QSize(2 * ELIDED_MARGIN, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Need no room at all."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the text into the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = max(self.width() - 2 * ELIDED_MARGIN, 0)
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room))


def action_button(action: QAction, *, text: bool = False) -> QToolButton:
    """Return a flat button for an action."""
    button = QToolButton()
    button.setObjectName("flat" if not text else "plain")
    button.setDefaultAction(action)
    button.setIconSize(theme.icon_size())
    if text:
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    button.setAccessibleName(action.text())
    return button


def tidy_number_boxes(root: QWidget) -> None:
    """Give the figures in number boxes under `root` some room on the left; style sheets cannot."""
    for box in root.findChildren(QAbstractSpinBox):
        box.lineEdit().setTextMargins(5, 0, 0, 0)


def hint(text: str) -> QLabel:
    """Return a quiet explanation that wraps."""
    label = QLabel(tr(text))
    label.setObjectName("hint")
    label.setWordWrap(True)
    return label


def value_label(text: str = "–") -> QLabel:
    """Return a label for a figure."""
    label = QLabel(text)
    label.setObjectName("value")
    return label


def scrolled(*panels: QWidget) -> QScrollArea:
    """Put panels under one another into a page that scrolls up and down."""
    inside = QWidget()
    inside.setObjectName("side")
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for panel in panels:
        column.addWidget(panel)
    column.addStretch(1)
    area = QScrollArea()
    area.setObjectName(SIDE)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inside)
    area.setMinimumWidth(max(inside.minimumSizeHint().width() + SCROLL_BAR, SIDE_WIDTH))
    if theme.text_scale() == 1.0:
        area.setProperty(USUAL_WIDTH, area.minimumWidth())
    WheelGuard(area)
    return area


def side_needs(area: QScrollArea) -> int:
    """Return how wide a page of `scrolled` must be to show all without scrolling sideways."""
    inside = area.widget()
    return max(SIDE_WIDTH, 0 if inside is None else inside.minimumSizeHint().width() + SCROLL_BAR)


def fit_side(area: QScrollArea) -> None:
    """Make a page of `scrolled` as wide as it must be; with large letters it may scroll sideways instead."""
    policy = Qt.ScrollBarPolicy
    if theme.text_scale() == 1.0:
        area.setHorizontalScrollBarPolicy(policy.ScrollBarAlwaysOff)
    needed = side_needs(area)
    if theme.text_scale() == 1.0:
        area.setMinimumWidth(area.property(USUAL_WIDTH) or needed)
        return
    area.setHorizontalScrollBarPolicy(policy.ScrollBarAsNeeded)
    area.setMinimumWidth(min(needed, LEAST_SIDE))
