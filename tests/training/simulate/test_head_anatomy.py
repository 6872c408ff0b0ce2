from __future__ import annotations

import numpy as np
import pytest

from training.simulate.head_anatomy import circumference_mm, draw_head


def test_circumference_of_a_circle_and_by_summation():
    assert circumference_mm(10, 10) == pytest.approx(np.pi * 10)
    t = np.linspace(0, 2 * np.pi, 20001)
    length = np.hypot(np.diff(30 * np.cos(t)), np.diff(20 * np.sin(t))).sum()
    assert circumference_mm(60, 40) == pytest.approx(length, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_the_lobes_are_as_wide_as_the_diameter_says_and_lie_in_the_skull(seed):
    head = draw_head(np.random.default_rng(seed))
    left, right = (lobe.outline() for lobe in head.lobes)
    assert right[1].max() - left[1].min() == pytest.approx(head.tcd_mm, rel=1e-6)
    assert left[1].max() < right[1].min()  # two lobes
    for u, v in (left, right):
        radius = head.skull_depth(u.astype(np.float32), v.astype(np.float32))
        assert radius.max() < 1.0
    assert circumference_mm(head.bpd_mm, head.ofd_mm) == pytest.approx(head.hc_mm)


def test_inside_and_outline_agree():
    head = draw_head(np.random.default_rng(1), ga_weeks=24.0)
    assert head.ga_weeks == 24.0
    for lobe in head.lobes:
        u, v = lobe.outline()
        for share, inside in ((0.98, True), (1.02, False)):
            at_u = (lobe.centre[0] + share * (u - lobe.centre[0])).astype(np.float32)
            at_v = (lobe.centre[1] + share * (v - lobe.centre[1])).astype(np.float32)
            assert (head.in_cerebellum(at_u, at_v) == inside).all()
