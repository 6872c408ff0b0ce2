from __future__ import annotations

import dataclasses

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.core.classic_filters import enhanced_lee
from lusgui.core.despeckle import BEST, FAST, OFF, DespeckleSettings, Method, Rule, despeckle
from lusgui.core.recording import Intensity
from lusgui.core.speckle_metrics import enl, epi, gcnr
from training.simulate.speckle import SpeckleModel, correlated_speckle, speckle_phantom

METHODS = [m for m in Method if m is not Method.OFF]
WILD = st.floats(width=32, allow_nan=True, allow_infinity=True)


def short(method, **changes):
    return DespeckleSettings(method, **({"iterations": 3} | changes))


@pytest.fixture(scope="module")
def phantom():
    return speckle_phantom(seed=3, model=SpeckleModel.PRODUCT)


def arc_kept(phantom, filtered):
    def contrast(image):
        return image[phantom.arc].mean() / image[phantom.near_arc].mean() - 1

    return contrast(filtered) / contrast(phantom.amplitude)


@settings(max_examples=60, deadline=None)
@given(
    frame=hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40), elements=WILD),
    intensity=st.sampled_from(Intensity),
    method=st.sampled_from(METHODS),
)
def test_any_frame_gives_finite_float32_of_the_same_shape(frame, intensity, method):
    before = frame.copy()
    result = despeckle(frame, intensity, short(method))
    assert result.shape == frame.shape
    assert result.dtype == np.float32
    assert np.isfinite(result).all()
    np.testing.assert_array_equal(frame, before)


@settings(max_examples=30, deadline=None)
@given(
    dtype=st.sampled_from([np.uint8, np.int16, np.uint16, np.int32, np.float16, np.float64, np.bool_]),
    shape=st.tuples(st.integers(1, 70), st.integers(1, 70)),
    method=st.sampled_from(METHODS),
    intensity=st.sampled_from(Intensity),
)
def test_any_type_is_taken(dtype, shape, method, intensity):
    frame = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    result = despeckle(frame, intensity, short(method))
    assert result.dtype == np.float32
    assert np.isfinite(result).all()


@pytest.mark.parametrize("intensity", Intensity)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [0.0, 7.0, 1e-30, 1e30])
def test_a_constant_frame_stays_as_it_is(method, intensity, value):
    frame = np.full((70, 40), value, np.float32)
    np.testing.assert_array_equal(despeckle(frame, intensity, short(method)), frame)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (2, 3), (5, 5), (961, 127), (33, 200)])
@pytest.mark.parametrize("method", METHODS)
def test_odd_shapes(method, shape):
    frame = np.random.default_rng(1).rayleigh(size=shape).astype(np.float32)
    assert despeckle(frame, Intensity.LINEAR, short(method)).shape == shape


@pytest.mark.parametrize("factor", [2.0**-20, 2.0**10, 300.0])
@pytest.mark.parametrize("method", METHODS)
def test_scaled_amplitude_gives_scaled_result(method, factor):
    frame = correlated_speckle((200, 64), seed=2)
    plain = despeckle(frame, Intensity.LINEAR, short(method))
    scaled = despeckle(frame * np.float32(factor), Intensity.LINEAR, short(method))
    np.testing.assert_allclose(scaled / factor, plain, rtol=2e-3, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_offset_of_decibels_does_not_matter(method):
    frame = 20 * np.log10(correlated_speckle((200, 64), seed=2))
    plain = despeckle(frame, Intensity.DB, short(method))
    moved = despeckle(frame - np.float32(30), Intensity.DB, short(method))
    np.testing.assert_allclose(moved + 30, plain, atol=0.05)


def test_off_changes_nothing():
    frame = np.arange(12, dtype=np.uint8).reshape(3, 4)
    np.testing.assert_array_equal(despeckle(frame, Intensity.DISPLAY, OFF), frame)


def test_the_textbook_recipe_does_nothing_to_correlated_speckle():
    frame = correlated_speckle(seed=1)
    textbook = despeckle(frame, Intensity.LINEAR, DespeckleSettings(Method.TEXTBOOK))
    assert enl(textbook) < 1.1 * enl(frame)
    assert enl(despeckle(frame, Intensity.LINEAR, FAST)) > 8 * enl(frame)


@pytest.mark.parametrize(("chosen", "arc"), [(FAST, 0.8), (BEST, 0.9)])
def test_smooth_without_losing_the_arc_or_the_cyst(phantom, chosen, arc):
    raw = phantom.amplitude
    result = despeckle(raw, Intensity.LINEAR, chosen)
    assert enl(result, phantom.background) > 37
    assert gcnr(result, phantom.cyst_inside, phantom.background) > 0.99
    assert arc_kept(phantom, result) > arc
    assert result[phantom.background].mean() == pytest.approx(raw[phantom.background].mean(), rel=0.05)
    assert result[phantom.cyst_inside].mean() == pytest.approx(raw[phantom.cyst_inside].mean(), rel=0.05)


def test_best_beats_enhanced_lee_on_the_mirror_arc():
    phantom = speckle_phantom(seed=4, model=SpeckleModel.SPECULAR)
    best = despeckle(phantom.amplitude, Intensity.LINEAR, BEST)
    peer = enhanced_lee(phantom.amplitude)
    assert enl(best, phantom.background) > enl(peer, phantom.background)
    assert arc_kept(phantom, best) > arc_kept(phantom, peer)
    assert epi(best, phantom.truth) > 0


def test_plain_shrinkage_erases_the_arc_that_protection_keeps(phantom):
    plain = dataclasses.replace(FAST, protection=0.0)
    assert arc_kept(phantom, despeckle(phantom.amplitude, Intensity.LINEAR, plain)) < 0.5


@pytest.mark.parametrize("chosen", [FAST, BEST])
def test_decibels_are_smoothed_as_amplitude_is(phantom, chosen):
    raw = 20 * np.log10(np.maximum(phantom.amplitude, 1e-4))
    result = despeckle(raw, Intensity.DB, chosen)
    assert result[phantom.background].std() < 0.4 * raw[phantom.background].std()
    lift = result[phantom.arc].mean() - result[phantom.near_arc].mean()
    assert lift > 0.8 * (raw[phantom.arc].mean() - raw[phantom.near_arc].mean())


@pytest.mark.parametrize("rule", Rule)
def test_every_rule_smooths(rule):
    frame = correlated_speckle(seed=5)
    chosen = DespeckleSettings(Method.FAST, rule=rule, protection=0.0)
    assert enl(despeckle(frame, Intensity.LINEAR, chosen)) > 2 * enl(frame)


def test_settings_survive_json_and_have_their_own_keys():
    some = [
        OFF,
        FAST,
        BEST,
        *(DespeckleSettings(m) for m in METHODS),
        dataclasses.replace(FAST, strength=0.5),
    ]
    for each in some:
        assert DespeckleSettings.from_json(each.to_json()) == each
    assert len({each.key for each in some}) == len(set(some))
    assert FAST.key == DespeckleSettings().key
    assert BEST.spins > FAST.spins


def test_the_largest_numbers_there_are_pass_without_a_warning():
    frame = np.full((16, 16), -3e38, dtype=np.float32)
    frame[4:8, 4:8] = 3e38
    for state in Intensity:
        assert np.isfinite(despeckle(frame, state, FAST)).all()
