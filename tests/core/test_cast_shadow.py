import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.core.beams import Beams
from lusgui.core.cast_shadow import cast_shadow
from lusgui.core.geometry import Box

SHAPE = (60, 50)


def test_down_the_columns_of_a_linear_frame():
    rib = np.zeros(SHAPE, bool)
    rib[10:13, 20:30] = True
    shadow = cast_shadow(rib, Beams((0.1, 0.3)))
    assert shadow[13:, 20:30].all()
    assert np.count_nonzero(shadow) == 47 * 10
    inside = cast_shadow(rib, Beams((0.1, 0.3)), Box(0, 25, 60, 50))
    assert np.count_nonzero(inside) == 47 * 5


def test_one_rib_behind_another_is_no_shadow():
    ribs = np.zeros(SHAPE, bool)
    ribs[10:12, 20:30] = ribs[30:32, 25:40] = True
    shadow = cast_shadow(ribs, Beams())
    assert not (shadow & ribs).any()
    assert shadow[20, 20:30].all()
    assert shadow[40, 20:40].all()


def test_along_the_beams_of_a_fan():
    shape = (200, 200)
    beams = Beams((0.5, 0.5), (-50.0, 100.0), (-0.7, 0.7))
    depth, beam = beams.places(*np.indices(shape).astype(float))
    rib = (abs(depth - 45) < 1.5) & (beam > 0.2) & (beam < 0.4)
    expected = (depth > 43.5) & (beam > 0.2) & (beam < 0.4) & ~rib
    shadow = cast_shadow(rib, beams)
    assert np.count_nonzero(shadow ^ expected) < 0.06 * np.count_nonzero(expected)
    assert not (shadow & rib).any()
    assert not shadow[:, 90:100].any()


def test_nothing_casts_nothing():
    assert not cast_shadow(np.zeros(SHAPE, bool), Beams()).any()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_a_shadow_lies_behind_what_casts_it(seed, is_fan):
    random = np.random.default_rng(seed)
    mask = random.random(SHAPE) > 0.97
    beams = Beams((0.2, 0.3), (-30.0, 25.0), (-1.0, 1.0)) if is_fan else Beams((0.2, 0.3))
    shadow = cast_shadow(mask, beams)
    assert not (shadow & mask).any()
    if not mask.any():
        return
    depth, _ = beams.places(*np.indices(SHAPE).astype(float))
    assert depth[shadow].min(initial=np.inf) >= depth[mask].min() - 1e-6
    if not is_fan:
        assert shadow[-1].sum() == pytest.approx((mask.any(axis=0) & ~mask[-1]).sum())
