from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from lusgui.base.errors import LusguiError
from training.dataset import Sample
from training.simulate.implant import host_view, implant, implant_samples


def limb(seed: int, shape: tuple[int, int] = (240, 260)) -> Sample:
    """Tissue with a few sheets across, within black margins."""
    random = np.random.default_rng(seed)
    noise = ndimage.gaussian_filter(random.standard_normal(shape), (1.2, 3.0))
    gray = 0.35 + 0.05 * noise / noise.std()
    for row in random.integers(20, 150, size=4):
        gray[row : row + 3] += 0.25
    frame = np.zeros((shape[0] + 40, shape[1] + 20), np.uint8)
    frame[20:-20, 10:-10] = np.clip(gray * 255, 0, 255)
    return Sample(f"limb{seed}", f"patient{seed}", frame, {"rib": np.zeros(frame.shape, np.bool_)})


HOSTS = [limb(seed) for seed in range(3)]


def test_samples_have_the_rib_of_their_frame_and_the_group_of_their_host():
    samples = implant_samples(HOSTS, 16, 1)
    assert len({sample.name for sample in samples}) == 16
    assert {sample.group for sample in samples} <= {host.group for host in HOSTS}
    for sample in samples:
        assert sample.masks["rib"].shape == sample.frame.shape
        assert sample.frame.dtype == np.uint8
        assert min(sample.frame.shape) >= 80
        parts = ndimage.label(sample.masks["rib"], np.ones((3, 3)))[1]
        assert parts == sample.facts["ribs"] == len(sample.boxes["rib"])
        assert sample.masks["rib"].mean() < 0.05
    ribs = [sample.facts["ribs"] for sample in samples]
    assert {0.0, 1.0} <= set(ribs)
    assert any(sample.facts["decoys"] for sample in samples if not sample.facts["ribs"])


def test_a_sample_is_a_function_of_hosts_seed_and_number():
    first, second = implant_samples(HOSTS, 3, 5), implant_samples(HOSTS, 2, 5)
    for one, other in zip(first, second, strict=False):
        assert np.array_equal(one.frame, other.frame)
        assert np.array_equal(one.masks["rib"], other.masks["rib"])
    assert not np.array_equal(first[0].frame, implant_samples(HOSTS, 1, 6)[0].frame)


def test_right_below_a_rib_it_is_darker_than_beside_its_shadow():
    darker = []
    for sample in implant_samples(HOSTS, 16, 2):
        mask = sample.masks["rib"]
        if sample.facts["ribs"] != 1:
            continue
        rows, columns = np.nonzero(mask)
        low = slice(rows.max() + 10, rows.max() + 50)
        gray = sample.gray()
        below = gray[low, columns.min() + 8 : columns.max() - 8]
        beside = np.concatenate([gray[low, : max(columns.min() - 20, 0)], gray[low, columns.max() + 20 :]], 1)
        if below.size and beside.size:
            darker.append(float(beside.mean() - below.mean()))
    assert len(darker) > 3
    assert np.median(darker) > 0.05


def test_the_number_of_ribs_can_be_asked_for():
    random = np.random.default_rng(0)
    picture = HOSTS[0].gray()[20:-20, 10:-10]
    gray, mask, facts = implant(picture, random, ribs=0)
    assert not mask.any()
    assert facts["ribs"] == 0
    counts = [implant(picture, np.random.default_rng(seed), ribs=2)[2]["ribs"] for seed in range(8)]
    assert max(counts) == 2
    assert gray.dtype == np.float32


def test_views_differ_in_size_and_gain_and_keep_down_down():
    picture = np.tile(np.linspace(0.1, 0.7, 240, dtype=np.float32)[:, None], (1, 260))
    views = [host_view(picture, np.random.default_rng(seed)) for seed in range(20)]
    assert len({view.shape for view in views}) > 10
    assert np.std([view.mean() for view in views]) > 0.03
    for view in views:
        assert view.min() >= 0
        assert view.max() <= 1
        assert view[-5:].mean() > view[:5].mean()


def test_hosts_that_show_too_little_are_refused():
    small = Sample("s", "g", np.full((60, 300), 90, np.uint8))
    with pytest.raises(LusguiError, match="96 x 96"):
        implant_samples([small], 1, 0)
    with pytest.raises(LusguiError, match="96 x 96"):
        implant_samples([], 1, 0)
