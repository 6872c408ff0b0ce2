from __future__ import annotations

import logging

import pytest
import torch

from training.engine.distributed import World
from training.engine.optimise import make_optimiser
from training.engine.segmentation import SegmentationBatch
from training.engine.settings import FitSettings, TrainingError
from training.engine.step import Stepper

WORLD = World(0, 1, torch.device("cpu"))


def _stepper(network, task, **settings):
    settings = FitSettings(**({"precision": "float32", "batch_size": 8} | settings))
    return Stepper(network, task, make_optimiser(network, settings), settings, WORLD)


def _flat(network):
    return torch.cat([value.flatten().double() for value in network.state_dict().values()])


class Memory:
    """A task on a device that can take so many items at once."""

    def __init__(self, task, room, error):
        self._task = task
        self.room = room
        self._error = error

    def loss(self, network, batch):
        # the first layers have run, and batch norm has seen the items, when memory runs out
        loss = self._task.loss(network, batch)
        if len(batch[0]) > self.room:
            raise self._error
        return loss


def _batch(task, size=8):
    return task.batch(0, size, torch.Generator().manual_seed(3), torch.device("cpu"))


@pytest.mark.parametrize("accumulate", [2, 3, 8])
def test_accumulation_gives_the_step_of_the_whole_batch(bright_task, tiny_network, accumulate):
    task = bright_task()
    whole, parts = tiny_network(norm=False), tiny_network(norm=False)
    for network, parted in ((whole, 1), (parts, accumulate)):
        stepper = _stepper(network, task, accumulate=parted, optimiser="sgd")
        task.most_items = 0
        losses = [float(stepper.step(_batch(task), 0.1)) for _ in range(3)]
        assert task.most_items == -(-8 // parted)
        if parted == 1:
            wanted = losses
    assert losses == pytest.approx(wanted, rel=1e-5)
    torch.testing.assert_close(_flat(parts), _flat(whole), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("loss", ["bce", "dice", "log-dice", "dice-ce", "focal"])
def test_accumulation_heeds_how_many_masks_are_known(square_task, unet, loss):
    task = square_task(loss=loss)
    generator = torch.Generator().manual_seed(0)
    batch = SegmentationBatch(
        torch.rand((4, 1, 32, 32), generator=generator),
        (torch.rand((4, 2, 32, 32), generator=generator) < 0.2).float(),
        torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]),
    )
    results = []
    for accumulate in (1, 2, 4):
        network = unet(out_channels=2)
        stepper = _stepper(network, task, batch_size=4, accumulate=accumulate, optimiser="sgd")
        results.append((float(stepper.step(batch, 0.1)), _flat(network)))
    for value, weights in results[1:]:
        assert value == pytest.approx(results[0][0], rel=1e-5)
        torch.testing.assert_close(weights, results[0][1], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
        MemoryError(),
    ],
)
def test_out_of_memory_halves_the_parts_and_keeps_the_step(bright_task, tiny_network, error, caplog):
    plain, short = tiny_network(norm=False), tiny_network(norm=False)
    task = bright_task()
    wanted = float(_stepper(plain, task, optimiser="sgd").step(_batch(task), 0.1))
    stepper = _stepper(short, Memory(task, 3, error), optimiser="sgd")
    with caplog.at_level(logging.WARNING):
        assert float(stepper.step(_batch(task), 0.1)) == pytest.approx(wanted, rel=1e-5)
    assert stepper.part == 2
    assert [record.message.split(": ")[1][:36] for record in caplog.records] == [
        "batches now go through in parts of 4",
        "batches now go through in parts of 2",
    ]
    torch.testing.assert_close(_flat(short), _flat(plain), rtol=1e-5, atol=1e-7)


def test_a_failed_attempt_leaves_no_trace_in_batch_norm(bright_task, tiny_network):
    task = bright_task()
    network, other = tiny_network(), tiny_network()
    _stepper(network, Memory(task, 4, MemoryError())).step(_batch(task), 0.1)
    _stepper(other, task, accumulate=2).step(_batch(task), 0.1)
    assert torch.equal(_flat(network), _flat(other))
    assert int(network[1].num_batches_tracked) == 2


def test_no_room_for_one_item_is_one_clear_error(bright_task, tiny_network):
    stepper = _stepper(tiny_network(), Memory(bright_task(), 0, MemoryError()))
    with pytest.raises(TrainingError, match="not enough memory"):
        stepper.step(_batch(bright_task()), 0.1)


def test_other_errors_are_not_taken_for_lack_of_memory(bright_task, tiny_network):
    stepper = _stepper(tiny_network(), Memory(bright_task(), 0, RuntimeError("mat1 and mat2 do not fit")))
    with pytest.raises(RuntimeError, match="mat1"):
        stepper.step(_batch(bright_task()), 0.1)


def test_the_gradient_is_clipped(bright_task, tiny_network):
    network = tiny_network(norm=False)
    before = _flat(network)
    _stepper(network, bright_task(), clip=1e-3, optimiser="sgd", momentum=0.0).step(
        _batch(bright_task()), 1.0
    )
    assert float((_flat(network) - before).norm()) == pytest.approx(1e-3, rel=1e-3)


def test_float16_is_scaled_and_learns(bright_task, tiny_network):
    network = tiny_network(norm=False)
    stepper = _stepper(network, bright_task(), precision="float16", clip=1.0, optimiser="sgd")
    losses = [float(stepper.step(_batch(bright_task()), 0.3)) for _ in range(40)]
    assert stepper.scaler.is_enabled()
    assert losses[-1] < losses[0]
    assert _flat(network).isfinite().all()


def test_bfloat16_is_near_float32(bright_task, tiny_network):
    losses = []
    for precision in ("float32", "bfloat16"):
        stepper = _stepper(tiny_network(norm=False), bright_task(), precision=precision)
        losses.append(float(stepper.step(_batch(bright_task()), 0.1)))
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
    assert losses[0] != losses[1]
