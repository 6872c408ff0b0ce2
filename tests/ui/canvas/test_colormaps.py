from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtTest import QTest
from skimage.color import rgb2lab

from lusgui.core.label import OKABE_ITO
from lusgui.core.legibility import outline_contrast, rims_for
from lusgui.ui.canvas.colormaps import COLORMAPS, PERCEPTUAL, TITLES, lookup_table, swatch


def lightness(name):
    return rgb2lab(lookup_table(name)[None] / 255.0)[0, :, 0]


@pytest.mark.parametrize("name", PERCEPTUAL)
def test_perceptual_maps_grow_in_lightness_evenly(name):
    steps = np.diff(lightness(name)[::8])
    assert (steps > 0).all()
    assert steps.max() < 2.5 * steps.mean()


@pytest.mark.parametrize("name", [name for name in COLORMAPS if name != "gray"])
def test_every_map_is_a_table_that_nobody_may_write_to(name):
    table = lookup_table(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert not table.flags.writeable
    assert np.all(np.diff(lightness(name)) <= 0 if name == "inverted" else np.diff(lightness(name)) >= -0.3)


def test_gray_needs_no_table_and_unknown_names_are_gray():
    assert lookup_table("gray") is None
    assert lookup_table("of a later version") is None


@pytest.mark.parametrize("name", [name for name in COLORMAPS if name != "gray"])
@pytest.mark.parametrize("label", OKABE_ITO)
def test_outlines_stand_out_from_coloured_tissue_too(name, label):
    color = tuple(int(label[i : i + 2], 16) for i in (1, 3, 5))
    assert outline_contrast(color, rims_for(color), lookup_table(name)).min() > 2.5


@pytest.mark.parametrize("name", COLORMAPS)
def test_a_swatch_runs_from_dark_to_bright(name):
    picture = swatch(name, 20, 4)
    assert picture.shape == (4, 20, 3)
    assert (picture[0] == picture[-1]).all()
    dark, bright = picture[0, 0].sum(), picture[0, -1].sum()
    assert dark > bright if name == "inverted" else dark < bright


def test_choosing_one_in_the_image_tab_colours_the_frame(window, session):
    box = window.display.colormap
    assert [box.itemText(i) for i in range(box.count())] == list(TITLES.values())
    assert not box.itemIcon(0).isNull()
    box.setCurrentIndex(box.findData("magma"))
    box.activated.emit(box.currentIndex())
    QTest.qWait(20)
    assert session.view.colormap == "magma"
    session.seeing.side_by_side = True
    session.seeing.wipe = True
    session.step(1)
    QTest.qWait(20)
    for canvas in (window.canvas, window.see.companion.canvas):
        picture = canvas.grab().toImage()
        at = canvas.to_viewport(40.5, 20.5)
        color = picture.pixelColor(round(at.x()), round(at.y()))
        assert color.red() != color.green()
