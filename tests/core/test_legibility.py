from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.label import OKABE_ITO
from lusgui.core.legibility import (
    DARK_RIM,
    LEAST_CONTRAST,
    contrast_ratio,
    luminance,
    outline_contrast,
    over,
    rims_for,
)

GRAYS = np.repeat(np.arange(256)[:, None], 3, axis=1)
parts = st.integers(0, 255)


def rgb(name):
    return tuple(int(name[i : i + 2], 16) for i in (1, 3, 5))


def test_contrast_is_that_of_the_guidelines():
    assert contrast_ratio((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast_ratio((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)  # #777 on white
    assert luminance([[255, 0, 0], [0, 255, 0]]) == pytest.approx([0.2126, 0.7152])


def test_half_transparent_lies_between():
    assert over((0, 0, 0, 255), (200, 100, 50)) == pytest.approx([0, 0, 0])
    assert over((255, 255, 255, 51), (0, 0, 0)) == pytest.approx([51, 51, 51])


@pytest.mark.parametrize("name", OKABE_ITO)
def test_every_label_stands_out_on_every_gray(name):
    assert outline_contrast(rgb(name), rims_for(rgb(name)), GRAYS).min() >= LEAST_CONTRAST


@given(st.tuples(parts, parts, parts))
def test_so_does_any_colour_that_a_person_chooses(color):
    assert outline_contrast(color, rims_for(color), GRAYS).min() >= LEAST_CONTRAST


def test_light_colours_have_no_glow_around_them():
    assert rims_for(rgb("#E69F00")) == (DARK_RIM,)
    assert len(rims_for(rgb("#0072B2"))) == 2


def test_without_a_rim_an_outline_would_be_lost_somewhere():
    assert outline_contrast(rgb("#E69F00"), (), GRAYS).min() < 1.1
