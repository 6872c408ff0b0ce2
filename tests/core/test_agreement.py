import numpy as np
import pytest

from lusgui.core.agreement import measure_agreement


def test_every_two_readers_are_compared():
    a = np.zeros((20, 20), bool)
    a[5:10, 5:10] = True
    masks = {"Ada": a, "Bea": np.roll(a, 2, axis=0), "Cy": np.zeros_like(a)}
    found = measure_agreement(masks, (0.5, 0.1))
    assert [(one.first, one.second) for one in found] == [("Ada", "Bea"), ("Ada", "Cy"), ("Bea", "Cy")]
    assert found[0].dice == pytest.approx(0.6)
    assert found[0].hd95 == pytest.approx(1.0)
    assert found[0].is_mm
    assert (found[1].dice, found[1].hd95) == (0.0, None)
    (in_pixels,) = measure_agreement({"Ada": a, "Bea": masks["Bea"]})
    assert in_pixels.hd95 == pytest.approx(2.0)
    assert not in_pixels.is_mm


def test_one_reader_alone_agrees_with_nobody():
    assert measure_agreement({"Ada": np.zeros((2, 2), bool)}) == ()


def test_ignored_pixels_count_for_nothing():
    a = np.zeros((20, 20), bool)
    a[5:10, 5:10] = True
    b, ignored = a.copy(), np.zeros_like(a)
    b[10:15, 5:10] = True
    ignored[10:, :] = True
    (found,) = measure_agreement({"Ada": a, "Bea": b}, None, ignored)
    assert (found.dice, found.hd95) == (1.0, 0.0)
    assert b[12, 7]  # nobody's mask was changed
