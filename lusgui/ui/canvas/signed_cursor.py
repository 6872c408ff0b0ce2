"""Mouse cursors that say what a press would do: a cross with a plus, a minus, or two rings that meet."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

from lusgui.core.shape_raster import ShapeMode

SIZE, MIDDLE = 32, 12
"""Of the picture, and where in it the cross points; in pixels that do not depend on the screen."""

_ARM, _GAP = 8.0, 2.5
_SIGN, _SIGN_ARM = QPointF(24.5, 24.5), 4.0


@lru_cache(maxsize=12)
def signed_cross(sign: ShapeMode, ratio: float = 1.0) -> QCursor:
    """Return a cross with a sign, seen on any tissue.

    Parameters
    ----------
    sign : ShapeMode
        What a press would do to the mask.
    ratio : float
        Pixels of the screen for one of the window.
    """
    picture = QPixmap(round(SIZE * ratio), round(SIZE * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for color, width in ((QColor(0, 0, 0, 210), 3.6), (QColor("white"), 1.4)):
        pen = QPen(color, width)
        pen.setCapStyle(Qt.PenCapStyle.SquareCap if width > 2 else Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        middle = MIDDLE + 0.5  # of a pixel, so that thin lines are sharp
        for near, far in ((_GAP, _ARM), (-_GAP, -_ARM)):
            painter.drawLine(QLineF(middle + near, middle, middle + far, middle))
            painter.drawLine(QLineF(middle, middle + near, middle, middle + far))
        _draw_sign(painter, sign)
    painter.end()
    return QCursor(picture, MIDDLE, MIDDLE)


def _draw_sign(painter: QPainter, sign: ShapeMode) -> None:
    x, y = _SIGN.x(), _SIGN.y()
    if sign is ShapeMode.INTERSECT:
        for aside in (-1.8, 1.8):
            painter.drawEllipse(QPointF(x + aside, y), 3.4, 3.4)
        return
    painter.drawLine(QLineF(x - _SIGN_ARM, y, x + _SIGN_ARM, y))
    if sign is ShapeMode.ADD:
        painter.drawLine(QLineF(x, y - _SIGN_ARM, x, y + _SIGN_ARM))
