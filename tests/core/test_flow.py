"""Masks carried by optical flow: lusgui.core.flow."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from lusgui.core.flow import STOP_BELOW, Carrier, flow_between, small_frame
from lusgui.core.overlap import dice

SHAPE = (120, 60)


def texture(seed=0, shape=SHAPE):
    noise = np.random.default_rng(seed).normal(size=shape)
    values = ndimage.gaussian_filter(noise, 3)
    return (values - values.min()) / np.ptp(values)


def bar(row, col=30):
    down, right = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return ((down - row) / 8) ** 2 + ((right - col) / 14) ** 2 <= 1


def scene(shift):
    """Return a frame and the truth: everything moves down by `shift` rows."""
    gray = np.roll(0.5 * texture(), round(shift), axis=0) + 0.5 * bar(45 + shift)
    return gray.astype(np.float32), bar(45 + shift)


def test_flow_says_where_pixels_came_from():
    start = texture()
    shifts = flow_between(start.astype(np.float32), np.roll(start, 3, 0).astype(np.float32))
    assert shifts.shape == (2, *SHAPE)
    assert np.median(shifts[0]) == pytest.approx(-3, abs=0.3)
    assert np.median(shifts[1]) == pytest.approx(0, abs=0.3)


def test_small_frames_are_means_of_fields():
    found = small_frame(np.full((960, 100), 0.25))
    assert found.shape == (128, 100)
    assert found == pytest.approx(0.25)
    assert small_frame(np.array([[np.nan, 1.0], [1.0, 1.0]])).shape == (2, 2)


def test_a_moving_structure_is_followed():
    gray, mask = scene(0)
    carrier = Carrier(mask, gray, (0.2, 0.3))
    for step in range(1, 7):
        gray, truth = scene(3 * step)
        found = carrier.step(gray)
        assert dice(found.mask, truth) > 0.85
        assert found.confidence > STOP_BELOW
    assert dice(mask, truth) < 0.1  # it has moved away from where it was


def test_a_cut_to_something_else_is_noticed():
    gray, mask = scene(0)
    carrier = Carrier(mask, gray)
    assert carrier.step(scene(1)[0]).confidence > STOP_BELOW
    other = texture(9).astype(np.float32)
    assert carrier.step(other).confidence < STOP_BELOW


def test_what_leaves_the_frame_is_not_trusted():
    gray, mask = scene(0)
    carrier = Carrier(mask, gray)
    found = [carrier.step(scene(8 * step)[0]) for step in range(1, 12)]
    assert min(one.confidence for one in found) < STOP_BELOW


def test_an_even_frame_gives_no_confidence():
    carrier = Carrier(bar(45), np.zeros(SHAPE))
    assert carrier.step(np.zeros(SHAPE)).confidence == 0


def test_frames_of_another_size_are_refused():
    with pytest.raises(ValueError, match="on a frame"):
        Carrier(np.ones((3, 3), bool), np.zeros((4, 4)))
    with pytest.raises(ValueError, match="after one"):
        Carrier(bar(45), scene(0)[0]).step(np.zeros((4, 4)))
