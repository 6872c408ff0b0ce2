"""The small map: the whole frame in a corner while only a part of it is seen, with that part framed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.canvas.colormaps import lookup_table

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from lusgui.session.session import Session
    from lusgui.ui.canvas.presenter import FramePresenter
    from lusgui.ui.canvas.view import CanvasView

LONGEST = 132
"""Screen pixels of the longer side."""
SHORTEST = 28
RIGHT, BOTTOM = 18, 44
"""Screen pixels to the edges of the canvas; the lateral ruler stays free."""


class SmallMap(QWidget):
    """Shows where one is; pressed or dragged, it brings that place into the middle.

    Parameters
    ----------
    canvas : CanvasView
        On which it lies.
    session : Session
        Says whether it is wanted.
    presenter : FramePresenter
        Tells of every change of the image.
    """

    def __init__(self, canvas: CanvasView, session: Session, presenter: FramePresenter) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._image: QImage | None = None
        self.setObjectName("small map")
        self.setAccessibleName(tr("Small map of the frame"))
        self.setToolTip(
            tr(
                "The framed part is what you see; press or drag to see another ({key:view.fit} shows"
                " everything)"
            )
        )
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.hide()
        self._later = Later(self.refresh, self)
        self._later_image = Later(self._image_changed, self, 100)
        self._bindings = Bindings()
        self._bindings.connect(session.seeing.events.small_map, self._later)
        self._bindings.connect(session.view.events.colormap, self._later_image)
        canvas.zoom_changed.connect(self._later)
        presenter.gray_changed.connect(self._later_image)
        canvas.installEventFilter(self)

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()
        self._later_image.stop()
        self._canvas.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the canvas changes its size."""
        if event.type() == QEvent.Type.Resize:
            self._later()
        return super().eventFilter(watched, event)

    def refresh(self) -> None:
        """Come, go, and frame what is seen."""
        canvas = self._canvas
        is_wanted = self._session.seeing.small_map and canvas.has_frame and not canvas.is_all_seen
        if is_wanted:
            if self._image is None:
                self._draw_image()
            row_unit, col_unit = canvas.unit_per_pixel
            height, width = canvas.shape[0] * row_unit, canvas.shape[1] * col_unit
            longest = min(LONGEST, max(canvas.width(), canvas.height()) // 4)
            scale = longest / max(height, width)
            self.resize(max(round(width * scale), SHORTEST), max(round(height * scale), SHORTEST))
            self.move(canvas.width() - self.width() - RIGHT, canvas.height() - self.height() - BOTTOM)
        self.setVisible(is_wanted)
        self.update()

    @property
    def framed(self) -> QRectF:
        """What is seen of the frame, in pixels of this map."""
        rows, cols = self._canvas.shape
        seen = self._canvas.seen_part & QRectF(0, 0, cols, rows)
        x, y = self.width() / max(cols, 1), self.height() / max(rows, 1)
        return QRectF(seen.x() * x, seen.y() * y, seen.width() * x, seen.height() * y)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Bring the place that was pressed into the middle."""
        event.accept()
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move on."""
        event.accept()
        self._go(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go; the canvas shall not see it."""
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Do what a press does; the canvas shall not see it."""
        self.mousePressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame, dimmed where it is not seen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._image is not None:
            painter.drawImage(QRectF(self.rect()), self._image)
        framed = self.framed
        veil = QColor(0, 0, 0, 120)
        everything = QRectF(self.rect())
        for part in (
            QRectF(0, 0, everything.width(), framed.top()),
            QRectF(0, framed.bottom(), everything.width(), everything.bottom() - framed.bottom()),
            QRectF(0, framed.top(), framed.left(), framed.height()),
            QRectF(framed.right(), framed.top(), everything.right() - framed.right(), framed.height()),
        ):
            painter.fillRect(part, veil)
        painter.setPen(QPen(QColor(255, 255, 255, 190), 1))
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.setPen(QPen(QColor(theme.current().accent), 2))
        painter.drawRect(framed.adjusted(1, 1, -1, -1))

    def _go(self, at: QPointF) -> None:
        rows, cols = self._canvas.shape
        self._canvas.look_at(at.y() / self.height() * rows, at.x() / self.width() * cols)

    def _image_changed(self) -> None:
        self._image = None
        self.refresh()

    def _draw_image(self) -> None:
        """Draw the frame coarsely, as it is on screen."""
        gray = self._canvas.gray
        if gray is None:
            return
        step = max(1, max(gray.shape) // (2 * LONGEST))
        coarse = np.ascontiguousarray(gray[::step, ::step])
        table = lookup_table(self._session.view.colormap)
        shades = np.repeat(coarse[..., None], 3, axis=2) if table is None else table[coarse]
        picture = np.ascontiguousarray(shades)
        rows, cols = picture.shape[:2]
        kind = QImage.Format.Format_RGB888
        self._image = QImage(picture.data, cols, rows, picture.strides[0], kind).copy()
