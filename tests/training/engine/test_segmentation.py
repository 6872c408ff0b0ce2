from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from lusgui.core.despeckle import FAST
from lusgui.nn.preprocess import Preprocess
from training.augment import AugmentSettings
from training.dataset import Sample
from training.engine.segmentation import SegmentationTask, Stack, make_stack
from training.engine.settings import TrainingError

CPU = torch.device("cpu")


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


def _masked(samples):
    return [(sample, sample.masks["rib"]) for sample in samples]


class Answer(nn.Module):
    """Says what it is told to, whatever it sees."""

    def __init__(self, logits):
        super().__init__()
        self._logits = logits
        self._next = 0

    def forward(self, images):
        start, self._next = self._next, (self._next + len(images)) % len(self._logits)
        return self._logits[start : start + len(images)]


def test_a_stack_is_in_register_with_the_predictor(toy_samples):
    stack = make_stack(toy_samples, ("rib", "vein"), (32, 16), FAST, in_channels=3)
    assert stack.images.shape == (6, 3, 32, 16)
    assert stack.masks.shape == (6, 2, 32, 16)
    assert stack.names[2] == "f2"
    assert stack.groups == ("g0", "g0", "g1", "g1", "g2", "g2")
    assert stack.known.tolist() == [[1, 0]] * 6
    assert stack.ignored is None
    way = Preprocess((32, 16), in_channels=3)
    torch.testing.assert_close(stack.images[1:2], way.forward(toy_samples[1].gray(FAST)).clamp(0, 1))
    torch.testing.assert_close(stack.masks[1:2, :1], way.forward_mask(toy_samples[1].masks["rib"]))
    # three channels of gray take the memory of one
    assert stack.images.stride(1) == 0
    assert stack.select([0, 3]).images.stride(1) == 0


def test_a_stack_of_nothing_is_refused(toy_samples):
    with pytest.raises(TrainingError, match="no frames"):
        make_stack([], ("rib",), (32, 32))
    with pytest.raises(TrainingError, match="no label"):
        make_stack(toy_samples, (), (32, 32))
    with pytest.raises(TrainingError, match="mask of this label"):
        SegmentationTask(make_stack(toy_samples, ("vein",), (32, 32)))


def test_frames_are_chosen_in_order(toy_samples):
    stack = make_stack(toy_samples, ("rib",), (16, 16))
    picked = stack.select([4, 1])
    assert picked.names == ("f4", "f1")
    assert torch.equal(picked.masks[1], stack.masks[1])


@pytest.mark.parametrize("size", [1, 2, 4, 7])
def test_shuffled_epochs_show_every_frame_equally_often(square_task, size):
    task = square_task()
    seen = []
    for step in range(8):
        seen += task._choose(step, size, _generator())
    counts = np.bincount(seen, minlength=4)
    assert counts.max() - counts.min() <= 1
    assert seen == [i for step in range(8) for i in task._choose(step, size, _generator(step))]
    other = square_task(seed=1)
    assert [i for step in range(8) for i in other._choose(step, size, _generator())] != seen


def test_random_and_group_order_draw_from_the_generator(toy_samples):
    stack = make_stack([*toy_samples, *[replace(toy_samples[0], group="big")] * 20], ("rib",), (16, 16))
    random = SegmentationTask(stack, batch_order="random")
    assert random._choose(3, 5, _generator(1)) == random._choose(9, 5, _generator(1))
    big = np.array([group == "big" for group in stack.groups])
    drawn = np.array(random._choose(0, 2000, _generator()))
    assert 0.7 < big[drawn].mean() < 0.85
    drawn = np.array(SegmentationTask(stack, batch_order="groups")._choose(0, 2000, _generator()))
    assert 0.2 < big[drawn].mean() < 0.3
    assert set(drawn) == set(range(26))


def test_steps_of_an_epoch(square_task):
    assert square_task(batch_size=3).steps_per_epoch == 2
    assert square_task(steps_per_epoch=27).steps_per_epoch == 27


def test_a_batch_is_a_function_of_its_generator(square_task):
    task = square_task(augment=AugmentSettings())
    first, again = (task.batch(2, 3, _generator(4), CPU) for _ in range(2))
    assert torch.equal(first.images, again.images)
    assert torch.equal(first.masks, again.masks)
    assert not torch.equal(first.images, task.batch(2, 3, _generator(5), CPU).images)


def test_batches_leave_the_stack_alone(square_task, squares):
    before = squares[0].images.clone(), squares[0].masks.clone()
    task = square_task(augment=AugmentSettings(burnt_in=1.0))
    for step in range(3):
        task.batch(step, 4, _generator(step), CPU)
    assert torch.equal(squares[0].images, before[0])
    assert torch.equal(squares[0].masks, before[1])


def test_three_channels_stay_the_same_gray(toy_samples):
    stack = make_stack(toy_samples, ("rib",), (32, 32), in_channels=3)
    task = SegmentationTask(stack, augment=AugmentSettings(burnt_in=1.0))
    batch = task.batch(0, 4, _generator(), CPU)
    assert batch.images.shape == (4, 3, 32, 32)
    assert torch.equal(batch.images[:, 0], batch.images[:, 2])


def test_colours_stay_colours(toy_samples):
    stack = make_stack(toy_samples, ("rib",), (32, 32), in_channels=3)
    colours = replace(stack, images=stack.images * torch.tensor([1.0, 0.5, 0.25]).view(1, 3, 1, 1))
    batch = SegmentationTask(colours, augment=AugmentSettings(gray=0, burnt_in=0)).batch(
        0, 4, _generator(), CPU
    )
    torch.testing.assert_close(batch.images[:, 1] * 2, batch.images[:, 0])


def test_a_callable_augments(square_task):
    def mirror(images, masks, generator):
        assert isinstance(generator, torch.Generator)
        return images.flip(3), masks.flip(3)

    plain, mirrored = square_task(), square_task(augment=mirror)
    one, two = (task.batch(0, 4, _generator(), CPU) for task in (plain, mirrored))
    assert torch.equal(one.images.flip(3), two.images)
    assert torch.equal(one.masks.flip(3), two.masks)


def test_gray_is_prepared_after_augmentation_and_for_validation(square_task, squares):
    way = Preprocess((32, 32), mean=0.5, std=0.25)
    plain, task = square_task(), square_task(prepare=way.normalise)
    torch.testing.assert_close(
        task.batch(0, 2, _generator(), CPU).images, way.normalise(plain.batch(0, 2, _generator(), CPU).images)
    )
    seen = []

    class Look(nn.Module):
        def forward(self, images):
            seen.append(images)
            return images[:, :1]

    task.validate(Look(), CPU)
    torch.testing.assert_close(seen[0], way.normalise(squares[1].images))


def test_ignored_pixels_move_with_the_image_and_count_for_nothing(toy_samples):
    samples = [replace(sample, masks={"rib": mask, "ignore": mask}) for sample, mask in _masked(toy_samples)]
    stack = make_stack(samples, ("rib",), (32, 32))
    task = SegmentationTask(stack, stack, "bce", AugmentSettings(gray=0, burnt_in=0))
    batch = task.batch(0, 4, _generator(), CPU)
    torch.testing.assert_close(1 - batch.weight, batch.masks)
    # all that is true is ignored: nothing is to be found, and finding nothing is right
    scores = task.validate(Answer(torch.full((6, 1, 32, 32), -20.0)), CPU)
    assert scores["dice"] == 1
    # pixels partly covered are partly ignored
    assert scores["loss"] < 0.3
    scores = task.validate(Answer(torch.full((6, 1, 32, 32), 20.0)), CPU)
    assert scores["dice"] == 0


def test_scores_by_hand():
    masks = torch.zeros(3, 2, 4, 4)
    masks[0, 0, :2] = 1  # 8 pixels
    masks[1, 1, 0] = 1  # unknown
    known = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    stack = Stack(torch.zeros(3, 1, 4, 4), masks, known, ("a", "b", "c"), ("a", "b", "c"))
    logits = torch.full((3, 2, 4, 4), -1.0)
    logits[0, 0, :1] = 1  # half of it
    logits[1, 0, 0, 0] = 1  # where nothing is
    task = SegmentationTask(stack, stack, "bce")
    # 2*4/(4+8), rightly empty, wrongly not
    scores = task.validate(Answer(logits), CPU)
    assert scores["dice"] == pytest.approx((8 / 12 + 1 + 0) / 3)
    right, wrong = (
        float(nn.functional.softplus(torch.tensor(-1.0))),
        float(nn.functional.softplus(torch.tensor(1.0))),
    )
    wanted = ((12 * right + 4 * wrong) + 16 * right + (15 * right + wrong)) / 48
    assert scores["loss"] == pytest.approx(wanted)


def test_there_may_be_nothing_to_validate_on(squares):
    train, rest = squares
    for validation in (None, rest.select([]), replace(rest, known=torch.zeros(2, 1))):
        assert SegmentationTask(train, validation).validate(nn.Identity(), CPU) == {}


def test_validation_goes_in_smaller_parts_when_memory_is_short(square_task):
    class Short(nn.Module):
        def forward(self, images):
            if len(images) > 1:
                raise RuntimeError("CUDA out of memory")
            return images

    assert square_task().validate(Short(), CPU) == pytest.approx(square_task().validate(nn.Identity(), CPU))

    class Broken(nn.Module):
        def forward(self, images):
            raise RuntimeError("no such thing")

    with pytest.raises(RuntimeError, match="no such thing"):
        square_task().validate(Broken(), CPU)


def test_a_network_of_another_shape_is_one_clear_error(square_task, unet):
    task = square_task()
    batch = task.batch(0, 2, _generator(), CPU)
    with pytest.raises(TrainingError, match="one output a label"):
        task.loss(unet(out_channels=2), batch)


def test_unknown_names_are_refused(square_task):
    with pytest.raises(TrainingError, match="no loss 'l1'"):
        square_task(loss="l1")
    with pytest.raises(TrainingError, match="no order 'sorted'"):
        square_task(batch_order="sorted")


def test_a_loss_may_be_a_callable(square_task):
    task = square_task(loss=lambda logits, masks, known: (logits - masks).abs().mean())
    batch = task.batch(0, 2, _generator(), CPU)
    wanted = (batch.images - batch.masks).abs().mean()
    torch.testing.assert_close(task.loss(nn.Identity(), batch), wanted)


def test_everything_is_carried_to_another_device(toy_samples):
    # the meta device has no numbers, but it refuses to mix with the CPU as a graphics card does
    samples = [replace(sample, masks={"rib": mask, "ignore": mask}) for sample, mask in _masked(toy_samples)]
    stack = make_stack(samples, ("rib",), (32, 32), in_channels=3)
    task = SegmentationTask(stack, stack, "bce", AugmentSettings(burnt_in=1.0, ultrasound=1.0))
    meta = torch.device("meta")
    batch = task.batch(0, 4, _generator(), meta)
    parts = (batch.images, batch.masks, batch.known, batch.weight)
    assert {part.device.type for part in parts} == {"meta"}
    network = nn.Conv2d(3, 1, 3, padding=1, device=meta)
    assert task.loss(network, batch).device.type == "meta"
    assert task.weight(batch).device.type == "meta"
    assert task._on_device(meta) is task._on_device(meta)


def test_frames_that_do_not_fit_stay_on_the_cpu(square_task, monkeypatch):
    task = square_task()
    real = Stack.to

    def refuse(self, device):
        if len(self) == 4:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, device)

    monkeypatch.setattr(Stack, "to", refuse)
    batch = task.batch(0, 2, _generator(), torch.device("meta"))
    assert batch.images.device.type == "meta"


def test_frames_of_any_size_make_one_stack():
    frames = [np.zeros(shape, np.uint8) for shape in ((10, 30), (40, 17))]
    samples = [Sample("a", "a", frame, {"x": frame > 0}) for frame in frames]
    assert make_stack(samples, ("x",), (16, 16)).images.shape == (2, 1, 16, 16)
