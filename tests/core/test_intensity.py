from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lusgui.core.intensity import DisplayMapping, measure_mapping
from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording


def make(frames, state, **more):
    return Recording(
        ArraySource(frames), frames.shape, frames.dtype, state, Provenance(Path("a.mat")), **more
    )


@pytest.fixture
def amplitude():
    rng = np.random.default_rng(3)
    return rng.rayleigh(1.0, (4, 60, 50)) * np.geomspace(0.01, 100, 60)[None, :, None]


def test_linear_db_and_display_of_one_recording_look_the_same(amplitude):
    linear = measure_mapping(make(amplitude, Intensity.LINEAR))
    gray = linear.apply(amplitude[0])
    db = 20 * np.log10(amplitude / linear.high)
    db = np.clip(db, -60, 0)
    same = measure_mapping(make(db, Intensity.DB)).apply(db[0])
    eight = np.round(255 * np.stack([linear.apply(f) for f in amplitude])).astype(np.uint8)
    shown = measure_mapping(make(eight, Intensity.DISPLAY, value_range=(0, 255))).apply(eight[0])
    assert np.abs(gray - same).max() < 1e-5
    assert np.abs(gray - shown).max() <= 0.5 / 255 + 1e-6


def test_zero_db_is_the_percentile_and_the_range_is_60_db(amplitude):
    mapping = measure_mapping(make(amplitude, Intensity.LINEAR))
    assert mapping.high == pytest.approx(np.percentile(amplitude.astype(np.float32), 99.7))
    assert mapping.apply(np.array([[mapping.high, mapping.high / 1000, mapping.high / 31.6227766]]))[
        0
    ] == pytest.approx([1, 0, 0.5], abs=1e-5)


def test_mapping_ignores_the_scale_of_linear_data(amplitude):
    one = measure_mapping(make(amplitude, Intensity.LINEAR)).apply(amplitude[0])
    other = measure_mapping(make(amplitude * 1e6, Intensity.LINEAR)).apply(amplitude[0] * 1e6)
    np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("state", list(Intensity))
@pytest.mark.parametrize("value", [0.0, np.nan, -np.inf, 7.0])
def test_constant_and_broken_recordings_map_to_something(state, value):
    frames = np.full((2, 5, 5), value)
    gray = measure_mapping(make(frames, state)).apply(frames[0])
    assert np.isfinite(gray).all()


@given(
    arrays.arrays(np.float64, (3, 4), elements=st.floats(width=64)),
    st.sampled_from(list(Intensity)),
)
def test_gray_lies_in_zero_to_one(frame, state):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the cast of 1e308 to float32 is not ours
        frame = frame.astype(np.float32)
    gray = DisplayMapping(state, -3.0, 5.0).apply(frame)
    assert gray.dtype == np.float32
    assert ((gray >= 0) & (gray <= 1)).all()


def test_mapping_travels_as_json():
    mapping = DisplayMapping(Intensity.DB, -50.0, 0.0, 55.0)
    assert DisplayMapping.from_json(mapping.to_json()) == mapping


def test_db_that_nobody_clipped_is_taken_as_linear_data_would_be(amplitude):
    amplitude[0, 0, :2] = 50 * amplitude.max()  # a few echoes far above the rest
    linear = measure_mapping(make(amplitude, Intensity.LINEAR)).apply(amplitude[0])
    db = 20 * np.log10(amplitude / amplitude.max())
    mapping = measure_mapping(make(db, Intensity.DB))
    assert np.abs(mapping.apply(db[0]) - linear).max() < 1e-4


def test_db_clipped_to_a_narrow_range_keeps_that_range(amplitude):
    db = np.clip(20 * np.log10(amplitude / np.percentile(amplitude, 99)), -40, 0)
    mapping = measure_mapping(make(db, Intensity.DB))
    assert (mapping.low, mapping.high) == (-40.0, 0.0)


def test_decibels_follow_the_range_that_a_network_wants_as_amplitude_does(amplitude):
    db = 20 * np.log10(amplitude)
    for range_db in (40.0, 60.0, 80.0):
        linear = measure_mapping(make(amplitude, Intensity.LINEAR), range_db).with_dynamic_range(60.0)
        stored = measure_mapping(make(db, Intensity.DB), range_db).with_dynamic_range(60.0)
        assert np.abs(linear.apply(amplitude[0]) - stored.apply(db[0])).max() < 1e-5


def test_a_floor_that_the_file_has_and_gray_keep_theirs(amplitude):
    db = np.clip(20 * np.log10(amplitude / amplitude.max()), -50, 0)
    mapping = measure_mapping(make(db, Intensity.DB))
    assert mapping.with_dynamic_range(80.0).low == mapping.low == -50
    shown = DisplayMapping(Intensity.DISPLAY, 0.0, 255.0)
    assert shown.with_dynamic_range(40.0) is shown
