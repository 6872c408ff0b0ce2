"""The wipe: one frame, raw on one side of a divider and despeckled on the other, in exact register."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractSlider, QGraphicsItem

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later, set_quietly
from lusgui.ui.canvas.colormaps import lookup_table
from lusgui.ui.canvas.view import FrameItem
from lusgui.ui.canvas.windowing import screen_gray

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent
    from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView

STEPS = 1000
GRIP = 28
"""Screen pixels across the handle."""
EDGE_GAP = 6
RAW, DESPECKLED = "raw", "despeckled"


class WipeImage(FrameItem):
    """The other state of the frame, drawn right of the divider only."""

    def __init__(self) -> None:
        super().__init__()
        self._col = 0.0
        self.setZValue(1)

    def set_edge(self, col: float) -> None:
        """Begin at a column (continuous)."""
        if col != self._col:
            self._col = col
            self.update()

    def paint(self, painter: QPainter, *args: Any) -> None:  # noqa: ANN401 (Qt's arguments)
        """Draw what lies right of the divider."""
        if self.image is None:
            return
        rows, cols = self.image.shape
        painter.save()
        painter.setClipRect(QRectF(self._col, 0, cols - self._col, rows), Qt.ClipOperation.IntersectClip)
        super().paint(painter, *args)
        painter.restore()


class WipeLine(QGraphicsItem):
    """The divider, with the names of its two sides."""

    def __init__(self) -> None:
        super().__init__()
        self._shape = (0, 0)
        self._col = 0.0
        self._names = (RAW, DESPECKLED)
        self.setZValue(4)

    @property
    def names(self) -> tuple[str, str]:
        """What lies left and right of the divider."""
        return self._names

    def show_at(self, shape: tuple[int, int], col: float, names: tuple[str, str]) -> None:
        """Stand at a column of a frame (H, W), saying what is left and right."""
        if shape != self._shape:
            self.prepareGeometryChange()
        self._shape, self._col, self._names = shape, col, names
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the frame with room for the names, which may be wider than it."""
        rows, cols = self._shape
        return QRectF(-2 * cols, -rows / 10, 5 * cols, 1.2 * rows)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Draw the line, light with a dark rim, and the names at its upper end."""
        for color, width in ((QColor(0, 0, 0, 160), 3.5), (QColor(255, 255, 255, 230), 1.3)):
            pen = QPen(color, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            painter.drawLine(QPointF(self._col, 0), QPointF(self._col, self._shape[0]))
        top = painter.worldTransform().map(QPointF(self._col, 0))
        painter.save()
        painter.resetTransform()
        font = painter.font()
        font.setPixelSize(theme.scaled(12))
        painter.setFont(font)
        y = max(top.y(), 0.0) + EDGE_GAP
        for name, is_left in zip(self._names, (True, False), strict=True):
            wide = painter.fontMetrics().horizontalAdvance(name) + 12
            x = top.x() - wide - EDGE_GAP if is_left else top.x() + EDGE_GAP
            plate = QRectF(x, y, wide, 20)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 170))
            painter.drawRoundedRect(plate, 4, 4)
            painter.setPen(QColor("white"))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, name)
        painter.restore()


class WipeGrip(QAbstractSlider):
    """The handle of the divider: dragged, or moved with the arrow keys once Tab has reached it.

    Parameters
    ----------
    canvas : CanvasView
        On which it lies.
    """

    def __init__(self, canvas: CanvasView) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setRange(0, STEPS)
        self.setSingleStep(STEPS // 100)
        self.setPageStep(STEPS // 10)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFixedSize(GRIP, GRIP)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Divider between raw and despeckled"))
        self.setToolTip(
            tr("Drag to move the divider; {key:view.wipe} ends the wipe, {key:view.raw} swaps its sides")
        )
        self.hide()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold; the canvas keeps the keyboard."""
        event.accept()
        self.setSliderDown(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the divider under the pointer."""
        event.accept()
        cols = self._canvas.shape[1]
        if self.isSliderDown() and cols:
            at = self._canvas.viewport().mapFromGlobal(event.globalPosition())
            self.setValue(round(STEPS * self._canvas.to_frame(at)[1] / cols))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        event.accept()
        self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a disc with two arrow heads."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = theme.current()
        ring = QColor(palette.accent) if self.hasFocus() else QColor(0, 0, 0, 190)
        painter.setPen(QPen(ring, 2))
        painter.setBrush(QColor(255, 255, 255, 235))
        middle = QPointF(GRIP / 2, GRIP / 2)
        painter.drawEllipse(middle, GRIP / 2 - 2, GRIP / 2 - 2)
        painter.setPen(QPen(QColor("#20242a"), 2))
        for sign in (-1, 1):
            tip = middle + QPointF(sign * 8, 0)
            for rise in (-4, 4):
                painter.drawLine(tip, middle + QPointF(sign * 4, rise))


class WipeView(QObject):
    """Keeps the wipe in step with the frame on screen and its contrast.

    Parameters
    ----------
    canvas : CanvasView
        Where it is shown.
    session : Session
        Says whether and where.
    presenter : FramePresenter
        Knows the frame on screen, raw and despeckled.
    """

    def __init__(self, canvas: CanvasView, session: Session, presenter: FramePresenter) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._presenter = presenter
        self.image: WipeImage | None = None
        self.line = WipeLine()
        self.line.setVisible(False)
        canvas.add_item(self.line)
        self.grip = WipeGrip(canvas)
        self.grip.valueChanged.connect(lambda value: setattr(session.seeing, "wipe_at", value / STEPS))
        self._later = Later(self.refresh, self)
        self._bindings = Bindings()
        self._bindings.connect(session.seeing.events.wipe, self._later)
        self._bindings.connect(session.seeing.events.wipe_at, self._move)
        self._bindings.connect(session.view.events.colormap, self._later)
        self._bindings.connect(session.study_changed, self._later)
        presenter.gray_changed.connect(self.refresh)
        canvas.zoom_changed.connect(self._place_grip)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()

    def refresh(self) -> None:
        """Show the other state of the frame on screen, or put the divider away."""
        view, presenter = self._session.view, self._presenter
        other = presenter.other
        is_on = self._session.seeing.wipe and other is not None
        if is_on and other is not None:
            if self.image is None:
                self.image = WipeImage()
                self._canvas.add_item(self.image)
            levels = screen_gray(other, view.window, view.level)
            self.image.setImage(levels, autoLevels=False, levels=(0, 255), lut=lookup_table(view.colormap))
        elif self.image is not None:
            self._canvas.remove_item(self.image)
            self.image = None
        self.line.setVisible(is_on)
        self.grip.setVisible(is_on)
        if is_on:
            self._move(self._session.seeing.wipe_at)

    def _move(self, at: float) -> None:
        if self.image is None:
            return
        col = at * self._canvas.shape[1]
        raw, other = tr(RAW), tr(DESPECKLED)
        names = (raw, other) if self._presenter.shows_raw else (other, raw)
        self.image.set_edge(col)
        self.line.show_at(self._canvas.shape, col, names)
        set_quietly(self.grip, self.grip.setValue, round(at * STEPS))
        self.grip.setAccessibleDescription(
            tr(
                "{names_first} on the left, {names_second} on the right",
                names_first=names[0],
                names_second=names[1],
            )
        )
        self._place_grip()

    def _place_grip(self, *_: object) -> None:
        if self.image is None:
            return
        canvas = self._canvas
        rows, cols = canvas.shape
        col = self._session.seeing.wipe_at * cols
        low, high = canvas.to_viewport(0, col), canvas.to_viewport(rows, col)
        x = min(max(low.x(), GRIP / 2), canvas.width() - GRIP / 2)
        y = min(max(high.y(), GRIP), canvas.height()) - GRIP - EDGE_GAP
        self.grip.move(round(x - GRIP / 2), round(max(y, 0)))
        self.grip.raise_()
