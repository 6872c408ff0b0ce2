from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.core.contrast import ContrastSettings, equalise
from lusgui.core.model_card import ModelCard
from lusgui.core.recording import Intensity
from lusgui.nn.preprocess import Preprocess, resize

RAW = [(960, 128), (600, 800), (255, 173), (256, 256), (333, 97)]
INPUTS = [(256, 256), (512, 128)]


def blob(shape, centre, sigma):
    rows, cols = np.indices(shape, dtype=np.float64)
    return np.exp(-(((rows - centre[0]) / sigma[0]) ** 2 + ((cols - centre[1]) / sigma[1]) ** 2) / 2).astype(
        np.float32
    )


def centroid(image):
    rows, cols = np.indices(image.shape)
    weight = image.astype(np.float64)
    return (rows * weight).sum() / weight.sum(), (cols * weight).sum() / weight.sum()


@pytest.mark.parametrize("raw", RAW)
@pytest.mark.parametrize("net", INPUTS)
def test_there_and_back_shifts_nothing(raw, net):
    centre = (raw[0] * 0.4, raw[1] * 0.55)
    image = blob(raw, centre, (raw[0] / 20, raw[1] / 20))
    pre = Preprocess(net)
    inside = pre.forward(image)
    assert inside.shape == (1, 1, *net)
    back = pre.inverse(inside[0, 0], raw)
    assert back.shape == raw
    assert back.dtype == np.float32
    assert np.allclose(centroid(back), centroid(image), atol=0.05)
    # on the network's grid it lies where areas say it must
    scaled = [(c + 0.5) * n / r - 0.5 for c, n, r in zip(centroid(image), net, raw, strict=True)]
    assert np.allclose(centroid(inside[0, 0].numpy()), scaled, atol=0.05)


@pytest.mark.parametrize("shape", INPUTS)
def test_equal_sizes_change_no_bit(shape):
    image = np.random.default_rng(1).random(shape, dtype=np.float32)
    pre = Preprocess(shape)
    inside = pre.forward(image)
    assert np.array_equal(inside[0, 0].numpy(), image)
    assert np.array_equal(pre.inverse(inside[0, 0], shape), image)


def test_a_rectangle_comes_back_to_the_pixel_it_was_drawn_on():
    mask = np.zeros((960, 128), dtype=bool)
    mask[300:420, 32:96] = True
    pre = Preprocess((512, 128))
    back = pre.inverse(pre.forward_mask(mask)[0, 0], mask.shape) >= 0.5
    rows, cols = np.flatnonzero(back.any(1)), np.flatnonzero(back.any(0))
    assert (rows[0], rows[-1] + 1) == (300, 420)
    assert (cols[0], cols[-1] + 1) == (32, 96)
    assert np.array_equal(back, mask)


def test_shrinking_averages_and_does_not_pick():
    stripes = np.tile(np.array([0.0, 1.0], np.float32), (960, 64))
    shrunk = Preprocess((256, 64)).forward(stripes)[0, 0].numpy()
    assert abs(shrunk[:, 2:-2].mean() - 0.5) < 1e-3
    assert np.ptp(shrunk[:, 2:-2]) < 0.3


@settings(max_examples=25)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.sampled_from([(16, 16), (64, 32), (128, 256)]),
    st.floats(0, 1, width=32),
)
def test_a_flat_frame_of_any_size_stays_flat(raw, net, value):
    pre = Preprocess(net)
    inside = pre.forward(np.full(raw, value, np.float32))
    back = pre.inverse(inside, raw)
    assert back.shape == (1, *raw)
    assert np.allclose(back, value, atol=1e-5)


def test_normalisation_intensity_and_channels_are_as_the_card_says():
    gray = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64)
    plain = Preprocess((64, 64), 3, mean=0.25, std=0.5).forward(gray)
    assert plain.shape == (1, 3, 64, 64)
    assert torch.allclose(plain[0, 2], torch.from_numpy((gray - 0.25) / 0.5))
    db = Preprocess((64, 64), intensity=Intensity.DB, dynamic_range_db=50.0).forward(gray)[0, 0]
    assert db[0, 0] == pytest.approx(-50.0)
    assert db[-1, -1] == pytest.approx(0.0)
    linear = Preprocess((64, 64), intensity=Intensity.LINEAR).forward(gray)[0, 0]
    assert linear[0, 0] == pytest.approx(10 ** (-60 / 20))
    assert linear[-1, -1] == pytest.approx(1.0)


def test_read_only_and_strange_arrays_are_taken_without_a_warning():
    gray = np.zeros((64, 64), np.float32)
    gray.setflags(write=False)
    Preprocess((32, 32)).forward(gray)
    Preprocess((32, 32)).forward(np.asfortranarray(np.zeros((5, 7), np.float64))[::-1])


def test_a_stack_is_normalised_as_one_frame_is():
    gray = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    way = Preprocess((8, 8), 3, mean=0.2, std=0.5, intensity=Intensity.LINEAR, dynamic_range_db=40.0)
    stack = torch.from_numpy(np.stack([gray, gray[::-1].copy()]))[:, None].expand(-1, 3, -1, -1)
    assert torch.equal(way.normalise(stack)[:1], way.forward(gray))


def test_forward_is_resize_then_normalise():
    gray = np.random.default_rng(0).random((40, 30), dtype=np.float32)
    way = Preprocess((32, 32), in_channels=3, mean=0.4, std=0.2, intensity=Intensity.DB)
    planes = way.normalise(resize(torch.from_numpy(gray)[None, None], (32, 32)))
    assert torch.equal(way.forward(gray), planes.expand(1, 3, 32, 32))
    assert planes.mean() < -10


def test_contrast_that_a_card_asks_for_is_changed_on_the_raw_grid():
    wanted = ContrastSettings(clip=0.02, gamma=0.7)
    gray = np.random.default_rng(0).uniform(0.3, 0.5, (48, 64)).astype(np.float32)
    card = replace(ModelCard("m", "1", "lus-unet", ("rib",), (32, 32)), contrast=wanted.to_json())
    card = ModelCard.from_json(card.to_json())
    found = Preprocess.from_card(card).forward(gray)
    assert torch.equal(found, Preprocess((32, 32)).forward(equalise(gray, wanted)))


@given(st.floats(-30, 30), st.floats(0.1, 10), st.floats(-5, 5))
def test_the_probability_is_the_sigmoid_of_the_calibrated_logit(logit, temperature, bias):
    logits = torch.full((1, 2, 3, 4), logit)
    found = Preprocess((3, 4), temperature=temperature, bias=bias).probability(logits)
    assert found.shape == logits.shape
    assert float(found[0, 0, 0, 0]) == pytest.approx(
        1 / (1 + np.exp(-(logit / temperature + bias))), abs=1e-6
    )
    assert torch.equal(Preprocess((3, 4)).probability(logits), torch.sigmoid(logits))
