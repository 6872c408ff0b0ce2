from itertools import pairwise

import numpy as np
import pytest

from lusgui.core.measures.rib import figures_of_ribs, rib_arcs
from training.simulate.chest_wall import Shift, draw_arcs

SHAPE, SPACING = (480, 480), (0.08, 0.08)


def bar(shape, rows, columns):
    mask = np.zeros(shape, bool)
    mask[rows, columns] = True
    return mask


def by_key(figures, part=None):
    return {one.key: one for one in figures if part in (None, one.part)}


def test_two_level_bars():
    mask = bar((100, 90), slice(20, 30), slice(10, 30)) | bar((100, 90), slice(40, 50), slice(50, 80))
    spacing = (0.1, 0.5)
    arcs = rib_arcs(mask, spacing)
    figures = figures_of_ribs(arcs, spacing)
    first, second = by_key(figures, "rib 1"), by_key(figures, "rib 2")
    assert by_key(figures)["rib_count"].value == 2
    assert first["arc_length"].value == pytest.approx(10, abs=0.6)
    assert second["arc_length"].value == pytest.approx(15, abs=0.6)
    assert first["thickness"].value == pytest.approx(1, rel=0.06)
    assert first["depth"].value == pytest.approx(2)
    assert first["tilt"].value == pytest.approx(0, abs=1)
    between = by_key(figures, "ribs 1 and 2")
    assert between["gap"].value == pytest.approx(np.hypot(10, 2), abs=0.6)
    assert between["pitch"].value == pytest.approx(np.hypot(22.5, 2), abs=0.6)


def test_a_break_is_bridged_and_a_speck_left_out():
    mask = bar((60, 100), slice(20, 26), slice(10, 90))
    mask[:, 50:54] = False
    mask[50, 50] = True
    (arc,) = rib_arcs(mask, (0.2, 0.2))
    assert arc.length_mm == pytest.approx(16, abs=0.4)
    assert arc.thickness_mm == pytest.approx(1.2 * 76 / 80, rel=0.05)


def test_a_rib_that_the_frame_cuts():
    mask = bar((60, 100), slice(20, 26), slice(0, 30)) | bar((60, 100), slice(20, 26), slice(50, 80))
    figures = figures_of_ribs(rib_arcs(mask, (0.2, 0.2)), (0.2, 0.2))
    assert "at least" in by_key(figures, "rib 1")["arc_length"].note
    assert by_key(figures, "rib 1")["arc_length"].text.startswith("≥ ")
    assert not by_key(figures, "rib 2")["arc_length"].note
    pitch = by_key(figures)["pitch"]
    assert pitch.value is None
    assert "cut by the edge" in pitch.reason
    assert by_key(figures)["gap"].value == pytest.approx(4, abs=0.3)


def test_of_a_scattered_mask_the_largest_pieces_are_measured():
    mask = np.zeros((120, 120), bool)
    for row in range(5, 115, 10):
        for column in range(5, 110, 20):
            mask[row : row + 3, column : column + 12 + (row == 5)] = True
    arcs = rib_arcs(mask, (0.5, 0.5))
    assert len(arcs) == 12
    assert sum(arc.mask.sum() == 39 for arc in arcs) == 6


def test_nothing_drawn():
    assert rib_arcs(np.zeros((20, 20), bool), (0.1, 0.1)) == []


@pytest.fixture(scope="module")
def simulated():
    """Return pairs of what is known and what is measured, and the same between neighbours."""
    row, column = (
        np.broadcast_to(axis, SHAPE).astype(np.float32)
        for axis in (np.arange(SHAPE[0])[:, None], np.arange(SHAPE[1])[None, :])
    )
    ribs, gaps = [], []
    for seed in range(24):
        random = np.random.default_rng(seed)
        arcs = draw_arcs(int(random.integers(1, 4)), SHAPE, random, Shift())
        arcs = [one for one in arcs if _is_whole(one)]
        mask = np.zeros(SHAPE, bool)
        for one in arcs:
            mask |= one.covers(row, column)
        found = rib_arcs(mask, SPACING)
        assert len(found) == len(arcs)
        truths = [_truth(one) for one in arcs]
        ribs += list(zip(truths, found, strict=True))
        figures = figures_of_ribs(found, SPACING)
        for number, (left, right) in enumerate(pairwise(truths), start=1):
            between = by_key(figures, f"ribs {number} and {number + 1}")
            gap = np.hypot(*(right["ends"][0] - left["ends"][1]))
            pitch = np.hypot(*(right["ends"].mean(0) - left["ends"].mean(0)))
            gaps.append((between["gap"].value - gap, between["pitch"].value - pitch))
    return ribs, np.asarray(gaps)


def _is_whole(arc):
    inside = arc.inside()
    return (
        arc.centre - arc.half_width > 1
        and arc.centre + arc.half_width < SHAPE[1] - 2
        and arc.row[inside].min() > arc.thickness.max()
        and arc.row[inside].max() < SHAPE[0] - arc.thickness.max()
    )


def _truth(arc):
    at = np.linspace(arc.centre - arc.half_width, arc.centre + arc.half_width, 4000)
    beams = np.arange(len(arc.row))
    row, thickness = np.interp(at, beams, arc.row), np.interp(at, beams, arc.thickness)
    down, across = row * SPACING[0], at * SPACING[1]
    length = np.hypot(np.diff(down), np.diff(across)).sum()
    area = np.trapezoid(thickness * SPACING[0], across)
    return {
        "length": length,
        "thickness": area / length,
        "depth": ((row - thickness / 2).min() + 0.5) * SPACING[0],
        "tilt": np.degrees(np.arctan2(down[-1] - down[0], across[-1] - across[0])),
        "ends": np.array([[down[0], across[0]], [down[-1], across[-1]]]),
    }


def test_simulated_ribs_are_measured_as_they_were_made(simulated):
    ribs, _ = simulated
    assert len(ribs) > 25
    length = np.array([found.length_mm / truth["length"] - 1 for truth, found in ribs])
    thickness = np.array([found.thickness_mm / truth["thickness"] - 1 for truth, found in ribs])
    depth = np.array([found.depth_mm - truth["depth"] for truth, found in ribs])
    tilt = np.array([found.tilt_deg - truth["tilt"] for truth, found in ribs])
    assert np.median(abs(length)) < 0.02
    assert abs(length).max() < 0.1  # tails thinner than two pixels are lost
    assert np.median(abs(thickness)) < 0.02
    assert abs(depth).max() < 0.05
    assert np.median(abs(tilt)) < 0.5
    assert abs(tilt).max() < 3


def test_simulated_gaps_and_pitches(simulated):
    _, errors = simulated
    assert len(errors) > 8
    assert np.median(abs(errors[:, 0])) < 0.2
    assert np.median(abs(errors[:, 1])) < 0.15
    assert abs(errors).max() < 0.7
