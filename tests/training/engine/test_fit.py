from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from lusgui.core.despeckle import FAST
from lusgui.nn.freezing import apply_strategy, block_fingerprints, fingerprint
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.engine import course
from training.engine.fit import fit
from training.engine.segmentation import SegmentationTask
from training.engine.settings import OPTIMISERS, SCHEDULES, FitSettings, TrainingError
from training.engine.task import StopReason
from training.loop import LoopSettings, segmentation_loss, train


def _settings(**changed):
    return FitSettings(**({"epochs": 3, "batch_size": 4, "precision": "float32", "device": "cpu"} | changed))


def _flat(network):
    return torch.cat([value.flatten().double() for value in network.state_dict().values()])


def _curve(result):
    return [{k: v for k, v in row.items() if k != "seconds"} for row in result.history]


def test_a_tiny_set_is_learnt_by_heart(unet, squares):
    train, _ = squares
    task = SegmentationTask(train, train, "bce", batch_size=4, steps_per_epoch=3)
    result = fit(unet(), task, _settings(epochs=20, learning_rate=1e-2, optimiser="adamw"))
    assert result.history[0]["val_dice"] < 0.7
    assert result.history[result.best_epoch - 1]["val_dice"] > 0.95
    assert result.reason is StopReason.FINISHED
    assert not result.network.training
    # what is returned is what was judged
    assert task.validate(result.network, torch.device("cpu"))["loss"] == pytest.approx(
        min(row["val_loss"] for row in result.history), rel=1e-4
    )


def test_it_generalises_from_augmented_views(unet, square_task):
    task = square_task(augment=AugmentSettings(gray=0.2), steps_per_epoch=20, batch_size=4)
    result = fit(unet(), task, _settings(epochs=3, learning_rate=1e-2, schedule="cosine", ema=0.8))
    assert result.history[-1]["val_dice"] > 0.7


def test_rows_say_what_happened(bright_task, tiny_network):
    rows, steps = [], []
    result = fit(
        tiny_network(),
        bright_task(),
        _settings(accumulate=2),
        on_epoch=rows.append,
        on_step=lambda *told: steps.append(told),
    )
    assert tuple(rows) == result.history
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert [row["step"] for row in rows] == [4, 8, 12]
    assert {"loss", "rate", "seconds", "part", "val_loss"} <= rows[0].keys()
    assert rows[0]["part"] == 2
    assert [told[:2] for told in steps] == [(i, 12) for i in range(1, 13)]
    assert all(math.isfinite(told[2]) for told in steps)


def test_a_training_is_a_function_of_its_seed(tiny_network, bright_task):
    network = tiny_network()
    network.append(nn.Dropout(0.3))
    first, again, other = (fit(network, bright_task(), _settings(seed=seed)) for seed in (0, 0, 1))
    assert _curve(first) == _curve(again)
    assert torch.equal(_flat(first.network), _flat(again.network))
    assert _curve(first) != _curve(other)


def test_the_network_given_and_the_callers_draws_are_left_alone(tiny_network, bright_task):
    network = tiny_network()
    before = fingerprint(network)
    torch.manual_seed(7)
    wanted = torch.rand(3)
    torch.manual_seed(7)
    result = fit(network, bright_task(), _settings())
    assert torch.equal(torch.rand(3), wanted)
    assert fingerprint(network) == before != fingerprint(result.network)
    assert network.training


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_rule_with_every_schedule(tiny_network, bright_task, optimiser, schedule):
    settings = _settings(
        optimiser=optimiser,
        schedule=schedule,
        milestones=((4, 0.5),),
        warm_up=2,
        learning_rate=5e-3,
        epochs=4,
    )
    result = fit(tiny_network(), bright_task(), settings)
    assert result.history[-1]["val_loss"] < result.history[0]["val_loss"] + 0.1
    rates = [row["rate"] for row in result.history]
    if schedule in ("cosine", "poly", "steps"):
        assert rates[-1] < rates[0] * 1.01
    if schedule == "constant":
        assert rates == [5e-3] * 4


def test_what_a_strategy_freezes_stays_to_the_bit(unet, square_task):
    network = apply_strategy(unet(), "expanding")
    before = block_fingerprints(network)
    result = fit(network, square_task(batch_size=2), _settings(learning_rate=1e-2, weight_decay=0.1, ema=0.5))
    after = block_fingerprints(result.network)
    frozen = {"b1", "b2", "b3", "b4", "b5a"}
    assert {name for name in before if before[name] == after[name]} == frozen


def test_frozen_statistics_stay_to_the_bit(tiny_network, bright_task):
    network = tiny_network()
    network[1].requires_grad_(False)
    result = fit(network, bright_task(), _settings(learning_rate=1e-2))
    assert fingerprint(result.network[1]) == fingerprint(network[1])
    assert fingerprint(result.network[0]) != fingerprint(network[0])
    # and move where they are free
    free = fit(tiny_network(), bright_task(), _settings(learning_rate=1e-2)).network[1]
    assert int(free.num_batches_tracked) > 0


class Scripted:
    """A task whose validation losses are given beforehand."""

    steps_per_epoch = 1

    def __init__(self, losses):
        self._losses = iter(losses)

    def batch(self, step, size, generator, device):
        return (torch.ones(size, 1),)

    def loss(self, network, batch):
        return network(batch[0]).mean()

    def validate(self, network, device):
        return {"loss": next(self._losses), "weight": float(network.weight)}


def test_the_best_epoch_is_kept_and_patience_ends_the_rest():
    torch.manual_seed(0)
    network = nn.Linear(1, 1)
    task = Scripted([1.0, 0.5, 0.7, 0.6, 0.9, 0.1])
    result = fit(network, task, _settings(epochs=6, patience=3, optimiser="sgd", learning_rate=0.1))
    assert (result.reason, result.best_epoch, result.epochs) == (StopReason.EARLY, 2, 5)
    assert float(result.network.weight.detach()) == result.history[1]["val_weight"]
    assert result.history[1]["val_weight"] != result.history[-1]["val_weight"]


def test_a_plateau_lowers_the_rate():
    losses = [1.0, 1.0, 1.0, 1.0, 1.0]
    settings = _settings(epochs=5, schedule="plateau", plateau_patience=1, learning_rate=0.1)
    rates = [row["rate"] for row in fit(nn.Linear(1, 1), Scripted(losses), settings).history]
    assert rates == pytest.approx([0.1, 0.1, 0.1, 0.05, 0.05])


def test_without_validation_the_last_weights_count(tiny_network, bright_task):
    result = fit(tiny_network(), bright_task(validates=False), _settings(patience=1))
    assert (result.reason, result.best_epoch, result.epochs) == (StopReason.FINISHED, 3, 3)
    assert "val_loss" not in result.history[0]


def test_the_average_is_what_is_judged(tiny_network, bright_task):
    plain = fit(tiny_network(), bright_task(), _settings(learning_rate=0.05))
    average = fit(tiny_network(), bright_task(), _settings(learning_rate=0.05, ema=0.999))
    assert [row["loss"] for row in plain.history] == [row["loss"] for row in average.history]
    assert [row["val_loss"] for row in plain.history] != [row["val_loss"] for row in average.history]
    assert all(p.requires_grad for p in average.network.parameters())


def test_cancelling_ends_at_the_next_batch(tiny_network, bright_task):
    task = bright_task()
    result = fit(tiny_network(), task, _settings(), cancelled=lambda: len(task.steps) >= 6)
    assert task.steps == list(range(6))
    assert (result.reason, result.epochs, len(result.history)) == (StopReason.CANCELLED, 1, 1)


def test_a_training_cancelled_at_once_gives_the_network_back(tiny_network, bright_task):
    result = fit(tiny_network(), bright_task(), _settings(), cancelled=lambda: True)
    assert (result.best_epoch, result.history) == (0, ())
    assert fingerprint(result.network) == fingerprint(tiny_network())


def test_time_runs_out_within_an_epoch_and_what_was_learnt_is_judged(tiny_network, bright_task, monkeypatch):
    clock = iter(range(10_000))
    monkeypatch.setattr(course.time, "monotonic", lambda: float(next(clock)))
    result = fit(tiny_network(), bright_task(), _settings(epochs=100, minutes=0.45))
    assert result.reason is StopReason.TIME
    assert 0 < result.epochs < 100
    assert len(result.history) == result.epochs + 1
    assert result.history[-1]["step"] % 4 != 0
    assert result.seconds >= 27


def test_a_loss_that_is_no_number_ends_it_and_saves_what_was_good(tiny_network, bright_task):
    with pytest.raises(TrainingError, match=r"no longer a number \(epoch 3, step 10\)") as caught:
        fit(tiny_network(), bright_task(broken_from=9), _settings(epochs=9))
    kept = caught.value.result
    assert kept.best_epoch in (1, 2)
    assert _flat(kept.network).isfinite().all()
    with pytest.raises(TrainingError, match="epoch 1") as caught:
        fit(tiny_network(), bright_task(broken_from=0), _settings())
    assert caught.value.result is None


def test_weights_that_are_no_numbers_are_never_kept():
    class Steep(Scripted):
        def loss(self, network, batch):
            # zero, and at a place where the slope is none
            return (network(batch[0]) * 0).abs().sum().sqrt()

        def validate(self, network, device):
            return {}

    with pytest.raises(TrainingError, match=r"weight is no longer a finite number \(epoch 1\)") as caught:
        fit(nn.Linear(1, 1), Steep([]), _settings())
    assert caught.value.result is None


def test_nan_weights_are_one_clear_error(tiny_network, bright_task):
    network = tiny_network(norm=False)
    with torch.no_grad():
        network[0].weight[0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a number"):
        fit(network, bright_task(), _settings())


def test_a_loss_of_validation_that_is_no_number_is_an_error():
    with pytest.raises(TrainingError, match="validation loss"):
        fit(nn.Linear(1, 1), Scripted([1.0, float("nan")]), _settings())


def test_channels_last_changes_the_layout_and_nothing_else(tiny_network, bright_task):
    last, first = (
        fit(tiny_network(), bright_task(), _settings(channels_last=wanted, optimiser="sgd"))
        for wanted in (True, False)
    )
    torch.testing.assert_close(_flat(last.network), _flat(first.network), rtol=1e-4, atol=1e-6)
    assert last.network[3].weight.is_contiguous()


def test_no_memory_outside_the_parts_is_one_clear_error(tiny_network, bright_task):
    class Full(bright_task):
        def batch(self, step, size, generator, device):
            if step == 9:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return super().batch(step, size, generator, device)

    with pytest.raises(TrainingError, match="not enough memory to train on CPU") as caught:
        fit(tiny_network(), Full(), _settings())
    assert caught.value.result.epochs == 2

    class Broken(bright_task):
        def batch(self, step, size, generator, device):
            raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        fit(tiny_network(), Broken(), _settings())


def test_it_can_walk_as_the_loop_of_the_shipped_models(unet, toy_samples):
    pool = make_pool(toy_samples, ("rib",), (32, 32), FAST)
    mixture = Mixture([pool], (4,), (32, 32), AugmentSettings(gray=0.3))

    class Mixed:
        steps_per_epoch = 6

        def batch(self, step, size, generator, device):
            return mixture(step, generator)

        def loss(self, network, batch):
            images, masks, known = batch
            return segmentation_loss(network(images).float(), masks, known)

        def validate(self, network, device):
            return {}

    before = train(unet(), mixture, LoopSettings(6, warm_up=2, seed=3))
    settings = FitSettings(
        epochs=1,
        batch_size=4,
        optimiser="adamw",
        learning_rate=1e-3,
        weight_decay=1e-2,
        schedule="cosine",
        warm_up=2,
        ema=0.99,
        clip=1.0,
        precision="bfloat16",
        seed=3,
        device="cpu",
    )
    assert torch.equal(_flat(fit(unet(), Mixed(), settings).network), _flat(before))
