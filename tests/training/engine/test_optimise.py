from __future__ import annotations

import pytest
import torch
from torch import nn

from training.engine.optimise import Average, Watch, make_optimiser, rate_factor
from training.engine.settings import OPTIMISERS, SCHEDULES, FitSettings, TrainingError


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_rule_descends(name):
    layer = nn.Linear(3, 1)
    layer.bias.requires_grad_(False)
    optimiser = make_optimiser(layer, FitSettings(optimiser=name, learning_rate=0.05, weight_decay=1e-4))
    x = torch.randn((20, 3), generator=torch.Generator().manual_seed(0))
    y = x @ torch.tensor([[1.0], [-2.0], [0.5]])
    losses = []
    for _ in range(60):
        loss = ((layer(x) - layer.bias - y) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.2 * losses[0]
    assert [len(group["params"]) for group in optimiser.param_groups] == [1]


def test_rules_are_what_they_are_called():
    network = nn.Linear(2, 1)
    kinds = {name: type(make_optimiser(network, FitSettings(optimiser=name))).__name__ for name in OPTIMISERS}
    assert kinds == {"adam": "Adam", "adamw": "AdamW", "sgd": "SGD", "rmsprop": "RMSprop"}
    group = make_optimiser(
        network, FitSettings(optimiser="sgd", momentum=0.7, nesterov=True, weight_decay=5e-4)
    ).param_groups[0]
    assert (group["momentum"], group["nesterov"], group["weight_decay"]) == (0.7, True, 5e-4)
    group = make_optimiser(network, FitSettings(optimiser="rmsprop")).param_groups[0]
    assert (group["alpha"], group["momentum"]) == (0.9, 0)


def test_a_frozen_network_cannot_learn():
    with pytest.raises(TrainingError, match="frozen"):
        make_optimiser(nn.Linear(2, 1).requires_grad_(False), FitSettings())


def test_darknet_steps():
    settings = FitSettings(schedule="steps", milestones=((200, 2.5), (400, 2.0), (600, 2.0)))
    found = [rate_factor(step, 1000, settings) for step in (0, 199, 200, 399, 400, 599, 600, 999)]
    assert found == [1, 1, 2.5, 2.5, 5, 5, 10, 10]


def test_cosine_falls_from_one_to_a_hundredth():
    settings = FitSettings(schedule="cosine")
    assert rate_factor(0, 100, settings) == pytest.approx(1)
    assert rate_factor(50, 100, settings) == pytest.approx(0.505)
    assert rate_factor(100, 100, settings) == pytest.approx(0.01)


def test_poly_falls_to_nothing():
    settings = FitSettings(schedule="poly")
    assert rate_factor(0, 100, settings) == 1
    assert rate_factor(50, 100, settings) == pytest.approx(0.5**0.9)
    assert rate_factor(100, 100, settings) == 0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_warm_up_rises_to_the_schedule(schedule):
    settings = FitSettings(schedule=schedule, warm_up=10, milestones=((50, 0.5),))
    found = [rate_factor(step, 100, settings) for step in range(11)]
    assert found[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert found[10] == pytest.approx(1)
    assert all(0 <= rate_factor(step, 100, settings) <= 1 for step in range(101))


def test_a_plateau_lowers_the_rate():
    settings = FitSettings(schedule="plateau", plateau_patience=2, plateau_factor=0.5)
    watch = Watch()
    factors = []
    for epoch, loss in enumerate([1.0, 0.9, 0.95, 0.9, 0.91, 0.92, 0.93, 0.94, 0.8], start=1):
        watch.see(loss, epoch, settings)
        factors.append(watch.factor)
    # two epochs are borne, the third is one too many, as ReduceLROnPlateau counts
    assert factors == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]
    assert (watch.best, watch.best_epoch) == (0.8, 9)


def test_a_plateau_is_judged_as_torch_judges_it():
    losses = torch.rand(60, generator=torch.Generator().manual_seed(1)).double().tolist()
    settings = FitSettings(schedule="plateau", plateau_patience=3, plateau_factor=0.1)
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = torch.optim.lr_scheduler.ReduceLROnPlateau(
        optimiser, factor=0.1, patience=3, threshold=0, eps=0
    )
    watch = Watch()
    for epoch, loss in enumerate(losses, start=1):
        watch.see(loss, epoch, settings)
        reference.step(loss)
        assert watch.factor == pytest.approx(optimiser.param_groups[0]["lr"])


def test_patience_runs_out():
    settings = FitSettings(patience=2)
    watch = Watch()
    over = []
    for epoch, loss in enumerate([1.0, 0.5, 0.6, 0.4, 0.4, 0.4], start=1):
        watch.see(loss, epoch, settings)
        over.append(watch.is_over(settings))
    assert over == [False] * 5 + [True]
    assert not watch.is_over(FitSettings())


def test_the_average_follows_weights_and_counts():
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    average = Average(network, 0.9)
    start = network[0].weight.detach().clone()
    with torch.no_grad():
        network[0].weight += 1
    network(torch.ones(2, 1, 3, 3))
    average.follow(network, 1000)
    torch.testing.assert_close(average.network[0].weight, start + 0.1)
    assert int(average.network[1].num_batches_tracked) == 1
    assert not any(p.requires_grad for p in average.network.parameters())
    # at the beginning it nearly is the network
    average.follow(network, 0)
    torch.testing.assert_close(average.network[0].weight, start + 0.1 + 0.9 * 0.9)


def test_the_average_leaves_frozen_weights_exactly_alone():
    network = nn.Conv2d(3, 7, 3)
    average = Average(network, 0.99)
    for step in range(50):
        average.follow(network, step)
    assert torch.equal(average.network.weight, network.weight)
