from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

from lusgui.core.geometry import Box
from lusgui.session.view_state import OverlayStyle
from lusgui.ui.canvas.layer import Layer
from lusgui.ui.canvas.overlay import LabelOverlay

EVERYTHING = QRectF(0, 0, 20, 20)


class Drawn:
    """A layer that fills squares, and what it was asked to draw."""

    def __init__(self):
        self.asked = []
        self.color = QColor("red")
        self.layer = Layer(self.draw)

    def draw(self, painter, needed):
        self.asked.append(needed)
        painter.fillRect(QRectF(5, 5, 10, 10), self.color)

    def paint(self, scale=10.0, exposed=EVERYTHING):
        image = QImage(200, 200, QImage.Format.Format_ARGB32)
        image.fill(Qt.GlobalColor.black)
        painter = QPainter(image)
        painter.setWorldTransform(QTransform.fromScale(scale, scale))
        self.layer.paint(painter, exposed)
        painter.end()
        return image


def test_it_is_drawn_once_and_shown_as_often_as_wanted(qapp):
    drawn = Drawn()
    first = drawn.paint()
    assert first.pixelColor(100, 100) == QColor("red")
    assert first.pixelColor(20, 20) == QColor("black")
    assert drawn.paint() == first
    assert drawn.asked == [None]


def test_only_what_is_exposed_is_shown(qapp):
    image = Drawn().paint(exposed=QRectF(0, 0, 8, 20))
    assert image.pixelColor(70, 100) == QColor("red")
    assert image.pixelColor(120, 100) == QColor("black")


def test_another_zoom_or_forgetting_draws_anew(qapp):
    drawn = Drawn()
    drawn.paint()
    assert drawn.paint(scale=5.0).pixelColor(60, 60) == QColor("red")
    drawn.layer.forget()
    assert not drawn.layer.is_kept
    drawn.paint(scale=5.0)
    assert drawn.asked == [None, None, None]


def test_what_is_touched_is_cleared_and_drawn_anew_and_nothing_else(qapp):
    drawn = Drawn()
    drawn.paint()
    drawn.color = QColor("blue")
    drawn.layer.touch(QRectF(5, 5, 2, 2))
    image = drawn.paint()
    assert image.pixelColor(60, 60) == QColor("blue")
    assert image.pixelColor(140, 140) == QColor("red")
    (_, needed) = drawn.asked
    assert needed.contains(QRectF(5, 5, 2, 2))
    assert needed.width() < 6


def picture(overlay):
    image = QImage(400, 400, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("#303030"))
    painter = QPainter(image)
    painter.setWorldTransform(QTransform.fromScale(6.5, 6.5))

    class Option:
        exposedRect = overlay.boundingRect()

    overlay.paint(painter, Option, None)
    painter.end()
    values = np.frombuffer(image.constBits(), np.uint8).reshape(400, 400, 4)
    return values.astype(int)


@pytest.mark.parametrize("seed", range(6))
def test_strokes_drawn_piece_by_piece_look_like_the_whole(qapp, seed):
    noise = np.random.default_rng(seed)
    mask = np.zeros((60, 60), bool)
    mask[10:40, 20:50] = noise.random((30, 30)) > 0.4
    piecewise = LabelOverlay("#0072B2")
    piecewise.set_shape(mask.shape)
    piecewise.set_look("#0072B2", OverlayStyle.OUTLINE, 0.5, current=True, model=True)
    piecewise.set_human(mask)
    picture(piecewise)
    for _ in range(8):
        row, col = noise.integers(0, 52, 2)
        mask = mask.copy()
        mask[row : row + 8, col : col + 8] = noise.random((8, 8)) > 0.5
        piecewise.set_human(mask, Box(row, col, row + 8, col + 8))
        picture(piecewise)
    whole = LabelOverlay("#0072B2")
    whole.set_shape(mask.shape)
    whole.set_look("#0072B2", OverlayStyle.OUTLINE, 0.5, current=True, model=True)
    whole.set_human(mask)
    off = np.abs(picture(piecewise) - picture(whole)).max(axis=2)
    assert (off > 40).mean() < 0.002  # joints of the line at the seams may be rounded otherwise
