"""What the trainer must know to teach a detector: batches, loss, and how it does on other frames."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from training.detection.decode import DecodeSettings, Found, decode
from training.detection.grid import GridTruth, place, split_output
from training.detection.loss import YoloLossSettings, yolo_loss
from training.detection.scores import score_found
from training.detection.views import ViewSettings, move, recolour
from training.detection.viridis import to_input

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, nn

    from training.detection.grid import GridShape
    from training.detection.stack import BoxStack

CHUNK = 16
"""Frames judged at a time."""


@dataclass(frozen=True)
class DetectionBatch:
    """Frames as the network sees them, and what it should say.

    Parameters
    ----------
    images : (N, 3, S, S) float32 tensor in [0, 1]
        Viridis colours, or (N, 1, S, S) gray.
    truth : GridTruth
        On the same device.
    """

    images: Tensor
    truth: GridTruth


class DetectionTask:
    """Teach a detector, as `training.engine.fit` asks for it.

    Frames are drawn with replacement, as darknet draws them.

    Parameters
    ----------
    train : BoxStack
        Frames to learn from.
    validation : BoxStack or None
        Frames that decide which weights are best: those with the highest mean overlap.
    shape : GridShape
        The network's grid.
    channels : int
        Of the network's input.
    steps_per_epoch : int
        Iterations between two judgements; 100 as published.
    views : ViewSettings, optional
        How far frames stray.
    loss : YoloLossSettings, optional
        Weights of the loss.
    decoding : DecodeSettings, optional
        Which boxes count as found.
    watched : BoxStack, optional
        Frames judged alongside, under names that begin with ``test_``; they decide nothing, and without
        validation they are not judged.
    """

    def __init__(
        self,
        train: BoxStack,
        validation: BoxStack | None,
        shape: GridShape,
        *,
        channels: int = 3,
        steps_per_epoch: int = 100,
        views: ViewSettings | None = None,
        loss: YoloLossSettings | None = None,
        decoding: DecodeSettings | None = None,
        watched: BoxStack | None = None,
    ) -> None:
        self.steps_per_epoch = steps_per_epoch
        self._train = train
        self._validation = validation
        self._shape = shape
        self._channels = channels
        self._views = views or ViewSettings()
        self._loss = loss or YoloLossSettings()
        self._decoding = decoding or DecodeSettings()
        self._watched = watched

    def batch(self, step: int, size: int, generator: torch.Generator, device: torch.device) -> DetectionBatch:
        """Return random views of `size` frames; a function of the generator alone."""
        index = torch.randint(len(self._train), (size,), generator=generator)
        gray = self._train.images(index).to(device)
        gray, boxes = move(gray, self._train.boxes[index], generator, self._views)
        images = to_input(gray, self._channels)
        if self._channels == 3:
            images = recolour(images, generator, self._views)
        truth = place(boxes, self._train.labels[index], self._shape)
        return DetectionBatch(images, truth.to(device))

    def loss(self, network: nn.Module, batch: DetectionBatch) -> Tensor:
        """Return the loss of a batch."""
        output = network(batch.images).float()
        return yolo_loss(split_output(output, self._shape), batch.truth, self._loss)

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return scores on the validation frames, and on the watched ones.

        ``loss`` is 1 minus the mean overlap, for that is what Ramos et al. chose a checkpoint by.
        """
        if self._validation is None:
            return {}
        values = judge(network, self._validation, self._shape, self._channels, self._decoding, device)
        values["yolo_loss"] = stack_loss(
            network, self._validation, self._shape, self._channels, self._loss, device
        )
        values["loss"] = 1 - values.get("ap_as_ramos", 0.0)
        if self._watched is not None:
            seen = judge(network, self._watched, self._shape, self._channels, self._decoding, device)
            values |= {f"test_{name}": value for name, value in seen.items()}
        return values


def outputs(
    network: nn.Module, stack: BoxStack, channels: int, device: torch.device
) -> Iterator[tuple[Tensor, slice]]:
    """Yield a network's answers (n, outputs) on the CPU, and which frames they belong to."""
    # boxes in bfloat16 would be rounded to some pixels
    with torch.inference_mode(), torch.autocast(device.type, enabled=False):
        for start in range(0, len(stack), CHUNK):
            part = slice(start, min(start + CHUNK, len(stack)))
            gray = stack.images(torch.arange(part.start, part.stop)).to(device)
            yield network(to_input(gray, channels)).float().cpu(), part


def find_all(
    network: nn.Module,
    stack: BoxStack,
    shape: GridShape,
    channels: int,
    decoding: DecodeSettings,
    device: torch.device,
) -> list[Found]:
    """Return the boxes a network in eval mode finds in every frame."""
    return [
        found
        for output, _ in outputs(network, stack, channels, device)
        for found in decode(split_output(output, shape), decoding)
    ]


def found_anything(
    network: nn.Module,
    stack: BoxStack,
    shape: GridShape,
    channels: int,
    decoding: DecodeSettings,
    device: torch.device,
) -> list[Found]:
    """Return the boxes of every frame whatever their scores, as curves and the surest box need them."""
    return find_all(network, stack, shape, channels, replace(decoding, threshold=0.0), device)


def judge(
    network: nn.Module,
    stack: BoxStack,
    shape: GridShape,
    channels: int,
    decoding: DecodeSettings,
    device: torch.device,
) -> dict[str, float]:
    """Return the scores of `training.detection.scores.score_found` on all frames of a stack."""
    found = found_anything(network, stack, shape, channels, decoding, device)
    return score_found(found, stack, decoding.threshold)


def stack_loss(
    network: nn.Module,
    stack: BoxStack,
    shape: GridShape,
    channels: int,
    settings: YoloLossSettings,
    device: torch.device,
) -> float:
    """Return the mean loss over all frames of a stack."""
    total = 0.0
    for output, part in outputs(network, stack, channels, device):
        truth = place(stack.boxes[part], stack.labels[part], shape)
        total += float(yolo_loss(split_output(output, shape), truth, settings)) * len(output)
    return total / len(stack)
