"""Tests of lusgui.core.click.void."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.click.void import falls_outside, is_void


@pytest.fixture
def sector():
    """A fan of tissue on black, with a cyst in it that the lower edge of the frame cuts."""
    down, across = np.mgrid[:200, :240].astype(np.float32)
    gray = np.where(np.abs(across - 120) < 30 + 0.4 * down, 0.4, 0.0).astype(np.float32)
    gray += np.random.default_rng(0).random(gray.shape, dtype=np.float32) * 0.1 * (gray > 0)
    gray[(down - 195) ** 2 + (across - 120) ** 2 < 20**2] = 0.0
    gray[(down - 90) ** 2 + (across - 120) ** 2 < 12**2] = 0.0
    return gray


@pytest.mark.parametrize(("row", "col", "wanted"), [(100, 5, True), (150, 236, True), (5, 20, True)])
def test_the_corners_beside_a_fan_are_none_of_the_picture(sector, row, col, wanted):
    assert is_void(sector, row, col) is wanted


@pytest.mark.parametrize(("row", "col"), [(100, 120), (90, 120), (195, 120), (199, 120)])
def test_tissue_and_cysts_are_of_the_picture_even_at_its_edge(sector, row, col):
    assert not is_void(sector, row, col)


def test_a_frame_without_black_corners_has_no_outside():
    gray = np.full((60, 60), 0.3, np.float32)
    gray[20:40, :30] = 0.0  # a shadow that the edge cuts
    assert not is_void(gray, 30, 5)
    gray[0, 0] = 0.0  # one dark pixel is no corner of a screen
    assert not is_void(gray, 0, 0)


def test_only_one_click_alone_is_turned_away(sector):
    once = ClickPrompt().with_click(100.5, 5.5)
    assert falls_outside(sector, once)
    assert not falls_outside(sector, once.with_click(100.5, 8.5))
    assert not falls_outside(sector, ClickPrompt().with_click(100.5, 120.5))
    assert not falls_outside(sector, ClickPrompt())
