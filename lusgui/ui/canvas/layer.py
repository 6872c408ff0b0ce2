"""A layer: what is drawn over the image, kept as a picture in screen pixels, redrawn only where it changed.

Stroking a long outline with rims and dashes takes longer than a hand waits; copying a picture of it does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QTransform

if TYPE_CHECKING:
    from collections.abc import Callable

EDGE = 5
"""Screen pixels that a line may reach beyond what it encloses."""


class Layer:
    """The picture of one thing that is drawn, for the zoom and place in which it was painted last.

    Parameters
    ----------
    draw : callable
        Draws into a painter in coordinates of the item; given the rectangle that is needed (in those
        coordinates), or None for everything.
    """

    def __init__(self, draw: Callable[[QPainter, QRectF | None], None]) -> None:
        self._draw = draw
        self._picture: QImage | None = None
        self._made_for: tuple[QTransform, QSize, float] | None = None
        self._dirty = QRectF()

    @property
    def reach(self) -> float:
        """How far lines reach beyond what they enclose, in coordinates of the item."""
        if self._made_for is None:
            return float(EDGE)
        transform = self._made_for[0]
        return EDGE / max(min(abs(transform.m11()), abs(transform.m22())), 1e-3)

    @property
    def is_kept(self) -> bool:
        """Whether there is a picture."""
        return self._picture is not None

    def forget(self) -> None:
        """Draw everything anew when it is painted next."""
        self._picture = None
        self._dirty = QRectF()

    def touch(self, box: QRectF) -> None:
        """Draw what lies in a box (coordinates of the item) anew when it is painted next."""
        self._dirty = self._dirty.united(box)

    def paint(self, painter: QPainter, exposed: QRectF) -> None:
        """Put the picture onto the screen, where it is exposed (coordinates of the item)."""
        transform, room = painter.worldTransform(), painter.viewport()
        ratio = painter.device().devicePixelRatioF()
        made_for = (transform, room.size(), ratio)
        if self._picture is None or made_for != self._made_for:
            self._made_for = made_for
            self._picture = QImage(room.size() * ratio, QImage.Format.Format_ARGB32_Premultiplied)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            self._dirty = QRectF()
            self._draw_into(self._picture, transform, None)
        elif not self._dirty.isEmpty():
            reach = self.reach
            box, self._dirty = self._dirty.adjusted(-reach, -reach, reach, reach), QRectF()
            self._draw_into(self._picture, transform, transform.mapRect(box).toAlignedRect() & room)
        seen = transform.mapRect(exposed).toAlignedRect() & room
        if seen.isEmpty():
            return
        painter.save()
        painter.resetTransform()
        there = QRectF(seen.x() * ratio, seen.y() * ratio, seen.width() * ratio, seen.height() * ratio)
        painter.drawImage(QRectF(seen), self._picture, there)
        painter.restore()

    def _draw_into(self, picture: QImage, transform: QTransform, part: QRect | None) -> None:
        """Draw all, or the part given in screen pixels."""
        if part is not None and part.isEmpty():
            return
        painter = QPainter(picture)
        needed = None
        if part is not None:
            painter.setClipRect(part)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
            painter.fillRect(part, Qt.GlobalColor.transparent)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            inverse, is_possible = transform.inverted()
            edge = QRectF(part).adjusted(-EDGE - 1, -EDGE - 1, EDGE + 1, EDGE + 1)
            needed = inverse.mapRect(edge) if is_possible else None
        painter.setWorldTransform(transform)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw(painter, needed)
        painter.end()
