from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from training.simulate.implant_decoys import (
    DECOY_SHARES,
    DECOYS,
    add_bright_arc,
    add_dark_column,
    add_dark_oval,
    add_pleura,
)
from training.simulate.implant_rib import Bone, Texture

SHAPE = (200, 180)


def tissue() -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(0).standard_normal(SHAPE), (1.2, 3.0))
    return (0.35 + 0.04 * noise / noise.std()).astype(np.float32)


@pytest.mark.parametrize("draw", [*DECOYS, add_pleura])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_drawn_is_gray_of_the_same_size_and_a_function_of_its_seed(draw, seed):
    gray = tissue()
    first, second = (draw(gray, [], Texture(gray), np.random.default_rng(seed)) for _ in range(2))
    assert first.shape == SHAPE
    assert first.dtype == np.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert np.array_equal(first, second)
    assert not np.array_equal(first, gray)


def test_bright_arcs_darken_nothing():
    gray = tissue()
    for seed in range(12):
        drawn = add_bright_arc(gray, [], Texture(gray), np.random.default_rng(seed))
        # blurred, for along the arc the speckle is another
        fallen = ndimage.gaussian_filter(gray - drawn, 6.0)
        assert fallen.max() < 0.04
        assert (drawn - gray).max() > 0.03


def test_dark_columns_brighten_nothing():
    gray = tissue()
    for seed in range(12):
        drawn = add_dark_column(gray, [], Texture(gray), np.random.default_rng(seed))
        assert (drawn - gray).max() < 1e-6
        assert (gray - drawn).max() > 0.04


def test_an_oval_ends_so_there_is_no_shadow_below_it():
    gray = tissue()
    kept = 0
    for seed in range(12):
        drawn = add_dark_oval(gray, [], Texture(gray), np.random.default_rng(seed))
        changed = np.abs(ndimage.gaussian_filter(drawn - gray, 2.0)) > 0.03
        kept += not changed[-3:].any()
    assert kept >= 9


def test_pleura_lies_below_the_ribs():
    gray = tissue()
    bone = Bone(40.0, 120.0, np.full(SHAPE[1], 90.0, np.float32), 5.0)
    for seed in range(8):
        drawn = add_pleura(gray, [bone], Texture(gray), np.random.default_rng(seed))
        middle = np.abs(drawn - gray)[:, 60:100]
        assert middle[:70].max() < 0.08
        assert middle[150:].mean() > 0.01


def test_where_ribs_leave_no_room_nothing_is_drawn():
    gray = tissue()
    wall = Bone(-10.0, 200.0, np.full(SHAPE[1], 60.0, np.float32), 5.0)
    for draw in DECOYS:
        assert np.array_equal(draw(gray, [wall], Texture(gray), np.random.default_rng(0)), gray)


def test_shares_are_of_the_whole():
    assert sum(DECOY_SHARES) == pytest.approx(1.0)
    assert len(DECOY_SHARES) == len(DECOYS)
