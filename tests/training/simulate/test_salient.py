from __future__ import annotations

import itertools

import numpy as np
import pytest

from training.simulate.salient import natural_texture, simulate_sample, simulate_samples


@pytest.mark.parametrize("index", range(12))
def test_a_sample_is_sound(index):
    sample = simulate_sample(0, index, (96, 128))
    mask = sample.masks["object"]
    assert sample.frame.shape == mask.shape == (96, 128)
    assert 0.005 < mask.mean() < 0.7
    assert len(sample.boxes["object"]) == 1


def test_a_sample_depends_on_seed_and_index_alone():
    first, second = simulate_samples(2, 5, (64, 64)), simulate_samples(4, 5, (64, 64))
    assert np.array_equal(first[1].frame, second[1].frame)
    assert not np.array_equal(first[0].frame, first[1].frame)


def test_objects_stand_out():
    gaps = []
    for index in range(40):
        sample = simulate_sample(1, index, (128, 128))
        mask = sample.masks["object"]
        gaps.append(abs(sample.frame[mask].mean() - sample.frame[~mask].mean()))
    assert np.median(gaps) > 20


@pytest.mark.parametrize("slope", [0.0, 1.0, 1.5])
def test_texture_has_the_spectrum_asked_for(slope):
    texture = natural_texture((256, 256), np.random.default_rng(0), slope)
    assert texture.std() == pytest.approx(1.0, abs=1e-3)
    power = np.abs(np.fft.fft2(texture)) ** 2
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(256), np.fft.fftfreq(256)))
    edges = np.geomspace(0.01, 0.4, 12)
    centre, mean = [], []
    for low, high in itertools.pairwise(edges):
        ring = (frequency >= low) & (frequency < high)
        centre.append(np.log(frequency[ring].mean()))
        mean.append(np.log(power[ring].mean()))
    assert np.polyfit(centre, mean, 1)[0] == pytest.approx(-2 * slope, abs=0.2)
