"""The engine with a network behind it: from marks on a raw frame to a mask on the raw frame."""

from __future__ import annotations

import copy
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn.functional import avg_pool2d, interpolate

from lusgui.core.click.answer import NOTHING_MARKED, ClickAnswer, nothing_found
from lusgui.core.click.honouring import heeded, is_heeded
from lusgui.core.click.merge import merge
from lusgui.core.click.prompt import ClickPrompt, is_positive
from lusgui.core.click.void import OUTSIDE_PICTURE, falls_outside
from lusgui.core.networks import CLICK
from lusgui.nn.click.clarity import is_structure
from lusgui.nn.click.maps import RADIUS, WHOLE, Marks, draw_marks
from lusgui.nn.click.network import DECODER_STRIDE, ClickNet, Features
from lusgui.nn.click.zoom import canvas_aspect, object_box, view_around
from lusgui.nn.cropping import crop
from lusgui.nn.preprocess import resize

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from lusgui.core.click.engine import ClickEngine
    from lusgui.core.model_card import ModelCard
    from lusgui.nn.checkpoint import LoadedModel

LEAST_SCORE = 0.5
"""A first click whose own place gets less than this probability has found nothing."""

SCORE_REACH = 2
"""Pixels of the fine grid around a click whose highest probability is its score."""


@dataclass(frozen=True)
class ClickEmbedding:
    """What is kept of a frame between clicks.

    Parameters
    ----------
    features : Features
        Of the encoder.
    grays : tuple of (1, 1, h, w) tensor
        The frame at its own size, and halved again and again, to cut crops out of.
    aspect : float
        See `lusgui.nn.click.zoom.canvas_aspect`.
    """

    features: Features
    grays: tuple[Tensor, ...]
    aspect: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the frame."""
        return int(self.grays[0].shape[-2]), int(self.grays[0].shape[-1])

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return self.features.nbytes + sum(each.numel() * each.element_size() for each in self.grays)


class NetworkClickEngine:
    """A `lusgui.core.click.engine.ClickEngine` with a click network.

    Parameters
    ----------
    model : LoadedModel
        Its network is copied and left as it is.
    refines : bool
        Whether the fine network looks at a crop too; without it the coarse answer is all.

    Raises
    ------
    ModelError
        If the model does not answer clicks.
    """

    def __init__(self, model: LoadedModel, *, refines: bool = True) -> None:
        model.card.require_task(CLICK)
        network = copy.deepcopy(model.network).eval().requires_grad_(False)
        assert isinstance(network, ClickNet)
        self.card: ModelCard = model.card
        self.refines = refines
        self._network = network

    @property
    def name(self) -> str:
        """Name for people."""
        return f"{self.card.name} {self.card.version}" + ("" if self.refines else " without zoom")

    def embed(self, gray: NDArray[np.float32], spacing_ratio: float = 1.0) -> ClickEmbedding:
        """Run the encoder; see `lusgui.core.click.engine.ClickEngine.embed`."""
        values = np.require(gray, dtype=np.float32, requirements=["C", "W"])
        with torch.inference_mode():
            whole = torch.from_numpy(values)[None, None]
            side = self._network.coarse_side
            features = self._network.encode(resize(whole, (side, side)).contiguous())
            grays = [whole.clone()]
            while min(grays[-1].shape[-2:]) >= 2 * self._network.fine_side:
                grays.append(avg_pool2d(grays[-1], 2, ceil_mode=True, count_include_pad=False))
        shape = (int(gray.shape[0]), int(gray.shape[1]))
        return ClickEmbedding(features, tuple(grays), canvas_aspect(shape, spacing_ratio))

    def answer(
        self,
        embedding: ClickEmbedding,
        prompt: ClickPrompt,
        previous: NDArray[np.bool_] | None,
        *,
        is_preview: bool = False,
    ) -> ClickAnswer:
        """Return the mask for what was marked; see `lusgui.core.click.engine.ClickEngine.answer`.

        Raises
        ------
        ClickError
            If the marks are not sound for the frame.
        """
        began = time.perf_counter()
        shape = embedding.shape
        prompt.checked(shape)
        before = previous if previous is not None and previous.any() else None
        if prompt.is_empty or (before is None and not prompt.has_positive):
            return nothing_found(
                shape, previous, engine=self.name, seconds=time.perf_counter() - began, note=NOTHING_MARKED
            )
        if before is None and falls_outside(embedding.grays[0][0, 0].numpy(), prompt):
            seconds = time.perf_counter() - began
            return nothing_found(shape, previous, engine=self.name, seconds=seconds, note=OUTSIDE_PICTURE)
        marks = Marks.of(prompt, shape)
        with torch.inference_mode():
            probability, rows, cols = self._probability(
                embedding, marks, before, refines=self.refines and not is_preview
            )
        found = probability >= self.card.threshold
        if before is None and not self._is_found(embedding, probability, marks, rows, cols):
            return nothing_found(
                shape,
                previous,
                engine=self.name,
                seconds=time.perf_counter() - began,
                probability=probability,
            )
        mask = merge(found, before, prompt)
        if before is not None and not is_heeded(mask, prompt):
            once_more = self._insist(embedding, prompt, before, mask)
            if once_more is None:
                return nothing_found(
                    shape,
                    previous,
                    engine=self.name,
                    seconds=time.perf_counter() - began,
                    probability=probability,
                )
            mask = once_more
        if not mask.any() and before is None:
            return nothing_found(
                shape,
                previous,
                engine=self.name,
                seconds=time.perf_counter() - began,
                probability=probability,
            )
        seconds = time.perf_counter() - began
        return ClickAnswer(mask, probability, found=True, note="", seconds=seconds, engine=self.name)

    def _insist(
        self,
        embedding: ClickEmbedding,
        prompt: ClickPrompt,
        before: NDArray[np.bool_],
        mask: NDArray[np.bool_],
    ) -> NDArray[np.bool_] | None:
        """Return a mask that heeds the newest mark, which the network did not; None where nothing is there.

        A positive one may be about another structure: it is asked by itself. Else the mask is mended there.
        """
        last = prompt.marks[-1]
        if is_positive(last):
            alone = ClickPrompt((*(mark for mark in prompt.marks if not is_positive(mark)), last))
            answer = self.answer(embedding, alone, None)
            if answer.found:
                mask = merge(answer.mask | before, before, prompt)
        return heeded(embedding.grays[0][0, 0].numpy(), mask, prompt)

    def _probability(
        self, embedding: ClickEmbedding, marks: Marks, before: NDArray[np.bool_] | None, *, refines: bool
    ) -> tuple[NDArray[np.float32], slice, slice]:
        """Return the probability (H, W), and the rows and columns that were looked at."""
        grid = self._network.coarse_side // DECODER_STRIDE
        shape = embedding.shape
        there = torch.zeros(1, 1, *shape) if before is None else torch.from_numpy(before).float()[None, None]
        there_coarse = torch.zeros(1, 1, grid, grid) if before is None else resize(there, (grid, grid))
        drawn = torch.from_numpy(draw_marks(marks, WHOLE, grid, RADIUS / DECODER_STRIDE))
        prompt = torch.cat([drawn[None], there_coarse], dim=1)
        coarse = torch.sigmoid(self._network.decode(embedding.features, prompt))  # (1, 1, g, g)
        whole = (slice(0, shape[0]), slice(0, shape[1]))
        if not refines:
            return _numpy(_stretch(coarse, shape)), *whole
        box = object_box(
            coarse[0, 0].numpy(), marks, None if before is None else there_coarse[0, 0].numpy() >= 0.5
        )
        if box is None:
            return _numpy(_stretch(coarse, shape)), *whole
        rows, cols = _pixels(view_around(box, embedding.aspect), shape)
        view = (rows.start / shape[0], cols.start / shape[1], rows.stop / shape[0], cols.stop / shape[1])
        side = self._network.fine_side
        image = _cut(_fitting(embedding.grays, rows, cols, shape, side), view, side)
        around = _cut(torch.cat([coarse, there_coarse], dim=1), view, side)
        seen = torch.from_numpy(draw_marks(marks, view, side))[None]
        logits = self._network.refine(image, around[:, :1], torch.cat([seen, around[:, 1:]], dim=1))
        result = np.zeros(shape, np.float32)
        size = (rows.stop - rows.start, cols.stop - cols.start)
        result[rows, cols] = _numpy(torch.sigmoid(_stretch(logits, size)))
        return result, rows, cols

    def _is_found(
        self,
        embedding: ClickEmbedding,
        probability: NDArray[np.float32],
        marks: Marks,
        rows: slice,
        cols: slice,
    ) -> bool:
        """Return whether a first answer is a structure; boxes and several clicks are taken at their word."""
        if self._score(probability, marks) < LEAST_SCORE:
            return False
        if marks.box is not None or marks.strokes or len(marks.clicks) > 1:
            return True
        step = max(min(rows.stop - rows.start, cols.stop - cols.start) // self._network.fine_side, 1)
        gray = embedding.grays[0][0, 0].numpy()
        seen = (slice(rows.start, rows.stop, step), slice(cols.start, cols.stop, step))
        return is_structure(gray[seen], probability[seen])

    def _score(self, probability: NDArray[np.float32], marks: Marks) -> float:
        """Return the highest probability at what was marked."""
        points = marks.positive_points
        if marks.box is not None or not len(points):
            return float(probability.max())
        shape = np.array(probability.shape)
        reach = np.maximum(np.ceil(SCORE_REACH * shape / self._network.fine_side), 1).astype(int)
        best = 0.0
        for row, col in np.floor(points * shape).astype(int):
            window = probability[
                max(row - reach[0], 0) : row + reach[0] + 1, max(col - reach[1], 0) : col + reach[1] + 1
            ]
            best = max(best, float(window.max(initial=0.0)))
        return best


def load_engine(path: str | Path, *, refines: bool = True, is_alone: bool = False) -> ClickEngine:
    """Return the engine of a model file, joined with the one without weights.

    Parameters
    ----------
    path : path
        The model.
    refines : bool
        Whether its fine network looks at a crop too.
    is_alone : bool
        Whether the network answers all by itself, to be compared.

    Raises
    ------
    ModelError
        If the file cannot be read, or its model does not answer clicks.
    """
    from pathlib import Path

    from lusgui.core.click.joint import JointEngine
    from lusgui.nn.checkpoint import load_model

    network = NetworkClickEngine(load_model(Path(path)), refines=refines)
    return network if is_alone else JointEngine(network)


def _stretch(planes: Tensor, shape: tuple[int, int]) -> Tensor:
    """Bring (1, 1, h, w) to `shape`; averaged where it shrinks."""
    if shape[0] >= planes.shape[-2] and shape[1] >= planes.shape[-1]:
        return interpolate(planes, size=shape, mode="bilinear", align_corners=False)
    return resize(planes, shape)


def _numpy(planes: Tensor) -> NDArray[np.float32]:
    values: NDArray[np.float32] = planes[0, 0].clamp(0, 1).contiguous().numpy()
    return values


def _pixels(view: tuple[float, float, float, float], shape: tuple[int, int]) -> tuple[slice, slice]:
    """Return a view as whole pixels of the frame, at least one each way."""
    row0, col0 = (min(max(round(view[i] * shape[i]), 0), shape[i] - 1) for i in (0, 1))
    row1, col1 = (min(max(round(view[i + 2] * shape[i]), 1), shape[i]) for i in (0, 1))
    return slice(row0, max(row1, row0 + 1)), slice(col0, max(col1, col0 + 1))


def _fitting(
    grays: tuple[Tensor, ...], rows: slice, cols: slice, shape: tuple[int, int], side: int
) -> Tensor:
    """Return the smallest copy of the frame on which the view still has a pixel for each of the crop's."""
    chosen = grays[0]
    least = min(rows.stop - rows.start, cols.stop - cols.start)
    for gray in grays[1:]:
        if least * gray.shape[-2] / shape[0] < side:
            break
        chosen = gray
    return chosen


def _cut(planes: Tensor, view: tuple[float, float, float, float], side: int) -> Tensor:
    """Return (1, C, side, side): a view of planes (1, C, h, w), from no more of them than it needs."""
    height, width = int(planes.shape[-2]), int(planes.shape[-1])
    row0, col0 = max(int(view[0] * height) - 2, 0), max(int(view[1] * width) - 2, 0)
    row1, col1 = min(int(view[2] * height) + 3, height), min(int(view[3] * width) + 3, width)
    part = planes[:, :, row0:row1, col0:col1]
    inside = torch.tensor(
        [
            [
                (view[0] * height - row0) / (row1 - row0),
                (view[1] * width - col0) / (col1 - col0),
                (view[2] * height - row0) / (row1 - row0),
                (view[3] * width - col0) / (col1 - col0),
            ]
        ]
    )
    return crop(part, inside, side)
