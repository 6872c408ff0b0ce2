from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.speckle_metrics import cnr, enl, epi, gcnr, measure_speckle, ssi

LEFT = np.zeros((40, 40), bool)
LEFT[:, :20] = True


@pytest.fixture
def frame():
    return np.random.default_rng(0).rayleigh(size=(40, 40)) * np.where(LEFT, 1.0, 50.0)


def test_known_values(frame):
    two = np.tile([1.0, 3.0], (4, 2))
    assert enl(two) == pytest.approx(4.0)
    assert ssi(two / 2 + 1, two) == pytest.approx(0.5)
    mask = np.tile([True, False], (4, 2))
    noisy = two + np.tile([[0.0], [1.0]], (2, 4))
    assert cnr(noisy, mask, ~mask) == pytest.approx(2 / np.sqrt(0.5))
    assert gcnr(two, mask, ~mask) == 1.0
    assert epi(frame, frame) == pytest.approx(1.0)
    assert epi(-frame, frame) == pytest.approx(-1.0)


def test_raw_speckle_has_few_looks(frame):
    assert enl(frame, LEFT) == pytest.approx(3.66, rel=0.15)
    assert gcnr(frame, LEFT, ~LEFT) > 0.95
    shuffled = np.random.default_rng(1).rayleigh(size=(40, 40))
    assert gcnr(shuffled, LEFT, ~LEFT, bins=20) < 0.2


def test_what_cannot_be_measured_is_none():
    flat = np.ones((4, 4))
    nowhere = np.zeros((4, 4), bool)
    assert enl(flat) is None
    assert ssi(flat, flat) is None
    assert cnr(flat, nowhere, ~nowhere) is None
    assert gcnr(flat, nowhere, ~nowhere) is None
    assert gcnr(flat, ~nowhere, ~nowhere) == 0.0
    assert epi(flat, flat) is None


def test_a_drawn_region_alone_and_against_a_background(frame):
    alone = measure_speckle(frame, frame, LEFT)
    assert alone.cnr is None
    assert alone.ssi == pytest.approx(1.0)
    both = measure_speckle(frame, frame, LEFT, ~LEFT)
    assert both.gcnr is not None
    assert both.enl == enl(frame, ~LEFT)
