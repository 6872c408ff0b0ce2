"""A network and the engine without weights, each for what it does better.

A network knows structures: the first answer is its own. What it does worse is to end: its answer to a fifth
click is often no better than that to the fourth. A random walker that mends only around a click always gets
there, but has no idea of what is meant. And a structure that the network never learnt is to it a part of one
that it did learn; there the outline that is bounded by all clicks is the better guess.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.click.answer import nothing_found
from lusgui.core.click.growth import contrast_of, half_thickness
from lusgui.core.click.mending import mend, place_of
from lusgui.core.click.merge import merge
from lusgui.core.click.prompt import Box, Click, ClickPrompt, box_slices, is_positive, mark_mask
from lusgui.core.click.weightless import REDRAWN, WeightlessEngine
from lusgui.core.geometry import bounding_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.answer import ClickAnswer
    from lusgui.core.click.engine import ClickEngine, Embedding
    from lusgui.core.click.mending import Place
    from lusgui.core.click.weightless import WeightlessEmbedding

    Mask = NDArray[np.bool_]

TRUSTED_MARKS = 2
"""So many marks the network answers alone; from the next on the walker has a say in small errors."""

SMALL = 0.6
"""An error is small whose half width is at most this share of the radius of the piece it is of."""

NETWORK_SHARE = 0.5
"""Of the network's answer in the mean of the two."""

BETTER_FIT = 0.1
"""By so much the outline must fill a box better than the network's answer to be taken instead."""

ROOM = 0.1
"""Of a box's sides, how far beyond it an answer may reach: nobody drags a box to the pixel."""

THIN = 15.0
"""Area over the square of the half thickness from which on a piece is so thin that the walker leaks out of
it; a disc has 3.1, an ellipse five times as long as wide 16, a rib 30 and more."""

LEAST_CONTRAST = 0.5
"""Less than this and what the outline of a box holds does not stand out: it was made up."""


@dataclass(frozen=True, eq=False)
class JointEmbedding:
    """What both engines keep of a frame.

    Parameters
    ----------
    network : Embedding
        Of the network.
    weightless : WeightlessEmbedding
        Of the engine without weights.
    """

    network: Embedding
    weightless: WeightlessEmbedding

    @property
    def nbytes(self) -> int:
        """Bytes of memory it takes."""
        return self.network.nbytes + self.weightless.nbytes


class JointEngine:
    """A `lusgui.core.click.engine.ClickEngine` of a network and the engine without weights.

    * First marks are answered by the network. Of a box the answer keeps what lies about in it; where the
      outline fills the box far better (`BETTER_FIT`), that is taken.
    * A negative mark on a wide error says that something else was meant than the network found: the outline
      around the first positive mark, bounded by all others, is the answer.
    * From the third mark on a small error of a piece that is not thin is mended by the mean of the network's
      answer and the walker's.

    Measured on patients that the network never saw; see the guide for the figures.

    Parameters
    ----------
    network : ClickEngine
        Its answers are joined with the mask before already.
    """

    def __init__(self, network: ClickEngine) -> None:
        self.network = network
        self._weightless = WeightlessEngine()

    @property
    def name(self) -> str:
        """Name for people: that of the network."""
        return self.network.name

    def embed(self, gray: NDArray[np.float32], spacing_ratio: float = 1.0) -> JointEmbedding:
        """Do what both engines do once a frame; see `lusgui.core.click.engine.ClickEngine.embed`."""
        return JointEmbedding(
            self.network.embed(gray, spacing_ratio), self._weightless.embed(gray, spacing_ratio)
        )

    def answer(
        self,
        embedding: JointEmbedding,
        prompt: ClickPrompt,
        previous: Mask | None,
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
        shape = embedding.weightless.shape
        prompt.checked(shape)
        last = prompt.last
        before = previous if previous is not None and previous.any() else None
        answer: ClickAnswer | None = None
        if last is None or is_preview or (before is None and not isinstance(last, Box)):
            return self.network.answer(embedding.network, prompt, previous, is_preview=is_preview)
        if before is None:
            answer = self._boxed(embedding, prompt, previous)
        elif not isinstance(last, Box):
            place = place_of(last, before)
            if self._is_another(prompt, place):
                answer = self._weightless.answer(embedding.weightless, prompt, before)
            elif _is_late(prompt) and _is_small_error(place):
                answer = self._blended(embedding, prompt, before, place)
        if answer is None:
            answer = self.network.answer(embedding.network, prompt, previous)
        return replace(answer, seconds=time.perf_counter() - began, engine=self.name)

    def _is_another(self, prompt: ClickPrompt, place: Place) -> bool:
        """Whether the newest mark says that a piece which was clicked on is not what was meant.

        A piece that nobody marked was there before: it is mended, not drawn anew. Nor is a thin one, in which
        every error is wide.
        """
        newest = prompt.marks[-1]
        if is_positive(newest) or place.reach <= REDRAWN * place.size or _is_thin(place.piece):
            return False
        shape = (place.piece.shape[0], place.piece.shape[1])
        return any(
            is_positive(mark) and bool((mark_mask(mark, shape) & place.piece).any())
            for mark in prompt.marks[:-1]
        )

    def _boxed(self, embedding: JointEmbedding, prompt: ClickPrompt, previous: Mask | None) -> ClickAnswer:
        """Return the answer to a box where nothing was before: of the two the one that fills it better."""
        box = prompt.marks[-1]
        assert isinstance(box, Box)
        answer = self.network.answer(embedding.network, prompt, previous)
        outlined = self._weightless.answer(embedding.weightless, prompt, previous)
        shape = embedding.weightless.shape
        inside = np.zeros(shape, dtype=bool)
        inside[box_slices(_widened(box), shape)] = True
        stands_out = (
            outlined.found and contrast_of(embedding.weightless.smooth, outlined.mask) >= LEAST_CONTRAST
        )
        if stands_out and box_fit(outlined.mask, box) > box_fit(answer.mask, box) + BETTER_FIT:
            return outlined
        kept = answer.mask & inside
        if answer.found and kept.any():
            return replace(answer, mask=kept, probability=np.where(inside, answer.probability, 0))
        if stands_out or not answer.found:
            return outlined if stands_out else answer
        return nothing_found(shape, previous, engine=self.name, seconds=0.0, probability=answer.probability)

    def _blended(
        self, embedding: JointEmbedding, prompt: ClickPrompt, before: Mask, place: Place
    ) -> ClickAnswer:
        """Return a mask whose small error at the newest mark both engines mend."""
        answer = self.network.answer(embedding.network, prompt, before)
        walked = mend(embedding.weightless.smooth, before, prompt, place.reach)
        mean = (1 - NETWORK_SHARE) * walked + NETWORK_SHARE * answer.probability
        # where the walker was not asked there stays what was there
        probability = np.where(walked == before, before, mean).astype(np.float32)
        mask = merge(probability >= 0.5, before, prompt)
        newest = prompt.marks[-1]
        if isinstance(newest, Click) and bool(mask[newest.pixel]) != newest.is_positive:
            mask, probability = merge(walked >= 0.5, before, prompt), walked
        return replace(answer, mask=mask, probability=probability, found=True, note="")


def box_fit(mask: Mask, box: Box) -> float:
    """Return how well a mask (H, W) fills a box: the IoU of the box around it with that box, in [0, 1]."""
    around = bounding_box(mask)
    if around.is_empty:
        return 0.0
    inner_rows = min(around.row1, box.row1) - max(around.row0, box.row0)
    inner_cols = min(around.col1, box.col1) - max(around.col0, box.col0)
    shared = max(inner_rows, 0.0) * max(inner_cols, 0.0)
    areas = float(np.prod(around.shape)) + (box.row1 - box.row0) * (box.col1 - box.col0)
    return float(shared / max(areas - shared, 1e-9))


def _widened(box: Box) -> Box:
    rows, cols = ROOM * (box.row1 - box.row0), ROOM * (box.col1 - box.col0)
    return Box(box.row0 - rows, box.col0 - cols, box.row1 + rows, box.col1 + cols)


def _is_small_error(place: Place) -> bool:
    """Whether a mark lies on a small error of a piece that is not thin."""
    if place.is_apart or place.reach > SMALL * place.size:
        return False
    return not _is_thin(place.piece)


def _is_thin(piece: Mask) -> bool:
    return int(np.count_nonzero(piece)) >= THIN * half_thickness(piece) ** 2


def _is_late(prompt: ClickPrompt) -> bool:
    """Whether the network has had its turns, and the newest mark is a place."""
    newest: Any = prompt.marks[-1]
    return len(prompt.marks) > TRUSTED_MARKS and not isinstance(newest, Box)
