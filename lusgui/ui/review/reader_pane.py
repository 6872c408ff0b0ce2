"""One reader's mask on the frame, close up; a click takes a disputed region into the result or out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from lusgui.core.geometry import Box, bounding_box
from lusgui.ui import theme
from lusgui.ui.learning.picture import outline, resample, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtGui import QMouseEvent, QPaintEvent, QResizeEvent

    from lusgui.core.geometry import Spacing

COLORS = ("#56B4E9", "#E69F00", "#CC79A7", "#009E73", "#F0E442", "#D55E00")
"""One a reader (Okabe and Ito); the name stands above each pane, so that nobody has to tell colours apart."""

ROOM = 0.6
"""Around what anybody drew, this share of its height and width is shown on each side."""

LEAST = 24
"""A close-up shows at least so many pixels each way."""


def close_up(masks: NDArray[np.bool_]) -> Box:
    """Return the part of a frame in which anybody drew, with room around it; the whole where nobody did.

    Parameters
    ----------
    masks : (N, H, W) bool ndarray
        One a reader.
    """
    shape = (masks.shape[1], masks.shape[2])
    box = bounding_box(np.asarray(masks.any(axis=0), bool))
    if box.is_empty:
        return Box(0, 0, *shape)
    sides = []
    for low, high, size in ((box.row0, box.row1, shape[0]), (box.col0, box.col1, shape[1])):
        room = max(round((high - low) * ROOM), (LEAST - (high - low)) // 2, 1)
        sides.append((max(low - room, 0), min(high + room, size)))
    return Box(sides[0][0], sides[1][0], sides[0][1], sides[1][1])


def fill(box: Box, shape: tuple[int, int], spacing_mm: Spacing, room: tuple[int, int]) -> Box:
    """Return a part of a frame grown to the proportions of a room, as far as the frame goes.

    Parameters
    ----------
    box : Box
        What must be seen.
    shape : (int, int)
        Rows and columns of the frame.
    spacing_mm : (float, float)
        Length of a pixel along (row, column).
    room : (int, int)
        Height and width of where it is shown.
    """
    rows, cols = box.shape
    tall = rows * spacing_mm[0] / max(room[0], 1)
    wide = cols * spacing_mm[1] / max(room[1], 1)
    scale = max(tall, wide)
    lows, highs = [], []
    for low, high, size, step, there in (
        (box.row0, box.row1, shape[0], spacing_mm[0], room[0]),
        (box.col0, box.col1, shape[1], spacing_mm[1], room[1]),
    ):
        wanted = min(max(round(there * scale / step), high - low), size)
        start = min(max((low + high - wanted) // 2, 0), size - wanted)
        lows.append(start)
        highs.append(start + wanted)
    return Box(lows[0], lows[1], highs[0], highs[1])


class ReaderPane(QWidget):
    """Shows what one reader drew.

    Parameters
    ----------
    color : str
        Of the outline, ``#RRGGBB``.

    Signals
    -------
    clicked(int, int)
        Row and column of the frame that was clicked.
    """

    clicked = Signal(int, int)

    def __init__(self, color: str) -> None:
        super().__init__()
        self._color = QColor(color)
        self._gray: NDArray[np.float32] | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._disputed: NDArray[np.bool_] | None = None
        self._seen = self._window = Box(0, 0, 0, 0)
        self._spacing: Spacing = (1.0, 1.0)
        self._picture = QImage()
        self.setMinimumSize(110, 110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:
        """Return room for a small picture."""
        return QSize(220, 180)

    def show_reading(
        self,
        gray: NDArray[np.float32] | None,
        mask: NDArray[np.bool_],
        disputed: NDArray[np.bool_],
        seen: Box,
        spacing_mm: Spacing | None,
    ) -> None:
        """Show a mask (H, W) on a frame (H, W) of gray in [0, 1]; None shows it on black."""
        self._gray, self._mask, self._disputed = gray, mask, disputed
        self._seen, self._spacing = seen, spacing_mm or (1.0, 1.0)
        self._refit()

    @property
    def place(self) -> QRectF:
        """Where in the pane the picture lies, in true proportions."""
        rows, cols = self._window.shape
        height, width = rows * self._spacing[0], cols * self._spacing[1]
        if height <= 0 or width <= 0:
            return QRectF()
        scale = min(self.width() / width, self.height() / height)
        size = (max(width * scale, 1.0), max(height * scale, 1.0))
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def pixel_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Return row and column of the frame under a position; None beside the picture."""
        place = self.place
        if place.isEmpty() or not place.contains(x, y):
            return None
        rows, cols = self._window.shape
        row = self._window.row0 + int((y - place.top()) / place.height() * rows)
        col = self._window.col0 + int((x - place.left()) / place.width() * cols)
        return min(row, self._window.row1 - 1), min(col, self._window.col1 - 1)

    def _refit(self) -> None:
        if self._mask is not None:
            shape = (self._mask.shape[0], self._mask.shape[1])
            self._window = fill(self._seen, shape, self._spacing, (self.height(), self.width()))
        self._picture = QImage()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much as there is room for."""
        super().resizeEvent(event)
        self._refit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Say which pixel was clicked."""
        found = self.pixel_at(event.position().x(), event.position().y())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(*found)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, made anew where the size is another."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current().canvas))
        place = self.place
        if self._mask is None or place.isEmpty():
            return
        ratio = self.devicePixelRatioF()
        shape = (max(round(place.height() * ratio), 1), max(round(place.width() * ratio), 1))
        if (self._picture.height(), self._picture.width()) != shape:
            self._picture = self._paint(shape)
        painter.drawImage(place, self._picture)

    def _paint(self, shape: tuple[int, int]) -> QImage:
        assert self._mask is not None
        part = self._window.slices
        image = np.zeros((*shape, 3), np.float32)
        if self._gray is not None:
            image += smooth(self._gray[part] * np.float32(255), shape)[..., None]
        color = np.array((self._color.red(), self._color.green(), self._color.blue()), np.float32)
        mask = np.asarray(resample(self._mask[part], shape), bool)
        if self._disputed is not None:
            own = np.asarray(resample((self._disputed & self._mask)[part], shape), bool)
            stripes = np.add.outer(np.arange(shape[0]), np.arange(shape[1])) // 3 % 3 == 0
            image[own & stripes] = image[own & stripes] * 0.3 + color * 0.7
        image[outline(mask)] = color
        pixels = np.ascontiguousarray(np.clip(np.rint(image), 0, 255).astype(np.uint8))
        return QImage(pixels.data, shape[1], shape[0], shape[1] * 3, QImage.Format.Format_RGB888).copy()
