from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from training.simulate import growth
from training.simulate.head import Pose, simulate_head, simulate_sample, simulate_samples
from training.simulate.head_anatomy import circumference_mm


@pytest.mark.parametrize("index", range(12))
def test_a_sample_is_sound(index):
    sample = simulate_sample(0, index)
    cerebellum, head = sample.masks["cerebellum"], sample.masks["head"]
    assert sample.frame.shape == cerebellum.shape == head.shape == (256, 256)
    assert ndimage.label(cerebellum, np.ones((3, 3)))[1] == 2
    assert not (cerebellum & ~head).any()
    assert len(sample.boxes["cerebellum"]) == len(sample.boxes["head"]) == 1
    assert 14 <= sample.facts["ga_weeks"] <= 40
    assert sample.frame.max() > 60


def test_a_sample_depends_on_seed_and_index_alone():
    first, second = simulate_samples(2, 7, (96, 96)), simulate_samples(3, 7, (96, 96))
    assert np.array_equal(first[1].frame, second[1].frame)
    assert first[1].facts == second[1].facts
    assert not np.array_equal(first[0].frame, first[1].frame)


def test_the_diameter_measured_on_the_mask_is_the_one_stated():
    for index in range(15):
        sample = simulate_sample(2, index)
        row, column = np.nonzero(sample.masks["cerebellum"])
        angle = np.radians(sample.facts["angle_deg"])
        across = -column * np.sin(angle) + row * np.cos(angle)
        # pixel centres lie up to a pixel within the outline
        measured = (np.ptp(across) + 0.8) * sample.spacing_mm[0]
        assert measured == pytest.approx(sample.facts["tcd_mm"], abs=1.1 * sample.spacing_mm[0])


def test_the_head_mask_is_the_ellipse_stated():
    for index in range(15):
        sample = simulate_sample(4, index)
        mask = sample.masks["head"]
        if mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any():
            continue
        area_mm2 = mask.sum() * sample.spacing_mm[0] ** 2
        assert area_mm2 == pytest.approx(
            np.pi / 4 * sample.facts["bpd_mm"] * sample.facts["ofd_mm"], rel=0.01
        )
        around = circumference_mm(sample.facts["bpd_mm"], sample.facts["ofd_mm"])
        assert sample.facts["hc_mm"] == pytest.approx(around)


def test_sizes_follow_the_age():
    frame = simulate_head(np.random.default_rng(0), (64, 64), ga_weeks=30.0)
    curve = growth.transcerebellar_diameter(30.0)
    assert abs(frame.anatomy.tcd_mm - curve.mean_mm) <= 2.001 * curve.deviation_mm


def test_the_cerebellum_is_within_the_beams():
    for index in range(20):
        sample = simulate_sample(6, index)
        seen = sample.frame[ndimage.binary_dilation(sample.masks["cerebellum"], iterations=2)]
        assert (seen > 0).mean() > 0.3


def test_the_skull_is_brighter_than_the_brain_on_average():
    on, within = [], []
    for index in range(12):
        sample = simulate_sample(8, index)
        head = sample.masks["head"]
        inner = ndimage.binary_erosion(head, iterations=4)
        on.append(sample.frame[head & ~inner].mean())
        within.append(sample.frame[ndimage.binary_erosion(head, iterations=12)].mean())
    assert np.mean(on) > np.mean(within) + 20


def test_a_pose_goes_there_and_back():
    pose = Pose((40.0, 70.0), 0.7, 0.3)
    u, v = np.array([3.0, -8.0]), np.array([5.0, 2.0])
    row, column = pose.to_screen(u, v)
    back_u, back_v = pose.to_head(row.astype(np.float32), column.astype(np.float32))
    assert np.allclose(back_u, u, atol=1e-4)
    assert np.allclose(back_v, v, atol=1e-4)
