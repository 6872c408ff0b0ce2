from __future__ import annotations

import math

import torch
from torch import nn

from training.engine.ledger import SAVE_EVERY_S, Ledger, SaveClock


def test_losses_are_fetched_once_and_judged():
    ledger = Ledger()
    assert math.isnan(ledger.latest_loss)
    ledger.losses = [torch.tensor(0.5), 0.25, torch.tensor(0.125)]
    assert ledger.latest_loss == 0.25
    assert ledger.fetch_losses()
    assert ledger.losses == [0.5, 0.25, 0.125]
    assert ledger.latest_loss == 0.125
    ledger.losses.append(torch.tensor(float("inf")))
    assert not ledger.fetch_losses()


def test_an_account_goes_through_a_file(tmp_path):
    ledger = Ledger(
        step=7, epoch=2, rate=0.1, losses=[torch.tensor(0.5)], history=[{"epoch": 1, "loss": 0.7}]
    )
    ledger.watch.see(0.5, 1, None)
    ledger.keep(nn.Linear(2, 1), 1)
    torch.save(ledger.to_state(3.5), tmp_path / "x")
    again = Ledger.from_state(torch.load(tmp_path / "x", weights_only=True))
    assert (again.step, again.losses, again.seconds_before) == (7, [0.5], 3.5)
    assert again.watch == ledger.watch
    assert again.history == [{"epoch": 1, "loss": 0.7}]
    assert torch.equal(again.best["weight"], ledger.best["weight"])


def test_what_is_kept_is_a_copy():
    network = nn.Linear(2, 1)
    ledger = Ledger()
    ledger.keep(network, 3)
    with torch.no_grad():
        network.weight.zero_()
    assert ledger.best["weight"].any()
    assert ledger.best_epoch == 3


def test_saving_takes_a_tenth_of_the_time_at_most():
    now = 0.0

    def tick():
        return now

    def save():
        nonlocal now
        now += 2.0

    clock = SaveClock(tick)
    assert clock.is_due(within_epoch=False)
    assert not clock.is_due(within_epoch=True)
    clock.timed(save)
    now += 19.9
    assert not clock.is_due(within_epoch=False)
    now += 0.1
    assert clock.is_due(within_epoch=False)
    now += SAVE_EVERY_S
    assert clock.is_due(within_epoch=True)
