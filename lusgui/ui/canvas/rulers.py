"""Depth and lateral rulers."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtGui import QFont

from lusgui.ui import theme


class Ruler(pg.AxisItem):
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
        font = QFont()
        font.setPixelSize(11)
        self.setTickFont(font)
        self.setStyle(tickTextOffset=4, hideOverlappingLabels=True, autoExpandTextSpace=False)
        if orientation == "left":
            self.setWidth(46)
        else:
            self.setHeight(34)
        self.set_unit("mm")

    def set_unit(self, unit: str) -> None:
        """Say which unit the numbers are in: ``mm`` or ``px``."""
        palette = theme.current()
        self.setPen(pg.mkPen(palette.border_strong))
        self.setTextPen(pg.mkPen(palette.ruler))
        self.setLabel(f"{self._name} ({unit})", **{"color": palette.ruler, "font-size": "11px"})

    def mouseDragEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Leave dragging to the canvas."""
        event.ignore()

    def wheelEvent(self, event: Any) -> None:  # noqa: N802 (Qt's name)
        """Leave the wheel to the canvas."""
        event.ignore()
