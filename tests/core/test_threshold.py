import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.threshold import (
    ThresholdSettings,
    apply_threshold,
    component_at,
    count_components,
    fill_holes,
    grow_within,
    keep_components,
)

fields = st.tuples(st.integers(0, 2**32), st.integers(1, 20), st.integers(1, 20)).map(
    lambda t: np.random.default_rng(t[0]).random(t[1:], dtype=np.float32)
)


def drawn(*lines):
    return np.array([[sign == "#" for sign in line] for line in lines])


@given(fields, st.floats(0.01, 0.99))
def test_plain_threshold_is_a_comparison(probability, threshold):
    mask = apply_threshold(probability, ThresholdSettings(threshold))
    assert np.array_equal(mask, probability >= np.float32(threshold))
    half = probability.astype(np.float16)
    assert np.array_equal(apply_threshold(half, ThresholdSettings(threshold)), half >= np.float16(threshold))


@given(fields, st.integers(0, 12), st.integers(0, 4))
def test_components_that_stay_are_large_and_the_largest(probability, least, keep):
    mask = probability > 0.6
    kept = keep_components(mask, least, keep or None)
    assert not (kept & ~mask).any()
    areas = []
    rest = mask.copy()
    while rest.any():
        row, col = map(int, np.argwhere(rest)[0])
        part = component_at(mask, row, col)
        areas.append(int(part.sum()))
        inside = kept[part]
        assert inside.all() or not inside.any()
        if inside.all():
            assert part.sum() >= least
        rest &= ~part
    assert len(areas) == count_components(mask)
    large = sorted((a for a in areas if a >= least), reverse=True)
    if keep:
        large = large[:keep]
    assert kept.sum() == sum(large)


@given(fields)
def test_filling_adds_only_enclosed_background(probability):
    mask = probability > 0.5
    filled = fill_holes(mask)
    assert (filled | ~mask).all()
    assert np.array_equal(fill_holes(filled), filled)
    added = filled & ~mask
    for edge in (added[0], added[-1], added[:, 0], added[:, -1]):
        assert not edge.any()


def test_corners_join_but_do_not_enclose_less():
    ring = drawn(".#.", "#.#", ".#.")
    assert count_components(ring) == 1
    assert fill_holes(ring).sum() == 5


def test_filled_ring_counts_with_its_whole_area():
    probability = drawn("####...", "#..#...", "####.##").astype(np.float32)
    kept = apply_threshold(probability, ThresholdSettings(0.5, 12, fill_holes=True))
    assert kept.sum() == 12
    assert not apply_threshold(probability, ThresholdSettings(0.5, 12)).any()


def test_equal_areas_keep_the_upper():
    mask = drawn("##..", "....", "..##")
    assert np.array_equal(keep_components(mask, 0, 1), drawn("##..", "....", "...."))


def test_nan_is_background():
    assert not apply_threshold(np.full((2, 2), np.nan, np.float32), ThresholdSettings()).any()


@pytest.mark.parametrize("at", [(0, 0), (-1, 2), (9, 9)])
def test_no_component_outside_the_mask(at):
    assert not component_at(drawn("..", ".#"), *at).any()


def test_settings_survive_json():
    settings = ThresholdSettings(0.3, 7, True, 2)
    assert ThresholdSettings.from_json(settings.to_json()) == settings
    assert ThresholdSettings.from_json(ThresholdSettings().to_json()) == ThresholdSettings()


@given(fields, st.floats(0.02, 0.98), st.floats(0.01, 0.97))
def test_hysteresis_lies_between_its_two_thresholds_and_every_piece_of_it_is_sure_somewhere(field, high, low):
    strict = apply_threshold(field, ThresholdSettings(high))
    loose = apply_threshold(field, ThresholdSettings(low))
    mask = apply_threshold(field, ThresholdSettings(high, low_threshold=low))
    if low >= high:
        assert np.array_equal(mask, strict)
        return
    assert not (strict & ~mask).any()
    assert not (mask & ~loose).any()
    rest = loose.copy()
    while rest.any():
        row, col = map(int, np.argwhere(rest)[0])
        part = component_at(loose, row, col)
        assert mask[part].all() if strict[part].any() else not mask[part].any()
        rest &= ~part


def test_hysteresis_follows_a_faint_tail_and_leaves_faint_pieces_alone():
    field = np.array([[0.9, 0.4, 0.4, 0.0, 0.4], [0.0, 0.0, 0.0, 0.0, 0.4]], np.float32)
    mask = apply_threshold(field, ThresholdSettings(0.5, low_threshold=0.3))
    assert np.array_equal(mask, drawn("###..", "....."))
    assert not apply_threshold(field, ThresholdSettings(0.95, low_threshold=0.3)).any()


def test_growing_from_nothing_gives_nothing():
    everywhere = np.ones((3, 4), bool)
    assert not grow_within(np.zeros((3, 4), bool), everywhere).any()


def test_settings_of_an_older_version_have_no_hysteresis():
    stored = ThresholdSettings(0.3, low_threshold=0.1).to_json()
    assert ThresholdSettings.from_json(stored).low_threshold == 0.1
    del stored["low_threshold"]
    assert ThresholdSettings.from_json(stored).low_threshold is None
