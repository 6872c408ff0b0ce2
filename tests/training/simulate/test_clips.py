from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.simulate.clips import KINDS, check_request, frame_name, simulate_clip


@pytest.mark.parametrize("kind", KINDS)
def test_a_still_is_what_the_module_makes(kind):
    (sample,) = simulate_clip(kind, 0, 3, shape=(96, 96))
    assert sample.name == sample.group == f"{kind}_0_0003"
    assert set(sample.masks) == set(KINDS[kind].labels)
    assert sample.frame.shape == (96, 96)


def test_stills_are_those_of_simulate_samples():
    from training.simulate import cyst, lung

    assert np.array_equal(simulate_clip("cyst", 5, 1)[0].frame, cyst.simulate_samples(2, 5)[1].frame)
    wide = lung.simulate_samples(2, 5, style="wide")[1]
    assert np.array_equal(simulate_clip("lung", 5, 1)[0].frame, wide.frame)


@pytest.mark.parametrize(
    ("kind", "geometry"),
    [("lung", "linear"), ("lung", "sector"), ("cyst", "linear"), ("cyst", "sector"), ("head", "sector")],
)
def test_cines_move_smoothly_with_their_masks(kind, geometry):
    index = 2
    samples = simulate_clip(kind, 1, index, frames=6, geometry=geometry, shape=(128, 128))
    assert [sample.name for sample in samples] == [f"{kind}_1_0002_{n:05d}" for n in range(1, 7)]
    assert len({sample.group for sample in samples}) == 1
    label = KINDS[kind].labels[0]
    centres = [sample.points[label] for sample in samples if label in sample.points]
    assert len(centres) == 6
    steps = np.abs(np.diff(np.array(centres), axis=0))
    assert steps.max() < 8  # pixels a frame
    first, second, last = (samples[k].frame.astype(float).ravel() for k in (0, 1, 5))
    near, far = np.corrcoef(first, second)[0, 1], np.corrcoef(first, last)[0, 1]
    assert 0.3 < near < 0.9999
    assert near > far - 0.05


def test_a_cine_is_a_function_of_seed_and_index():
    first = simulate_clip("lung", 4, 0, frames=3, shape=(80, 80))
    second = simulate_clip("lung", 4, 0, frames=3, shape=(80, 80))
    other = simulate_clip("lung", 4, 1, frames=3, shape=(80, 80))
    for one, same, different in zip(first, second, other, strict=True):
        assert np.array_equal(one.frame, same.frame)
        assert not np.array_equal(one.frame, different.frame)


def test_sizes_of_a_head_stay_while_it_moves():
    samples = simulate_clip("head", 0, 0, frames=3, shape=(96, 96))
    for fact in ("tcd_mm", "hc_mm", "ga_weeks"):
        assert len({sample.facts[fact] for sample in samples}) == 1


@pytest.mark.parametrize(
    ("kind", "frames", "geometry", "words"),
    [
        ("liver", 1, None, "no simulation 'liver'"),
        ("salient", 5, None, "stills only"),
        ("head", 1, "linear", "not made with the geometry"),
        ("lung", 0, None, "0 frames"),
    ],
)
def test_what_cannot_be_made_is_refused(kind, frames, geometry, words):
    with pytest.raises(LusguiError, match=words):
        check_request(kind, frames, geometry)


def test_frames_are_counted_from_one():
    assert frame_name("clip", 0, 1) == "clip"
    assert frame_name("clip", 0, 9) == "clip_00001"


def test_what_is_put_into_real_frames_needs_them_and_stands_still():
    with pytest.raises(LusguiError, match="none is given"):
        simulate_clip("implant", 0, 0)
    with pytest.raises(LusguiError, match="stills only"):
        check_request("implant", 2, None)
