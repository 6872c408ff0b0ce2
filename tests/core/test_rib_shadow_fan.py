import numpy as np
import pytest

from lusgui.core.beams import Beams, find_beams
from lusgui.core.geometry import bounding_box
from lusgui.core.rib_shadow import Oddity
from lusgui.core.rib_shadow_fan import check_frame

SHAPE = (220, 200)
FAN = Beams((1.0, 1.0), (-60.0, 100.0), (-0.7, 0.7))
DEPTH, BEAM = FAN.places(*np.indices(SHAPE).astype(float))


def rib(beam, width=0.3):
    return (abs(DEPTH - 100) < 3) & (beam < BEAM) & (beam + width > BEAM)


def scene(*beams, width=0.3):
    """Return a bright fan with a shadow along the beams behind each rib."""
    gray = np.random.default_rng(2).normal(0.6, 0.05, SHAPE)
    for beam in beams:
        inside = (beam < BEAM) & (beam + width > BEAM)
        gray[inside & (DEPTH > 103)] *= 0.3
        gray[inside & (abs(DEPTH - 100) < 3)] = 0.9
    gray[(abs(BEAM) > 0.7) | (DEPTH < 64)] = 0
    return np.clip(gray, 0, 1).astype(np.float32)


def test_the_scene_is_a_fan():
    found = find_beams(scene(-0.5))
    assert found.apex == pytest.approx(FAN.apex, abs=1.5)


def test_shadows_along_the_beams_belong_to_their_ribs():
    assert check_frame(rib(-0.5) | rib(0.2), scene(-0.5, 0.2)) == ()


def test_a_rib_without_shadow_is_found_where_it_lies():
    (hint,) = check_frame(rib(-0.5) | rib(0.2), scene(-0.5))
    assert hint.kind is Oddity.NO_SHADOW
    found, true = hint.box, bounding_box(rib(0.2))
    assert (
        abs(np.subtract((found.row0, found.col0, found.row1, found.col1), tuple(vars(true).values()))).max()
        < 6
    )


def test_a_shadow_without_rib():
    (hint,) = check_frame(rib(-0.5), scene(-0.5, 0.2))
    assert hint.kind is Oddity.NO_RIB
    assert hint.box.col0 > 100


def test_a_linear_frame_and_half_a_fan():
    mask = np.zeros((120, 80), bool)
    mask[30:34, 10:30] = True
    bright = np.full((120, 80), 0.6, np.float32)
    (hint,) = check_frame(mask, bright)
    assert hint.kind is Oddity.NO_SHADOW
    half = scene(-0.5)[:, :120]
    assert find_beams(half) is None
    assert check_frame(rib(-0.5)[:, :120], half) == ()
    assert check_frame(mask, None) == ()
