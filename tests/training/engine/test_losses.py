from __future__ import annotations

import math

import monai.losses
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from training.engine.losses import LOSSES, SMOOTH

NAMES = sorted(LOSSES)


def _random(n=3, labels=2):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn((n, labels, 8, 8), generator=generator)
    masks = (torch.rand((n, labels, 8, 8), generator=generator) < 0.3).float()
    return logits, masks, torch.ones(n, labels)


def test_the_five_are_there():
    assert set(LOSSES) == {"bce", "dice", "log-dice", "dice-ce", "focal"}


def test_values_by_hand():
    # two pixels of probability 3/4 and 1/4, the first one true
    logits = torch.tensor([math.log(3), -math.log(3)]).view(1, 1, 1, 2)
    masks = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    known = torch.ones(1, 1)
    entropy = math.log(4 / 3)
    soft = (2 * 0.75 + SMOOTH) / (0.75 + 0.25 + 1 + SMOOTH)
    wanted = {
        "bce": entropy,
        "dice": 1 - soft,
        "log-dice": -math.log(soft),
        "dice-ce": 1 - soft + entropy,
        "focal": 0.25**2 * entropy,
    }
    for name, value in wanted.items():
        assert float(LOSSES[name](logits, masks, known)) == pytest.approx(value, rel=1e-6), name


def test_values_are_those_of_monai():
    logits, masks, known = _random()
    dice = monai.losses.DiceLoss(sigmoid=True, smooth_nr=SMOOTH, smooth_dr=SMOOTH)(logits, masks)
    focal = monai.losses.FocalLoss()(logits, masks)
    entropy = binary_cross_entropy_with_logits(logits, masks)
    for name, value in {
        "dice": dice,
        "focal": focal,
        "bce": entropy,
        "dice-ce": dice + entropy,
    }.items():
        torch.testing.assert_close(LOSSES[name](logits, masks, known), value)


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_costs_least(name):
    masks = torch.zeros(1, 1, 8, 8)
    masks[..., 2:5, 2:5] = 1
    known = torch.ones(1, 1)
    assert LOSSES[name]((masks - 0.5) * 40, masks, known) < 1e-3
    assert LOSSES[name]((0.5 - masks) * 40, masks, known) > 0.7
    empty = torch.zeros(1, 1, 8, 8)
    assert LOSSES[name](empty - 20, empty, known) < 1e-3


@pytest.mark.parametrize("name", NAMES)
def test_unknown_masks_cost_nothing(name):
    logits, masks, known = _random()
    known[0, 1] = known[2, 1] = 0
    logits[0, 1] = float("inf")
    logits.requires_grad_()
    loss = LOSSES[name](logits, masks, known)
    rest = torch.stack(
        [
            LOSSES[name](logits[i : i + 1, j : j + 1], masks[i : i + 1, j : j + 1], torch.ones(1, 1))
            for i, j in known.nonzero().tolist()
        ]
    )
    torch.testing.assert_close(loss, rest.mean())
    assert LOSSES[name](logits[:1, 1:], masks[:1, 1:], torch.zeros(1, 1)).item() == 0


@pytest.mark.parametrize("name", NAMES)
def test_unknown_masks_teach_nothing(name):
    logits, masks, known = _random()
    known[0, 1] = 0
    logits.requires_grad_()
    LOSSES[name](logits, masks, known).backward()
    assert not logits.grad[0, 1].any()
    assert logits.grad[1, 1].any()


@pytest.mark.parametrize("name", NAMES)
def test_ignored_pixels_cost_and_teach_nothing(name):
    logits, masks, known = _random()
    logits.requires_grad_()
    weight = torch.ones(3, 1, 8, 8)
    weight[:, :, :, 5:] = 0
    loss = LOSSES[name](logits, masks, known, weight=weight)
    loss.backward()
    assert not logits.grad[..., 5:].any()
    torch.testing.assert_close(loss, LOSSES[name](logits[..., :5], masks[..., :5], known))
    # a frame of nothing but ignored pixels is no reason to fail
    assert LOSSES[name](logits, masks, known, weight=torch.zeros(3, 1, 8, 8)).isfinite()


@pytest.mark.parametrize("name", NAMES)
def test_parts_add_up_to_the_whole(name):
    logits, masks, known = _random(4)
    known[1, 0] = known[3, 0] = known[3, 1] = 0
    parts = [(slice(0, 1)), slice(1, 4)]
    total = sum(LOSSES[name](logits[p], masks[p], known[p]) * known[p].sum() / known.sum() for p in parts)
    torch.testing.assert_close(LOSSES[name](logits, masks, known), total)
