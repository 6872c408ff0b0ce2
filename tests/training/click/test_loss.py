"""Tests of training.click.loss."""

from __future__ import annotations

import pytest
import torch

from training.click.loss import click_loss, cross_entropy, soft_dice


def test_better_answers_cost_less():
    truth = torch.zeros(1, 1, 16, 16)
    truth[..., 4:12, 4:12] = 1
    costs = [click_loss(scale * (truth - 0.5), truth).item() for scale in (-8.0, 0.0, 2.0, 8.0, 20.0)]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < 0.01


def test_an_answer_that_is_rightly_empty_costs_little():
    empty = torch.zeros(1, 1, 16, 16)
    assert click_loss(torch.full_like(empty, -8.0), empty).item() < 0.1
    assert soft_dice(torch.full_like(empty, 8.0), empty).item() > 0.9


def test_dice_is_dice():
    truth = torch.zeros(1, 1, 40, 40)
    truth[..., :20, :] = 1
    logits = torch.full_like(truth, -30.0)
    logits[..., 10:30, :] = 30.0
    assert soft_dice(logits, truth).item() == pytest.approx(1 - (800 + 4) / (1600 + 4), abs=1e-5)


def test_every_mask_of_a_batch_counts_alike_and_gradients_are_finite():
    torch.manual_seed(0)
    logits = torch.randn(3, 1, 8, 8, requires_grad=True)
    truth = (torch.rand(3, 1, 8, 8) > 0.5).float()
    whole = cross_entropy(logits, truth)
    alone = torch.cat([cross_entropy(logits[i : i + 1], truth[i : i + 1]) for i in range(3)])
    assert torch.allclose(whole, alone)
    sure = (60 * (truth - 0.5)).requires_grad_()
    click_loss(sure, truth).backward()
    assert torch.isfinite(sure.grad).all()
