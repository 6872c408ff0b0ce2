"""The live-wire: the line between two corners that keeps to edges of the despeckled image.

Intelligent scissors after Mortensen and Barrett (SIGGRAPH 1995, doi:10.1145/218380.218442): a shortest path
over the pixels, where a step is cheap on an edge. Lengths are in mm where the spacing is known, so that a
frame with far more rows than columns a mm is no steeper one way than the other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

    Line = NDArray[np.float64]
    Edges = NDArray[np.float32]

SCALE = 1.5
"""Standard deviation of the smoothing before the gradient, in samples of mean spacing."""

SURROUNDINGS = 8.0
"""How far the strength of an edge is compared with what lies around it, in units of the same."""

STEEPEST = 40.0
"""How many times cheaper a step along the best edge is at full strength."""

STRAIGHTER = 0.1
"""How much dearer a step is as far from the straight line as the line is long."""

MARGIN = 0.6
"""How far beside the straight line a path may go, as a share of its length."""

LEAST_MARGIN = 12
"""In samples, whatever the length."""

MOST_PIXELS = 20_000
"""A larger part of the frame is searched at a lower resolution first, then along what was found."""


def edge_strength(image: NDArray[np.floating], spacing_mm: Spacing | None = None) -> Edges:
    """Return how much of an edge each pixel lies on.

    The length of the gradient of the smoothed image, relative to that of its surroundings and of the frame:
    a faint edge in a dark depth counts nearly as much as a bright one.

    Parameters
    ----------
    image : (H, W) ndarray
        Gray in [0, 1], with its speckle reduced.
    spacing_mm : (float, float), optional
        Distance between samples; square where unknown.

    Returns
    -------
    (H, W) float32 ndarray in [0, 1]
    """
    from scipy import ndimage

    values = np.nan_to_num(np.asarray(image, dtype=np.float32), nan=0.0, posinf=1.0, neginf=0.0)
    if values.size == 0:
        return values
    steps = _steps(spacing_mm)
    sigma = np.maximum(SCALE / steps, 0.8)
    down = ndimage.gaussian_filter(values, sigma, order=(1, 0), mode="nearest") / np.float32(steps[0])
    right = ndimage.gaussian_filter(values, sigma, order=(0, 1), mode="nearest") / np.float32(steps[1])
    gradient = np.hypot(down, right)
    whole = float(np.percentile(gradient, 98))
    if not whole > 1e-9:
        return np.zeros_like(gradient)
    sides = [max(round(2 * SURROUNDINGS / step), 3) for step in steps.tolist()]
    around = ndimage.uniform_filter(gradient, sides)
    strength = gradient / (np.float32(0.5 * whole) + np.float32(3.0) * np.maximum(around, 0))
    return np.asarray(np.clip(strength, 0.0, 1.0), dtype=np.float32)


def _steps(spacing_mm: Spacing | None) -> NDArray[np.float64]:
    """Return the distance between samples relative to its geometric mean, (row, column)."""
    if spacing_mm is None:
        return np.ones(2)
    steps = np.asarray(spacing_mm, dtype=np.float64)
    return np.asarray(steps / math.sqrt(float(steps.prod())))


def snapped(
    edges: Edges, corner: tuple[float, float], reach: tuple[float, float], strength: float
) -> tuple[float, float]:
    """Return the place near a corner at which an edge is strongest; the corner itself without strength.

    Parameters
    ----------
    edges : (H, W) float32 ndarray
        Of `edge_strength`.
    corner : (row, column)
        Continuous.
    reach : (float, float)
        How far it may move, in samples along rows and columns.
    strength : float
        0 to 1: how far it is drawn.
    """
    row, col = corner
    rows, cols = edges.shape
    if strength <= 0 or not (0 <= row < rows and 0 <= col < cols):
        return corner
    top, left = max(int(row - reach[0]), 0), max(int(col - reach[1]), 0)
    part = edges[top : int(row + reach[0]) + 1, left : int(col + reach[1]) + 1]
    away = np.hypot(
        ((np.arange(part.shape[0]) + top + 0.5 - row) / max(reach[0], 1e-6))[:, None],
        ((np.arange(part.shape[1]) + left + 0.5 - col) / max(reach[1], 1e-6))[None, :],
    )
    worth = np.where(away <= 1.0, part * (1.0 - 0.5 * away), -1.0)
    best = np.unravel_index(int(np.argmax(worth)), worth.shape)
    if worth[best] < 0.3:
        return corner
    share = min(2.0 * strength, 1.0)
    found = top + int(best[0]) + 0.5, left + int(best[1]) + 0.5
    return row + share * (found[0] - row), col + share * (found[1] - col)


def wire(
    edges: Edges,
    start: tuple[float, float],
    end: tuple[float, float],
    strength: float,
    spacing_mm: Spacing | None = None,
) -> Line:
    """Return the line from one corner to another that keeps to edges.

    Parameters
    ----------
    edges : (H, W) float32 ndarray
        Of `edge_strength`.
    start, end : (row, column)
        Continuous; outside the frame the line is straight up to its edge.
    strength : float
        0 gives the straight line, 1 keeps to edges wherever they lead.
    spacing_mm : (float, float), optional
        Distance between samples.

    Returns
    -------
    (N, 2) float64 ndarray
        Row and column, from `start` to `end`, both as given.
    """
    ends = np.array([start, end], dtype=np.float64)
    limits = np.array(edges.shape, dtype=np.float64)
    first, last = np.clip(np.floor(np.clip(ends, 0, limits)), 0, limits - 1).astype(np.int64)
    if strength <= 0 or edges.size == 0 or np.abs(last - first).max() < 2:
        return ends
    steps = _steps(spacing_mm)
    length = float(np.hypot(*((last - first) * steps)))
    margin = np.ceil(np.maximum(MARGIN * length, LEAST_MARGIN) / steps).astype(np.int64)
    low = np.maximum(np.minimum(first, last) - margin, 0)
    high = np.minimum(np.maximum(first, last) + margin + 1, edges.shape)
    part = _cost(edges[low[0] : high[0], low[1] : high[1]], min(strength, 1.0))
    part *= _detour(low, high, first, last, steps)
    path = _search(part, first - low, last - low, steps) + low
    # exactly through what was clicked; the pixel under it may lie half a sample beside
    inner = _straightened(path[1:-1] + 0.5, steps) if len(path) > 2 else np.zeros((0, 2))
    return np.concatenate([ends[:1], inner, ends[1:]])


def _cost(edges: Edges, strength: float) -> Edges:
    """Return what a step costs: 1 away from edges, much less on them."""
    least = 1.0 / (1.0 + (STEEPEST - 1.0) * strength**3)
    return np.float32(1.0) - np.float32(1.0 - least) * edges


def _detour(
    low: NDArray[np.int64],
    high: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    steps: NDArray[np.float64],
) -> Edges:
    """Return a factor that grows a little away from the straight line.

    Over pixels many paths are equally long; of those the one nearest to the line shall be taken.
    """
    rows = ((np.arange(low[0], high[0]) - first[0]) * steps[0])[:, None]
    cols = ((np.arange(low[1], high[1]) - first[1]) * steps[1])[None, :]
    along = (last - first) * steps
    length2 = float(along @ along)
    away = np.abs(rows * along[1] - cols * along[0]) / length2
    return np.asarray(1.0 + STRAIGHTER * away, dtype=np.float32)


def _search(
    cost: Edges, first: NDArray[np.int64], last: NDArray[np.int64], steps: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the cheapest path over pixels, (N, 2); large parts are searched from coarse to fine."""
    factor = math.ceil(math.sqrt(cost.size / MOST_PIXELS))
    if factor < 2:
        return _cheapest(cost, first, last, steps)
    coarse = _shrunk(cost, factor)
    rough = _cheapest(coarse, first // factor, last // factor, steps)
    corridor = np.zeros(coarse.shape, dtype=bool)
    corridor[rough[:, 0], rough[:, 1]] = True
    from scipy import ndimage

    corridor = ndimage.binary_dilation(corridor, np.ones((3, 3), dtype=bool))
    fine = np.repeat(np.repeat(corridor, factor, axis=0), factor, axis=1)[: cost.shape[0], : cost.shape[1]]
    return _cheapest(np.where(fine, cost, np.float32(np.inf)), first, last, steps)


def _shrunk(cost: Edges, factor: int) -> Edges:
    """Return blocks of `factor` by `factor` as one: between the mean and the best of each."""
    rows, cols = (-(-size // factor) * factor for size in cost.shape)
    padded = np.pad(cost, ((0, rows - cost.shape[0]), (0, cols - cost.shape[1])), mode="edge")
    blocks = padded.reshape(rows // factor, factor, cols // factor, factor)
    return np.asarray((blocks.mean(axis=(1, 3)) + blocks.min(axis=(1, 3))) / 2.0, dtype=np.float32)


def _cheapest(
    cost: Edges, first: NDArray[np.int64], last: NDArray[np.int64], steps: NDArray[np.float64]
) -> NDArray[np.int64]:
    from skimage.graph import MCP_Geometric

    search = MCP_Geometric(cost, fully_connected=True, sampling=tuple(steps))
    search.find_costs([tuple(first)], [tuple(last)])
    return np.asarray(search.traceback(tuple(last)), dtype=np.int64)


def _straightened(path: Line, steps: NDArray[np.float64]) -> Line:
    """Return the path with its staircase smoothed: the mean of five pixels, ends kept."""
    if len(path) < 5:
        return path
    padded = np.pad(path, ((2, 2), (0, 0)), mode="edge")
    return np.asarray(sum(padded[shift : shift + len(path)] for shift in range(5)) / 5.0)
