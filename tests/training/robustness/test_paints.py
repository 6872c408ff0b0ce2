from __future__ import annotations

import numpy as np
import pytest

from training.dataset import Sample
from training.robustness.paints import PAINTS, add_callipers, add_rulers


def dark(mask=None):
    frame = np.full((200, 240), 40, np.uint8)
    masks = {} if mask is None else {"rib": mask}
    return Sample("a", "g", frame, masks)


def rib():
    mask = np.zeros((200, 240), bool)
    mask[90:96, 60:180] = True
    return mask


@pytest.mark.parametrize("one", PAINTS, ids=lambda one: one.name)
@pytest.mark.parametrize("mask", [None, np.zeros((200, 240), bool), rib()], ids=["unknown", "empty", "rib"])
def test_something_bright_is_written_and_little_is_covered(one, mask):
    after = one.apply(dark(mask), "rib")
    written = after.frame != 40
    assert 0.001 < written.mean() < 0.2
    assert after.frame.max() > 200
    if mask is not None:
        np.testing.assert_array_equal(after.masks["rib"], mask)


def test_callipers_stand_at_the_ends_of_the_structure():
    frame = add_callipers(dark(rib()), "rib", np.random.default_rng(0)).frame
    columns = np.flatnonzero((frame > 200).any(0))
    assert abs(columns[0] - 60) < 8
    assert abs(columns[-1] - 180) < 8


def test_rulers_stay_at_the_edge():
    frame = add_rulers(dark(), "rib", np.random.default_rng(0)).frame
    assert (frame[20:-20, 20:-20] == 40).all()


def test_small_frames_are_written_on_too():
    tiny = Sample("a", "g", np.full((24, 20), 40, np.uint8))
    for one in PAINTS:
        assert one.apply(tiny, "rib").frame.shape == (24, 20)
