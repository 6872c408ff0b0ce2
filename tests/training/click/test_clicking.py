"""Tests of training.click.clicking."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.click.clicking import click_each, damage, depth_of, draw_click, next_click, start_marks

SIDE = 48


def disk(row, col, radius):
    down, across = np.ogrid[:SIDE, :SIDE]
    return (down - row) ** 2 + (across - col) ** 2 < radius**2


disks = st.builds(disk, st.integers(4, 43), st.integers(4, 43), st.integers(2, 20))
seeds = st.integers(0, 1000)


def is_in(mask, row, col):
    return bool(mask[min(int(row * SIDE), SIDE - 1), min(int(col * SIDE), SIDE - 1)])


@given(disks, seeds)
def test_a_click_lies_in_its_region(region, seed):
    assert is_in(region, *draw_click(region, np.random.default_rng(seed)))


def test_most_clicks_lie_well_inside_and_hardly_any_in_the_middle():
    region = disk(24, 24, 20)
    random = np.random.default_rng(0)
    clicks = np.array([draw_click(region, random) for _ in range(400)]) * SIDE
    distance = np.hypot(*(clicks - 24.5).T)
    assert (distance < 10.5).mean() > 0.7
    assert (distance < 2).mean() < 0.1


@given(disks, disks, seeds)
def test_the_next_click_lies_in_the_deeper_mistake(truth, answer, seed):
    click = next_click(truth, answer, np.random.default_rng(seed))
    missed, excess = truth & ~answer, answer & ~truth
    if click is None:
        assert np.array_equal(truth, answer)
        return
    row, col, is_positive = click
    assert is_in(missed if is_positive else excess, row, col)
    depths = depth_of(missed).max(), depth_of(excess).max()
    assert depths[0 if is_positive else 1] == max(depths)


def test_depth_counts_the_edge_of_the_frame_as_outside():
    whole = np.ones((9, 9), bool)
    assert depth_of(whole).max() == depth_of(whole)[4, 4] == 5
    assert not depth_of(~whole).any()


@given(disks, seeds)
def test_starts_are_on_the_structure(truth, seed):
    marks = start_marks(truth, np.random.default_rng(seed))
    points = marks.positive_points
    if marks.box is not None:
        row0, col0, row1, col1 = marks.box
        assert 0 <= row0 < row1
        assert 0 <= col0 < col1
    elif marks.clicks:
        assert marks.clicks[0][2]
        for row, col, is_positive in marks.clicks:
            assert is_in(truth, row, col) is is_positive
    else:
        middle = np.argwhere(truth).mean(0) / SIDE
        assert np.abs(points - middle).max() < 0.55
    assert start_marks(truth, np.random.default_rng(seed), only_clicks=True).box is None


def test_every_component_gets_a_click_of_its_own_the_largest_first():
    truth = disk(10, 10, 5) | disk(36, 30, 8)
    truth[47, 0] = True
    marks = click_each(truth, np.random.default_rng(0))
    assert [is_positive for _, _, is_positive in marks.clicks] == [True, True]
    assert is_in(disk(36, 30, 8), *marks.clicks[0][:2])
    assert is_in(disk(10, 10, 5), *marks.clicks[1][:2])


@pytest.mark.parametrize("seed", range(12))
def test_damage_leaves_something_to_mend(seed):
    truth = disk(24, 24, 12)
    damaged = damage(truth, np.random.default_rng(seed))
    assert damaged.dtype == bool
    assert damaged.shape == truth.shape
    assert not np.array_equal(damaged, truth)
    assert (damaged & truth).any()
