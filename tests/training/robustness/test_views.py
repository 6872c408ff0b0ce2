"""A bright structure and its mask stay in register whatever is done to the view."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.overlap import dice
from training.dataset import Sample
from training.robustness.perturbation import gray_of
from training.robustness.views import VIEWS, crop, mirror, turn_over, zoom

RANDOM = np.random.default_rng(0)


def bright():
    frame = np.full((180, 140), 40, np.uint8)
    mask = np.zeros(frame.shape, bool)
    mask[70:100, 50:110] = True
    frame[mask] = 230
    return Sample("a", "g", frame, {"rib": mask}, ignored=np.roll(mask, 50, 0))


@pytest.mark.parametrize("one", VIEWS, ids=lambda one: one.name)
def test_the_mask_lies_on_what_is_bright(one):
    sample = one.apply(bright(), "rib")
    gray, mask = gray_of(sample), sample.masks["rib"]
    assert gray.shape == mask.shape == sample.ignored.shape
    assert mask.dtype == bool
    assert mask.any()
    assert dice(gray > 0.55, mask) > 0.97
    if one.is_resizing:
        assert mask.mean() == pytest.approx(bright().masks["rib"].mean(), rel=0.05)


@pytest.mark.parametrize("change", [mirror, turn_over])
def test_twice_turned_is_as_before(change):
    twice = change(change(bright(), "rib", RANDOM), "rib", RANDOM)
    np.testing.assert_array_equal(twice.frame, bright().frame)
    np.testing.assert_array_equal(twice.masks["rib"], bright().masks["rib"])


def test_cropping_takes_what_it_says():
    sample = crop(0.1, 0.2, 0.0, 0.5)(bright(), "rib", RANDOM)
    np.testing.assert_array_equal(sample.frame, bright().frame[18:144, :70])


def test_zoom_holds_the_structure_whole_and_makes_it_larger():
    sample = zoom(bright(), "rib", RANDOM)
    assert sample.masks["rib"].sum() == bright().masks["rib"].sum()
    assert sample.frame.size < bright().frame.size
    empty = Sample("a", "g", bright().frame, {"rib": np.zeros((180, 140), bool)})
    assert zoom(empty, "rib", RANDOM).frame.shape == (63, 49)


def test_names_are_of_the_table():
    assert {one.name for one in VIEWS if one.is_resizing} == {"verasonics", "wide", "tall"}
    shapes = {one.name: one.apply(bright(), "rib").frame.shape for one in VIEWS if one.is_resizing}
    assert shapes == {"verasonics": (960, 128), "wide": (180, 280), "tall": (360, 140)}
