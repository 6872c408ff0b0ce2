"""Tests of lusgui.nn.click.clarity."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from lusgui.nn.click.clarity import agreement, firmness, is_structure


def disk(radius=20.0, soft=1.0, row=32):
    down, across = np.mgrid[:64, :64].astype(np.float32)
    distance = np.hypot(down - row, across - 32)
    return (1 / (1 + np.exp(np.clip((distance - radius) / soft, -50, 50)))).astype(np.float32)


def speckle(seed=0):
    return np.random.default_rng(seed).rayleigh(0.25, (64, 64)).clip(0, 1).astype(np.float32)


def test_a_sharp_answer_is_firm_and_a_veil_is_not():
    assert firmness(disk(soft=0.2)) > 0.9
    assert firmness(disk(soft=8.0)) < 0.5
    assert firmness(np.zeros((8, 8), np.float32)) == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_a_border_that_follows_the_image_agrees_whether_it_is_bright_or_dark(sign):
    image = np.clip(0.5 + sign * 0.3 * (disk(soft=0.5) - 0.5) + 0.1 * (speckle() - 0.3), 0, 1)
    assert agreement(image.astype(np.float32), disk()) > 0.8
    assert agreement(image.astype(np.float32), disk(radius=8, row=36)) < 0.4


def test_nothing_agrees_with_plain_gray():
    assert agreement(np.full((64, 64), 0.4, np.float32), disk()) == 0
    assert agreement(speckle(), np.zeros((64, 64), np.float32)) == 0


def test_only_what_is_neither_firm_nor_in_agreement_is_made_up():
    tissue = gaussian_filter(speckle(3), 1)
    assert is_structure(tissue, disk(soft=0.2))
    bright = np.clip(tissue + 0.5 * disk(soft=0.5), 0, 1)
    assert is_structure(bright, disk(soft=8.0))
    assert not is_structure(tissue, disk(soft=8.0))
