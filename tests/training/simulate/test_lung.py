from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from training.simulate.lung import simulate_lung, simulate_sample, simulate_samples


@pytest.mark.parametrize("seed", range(12))
def test_a_frame_is_sound(seed):
    frame = simulate_lung(seed, (160, 128))
    assert frame.gray.shape == frame.rib.shape == (160, 128)
    assert frame.gray.dtype == np.float32
    assert np.isfinite(frame.gray).all()
    assert frame.gray.min() >= 0
    assert frame.gray.max() <= 1
    assert 0 <= frame.ribs <= 3
    assert frame.rib.any() == (frame.ribs > 0)
    if frame.ribs:
        assert 0.001 < frame.rib.mean() < 0.08  # thin arcs


def test_a_frame_is_a_function_of_its_seed():
    assert np.array_equal(simulate_lung(3).gray, simulate_lung(3).gray)
    assert not np.array_equal(simulate_lung(3).gray, simulate_lung(4).gray)


def test_no_rib_throws_no_shadow():
    frame = simulate_lung(5, (160, 128), ribs=0)
    assert frame.ribs == 0
    assert not frame.rib.any()
    assert not frame.shadow_db.any()


def test_ribs_lie_above_the_pleura_and_their_shadow_below_them():
    for seed in range(20):
        frame = simulate_lung(seed, (160, 128), ribs=1)
        if not frame.ribs:
            continue
        row, _ = np.nonzero(frame.rib)
        assert row.mean() < frame.pleura_row.mean()
        shaded, _ = np.nonzero(frame.shadow_db > 1)
        assert shaded.mean() > row.mean()


def test_ribs_are_brighter_than_their_shadow_on_average():
    on, below = [], []
    for seed in range(30):
        frame = simulate_lung(seed, (160, 128), ribs=1)
        if frame.ribs:
            on.append(frame.gray[frame.rib].mean())
            below.append(frame.gray[frame.shadow_db > 3].mean() if (frame.shadow_db > 3).any() else np.nan)
    assert np.mean(on) > np.nanmean(below) + 0.1


def test_frames_vary_in_number_of_ribs():
    counts = {simulate_lung(seed, (128, 112)).ribs for seed in range(40)}
    assert {0, 1, 2} <= counts


def test_a_mask_is_one_arc_a_rib():
    frame = simulate_lung(7, (256, 224), ribs=1)
    assert frame.ribs == 1
    assert ndimage.label(frame.rib, np.ones((3, 3)))[1] <= 2


def test_samples_are_of_many_sizes_and_groups():
    samples = simulate_samples(6, seed=0)
    assert len({sample.frame.shape for sample in samples}) > 1
    assert len({sample.group for sample in samples}) == 6
    assert all(sample.frame.dtype == np.uint8 for sample in samples)


def test_the_plain_style_stays_what_the_shipped_model_learned_from():
    samples = simulate_samples(3, 0)
    assert [sample.name for sample in samples] == ["lung0", "lung1", "lung2"]
    assert [sample.group for sample in samples] == ["simulated0", "simulated1", "simulated2"]
    assert [sample.frame.shape for sample in samples] == [(302, 237), (232, 180), (209, 130)]
    assert [int(sample.masks["rib"].sum()) for sample in samples] == [0, 297, 292]
    means = [float(sample.frame.mean()) for sample in samples]
    assert means == pytest.approx([197.9127, 162.7154, 159.9329], abs=0.02)


@pytest.mark.parametrize("style", ["wide", "sector"])
def test_varied_samples_depend_on_seed_and_index_alone(style):
    first, second = simulate_samples(2, 3, style=style), simulate_samples(3, 3, style=style)
    assert np.array_equal(first[1].frame, second[1].frame)
    assert np.array_equal(first[1].masks["rib"], second[1].masks["rib"])
    assert not np.array_equal(first[0].frame, simulate_sample(4, 0, style).frame)
    assert all(len(sample.boxes["rib"]) >= (sample.facts["ribs"] > 0) for sample in first)


def test_a_shape_can_be_asked_for():
    assert simulate_sample(0, 0, "wide", (96, 128)).frame.shape == (96, 128)
