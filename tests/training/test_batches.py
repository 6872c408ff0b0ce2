from __future__ import annotations

import torch

from lusgui.core.despeckle import FAST
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool


def test_a_pool_keeps_frames_and_masks_in_register(toy_samples):
    pool = make_pool(toy_samples, ("rib", "pleura"), (96, 80), FAST)
    assert pool.raw.shape == pool.despeckled.shape == (6, 1, 96, 80)
    assert pool.masks.shape == (6, 2, 96, 80)
    assert pool.starts == (0, 2, 4)
    inside = pool.masks[:, :1] > 250
    assert pool.raw[inside].float().mean() > 2.5 * pool.raw[~inside].float().mean()


def test_what_was_not_looked_for_is_unknown(toy_samples):
    pool = make_pool(toy_samples, ("rib", "pleura"), (32, 32), FAST)
    assert pool.known.tolist() == [[1.0, 0.0]] * 6


def test_groups_are_drawn_evenly(toy_samples):
    lone = toy_samples[:5]  # two groups of two frames, one of one
    pool = make_pool(lone, ("rib",), (16, 16), FAST)
    pool.masks[:] = torch.arange(5, dtype=torch.uint8).view(5, 1, 1, 1)
    _, masks, _ = pool.draw(900, torch.Generator().manual_seed(0))
    share = (masks[:, 0, 0, 0] * 255 > 3.5).float().mean()
    assert 0.27 < share < 0.4


def test_a_mixture_draws_so_many_of_each(toy_samples):
    ribs = make_pool(toy_samples, ("rib", "head"), (40, 40), FAST)
    heads = make_pool(toy_samples, ("head", "rib"), (40, 40), FAST)
    mixture = Mixture([ribs, heads], (3, 2), (32, 48), AugmentSettings())
    images, masks, known = mixture(0, torch.Generator().manual_seed(0))
    assert images.shape == (5, 1, 32, 48)
    assert masks.shape == (5, 2, 32, 48)
    assert known.tolist() == [[1, 0]] * 3 + [[0, 1]] * 2
