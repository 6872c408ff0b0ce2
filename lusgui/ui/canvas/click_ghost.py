"""The ghost of what was clicked: dotted outline, light fill, the marks as + and −, a dim preview."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem

from lusgui.core.click.prompt import Box, Click, is_positive
from lusgui.ui.canvas.contours import outline_path
from lusgui.ui.canvas.overlay import HALO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PySide6.QtGui import QTransform
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from lusgui.core.click.prompt import Mark

    Mask = NDArray[np.bool_]

RING_PX, ARM_PX, WAITING_PX = 6.0, 3.0, 9.0
"""Screen pixels: radius of a mark's disk, length of its sign's arms, radius of the ring while it waits."""

ROOM_PX = 14.0
"""Screen pixels around a mark that its disk, and the width of an outline, may reach."""

FILL, PREVIEW_FILL = 0.26, 0.20
"""Opacity of what the ghost adds, and of the preview."""

LOST = QColor(255, 255, 255, 150)
"""Of the hatching over what a ghost takes away: no label is white."""

DOTS = (1.2, 1.6)
"""Dash pattern of the outline in widths of the pen: nearly square dots. Round ones take ten times as long."""


class ClickGhost(QGraphicsItem):
    """What clicks would change, in pixel coordinates of the frame (x = column, y = row)."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._color = QColor("#ffffff")
        self._outline, self._gained, self._lost = QPainterPath(), QPainterPath(), QPainterPath()
        self._preview, self._preview_lost = QPainterPath(), QPainterPath()
        self._marks: tuple[Mark, ...] = ()
        self._waiting = 0
        self._draft: Mark | None = None
        self._shown: tuple[Mask | None, Mask] | None = None
        self._room = (8.0, 8.0)
        self.setZValue(15)

    # --- what is shown -------------------------------------------------------------------------

    def set_shape(self, shape: tuple[int, int], color: str) -> None:
        """Make room for frames of `shape` (H, W), and take the colour of a label."""
        if shape != self._shape:
            self.prepareGeometryChange()
            self._shape = shape
        if QColor(color) != self._color:
            self._color = QColor(color)
            self.update()

    def set_ghost(self, ghost: Mask | None, present: Mask) -> None:
        """Show what a ghost (H, W) would make of the present mask, or nothing."""
        if self._shown is not None and self._shown[0] is ghost and self._shown[1] is present:
            return
        self._shown = (ghost, present)
        self._repaint(self._outline, self._gained, self._lost)
        if ghost is None:
            self._outline, self._gained, self._lost = QPainterPath(), QPainterPath(), QPainterPath()
        else:
            self._gained, self._lost = outline_path(ghost & ~present), outline_path(present & ~ghost)
            pieces = touched_pieces(ghost, present)
            self._outline = outline_path(pieces) if present.any() else self._gained
        self._repaint(self._outline, self._gained, self._lost)

    def set_marks(self, marks: Sequence[Mark], waiting: int = 0) -> None:
        """Show marks; the last `waiting` of them have no answer yet."""
        if (tuple(marks), waiting) == (self._marks, self._waiting):
            return
        for mark in (*self._marks, *marks):
            self._repaint_at(_bounds(mark))
        self._marks, self._waiting = tuple(marks), waiting

    def set_preview(self, preview: Mask | None, present: Mask) -> None:
        """Show dimly what a click would make of the mask there, (H, W) each, or nothing."""
        if preview is None and self._preview.isEmpty() and self._preview_lost.isEmpty():
            return
        self._repaint(self._preview, self._preview_lost)
        self._preview = QPainterPath() if preview is None else outline_path(preview & ~present)
        self._preview_lost = QPainterPath() if preview is None else outline_path(present & ~preview)
        self._repaint(self._preview, self._preview_lost)

    def set_draft(self, draft: Mark | None) -> None:
        """Show a box or a scribble that is being drawn."""
        if draft != self._draft:
            for mark in (self._draft, draft):
                if mark is not None:
                    self._repaint_at(_bounds(mark))
            self._draft = draft

    def _repaint(self, *paths: QPainterPath) -> None:
        for path in paths:
            if not path.isEmpty():
                self._repaint_at(path.controlPointRect())

    def _repaint_at(self, where: QRectF) -> None:
        """Paint a part of the frame anew, with room for what has a fixed size on the screen."""
        width, height = self._room
        self.update(where.adjusted(-width, -height, width, height))

    @property
    def outline(self) -> QPainterPath:
        """Outline of what the ghost changes."""
        return self._outline

    @property
    def lost(self) -> QPainterPath:
        """Outline of what the ghost takes away."""
        return self._lost

    @property
    def preview(self) -> QPainterPath:
        """Outline of what a click would add."""
        return self._preview

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks shown."""
        return self._marks

    @property
    def waiting(self) -> int:
        """How many of them have no answer yet."""
        return self._waiting

    @property
    def draft(self) -> Mark | None:
        """The box or scribble that is being drawn."""
        return self._draft

    # --- painting ------------------------------------------------------------------------------

    def boundingRect(self) -> QRectF:
        """Return the frame, with room for marks and boxes at its edge."""
        rows, cols = self._shape
        return QRectF(-cols / 4 - 2, -rows / 4 - 2, 1.5 * cols + 4, 1.5 * rows + 4)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw fills, then the dotted outline, then marks at a fixed size on the screen."""
        if not self._shape[0]:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for path, opacity in ((self._preview, PREVIEW_FILL), (self._gained, FILL)):
            tint = QColor(self._color)
            tint.setAlphaF(opacity)
            painter.fillPath(path, tint)
        self._draw_lost(painter, self._preview_lost)
        self._draw_lost(painter, self._lost)
        self._draw_outline(painter)
        to_screen = painter.worldTransform()
        self._room = (ROOM_PX / max(abs(to_screen.m11()), 1e-6), ROOM_PX / max(abs(to_screen.m22()), 1e-6))
        painter.save()
        painter.resetTransform()
        answered = len(self._marks) - self._waiting
        for number, mark in enumerate(self._marks):
            self._draw_mark(painter, mark, _Screen(to_screen), is_waiting=number >= answered)
        if self._draft is not None:
            self._draw_mark(painter, self._draft, _Screen(to_screen), is_waiting=False)
        painter.restore()

    def _draw_lost(self, painter: QPainter, path: QPainterPath) -> None:
        if path.isEmpty():
            return
        brush = QBrush(LOST, Qt.BrushStyle.BDiagPattern)
        brush.setTransform(painter.worldTransform().inverted()[0])  # lines as dense on the screen at any zoom
        painter.fillPath(path, brush)

    def _draw_outline(self, painter: QPainter) -> None:
        """Draw a dark line, a light one, and on it dots in the colour of the label."""
        if self._outline.isEmpty():
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for color, width, dots in (
            (HALO, 3.2, False),
            (QColor("#ffffff"), 1.2, False),
            (self._color, 2.2, True),
        ):
            pen = QPen(color, width)
            pen.setCosmetic(True)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            if dots:
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern(list(DOTS))
            painter.setPen(pen)
            painter.drawPath(self._outline)

    def _draw_mark(self, painter: QPainter, mark: Mark, screen: _Screen, *, is_waiting: bool) -> None:
        if isinstance(mark, Click):
            self._draw_click(painter, screen.point(mark.row, mark.col), mark.is_positive, is_waiting)
            return
        sign_at = None
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if isinstance(mark, Box):
            rectangle = QRectF(screen.point(mark.row0, mark.col0), screen.point(mark.row1, mark.col1))
            for color, width in ((HALO, 3.2), (QColor("#ffffff"), 1.5)):
                pen = QPen(color, width, Qt.PenStyle.DashLine)
                pen.setDashPattern([5.0 * 1.5 / width, 3.0 * 1.5 / width])
                painter.setPen(pen)
                painter.drawRect(rectangle.normalized())
        else:
            path = QPainterPath(screen.point(*mark.points[0]))
            for row, col in mark.points[1:]:
                path.lineTo(screen.point(row, col))
            wide = max(2 * mark.radius * screen.scale, 2.0)
            color = QColor(self._color if mark.is_positive else "#ffffff")
            color.setAlphaF(0.55)
            for each, width in ((QColor(0, 0, 0, 90), wide + 2.0), (color, wide)):
                pen = QPen(each, width)
                pen.setCapStyle(Qt.PenCapStyle.RoundCap)
                pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
                painter.setPen(pen)
                painter.drawPath(path)
            sign_at = screen.point(*mark.points[len(mark.points) // 2])
        if sign_at is not None:
            self._draw_click(painter, sign_at, is_positive(mark), is_waiting)

    def _draw_click(self, painter: QPainter, at: QPointF, positive: bool, is_waiting: bool) -> None:
        """Draw a disk with + in the colour of the label, or a dark one with −; a ring while it waits."""
        ink = (
            QColor("#ffffff")
            if not positive
            else QColor("#000000" if self._color.lightnessF() > 0.4 else "#fff")
        )
        painter.setPen(QPen(QColor(0, 0, 0, 200) if positive else QColor("#ffffff"), 1.4))
        painter.setBrush(self._color if positive else QColor(20, 20, 20, 235))
        painter.drawEllipse(at, RING_PX, RING_PX)
        pen = QPen(ink, 1.8)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        arms = [QLineF(at.x() - ARM_PX, at.y(), at.x() + ARM_PX, at.y())]
        if positive:
            arms.append(QLineF(at.x(), at.y() - ARM_PX, at.x(), at.y() + ARM_PX))
        painter.drawLines(arms)
        if is_waiting:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor("#ffffff"), 1.2, Qt.PenStyle.DotLine))
            painter.drawEllipse(at, WAITING_PX, WAITING_PX)


class _Screen:
    """Where places of the frame are on the screen."""

    def __init__(self, transform: QTransform) -> None:
        self._transform = transform
        self.scale = min(abs(transform.m11()), abs(transform.m22()))

    def point(self, row: float, col: float) -> QPointF:
        return self._transform.map(QPointF(col, row))


def _bounds(mark: Mark) -> QRectF:
    """Return the part of the frame that a mark takes."""
    if isinstance(mark, Click):
        return QRectF(mark.col, mark.row, 0.0, 0.0)
    if isinstance(mark, Box):
        return QRectF(QPointF(mark.col0, mark.row0), QPointF(mark.col1, mark.row1))
    rows, cols = zip(*mark.points, strict=True)
    wide = mark.radius
    return QRectF(QPointF(min(cols), min(rows)), QPointF(max(cols), max(rows))).adjusted(
        -wide, -wide, wide, wide
    )


def touched_pieces(ghost: Mask, present: Mask) -> Mask:
    """Return the pieces of a ghost (H, W) that are not in the present mask just as they are.

    What no click has touched needs no outline of its own: that of the mask is there.
    """
    changed = ghost != present
    if not present.any():
        return ghost
    from scipy import ndimage

    numbers, count = ndimage.label(ghost, structure=np.ones((3, 3), dtype=bool))
    # a piece that lost pixels does not contain them, but lies beside them
    beside = changed.copy()
    beside[1:] |= changed[:-1]
    beside[:-1] |= changed[1:]
    beside[:, 1:] |= changed[:, :-1]
    beside[:, :-1] |= changed[:, 1:]
    is_touched = np.zeros(count + 1, dtype=bool)
    is_touched[np.unique(numbers[beside])] = True
    is_touched[0] = False
    return np.asarray(is_touched[numbers], dtype=bool)
