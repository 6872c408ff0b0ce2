"""The engine that needs no weights: outlines and bands around a click, and a random walker to mend them.

It serves where no model is there. A first click (or a box) is answered by the clearest closed outline around
it, or by the thin band that it lies on; where neither is clear it says that nothing was found. Later clicks
bound the outline, or mend the mask around them.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.click.answer import NOTHING_HERE, NOTHING_MARKED, ClickAnswer, nothing_found
from lusgui.core.click.growth import grow_band
from lusgui.core.click.mending import mend, place_of
from lusgui.core.click.merge import merge, unserved
from lusgui.core.click.polar import Bounds, outlines
from lusgui.core.click.prompt import Box, Click, ClickPrompt, Scribble, is_positive, mark_mask
from lusgui.core.click.void import OUTSIDE_PICTURE, falls_outside
from lusgui.core.despeckle import FAST, despeckle
from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.prompt import Mark

    Gray = NDArray[np.float32]
    Mask = NDArray[np.bool_]

NAME = "without a model"

GRID = 256
"""Outlines and bands are looked for on a grid of at most so many rows and columns."""

SHORTEST = 128
"""A side is not made shorter than this, so that a frame of 960 x 128 keeps its columns."""

SMOOTHING = 0.7
"""Of that grid, in its pixels."""

LARGEST_RADIUS = 0.6
"""Of an outline, as a share of the longer side."""

CLEAR_OUTLINE = 0.3
"""Score from which an outline is taken at once."""

FAINT_OUTLINE = 0.1
"""Score below which there is none: clicks on nothing reach it in one case of four."""

CLEAR_BAND = 2.0
"""Contrast from which a band is taken."""

REDRAWN = 0.3
"""An error this wide, as a share of the radius of its piece, means that the outline was the wrong one."""

AT_ONCE = 5
"""Older marks that are answered with the newest one, at most: those of the frame before."""

WITHIN, STRETCH = 0.7, 0.2
"""An outline that lies in a band by more than the first share, and is less than the second of it, is none."""

LEAST_SPREAD = 0.05
"""Of gray values: in a frame without structure grains of speckle are none either."""

CORNERS = 24
"""Points of a scribble that bound an outline."""


@dataclass(frozen=True, eq=False)
class WeightlessEmbedding:
    """What is computed once a frame.

    Parameters
    ----------
    smooth : (H, W) float32 ndarray
        The frame without speckle.
    grid : (h, w) float32 ndarray
        The same, smaller.
    factors : tuple of int
        Rows and columns of the frame for one of the grid.
    spread : float
        Standard deviation of the grid where it is not black.
    """

    smooth: Gray
    grid: Gray
    factors: tuple[int, int]
    spread: float

    @property
    def nbytes(self) -> int:
        """Bytes of memory it takes."""
        return int(self.smooth.nbytes + self.grid.nbytes)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the frame."""
        return self.smooth.shape[0], self.smooth.shape[1]

    def on_grid(self, row: float, col: float) -> tuple[float, float]:
        """Return a continuous position on the frame as one on the grid, whole numbers being pixel centres."""
        return row / self.factors[0] - 0.5, col / self.factors[1] - 0.5


@dataclass(frozen=True, eq=False)
class _Proposal:
    mask: Mask
    probability: Gray
    score: float


class WeightlessEngine:
    """Answers clicks by classic image processing; see the module."""

    @property
    def name(self) -> str:
        """Name for people."""
        return NAME

    def embed(self, gray: Gray, spacing_ratio: float = 1.0) -> WeightlessEmbedding:
        """Take the speckle out of a frame (H, W) in [0, 1], and make the grid that is searched."""
        from scipy import ndimage

        smooth = despeckle(gray, Intensity.DISPLAY, FAST)
        factors = _factors((smooth.shape[0], smooth.shape[1]))
        padded = np.pad(
            smooth, [(0, -size % f) for size, f in zip(smooth.shape, factors, strict=True)], mode="edge"
        )
        rows, cols = (size // f for size, f in zip(padded.shape, factors, strict=True))
        pooled = padded.reshape(rows, factors[0], cols, factors[1]).mean(axis=(1, 3))
        grid = ndimage.gaussian_filter(pooled, SMOOTHING).astype(np.float32)
        seen = grid[grid > 0.02]
        spread = max(float(seen.std()) if seen.size else 0.0, LEAST_SPREAD)
        return WeightlessEmbedding(smooth, grid, factors, spread)

    def answer(
        self,
        embedding: WeightlessEmbedding,
        prompt: ClickPrompt,
        previous: Mask | None,
        *,
        is_preview: bool = False,
    ) -> ClickAnswer:
        """Return the mask for what was marked; see `lusgui.core.click.engine.ClickEngine`."""
        began = time.perf_counter()
        shape = embedding.shape
        prompt.checked(shape)
        before = np.zeros(shape, dtype=bool) if previous is None else previous
        if prompt.is_empty or not (prompt.has_positive or before.any()):
            seconds = time.perf_counter() - began
            return nothing_found(shape, previous, engine=NAME, seconds=seconds, note=NOTHING_MARKED)
        if not before.any() and falls_outside(embedding.smooth, prompt):
            seconds = time.perf_counter() - began
            return nothing_found(shape, previous, engine=NAME, seconds=seconds, note=OUTSIDE_PICTURE)
        last: _Proposal | None = None
        for part in _one_by_one(prompt, before):
            step = self._step(embedding, part, before if last is None else last.mask)
            last = last if step is None else step
        seconds = time.perf_counter() - began
        if last is None:
            return nothing_found(shape, previous, engine=NAME, seconds=seconds, note=NOTHING_HERE)
        return ClickAnswer(last.mask, last.probability, found=True, note="", seconds=seconds, engine=NAME)

    def _step(self, embedding: WeightlessEmbedding, prompt: ClickPrompt, before: Mask) -> _Proposal | None:
        """Return the mask after the newest mark; None where it finds nothing."""
        mark = prompt.marks[-1]
        if isinstance(mark, Box) or not before.any():
            new = self._propose(embedding, prompt, mark, before) if is_positive(mark) else None
            return None if new is None else _joined(new, before, new.mask, prompt)
        if not mark.is_positive and not (before & mark_mask(mark, embedding.shape)).any():
            return _Proposal(before, before.astype(np.float32), 0.0)
        place = place_of(mark, before)
        if place.is_apart:
            new = self._propose(embedding, prompt, mark, before)
            return None if new is None else _joined(new, before, before | new.mask, prompt)
        if place.reach > REDRAWN * place.size:
            first = next((m for m in prompt.marks[:-1] if is_positive(m) and _lies_in(m, place.piece)), None)
            new = None if first is None else self._redrawn(embedding, prompt, first, before & ~place.piece)
            if new is not None:
                return _joined(new, before, (before & ~place.piece) | new.mask, prompt)
        probability = mend(embedding.smooth, before, prompt, place.reach)
        return _Proposal(merge(probability >= 0.5, before, prompt), probability, 1.0)

    def _redrawn(
        self, embedding: WeightlessEmbedding, prompt: ClickPrompt, first: Mark, others: Mask
    ) -> _Proposal | None:
        """Return the outline of a piece once more, bounded by all marks; None where none is clear."""
        row, col = embedding.on_grid(*_centre(first))
        bounds = _bounds(embedding, prompt, first, (row, col), others)
        largest = LARGEST_RADIUS * max(embedding.grid.shape)
        found = outlines(embedding.grid, row, col, largest, embedding.spread, bounds)
        return _filled(embedding, found[0]) if found and found[0].score >= FAINT_OUTLINE else None

    def _propose(
        self, embedding: WeightlessEmbedding, prompt: ClickPrompt, mark: Mark, before: Mask
    ) -> _Proposal | None:
        """Return a structure for a mark where nothing is yet; None where nothing is clear."""
        centre = _centre(mark)
        row, col = embedding.on_grid(*centre)
        bounds = _bounds(embedding, prompt, mark, (row, col), before)
        found = outlines(
            embedding.grid, row, col, LARGEST_RADIUS * max(embedding.grid.shape), embedding.spread, bounds
        )
        best = found[0] if found else None
        band = None if isinstance(mark, Box) else _band(embedding, mark)
        if best is not None and best.score >= CLEAR_OUTLINE:
            drawn = _filled(embedding, best)
            return band if band is not None and _is_part(drawn.mask, band.mask) else drawn
        if band is not None:
            return band
        # a box says that there is something, and so does a click for the second time
        insists = isinstance(mark, Box) or any(
            is_positive(one) and not _lies_in(one, before) for one in prompt.marks[:-1]
        )
        if best is not None and (best.score >= FAINT_OUTLINE or insists):
            return _filled(embedding, best)
        if isinstance(mark, Scribble):
            painted = mark_mask(mark, embedding.shape)
            return _Proposal(painted, painted.astype(np.float32), 0.0)
        return None


def _one_by_one(prompt: ClickPrompt, before: Mask) -> list[ClickPrompt]:
    """Return prompts that end with each mark that is to be answered, the newest last.

    Several are given at once where those of the frame before are asked again: they are answered one after the
    other, as if they were clicked.
    """
    marks = prompt.marks
    older = unserved(before, prompt)[:-1]
    places = [place for place in range(len(marks) - 1) if any(marks[place] is one for one in older)]
    return [ClickPrompt(marks[: place + 1]) for place in places[:AT_ONCE]] + [prompt]


def _joined(new: _Proposal, before: Mask, found: Mask, prompt: ClickPrompt) -> _Proposal:
    return _Proposal(merge(found, before, prompt), new.probability, new.score)


def _lies_in(mark: Mark, piece: Mask) -> bool:
    if isinstance(mark, Click):
        return bool(piece[mark.pixel])
    return bool((mark_mask(mark, (piece.shape[0], piece.shape[1])) & piece).any())


def _factors(shape: tuple[int, int]) -> tuple[int, int]:
    most = math.ceil(max(shape) / GRID)
    return min(most, max(1, shape[0] // SHORTEST)), min(most, max(1, shape[1] // SHORTEST))


def _centre(mark: Mark) -> tuple[float, float]:
    if isinstance(mark, Click):
        return mark.row, mark.col
    if isinstance(mark, Box):
        return (mark.row0 + mark.row1) / 2, (mark.col0 + mark.col1) / 2
    return mark.points[len(mark.points) // 2]


def _bounds(
    embedding: WeightlessEmbedding,
    prompt: ClickPrompt,
    mark: Mark,
    centre: tuple[float, float],
    before: Mask,
) -> Bounds:
    """Return what an outline for a mark must hold and leave out."""
    inside: list[tuple[float, float]] = []
    outside: list[tuple[float, float]] = []
    box = None
    for one in prompt.marks:
        if isinstance(one, Click):
            if not one.is_positive:
                outside.append(embedding.on_grid(one.row, one.col))
            elif not before[one.pixel]:  # what lies in another piece belongs to that
                inside.append(embedding.on_grid(one.row, one.col))
        elif isinstance(one, Scribble):
            step = max(1, len(one.points) // CORNERS)
            places = [embedding.on_grid(*point) for point in one.points[::step]]
            if not one.is_positive:
                outside += places
            elif one is mark:
                inside += places
        elif one is prompt.box and (one is mark or _holds(one, _centre(mark))):
            box = (*embedding.on_grid(one.row0, one.col0), *embedding.on_grid(one.row1, one.col1))
    return Bounds.of(centre, inside, outside, box)


def _holds(box: Box, place: tuple[float, float]) -> bool:
    return box.row0 <= place[0] <= box.row1 and box.col0 <= place[1] <= box.col1


def _pixels(embedding: WeightlessEmbedding, mark: Click | Scribble) -> list[tuple[int, int]]:
    """Return pixels of the grid under a mark; of a scribble a few."""
    rows, cols = embedding.grid.shape
    points: list[tuple[float, float]]
    if isinstance(mark, Click):
        points = [(mark.row, mark.col)]
    else:
        points = list(mark.points[:: max(1, len(mark.points) // 5)])
    return [
        (
            min(max(int(row // embedding.factors[0]), 0), rows - 1),
            min(max(int(col // embedding.factors[1]), 0), cols - 1),
        )
        for row, col in points
    ]


def _band(embedding: WeightlessEmbedding, mark: Click | Scribble) -> _Proposal | None:
    """Return the clear bands under a mark, joined; None where there is none."""
    bands = [grow_band(embedding.grid, r, c, embedding.spread) for r, c in _pixels(embedding, mark)]
    clear = [band for band in bands if band is not None and band.contrast >= CLEAR_BAND]
    if not clear:
        return None
    together = np.logical_or.reduce([band.mask for band in clear])
    return _spread_out(embedding, together, max(band.contrast for band in clear))


def _is_part(outline: Mask, band: Mask) -> bool:
    """Whether an outline is but a stretch of a band."""
    both, area = np.count_nonzero(outline & band), np.count_nonzero(outline)
    return bool(both > WITHIN * area and area < STRETCH * np.count_nonzero(band))


def _filled(embedding: WeightlessEmbedding, outline: object) -> _Proposal:
    """Return an outline of the grid filled on the frame."""
    from lusgui.core.click.polar import Outline

    assert isinstance(outline, Outline)
    shape, factors = embedding.shape, embedding.factors
    most = float(outline.radius.max()) * 1.3 + 2
    rows = slice(
        max(int((outline.row - most) * factors[0]), 0),
        min(int((outline.row + most + 1) * factors[0]) + 1, shape[0]),
    )
    cols = slice(
        max(int((outline.col - most) * factors[1]), 0),
        min(int((outline.col + most + 1) * factors[1]) + 1, shape[1]),
    )
    at_rows = ((np.arange(rows.start, rows.stop) + 0.5) / factors[0] - 0.5)[:, None]
    at_cols = ((np.arange(cols.start, cols.stop) + 0.5) / factors[1] - 0.5)[None, :]
    depth = outline.distance(at_rows, at_cols)
    probability = np.zeros(shape, dtype=np.float32)
    probability[rows, cols] = 1.0 / (1.0 + np.exp(-np.clip(depth * 20.0, -40.0, 40.0)))
    return _Proposal(probability >= 0.5, probability, outline.score)


def _spread_out(embedding: WeightlessEmbedding, region: Mask, score: float) -> _Proposal:
    """Return a region of the grid on the frame, its edge drawn between the grid's pixels."""
    from scipy import ndimage

    soft = ndimage.gaussian_filter(region.astype(np.float32), SMOOTHING)
    where = [
        (np.arange(size) + 0.5) / factor - 0.5
        for size, factor in zip(embedding.shape, embedding.factors, strict=True)
    ]
    probability = ndimage.map_coordinates(
        soft, np.meshgrid(*where, indexing="ij"), order=1, mode="nearest"
    ).astype(np.float32)
    return _Proposal(probability >= 0.5, probability, score)
