import numpy as np
import pytest

from lusgui.core.measures.rib import rib_arcs
from lusgui.core.measures.shadow import shadow_width
from training.simulate.lung_wide import simulate_wide

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


def test_both_sides_must_be_seen():
    mask = np.zeros(SHAPE, bool)
    mask[40:50, 0:50] = True
    found = shadow_width(rib_arcs(mask, SPACING)[0], SPACING, gray=frame(0.3, 0, 52))
    assert found.value is None


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


def test_simulated_shadows():
    errors, refused = [], 0
    for seed in range(50):
        made = simulate_wide(np.random.default_rng(seed), (256, 224), ribs=1)
        arcs = rib_arcs(made.rib, made.spacing_mm)
        if not arcs:
            continue
        found = shadow_width(arcs[0], made.spacing_mm, gray=made.gray)
        if found.value is None:
            refused += 1
            continue
        row = round(found.line[0][0])
        loss = made.shadow_db[row - 3 : row + 4].mean(axis=0)
        errors.append(found.value - np.count_nonzero(loss >= loss.max() / 2) * made.spacing_mm[1])
    assert len(errors) >= 8
    assert refused  # shadows of a few dB, half filled, cannot be told
    assert np.median(np.abs(errors)) < 1.5  # of 17 mm
