from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.simulate.acoustics import add_line
from training.simulate.chest_wall import (
    Arc,
    Shift,
    add_b_lines,
    add_lines,
    draw_arcs,
    draw_fascia,
    draw_pleura,
    draw_tissue,
    softened,
)

GRID = (120, 100)


def test_many_lines_at_once_are_what_they_are_one_by_one():
    random = np.random.default_rng(0)
    rows = random.uniform(20, 100, size=(4, 1)) + random.normal(0, 3, size=(4, 100))
    strength = random.uniform(0.5, 2, size=(4, 100))
    together, apart = np.zeros(GRID, np.float32), np.zeros(GRID, np.float32)
    sigma = np.full(4, 1.3, np.float32)
    add_lines(together, rows.astype(np.float32), sigma, strength.astype(np.float32))
    for row, strong in zip(rows, strength, strict=True):
        add_line(apart, row.astype(np.float32), 1.3, strong.astype(np.float32))
    assert np.abs(together - apart).max() < 0.05


def test_lines_outside_the_frame_are_left_out():
    field = np.zeros(GRID, np.float32)
    rows = np.array([[-50.0] * 100, [500.0] * 100], np.float32)
    add_lines(field, rows, np.ones(2, np.float32), np.ones((2, 100), np.float32))
    assert not field.any()


@given(st.floats(-20, 20), st.floats(-20, 20))
def test_a_shift_moves_curves_exactly(down, across):
    shift = Shift(down, across)
    x = np.arange(100, dtype=np.float32)
    line = 50 + 0.3 * x
    moved = shift.curve(line.astype(np.float32))
    middle = slice(25, 75)  # the ends are held, not known
    assert np.allclose(moved[middle], (50 + 0.3 * (x - across) + down)[middle], atol=1e-2)


def test_no_shift_changes_nothing():
    image = np.random.default_rng(0).random(GRID).astype(np.float32)
    assert Shift().image(image) is image
    assert np.array_equal(Shift(down=5).image(image)[10:], image[5:-5])


@pytest.mark.parametrize("seed", range(15))
def test_arcs_are_thin_and_taper_and_the_pleura_lies_below(seed):
    random = np.random.default_rng(seed)
    arcs = draw_arcs(int(random.integers(1, 4)), GRID, random, Shift())
    pleura = draw_pleura(arcs, GRID, random, Shift())
    sample, beam = np.broadcast_arrays(
        np.arange(120, dtype=np.float32)[:, None], np.arange(100, dtype=np.float32)[None, :]
    )
    for arc in arcs:
        inside = arc.inside()
        assert (pleura[inside] > arc.row[inside]).all()
        assert arc.thickness.min() >= 1.6
        assert arc.thickness.max() <= 0.032 * 120 + 1e-3
        covered = arc.covers(sample, beam)
        rows, columns = np.nonzero(covered)
        assert (np.abs(rows - arc.row[columns]) <= arc.thickness[columns] / 2 + 1e-3).all()


def test_an_arc_is_where_its_row_says_between_beams_too():
    arc = Arc(50.0, 20.0, np.arange(100, dtype=np.float32), np.full(100, 2.0, np.float32))
    at = np.array([40.5, 40.5, 80.0], np.float32)
    assert arc.covers(np.array([40.5, 42.0, 80.0], np.float32), at).tolist() == [True, False, False]


def test_tissue_and_lines_are_finite_and_change_with_the_seed():
    made = []
    for seed in (0, 1):
        random = np.random.default_rng(seed)
        pleura = draw_pleura([], GRID, random, Shift())
        tissue = draw_tissue(GRID, pleura, random, Shift())
        count = add_b_lines(tissue, pleura, random, Shift())
        draw_fascia(tissue, 60.0, random, Shift())
        assert 0 <= count <= 3
        assert np.isfinite(tissue).all()
        assert (tissue >= 0).all()
        made.append(tissue)
    assert not np.array_equal(*made)


def test_softened_has_no_steps():
    step = np.where(np.arange(60) < 30, 0.0, 1.0)
    assert np.abs(np.diff(softened(step))).max() < 0.25
