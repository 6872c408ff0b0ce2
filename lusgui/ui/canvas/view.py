"""The canvas: one frame in true proportions with rulers, zoom, pan and the tools' gestures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QTabletEvent, QTransform
from PySide6.QtWidgets import QGraphicsItem, QGraphicsItemGroup, QGraphicsRectItem, QGraphicsView

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.canvas.cursor import BrushCursor
from lusgui.ui.canvas.gestures import Gestures
from lusgui.ui.canvas.rulers import Ruler

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import (
        QKeyEvent,
        QMouseEvent,
        QResizeEvent,
        QWheelEvent,
    )

    from lusgui.core.geometry import Spacing
    from lusgui.ui.canvas.tool import CanvasTool

pg.setConfigOptions(imageAxisOrder="row-major", useNumba=False, antialias=True)

BLOCKS_FROM = 9.0
"""Screen pixels a frame pixel from which frame pixels are shown as blocks."""
MIN_PIXELS_ACROSS = 4
"""Zooming in ends when so few frame pixels fill the canvas."""


class FrameItem(pg.ImageItem):  # type: ignore[misc]
    """The gray image: interpolated until pixels are large enough to be worked on singly."""

    def paint(self, painter: QPainter, *args: Any) -> None:  # noqa: ANN401 (Qt's arguments)
        """Draw smoothly or in blocks, by zoom."""
        scale = painter.worldTransform()
        is_close = min(abs(scale.m11()), abs(scale.m22())) > BLOCKS_FROM
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not is_close)
        super().paint(painter, *args)


class CanvasView(pg.GraphicsView):  # type: ignore[misc]
    """Shows one frame; knows nothing of studies.

    Distances on the canvas are mm where the spacing is known and pixels otherwise; items are children
    of `frame_items`, whose own coordinates are frame pixels (x = column, y = row).

    Signals
    -------
    pointer_moved(float, float)
        Row and column under the pointer (continuous; NaN when it has left).
    window_level_dragged(float, float)
        Change of window and of level asked for by a drag, in units of gray.
    brush_size_wheeled(int)
        Steps by which the brush shall grow.
    component_clicked(float, float)
        Ctrl+click at row, column.
    zoom_changed(float)
        Screen pixels a unit of length.
    stroke_changed(bool)
        A gesture of the tool began, or what it left is kept.
    drawing_changed(bool)
        A drag that draws began or ended; dragging the picture draws nothing.
    """

    pointer_moved = Signal(float, float)
    window_level_dragged = Signal(float, float)
    brush_size_wheeled = Signal(int)
    component_clicked = Signal(float, float)
    zoom_changed = Signal(float)
    stroke_changed = Signal(bool)
    drawing_changed = Signal(bool)

    def __init__(self) -> None:
        super().__init__(background=None)
        self.setObjectName("canvas")
        self.setAccessibleName(tr("Image"))
        self.setAccessibleDescription(tr("The ultrasound frame with its masks; draw with the mouse or a pen"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setMouseTracking(True)
        self.setMinimumSize(320, 240)
        self.setProperty("lusguiOwnWidth", True)  # the picture needs no more room for large letters
        self.shape = (0, 0)
        self.spacing_mm: Spacing | None = None
        self._shows_everything = True
        self._build_scene()
        self.gestures = Gestures(self)
        self.apply_theme()

    def _build_scene(self) -> None:
        layout = pg.GraphicsLayout()
        layout.setContentsMargins(2, 10, 12, 2)
        layout.setSpacing(0)
        self.setCentralItem(layout)
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, invertY=True, lockAspect=1.0)
        self._box.setDefaultPadding(0.0)
        self._depth = Ruler("left", tr("Depth"))
        self._lateral = Ruler("bottom", tr("Lateral"))
        layout.addItem(self._depth, 0, 0)
        layout.addItem(self._box, 0, 1)
        layout.addItem(self._lateral, 1, 1)
        self._depth.linkToView(self._box)
        self._lateral.linkToView(self._box)

        self._image = FrameItem()
        self.frame_items = QGraphicsItemGroup()
        self.frame_items.setHandlesChildEvents(False)
        self._edge = QGraphicsRectItem()
        self.brush_cursor = BrushCursor()
        self._box.addItem(self.frame_items, ignoreBounds=True)
        for item in (self._image, self._edge, self.brush_cursor):
            item.setParentItem(self.frame_items)
        self._box.sigTransformChanged.connect(self._announce_zoom)
        self._lookup: NDArray[np.uint8] | None = None

    def apply_theme(self) -> None:
        """Take the colours of the theme in use."""
        palette = theme.current()
        self.setBackground(QColor(palette.canvas))
        pen = pg.mkPen(QColor(palette.border_strong), width=1)
        pen.setCosmetic(True)
        self._edge.setPen(pen)
        self._set_units()

    # --- the frame -----------------------------------------------------------------------------

    @property
    def has_frame(self) -> bool:
        """Whether a frame is shown."""
        return self.shape[0] > 0

    def set_geometry(self, shape: tuple[int, int], spacing_mm: Spacing | None) -> None:
        """Say how large the next frames are, (H, W), and how far apart their samples; fit what changed."""
        if shape == self.shape and spacing_mm == self.spacing_mm:
            return
        self.shape, self.spacing_mm = shape, spacing_mm
        row_unit, col_unit = self.unit_per_pixel
        self.frame_items.setTransform(QTransform.fromScale(col_unit, row_unit))
        self._edge.setRect(QRectF(0, 0, shape[1], shape[0]))
        self._set_units()
        for ruler, end in ((self._depth, shape[0] * row_unit), (self._lateral, shape[1] * col_unit)):
            ruler.set_end(end)
            ruler.setVisible(self.has_frame)
        self.fit()

    def clear(self) -> None:
        """Show nothing."""
        self.set_geometry((0, 0), None)
        self._image.clear()

    def show_gray(self, gray: NDArray[np.uint8]) -> None:
        """Show a frame (H, W), already windowed to 0..255."""
        self._image.setImage(gray, autoLevels=False, levels=(0, 255), lut=self._lookup)

    def paint_now(self) -> None:
        """Paint what has changed before anything else is computed: a new frame is what people wait for."""
        self.viewport().repaint()

    def set_colormap(self, lookup: NDArray[np.uint8] | None) -> None:
        """Use a table (256, 3) of colours, or None for plain gray."""
        self._lookup = lookup
        if self._image.image is not None:
            self._image.setLookupTable(lookup)

    @property
    def unit_per_pixel(self) -> tuple[float, float]:
        """Length of a pixel along (row, column): in mm, or 1 where unknown."""
        return self.spacing_mm or (1.0, 1.0)

    def add_item(self, item: QGraphicsItem) -> None:
        """Add an item whose coordinates are frame pixels."""
        item.setParentItem(self.frame_items)

    def remove_item(self, item: QGraphicsItem) -> None:
        """Take an item away."""
        item.setParentItem(None)  # type: ignore[arg-type]
        self.scene().removeItem(item)

    # --- where things are ----------------------------------------------------------------------

    def to_frame(self, position: QPointF) -> tuple[float, float]:
        """Turn a position in the viewport into (row, column) of the frame, both continuous."""
        point = self.frame_items.mapFromScene(self.viewportTransform().inverted()[0].map(position))
        return point.y(), point.x()

    def to_viewport(self, row: float, col: float) -> QPointF:
        """Turn (row, column) of the frame into a position in the viewport."""
        point: QPointF = self.viewportTransform().map(self.frame_items.mapToScene(QPointF(col, row)))
        return point

    def is_inside(self, row: float, col: float) -> bool:
        """Whether a position lies on the frame."""
        return 0 <= row < self.shape[0] and 0 <= col < self.shape[1]

    # --- zoom and pan --------------------------------------------------------------------------

    def fit(self) -> None:
        """Show the whole frame."""
        self._shows_everything = True
        if self.has_frame:
            rows, cols = self.unit_per_pixel
            self._box.setRange(QRectF(0, 0, self.shape[1] * cols, self.shape[0] * rows), padding=0.015)
            self._box.updateMatrix()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Magnify by `factor` about a position of the viewport, or about the middle."""
        if not self.has_frame:
            return
        seen = self._box.viewRect()
        rows, cols = self.unit_per_pixel
        smallest = MIN_PIXELS_ACROSS * max(rows, cols)
        largest = 4 * max(self.shape[0] * rows, self.shape[1] * cols)
        if not smallest < max(seen.width(), seen.height()) / factor < largest:
            return
        centre = None
        if at is not None:
            row, col = self.to_frame(at)
            centre = pg.Point(col * cols, row * rows)
        self._shows_everything = False
        self._box.scaleBy((1 / factor, 1 / factor), center=centre)
        self._box.updateMatrix()

    def pan(self, dx: float, dy: float) -> None:
        """Move the picture by screen pixels."""
        if self.has_frame:
            self._shows_everything = False
            width, height = self._box.viewPixelSize()
            self._box.translateBy(x=-dx * width, y=-dy * height)
            self._box.updateMatrix()  # or positions are stale until the next paint

    @property
    def seen(self) -> tuple[QPointF, float]:
        """The middle of what is seen, in units of length, and screen pixels a unit."""
        return self._box.viewRect().center(), self.pixels_per_unit

    def see(self, middle: QPointF, pixels_per_unit: float) -> None:
        """Show what `seen` of another canvas says."""
        if not self.has_frame or pixels_per_unit <= 0:
            return
        self._shows_everything = False
        width, height = self._box.width() / pixels_per_unit, self._box.height() / pixels_per_unit
        corner = QPointF(middle.x() - width / 2, middle.y() - height / 2)
        self._box.setRange(QRectF(corner.x(), corner.y(), width, height), padding=0)
        self._box.updateMatrix()

    @property
    def seen_part(self) -> QRectF:
        """What is seen, in pixels of the frame (x = column, y = row); may reach beyond it."""
        rows, cols = self.unit_per_pixel
        seen = self._box.viewRect()
        return QRectF(seen.x() / cols, seen.y() / rows, seen.width() / cols, seen.height() / rows)

    @property
    def is_all_seen(self) -> bool:
        """Whether nothing of the frame is out of sight."""
        return self.seen_part.contains(QRectF(1, 1, max(self.shape[1] - 2, 0), max(self.shape[0] - 2, 0)))

    @property
    def gray(self) -> NDArray[np.uint8] | None:
        """The image (H, W) as it was given to `show_gray`; not to be changed."""
        return self._image.image  # type: ignore[no-any-return]

    def look_at(self, row: float, col: float) -> None:
        """Bring a place of the frame into the middle."""
        rows, cols = self.unit_per_pixel
        middle = self._box.viewRect().center()
        self._shows_everything = False
        self._box.translateBy(x=col * cols - middle.x(), y=row * rows - middle.y())
        self._box.updateMatrix()

    def centre_on(self, row: float, col: float) -> None:
        """Bring a place of the frame into the middle if it cannot be seen."""
        rows, cols = self.unit_per_pixel
        seen = self._box.viewRect()
        if not seen.contains(QPointF(col * cols, row * rows)):
            self.look_at(row, col)

    @property
    def pixels_per_unit(self) -> float:
        """Screen pixels a mm (or a frame pixel where the spacing is unknown)."""
        width = float(self._box.viewPixelSize()[0])
        return 1.0 / width if width else 0.0

    def _announce_zoom(self) -> None:
        self.zoom_changed.emit(self.pixels_per_unit)

    def _set_units(self) -> None:
        unit = "px" if self.spacing_mm is None else "mm"
        for ruler in (self._depth, self._lateral):
            ruler.set_unit(unit)

    # --- events go to the gestures -------------------------------------------------------------

    def set_tool(self, tool: CanvasTool) -> None:
        """Use another tool."""
        self.gestures.set_tool(tool)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep showing the whole frame if that is what was asked for."""
        super().resizeEvent(event)
        if getattr(self, "_shows_everything", False) and hasattr(self, "_box"):
            self.fit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.gestures.press(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit, or press again for tools that dab."""
        self.gestures.double_click(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with a gesture, or hover."""
        self.gestures.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish a gesture."""
        self.gestures.release(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom to the pointer; with Shift, size the brush."""
        self.gestures.wheel(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with a pen."""
        self.gestures.tablet(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Catch pen events, which Qt sends to the viewport."""
        kinds = (event.Type.TabletPress, event.Type.TabletMove, event.Type.TabletRelease)
        if event.type() in kinds and isinstance(event, QTabletEvent):
            self.gestures.tablet(event)
            return True
        return bool(super().viewportEvent(event))

    def close(self) -> bool:
        """Close like any widget; pyqtgraph's way takes the viewport away while Qt still uses it."""
        return bool(QGraphicsView.close(self))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Notice modifiers; Escape gives a gesture up. Everything else is a command's business."""
        if not self.gestures.key(event, down=True):
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Notice modifiers let go."""
        if not self.gestures.key(event, down=False):
            event.ignore()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the brush cursor and clear the read-out."""
        self.gestures.leave()
        self.pointer_moved.emit(float("nan"), float("nan"))
        super().leaveEvent(event)
