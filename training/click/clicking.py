"""Where a person would click, drawn at random: into the truth first, then into the larger mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.nn.click.maps import Marks

if TYPE_CHECKING:
    from numpy.typing import NDArray

BOX_SHARE, STROKE_SHARE = 0.12, 0.1
"""Of the starts: a box, a scribble; else a click."""

LEAST_PIXELS = 4
"""Of a component that is worth a click of its own."""

MORE_SHARE = 0.25
"""Of the starts with a click, those with some more at once."""


def start_marks(truth: NDArray[np.bool_], random: np.random.Generator, *, only_clicks: bool = False) -> Marks:
    """Return the first marks on a structure.

    Parameters
    ----------
    truth : (g, g) bool ndarray
        Not empty.
    random : Generator
        Decides.
    only_clicks : bool
        Whether it is to be a click.
    """
    dice = 1.0 if only_clicks else random.random()
    if dice < BOX_SHARE:
        return Marks(box=_box(truth, random))
    if dice < BOX_SHARE + STROKE_SHARE:
        return Marks(strokes=((_stroke(truth, random), True),))
    marks = Marks().with_click(*draw_click(truth, random), True)
    if random.random() < MORE_SHARE:
        for _ in range(int(random.geometric(0.5))):
            if random.random() < 0.5:
                marks = marks.with_click(*draw_click(truth, random), True)
            elif (near := _outside(truth)).any():
                marks = marks.with_click(*_anywhere(near, random), False)
    return marks


def click_each(truth: NDArray[np.bool_], random: np.random.Generator) -> Marks:
    """Return a click into every component of a structure (g, g), the larger ones first."""
    from scipy.ndimage import label

    labelled, count = label(truth, structure=np.ones((3, 3), bool))
    sizes = np.bincount(labelled.ravel(), minlength=count + 1)[1:]
    marks = Marks()
    for number in np.argsort(-sizes):
        if sizes[number] >= LEAST_PIXELS or not marks.clicks:
            marks = marks.with_click(*draw_click(labelled == number + 1, random), True)
    return marks


def draw_click(region: NDArray[np.bool_], random: np.random.Generator) -> tuple[float, float]:
    """Return a place in a region, as fractions: mostly well inside, at times anywhere.

    People do not hit the middle of a mistake (RClicks, Antonov et al. 2024, arXiv:2410.11722).
    """
    if random.random() < 0.25:
        return _anywhere(region, random)
    depth = depth_of(region)
    return _anywhere(depth > depth.max() / 2, random)


def next_click(
    truth: NDArray[np.bool_], answer: NDArray[np.bool_], random: np.random.Generator
) -> tuple[float, float, bool] | None:
    """Return a click into the mistake that reaches deeper, what is missed or what is too much.

    None where there is no mistake.
    """
    missed, excess = truth & ~answer, answer & ~truth
    is_positive = float(depth_of(missed).max()) >= float(depth_of(excess).max())
    region = missed if is_positive else excess
    if not region.any():
        return None
    return (*draw_click(region, random), is_positive)


def depth_of(region: NDArray[np.bool_]) -> NDArray[Any]:
    """Return how far each pixel of a region (g, g) lies from its outside, the frame's edge included."""
    from scipy.ndimage import distance_transform_edt

    if not region.any():
        return np.zeros(region.shape)
    rows, cols = np.flatnonzero(region.any(1)), np.flatnonzero(region.any(0))
    window = (slice(rows[0], rows[-1] + 1), slice(cols[0], cols[-1] + 1))
    depth = np.zeros(region.shape)
    depth[window] = distance_transform_edt(np.pad(region[window], 1))[1:-1, 1:-1]
    return depth


def damage(truth: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.bool_]:
    """Return a mask to be mended: grown, shrunk, moved, cut, or with something stuck on."""
    from scipy.ndimage import binary_dilation, binary_erosion, shift

    side = truth.shape[0]
    mask = truth
    kind = random.integers(5)
    times = int(random.integers(1, 4))
    if kind == 0:
        mask = binary_dilation(truth, iterations=times)
    elif kind == 1:
        mask = binary_erosion(truth, iterations=times)
    elif kind == 2:
        moved = shift(truth.astype(np.uint8), random.normal(0, 0.03 * side, 2), order=0)
        mask = moved.astype(bool)
    if kind in (3, 4) or random.random() < 0.3:
        rows, cols = np.nonzero(truth)
        at = int(random.integers(len(rows)))
        extent = np.sqrt(len(rows)) * random.uniform(0.3, 1.0)
        down, across = np.ogrid[:side, :side]
        disk = (down - rows[at]) ** 2 + (across - cols[at]) ** 2 < extent**2
        mask = mask | disk if kind == 4 else mask & ~disk
    # a mask of which nothing is left, or that nothing was done to, is none to mend
    if not (mask & truth).any() or np.array_equal(mask, truth):
        return np.asarray(binary_dilation(truth, iterations=times), bool)
    return mask


def _outside(truth: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return what lies around a structure, a few pixels off."""
    from scipy.ndimage import binary_dilation

    near: NDArray[np.bool_] = binary_dilation(truth, iterations=8) & ~binary_dilation(truth, iterations=2)
    return near


def _anywhere(region: NDArray[np.bool_], random: np.random.Generator) -> tuple[float, float]:
    places = np.flatnonzero(region)
    row, col = divmod(int(places[random.integers(len(places))]), region.shape[1])
    return (row + random.random()) / region.shape[0], (col + random.random()) / region.shape[1]


def _box(truth: NDArray[np.bool_], random: np.random.Generator) -> tuple[float, float, float, float]:
    rows, cols = np.flatnonzero(truth.any(1)), np.flatnonzero(truth.any(0))
    low = np.array([rows[0], cols[0]]) / truth.shape
    high = np.array([rows[-1] + 1, cols[-1] + 1]) / truth.shape
    slack = np.maximum(0.08 * (high - low), 0.01)
    low = np.clip(low + random.normal(0, 1, 2) * slack - slack / 2, 0, 1)
    high = np.clip(high + random.normal(0, 1, 2) * slack + slack / 2, 0, 1)
    high = np.maximum(high, low + 0.02)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _stroke(truth: NDArray[np.bool_], random: np.random.Generator) -> NDArray[np.float64]:
    """Return a line through a structure, roughly along it."""
    rows, cols = np.nonzero(truth)
    points = np.stack([rows, cols], axis=1) + 0.5
    middle = points.mean(0)
    _, _, axes = np.linalg.svd(points - middle, full_matrices=False) if len(points) > 2 else (0, 0, np.eye(2))
    along = (points - middle) @ axes[0]
    chosen = points[np.argsort(along)]
    share = random.uniform(0.3, 1.0)
    first = random.uniform(0, 1 - share)
    at = np.linspace(first, first + share, int(random.integers(2, 6))) * (len(chosen) - 1)
    line = chosen[at.astype(int)] + random.normal(0, 0.5, (len(at), 2))
    clipped: NDArray[np.float64] = np.clip(line / truth.shape, 0, 1)
    return clipped
