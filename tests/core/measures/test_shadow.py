import numpy as np
import pytest

from lusgui.core.beams import Beams
from lusgui.core.measures.rib import rib_arcs
from lusgui.core.measures.shadow import BESIDE, BOTH_CUT, UNTOLD, shadow_width, shadow_widths
from training.simulate.shadow_widths import simulated_shadows

SHAPE, SPACING = (200, 120), (0.1, 0.3)


@pytest.fixture
def rib():
    mask = np.zeros(SHAPE, bool)
    mask[40:50, 40:80] = True
    return rib_arcs(mask, SPACING)[0]


def frame(contrast=0.3, left=36, right=84):
    gray = np.random.default_rng(0).normal(0.5, 0.08, SHAPE)
    gray[50:, left:right] -= contrast
    return np.clip(gray, 0, 1).astype(np.float32)


def test_in_the_image(rib):
    found = shadow_width(rib, SPACING, "rib 1", gray=frame())
    assert found.value == pytest.approx(48 * 0.3, abs=0.61)
    assert found.part == "rib 1"
    assert "image" in found.note
    (row, left), (_, right) = found.line
    assert 50 < row < 170
    assert left == pytest.approx(35.5, abs=1.1)
    assert right == pytest.approx(83.5, abs=1.1)


def test_no_shadow_no_width(rib):
    for gray in (frame(0.0), frame(-0.3)):
        found = shadow_width(rib, SPACING, gray=gray)
        assert found.value is None
        assert "stands out" in found.reason


def test_a_rib_that_the_image_cuts_has_at_least_so_wide_a_shadow():
    for mirror in (False, True):
        mask = np.zeros(SHAPE, bool)
        mask[40:50, 0:50] = True
        gray = frame(0.3, 0, 52)
        if mirror:
            mask, gray = np.ascontiguousarray(mask[:, ::-1]), np.ascontiguousarray(gray[:, ::-1])
        found = shadow_width(rib_arcs(mask, SPACING)[0], SPACING, gray=gray)
        assert found.is_least
        assert found.value == pytest.approx(52 * 0.3, abs=0.61)
        assert "at least" in found.note


def test_no_side_no_width():
    mask = np.zeros(SHAPE, bool)
    mask[40:50] = True
    found = shadow_width(rib_arcs(mask, SPACING)[0], SPACING, gray=frame(0.3, 0, 120))
    assert found.reason == BOTH_CUT


def test_an_edge_that_should_be_seen_and_is_not():
    mask = np.zeros(SHAPE, bool)
    mask[40:50, 5:50] = True  # not cut, but its shadow runs off the image
    found = shadow_width(rib_arcs(mask, SPACING)[0], SPACING, gray=frame(0.3, 0, 52))
    assert found.value is None
    assert found.reason == BESIDE


def test_black_margins_are_no_shadow():
    mask = np.zeros(SHAPE, bool)
    mask[40:50, 20:60] = True
    gray = frame(0.3, 20, 62)
    gray[:, :20] = 0
    found = shadow_width(rib_arcs(mask, SPACING)[0], SPACING, gray=gray)
    assert found.is_least
    assert found.value == pytest.approx(42 * 0.3, abs=0.61)


def test_a_dark_image(rib):
    gray = np.clip(frame(0.45) * 0.07, 0, 1)
    assert shadow_width(rib, SPACING, gray=gray).value == pytest.approx(48 * 0.3, abs=0.7)


def fan_scene():
    """Return rib, frame and width in mm of a shadow that follows the beams of a fan."""
    shape, mm = (300, 300), (0.2, 0.2)
    beams = Beams(mm, (-60.0, 150.0), (-0.7, 0.7))
    row, column = np.indices(shape).astype(float)
    depth, beam = beams.places(row, column)
    rib = (abs(depth - 30) < 0.6) & (beam > -0.1) & (beam < 0.35)
    gray = np.random.default_rng(1).normal(0.5, 0.06, shape)
    gray[(depth > 30) & (beam > -0.1) & (beam < 0.35)] -= 0.3
    gray[abs(beam) > 0.7] = 0
    return rib, np.clip(gray, 0, 1).astype(np.float32), mm, 0.45 * (30.6 + 7)


def test_the_shadow_follows_the_beams_of_a_fan():
    mask, gray, mm, width = fan_scene()
    (found,) = shadow_widths(rib_arcs(mask, mm), mm, gray=gray)
    assert found.part == "rib 1"
    assert found.value == pytest.approx(width, abs=0.6)
    (row, left), (other_row, right) = found.line
    assert right > left
    assert abs(row - other_row) > 3  # across the beams, not along a row
    cut = gray.copy()[:, :170]
    (found,) = shadow_widths(rib_arcs(mask[:, :170], mm), mm, gray=cut)
    assert found.reason == UNTOLD


def test_a_drawn_shadow_in_a_fan():
    mask, gray, mm, width = fan_scene()
    depth, beam = Beams(mm, (-60.0, 150.0)).places(*np.indices(mask.shape).astype(float))
    drawn = (depth > 31) & (beam > -0.1) & (beam < 0.35)
    (found,) = shadow_widths(rib_arcs(mask, mm), mm, gray=gray, shadow=drawn)
    assert found.value == pytest.approx(width, abs=0.5)
    assert found.note == "drawn"


def test_too_deep_or_nothing_at_hand(rib):
    mask = np.zeros(SHAPE, bool)
    mask[150:160, 40:80] = True
    found = shadow_width(rib_arcs(mask, SPACING)[0], SPACING, gray=frame())
    assert "too little" in found.reason
    assert "neither" in shadow_width(rib, SPACING).reason


def test_a_drawn_shadow_goes_first(rib):
    drawn = np.zeros(SHAPE, bool)
    drawn[50:, 30:70] = True
    drawn[:, 100:] = True  # that of another rib
    found = shadow_width(rib, SPACING, gray=frame(), shadow=drawn)
    assert found.value == pytest.approx(12)
    assert found.note == "drawn"
    drawn[:, :90] = False
    assert "nothing" in shadow_width(rib, SPACING, shadow=drawn).reason


def test_a_drawn_shadow_that_the_image_cuts():
    mask, drawn = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    mask[40:50, 0:50] = True
    drawn[50:, :55] = True
    found = shadow_width(rib_arcs(mask, SPACING)[0], SPACING, shadow=drawn)
    assert found.is_least
    assert found.value == pytest.approx(55 * 0.3)


@pytest.mark.parametrize("is_sector", [False, True])
def test_simulated_shadows(is_sector):
    cases = [case for seed in range(18) for case in simulated_shadows(seed, is_sector=is_sector)]
    told = [case for case in cases if case.found.value is not None]
    assert len(told) > 0.4 * len(cases)
    assert len(told) < len(cases)  # shadows of a few dB, half filled, cannot be told
    errors = [abs(case.found.value - case.true_mm) for case in told if not case.found.is_least]
    assert len(errors) >= 3
    assert np.median(errors) < 2  # of 17 mm
    over = [case.found.value - case.true_mm for case in told if case.found.is_least]
    assert np.median(over) < 0.6
