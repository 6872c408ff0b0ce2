from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from lusgui.base.errors import LusguiError
from training.dataset import Sample
from training.recipes.rib_options import RibOptions, limbs, rib_views, train_rib

TINY = RibOptions(
    side=32,
    base_width=4,
    steps_before=2,
    steps=2,
    simulated_plain=2,
    simulated_wide=2,
    implanted=2,
    fourier=0.5,
)


@pytest.fixture
def data(tmp_path):
    folder = tmp_path / "usgra" / "images"
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    for i in range(5):
        Image.fromarray(random.integers(20, 200, (140, 150)).astype(np.uint8)).save(folder / f"{i:04d}.png")
    return tmp_path


def test_limb_frames_are_negatives(data):
    found = limbs(data)
    assert found
    assert not any(sample.masks["rib"].any() for sample in found)


def test_both_trainings_are_kept_and_the_first_is_shared(data, toy_samples, tmp_path):
    work = tmp_path / "work"
    samples = [
        *toy_samples,
        Sample("n", "g9", toy_samples[0].frame, {"rib": toy_samples[0].masks["rib"] & False}),
    ]
    network = train_rib(TINY, data, samples, ["g0"], 0, work)
    assert not network.training
    assert network(torch.rand(1, 1, 32, 32)).shape == (1, 1, 32, 32)
    train_rib(TINY, data, samples, ["g1"], 0, work)
    assert len(list(work.glob("rib-0-first-*"))) == 1
    assert len(list(work.glob("rib-0-without-*"))) == 2


def test_simulation_alone(data, toy_samples, tmp_path):
    options = replace(TINY, drawn="none", implanted=0, simulated_wide=0)
    first = train_rib(options, data, toy_samples, ["g0"], 0, tmp_path / "work")
    second = train_rib(options, data, toy_samples, ["g1"], 0, tmp_path / "work")
    for one, other in zip(first.parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other)


def test_what_cannot_be_is_refused(data, toy_samples, tmp_path):
    with pytest.raises(LusguiError, match="names no drawn ribs"):
        train_rib(replace(TINY, drawn="some"), data, toy_samples, [], 0, tmp_path)
    nothing = replace(TINY, simulated_plain=0, simulated_wide=0, implanted=0)
    with pytest.raises(LusguiError, match="nothing to learn first"):
        train_rib(nothing, data, toy_samples, [], 0, tmp_path)
    with pytest.raises(LusguiError, match="no drawn rib"):
        train_rib(TINY, data, toy_samples, ["g0", "g1", "g2"], 0, tmp_path)


def test_views_take_the_strength_of_the_options():
    assert rib_views(replace(TINY, gray=0.3, ultrasound=0.7)).ultrasound == 0.7
