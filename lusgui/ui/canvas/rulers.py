"""Depth and lateral rulers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyqtgraph as pg
from PySide6.QtGui import QFont

from lusgui.ui import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent


class Ruler(pg.AxisItem):  # type: ignore[misc]
    """A ruler in mm, or in pixels where the spacing is unknown.

    Parameters
    ----------
    orientation : str
        ``left`` or ``bottom``.
    name : str
        What is measured along it.
    """

    def __init__(self, orientation: str, name: str) -> None:
        super().__init__(orientation, maxTickLength=-5)
        self._name = name
        self.enableAutoSIPrefix(False)
        self.setStyle(tickTextOffset=4, hideOverlappingLabels=True, autoExpandTextSpace=False)
        self._end = 0.0
        self.set_unit("mm")

    def set_end(self, end: float) -> None:
        """Say where the frame ends; the ruler has ticks from 0 to there."""
        self._end = end
        self.picture = None
        self.update()

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return ticks on the frame only."""
        low, high = max(min(minVal, maxVal), 0.0), min(max(minVal, maxVal), self._end)
        levels = super().tickValues(min(minVal, maxVal), max(minVal, maxVal), size)
        slack = 1e-6 * max(self._end, 1.0)
        return [
            (step, [value for value in values if low - slack <= value <= high + slack])
            for step, values in levels
        ]

    def set_unit(self, unit: str) -> None:
        """Say which unit the numbers are in: ``mm`` or ``px``."""
        palette = theme.current()
        font = QFont()
        font.setPixelSize(theme.scaled(11))
        self.setTickFont(font)
        if self.orientation == "left":
            self.setWidth(theme.scaled(46))
        else:
            self.setHeight(theme.scaled(34))
        self.setPen(pg.mkPen(palette.ruler_line))
        self.setTextPen(pg.mkPen(palette.ruler))
        look = {"color": palette.ruler, "font-size": f"{theme.scaled(11)}px"}
        self.setLabel(f"{self._name} ({unit})", **look)

    def mouseDragEvent(self, event: QEvent) -> None:
        """Leave dragging to the canvas."""
        event.ignore()

    def wheelEvent(self, event: QEvent) -> None:
        """Leave the wheel to the canvas."""
        event.ignore()
