"""Growing, shrinking, smoothing, pieces and mirroring: lusgui.core.mask_operations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.geometry import Box
from lusgui.core.mask_operations import flipped, grown, shrunk, smoothed, without_small
from lusgui.core.threshold import count_components

masks = st.tuples(st.integers(0, 2**32), st.integers(1, 18), st.integers(1, 18)).map(
    lambda t: np.random.default_rng(t[0]).random(t[1:]) > 0.7
)
spacings = st.tuples(st.sampled_from([0.05, 0.3, 1.0]), st.sampled_from([0.1, 0.3, 1.0]))


def disk(radius, shape=(81, 81), spacing=(1.0, 1.0)):
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    down, right = (rows - shape[0] // 2) * spacing[0], (cols - shape[1] // 2) * spacing[1]
    return np.hypot(down, right) <= radius


@given(masks, st.floats(0, 3), spacings)
def test_growing_is_what_every_pair_of_pixels_says(mask, distance, spacing):
    rows, cols = np.indices(mask.shape)
    wanted = np.zeros_like(mask)
    for row, col in np.argwhere(mask):
        apart = np.hypot((rows - row) * spacing[0], (cols - col) * spacing[1])
        wanted |= apart <= distance * (1 + 1e-9)
    assert np.array_equal(grown(mask, distance, spacing), wanted)


@given(masks, st.floats(0, 3), spacings)
def test_shrinking_a_mask_is_growing_what_is_outside(mask, distance, spacing):
    assert np.array_equal(shrunk(mask, distance, spacing), ~grown(~mask, distance, spacing))


def test_a_disk_grows_by_millimetres_whatever_the_samples():
    spacing = (0.1, 0.4)
    mask = disk(3.0, (161, 61), spacing)
    larger, smaller = grown(mask, 1.0, spacing), shrunk(mask, 1.0, spacing)
    for found, radius in ((larger, 4.0), (smaller, 2.0)):
        area = found.sum() * spacing[0] * spacing[1]
        assert area == pytest.approx(np.pi * radius**2, rel=0.12)


def test_the_edge_of_the_frame_takes_nothing_away():
    mask = np.zeros((20, 20), bool)
    mask[:, 10:] = True
    assert shrunk(mask, 3).sum() == 20 * 7
    assert shrunk(np.ones((5, 5), bool), 3).all()


def test_smoothing_takes_teeth_away_and_keeps_the_area():
    mask = disk(20)
    noise = np.random.default_rng(3)
    ring = disk(21.5) & ~disk(18.5)
    mask[ring] = noise.random(int(ring.sum())) > 0.5
    smooth = smoothed(mask, 2.5)
    difference = np.logical_xor(smooth, disk(20)).sum()
    assert difference < 0.4 * np.logical_xor(mask, disk(20)).sum()
    assert smooth.sum() == pytest.approx(disk(20).sum(), rel=0.05)


def test_smoothing_does_not_swallow_a_thin_rib():
    mask = np.zeros((30, 60), bool)
    mask[10, 5:50] = True
    mask[18:26, 5:50] = True
    smooth = smoothed(mask, 2.0)
    assert smooth[10, 5:50].all()
    assert count_components(smooth) == 2


def test_smoothing_in_a_box_leaves_the_rest_and_agrees_with_the_whole():
    mask = np.random.default_rng(5).random((50, 40)) > 0.5
    box = Box(10, 8, 30, 60)
    part = smoothed(mask, 1.5, box=box)
    inside = np.zeros_like(mask)
    inside[10:30, 8:] = True
    assert np.array_equal(part[~inside], mask[~inside])
    from scipy import ndimage

    whole = ndimage.gaussian_filter(mask.astype(np.float32), 1.5, mode="nearest", truncate=4.0) > 0.5
    assert np.array_equal(part[inside], whole[inside])


@given(masks)
def test_nothing_happens_to_an_empty_mask_or_by_nothing(mask):
    empty = np.zeros_like(mask)
    for act in (grown, shrunk, smoothed):
        assert not act(empty, 2.0).any()
        same = act(mask, 0.0)
        assert np.array_equal(same, mask)
        assert same is not mask


@given(masks, st.integers(0, 9))
def test_small_pieces_go_by_their_area(mask, least):
    assert np.array_equal(without_small(mask, least), without_small(mask, least * 0.25, (0.5, 0.5)))
    rest = without_small(mask, least)
    assert not (rest & ~mask).any()


@given(masks)
def test_mirrored_twice_is_the_same(mask):
    once = flipped(mask)
    assert once.sum() == mask.sum()
    assert np.array_equal(flipped(once), mask)
