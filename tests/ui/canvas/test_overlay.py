from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QGraphicsScene

from lusgui.core.geometry import Box
from lusgui.core.label import IGNORE_LABEL, RIB
from lusgui.core.legibility import contrast_ratio
from lusgui.session.view_state import OverlayStyle
from lusgui.ui.canvas.overlay import LabelOverlay

COLOR = "#E69F00"


@pytest.fixture
def drawn(qapp):
    """Return a function: an overlay of 20 x 20 pixels -> its picture, ten screen pixels a pixel."""
    scenes = []

    def draw(overlay, ground="black"):
        scene = QGraphicsScene()
        scenes.append(scene)
        scene.addItem(overlay)
        image = QImage(200, 200, QImage.Format.Format_ARGB32)
        image.fill(QColor(ground))
        painter = QPainter(image)
        scene.render(painter, QRectF(0, 0, 200, 200), QRectF(0, 0, 20, 20))
        painter.end()
        scene.removeItem(overlay)
        return image

    return draw


def make(style, mask=None, model=None, probability=None, opacity=0.5):
    overlay = LabelOverlay(COLOR)
    overlay.set_shape((20, 20))
    overlay.set_look(COLOR, style, opacity, current=True, model=True)
    if mask is not None:
        overlay.set_human(mask)
    overlay.set_model(model, probability)
    return overlay


def block():
    mask = np.zeros((20, 20), bool)
    mask[5:15, 5:15] = True
    return mask


def brightness(image, row, col):
    return image.pixelColor(round(col * 10), round(row * 10)).red()


def test_an_outline_leaves_the_tissue_free(drawn):
    image = drawn(make(OverlayStyle.OUTLINE, block()))
    assert brightness(image, 10, 10) == 0
    assert brightness(image, 5, 10) > 200


def test_a_fill_fills(drawn):
    image = drawn(make(OverlayStyle.FILL, block()))
    assert brightness(image, 10, 10) == pytest.approx(0xE6 / 2, abs=4)
    assert brightness(image, 2, 2) == 0


def test_only_outlines_while_a_stroke_is_down(drawn):
    overlay = make(OverlayStyle.FILL, block())
    overlay.set_stroke_down(True)
    assert brightness(drawn(overlay), 10, 10) == 0


def test_heat_and_the_models_fill_make_room_too_and_its_outline_where_one_draws(drawn):
    hot = make(OverlayStyle.HEAT, probability=np.ones((20, 20), np.float32))
    hot.set_stroke_down(True)
    assert brightness(drawn(hot), 10, 10) == 0
    for is_current in (True, False):
        overlay = make(OverlayStyle.FILL, model=block())
        overlay.set_look("#E69F00", OverlayStyle.FILL, 0.5, current=is_current, model=True)
        overlay.set_stroke_down(True)
        image = drawn(overlay)
        assert brightness(image, 10, 10) == 0
        along_the_top = [image.pixelColor(x, 50).red() > 150 for x in range(60, 140)]
        assert any(along_the_top) is not is_current


@pytest.mark.parametrize("color", [COLOR, "#0072B2", "#009E73", "#000000", "#ffffff"])
@pytest.mark.parametrize("gray", [0, 60, 120, 180, 255])
def test_an_outline_stays_visible_whatever_it_lies_on(drawn, color, gray):
    overlay = make(OverlayStyle.OUTLINE, block())
    overlay.set_look(color, OverlayStyle.OUTLINE, 0.5, current=True, model=True)
    image = drawn(overlay, QColor(gray, gray, gray))
    across = [image.pixelColor(100, y).getRgb()[:3] for y in range(40, 60)]
    assert contrast_ratio(across, (gray, gray, gray)).max() > 2  # of 3, less what smoothing takes


def test_nothing_when_off(drawn):
    image = drawn(make(OverlayStyle.OFF, block(), block()))
    assert brightness(image, 5, 10) == 0


def test_heat_grows_with_probability(drawn):
    probability = np.tile(np.linspace(0, 1, 20, dtype=np.float32), (20, 1))
    image = drawn(make(OverlayStyle.HEAT, probability=probability))
    values = [brightness(image, 10.5, col + 0.5) for col in (1, 8, 18)]
    assert values[0] < values[1] < values[2]


def test_the_models_outline_is_broken_and_the_persons_is_not(drawn):
    def share_along_the_top(image):
        lit = [image.pixelColor(x, 50).red() > 150 for x in range(60, 140)]
        return sum(lit) / len(lit)

    assert share_along_the_top(drawn(make(OverlayStyle.OUTLINE, block()))) == 1.0
    assert 0.3 < share_along_the_top(drawn(make(OverlayStyle.OUTLINE, model=block()))) < 0.8


def test_a_change_in_a_box_leaves_the_rest(drawn):
    overlay = make(OverlayStyle.FILL, block())
    mask = block()
    mask[0:3, 0:3] = True
    overlay.set_human(mask, Box(0, 0, 3, 3))
    image = drawn(overlay)
    assert brightness(image, 1.5, 1.5) > 50
    assert brightness(image, 10, 10) > 50


def test_a_mask_of_another_shape_is_left_aside(drawn):
    overlay = make(OverlayStyle.FILL, block())
    overlay.set_human(np.ones((5, 5), bool))
    assert brightness(drawn(overlay), 2, 2) == 0


def test_a_proposal_is_drawn_until_it_goes(drawn):
    overlay = make(OverlayStyle.OUTLINE)
    overlay.set_proposal(block())
    assert any(drawn(overlay).pixelColor(x, 50).red() > 100 for x in range(60, 140))
    overlay.set_proposal(None)
    assert not any(drawn(overlay).pixelColor(x, 50).red() > 100 for x in range(60, 140))


def test_a_region_to_ignore_is_hatched_unless_a_stroke_is_down(drawn):
    lit = {}
    for name, label in (("plain", RIB), ("hatched", IGNORE_LABEL)):
        overlay = LabelOverlay.of(label)
        overlay.set_shape((20, 20))
        overlay.set_look(label.color, OverlayStyle.OUTLINE, 0.5, current=True, model=True)
        overlay.set_human(block())
        image = drawn(overlay)
        lit[name] = sum(image.pixelColor(x, 100).red() > 60 for x in range(70, 130))
        overlay.set_stroke_down(True)
        assert not any(drawn(overlay).pixelColor(x, 100).red() for x in range(70, 130))
    assert lit["plain"] == 0
    assert lit["hatched"] > 3
