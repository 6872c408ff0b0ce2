"""The centre line of a thin arc, from end to end, finer than a pixel; and how far apart two such lines are.

A component's skeleton gives the course (its longest way, so that spurs do not count). The ends of a skeleton
are unreliable, for they run into corners or stop short of a tip: they are cut back by the local thickness and
drawn out again straight to the outline. Every point is then moved to the middle between the two edges, across
the line, and the edges are found between pixels. All of this happens where pixels are square, in mm where the
spacing is given, so that a frame of 960 x 128 has the line that it has on the screen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing

    Line = NDArray[np.float64]

FINEST = 8.0
"""So many times are the longer sides of pixels divided at most."""

ACROSS = 48
"""Places across the line at which an edge is looked for, on each side."""

STEP = 0.5
"""Distance of the points of a line, in sides of the finer pixels."""

NEAREST = 6
"""Pieces of a line, by their middles, to which the distance of a point is computed."""


def centre_lines(mask: NDArray[np.bool_], spacing_mm: Spacing | None = None) -> list[Line]:
    """Return the centre line of each component (8-connected) of a mask.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        On the raw grid.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm; without it pixels are taken for squares.

    Returns
    -------
    list of (N, 2) float64 ndarray
        Row and column of the points from end to end in pixels of the mask's grid, whole numbers being pixel
        centres; the component with most pixels first. A ring gives the longer way round between two of its
        points, not the whole.

    Raises
    ------
    LusguiError
        If the mask is not two-dimensional or the spacing is not positive.
    """
    from scipy import ndimage

    if mask.ndim != 2:
        raise LusguiError(f"a mask of {mask.ndim} dimensions has no centre line", remedy="Give one frame")
    step = _checked(spacing_mm)
    numbers, count = ndimage.label(mask, structure=np.ones((3, 3), bool))
    areas = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
    boxes = ndimage.find_objects(numbers)
    lines = []
    for i in np.argsort(-areas, kind="stable").tolist():
        box = boxes[i]
        corner = np.array([box[0].start, box[1].start])
        lines.append(_line_of(numbers[box] == 1 + i, step) + corner)
    return lines


def centre_line(mask: NDArray[np.bool_], spacing_mm: Spacing | None = None) -> Line | None:
    """Return the centre line of a mask's largest component as `centre_lines`; None where it is empty."""
    lines = centre_lines(mask, spacing_mm)
    return lines[0] if lines else None


def line_length(line: Line, spacing_mm: Spacing | None = None) -> float:
    """Return the length of a line (N, 2) in mm, or in pixels where the spacing is not known."""
    steps = np.diff(line * _checked(spacing_mm), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def line_distance(
    found: Sequence[Line], truth: Sequence[Line], spacing_mm: Spacing | None = None
) -> float | None:
    """Return the mean symmetric distance of two sets of lines.

    Along each line its distance to the nearest point of the other lines is averaged over its length (not over
    its points, that may lie denser in places; at as many places as it has points); the answer is the mean of
    the two directions.

    Parameters
    ----------
    found, truth : sequences of (N, 2) ndarray
        Lines as `centre_lines` gives them.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm. Any other size of a pixel serves as well, e.g. in
        pixels of another grid.

    Returns
    -------
    float or None
        In mm, or in pixels without spacing; None where either side has no line.
    """
    step = _checked(spacing_mm)
    sides = [[np.asarray(line, np.float64) * step for line in lines if len(line)] for lines in (found, truth)]
    if not all(sides):
        return None
    forth = _mean_distance(sides[0], sides[1])
    back = _mean_distance(sides[1], sides[0])
    return (forth + back) / 2


def _checked(spacing_mm: Spacing | None) -> Spacing:
    if spacing_mm is None:
        return (1.0, 1.0)
    row, column = (float(value) for value in spacing_mm)
    if not (math.isfinite(row) and math.isfinite(column) and row > 0 and column > 0):
        raise LusguiError(f"a spacing of ({row:g}, {column:g}) mm measures nothing")
    return row, column


def _line_of(component: NDArray[np.bool_], step: Spacing) -> Line:
    """Return the line of a component in pixels of the grid that it fills from edge to edge."""
    inside = np.pad(component, 2)
    side = max(min(step), max(step) / FINEST)
    shape = tuple(max(round(n * size / side), n) for n, size in zip(inside.shape, step, strict=True))
    times = np.divide(shape, inside.shape)
    line = _trace(*_refined(inside, shape), float(times.max()))
    # from the finer grid to the coarser one: their edges coincide, not their first centres
    return (line + 0.5) / times - 0.5 - 2


def _refined(
    inside: NDArray[np.bool_], shape: tuple[int, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return a component on a grid of square pixels, and how deep in it each of them lies (outside: < 0)."""
    from scipy import ndimage

    times = np.divide(shape, inside.shape)
    deep = ndimage.distance_transform_edt(inside, sampling=times)
    far = ndimage.distance_transform_edt(~inside, sampling=times)
    # the outline runs halfway between two centres, and so does the zero
    depth = np.where(inside, np.maximum(deep - 0.5, 0.25), -np.maximum(far - 0.5, 0.25))
    if shape == inside.shape:
        return inside, depth
    where = [(np.arange(n) + 0.5) * old / n - 0.5 for n, old in zip(shape, inside.shape, strict=True)]
    finer = ndimage.map_coordinates(deep - far, np.meshgrid(*where, indexing="ij"), order=1, mode="nearest")
    body = finer > 0
    if ndimage.label(body, structure=np.ones((3, 3), bool))[1] != 1:
        # pixels that touch at corners alone part between the centres; as blocks they hold together
        nearest = [
            np.clip(np.rint(at).astype(int), 0, old - 1) for at, old in zip(where, inside.shape, strict=True)
        ]
        body = inside[np.ix_(*nearest)]
    return body, finer


def _trace(body: NDArray[np.bool_], depth: NDArray[np.float64], grain: float) -> Line:
    """Return the line of a body on a grid of square pixels, whose outline has steps of `grain` of them."""
    path = _longest_way(body)
    at = _along(path)
    local = _read(depth, path)
    thickness = float(np.median(local))
    # a way into a corner is sqrt(2) times as long as the body is half thick there
    cuts = [1.5 * float(local[way <= 2 * thickness].max()) for way in (at, at[-1] - at)]
    is_kept = (at >= cuts[0]) & (at[-1] - at >= cuts[1])
    if is_kept.sum() < 2 or np.ptp(at[is_kept]) < local.max():
        return _axis(body, depth)
    first, last = np.flatnonzero(is_kept)[[0, -1]]
    line = _resampled(path[first : last + 1], STEP)
    for smoothing in (max(2.0, thickness, grain), grain, grain):
        line = _resampled(_centred(_smoothed(line, smoothing / STEP), depth), STEP)
    line = _smoothed(line, grain / STEP)
    reach = max(4.0, 2.0 * thickness)
    back = max(1, min(round(reach / STEP), len(line) - 1))
    head = _ray(depth, line[0], line[0] - line[back])
    tail = _ray(depth, line[-1], line[-1] - line[-1 - back])
    return _resampled(np.concatenate([head[::-1], line, tail]), STEP)


def _longest_way(body: NDArray[np.bool_]) -> Line:
    """Return the longest of the shortest ways through the skeleton of a body, pixel by pixel."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import dijkstra
    from skimage.morphology import skeletonize

    skeleton = skeletonize(body)
    points = np.argwhere(skeleton)
    numbers = np.full(np.add(body.shape, 1), -1)
    numbers[:-1, :-1][skeleton] = np.arange(len(points))
    starts, ends, lengths = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        # an index of -1 is the border that was added, where nothing is
        other = numbers[points[:, 0] + down, points[:, 1] + right]
        starts.append(np.flatnonzero(other >= 0))
        ends.append(other[other >= 0])
        lengths.append(np.full(len(ends[-1]), math.hypot(down, right)))
    pairs = (np.concatenate(starts), np.concatenate(ends))
    graph = coo_array((np.concatenate(lengths), pairs), shape=(len(points), len(points))).tocsr()
    far = dijkstra(graph, directed=False, indices=[0])[0]
    begin = int(np.where(np.isfinite(far), far, -1).argmax())
    far, before = dijkstra(graph, directed=False, indices=[begin], return_predecessors=True)
    way = [int(np.where(np.isfinite(far[0]), far[0], -1).argmax())]
    while way[-1] != begin:
        way.append(int(before[0, way[-1]]))
    return points[way].astype(np.float64)


def _axis(body: NDArray[np.bool_], depth: NDArray[np.float64]) -> Line:
    """Return the line of a body that is no arc: along its principal axis, through its centre."""
    points = np.argwhere(body).astype(np.float64)
    centre = points.mean(axis=0)
    if _read(depth, centre[None])[0] <= 0:
        centre = points[_read(depth, points).argmax()]
    _, axes = np.linalg.eigh(np.cov(points.T, bias=True))
    direction = axes[:, -1]
    ends = np.concatenate(
        [_ray(depth, centre, -direction)[::-1], centre[None], _ray(depth, centre, direction)]
    )
    return _resampled(ends, STEP)


def _ray(depth: NDArray[np.float64], start: Line, direction: Line) -> Line:
    """Return where a ray from a point inside meets the outline (1, 2); nothing where it starts outside."""
    unit = direction / max(float(np.hypot(*direction)), 1e-12)
    at = np.arange(0.0, math.hypot(*depth.shape), 0.25)
    values = _read(depth, start + at[:, None] * unit)
    outside = np.flatnonzero(values <= 0)
    if not outside.size or outside[0] == 0:
        return np.empty((0, 2))
    i = int(outside[0])
    crossing = at[i - 1] + 0.25 * values[i - 1] / (values[i - 1] - values[i])
    return np.asarray(start + crossing * unit)[None]


def _centred(line: Line, depth: NDArray[np.float64]) -> Line:
    """Return a line with each point moved across it, to the middle between the two edges."""
    along = np.gradient(line, axis=0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    across /= np.maximum(np.hypot(across[:, 0], across[:, 1]), 1e-12)[:, None]
    local = _read(depth, line)
    reach = 2.0 * max(float(local.max()), 0.0) + 2.0
    offsets = np.linspace(0.0, reach, ACROSS)
    edges = []
    for sign in (1.0, -1.0):
        values = _read(depth, line[:, None] + sign * offsets[:, None] * across[:, None])  # (N, ACROSS)
        first = (values <= 0).argmax(axis=1)
        rows = np.arange(len(line))
        inner, outer = values[rows, np.maximum(first - 1, 0)], values[rows, first]
        share = inner / np.where(first > 0, inner - outer, 1.0)
        edges.append(np.where(first > 0, offsets[np.maximum(first - 1, 0)] + share * offsets[1], np.nan))
    shift = (edges[0] - edges[1]) / 2
    at = _along(line)
    is_known = np.isfinite(shift)
    if not is_known.any():
        return line
    moved = np.interp(at, at[is_known], shift[is_known])
    return np.asarray(line + moved[:, None] * across)


def _read(depth: NDArray[np.float64], points: Line) -> NDArray[np.float64]:
    """Return the depth between pixels at points (..., 2)."""
    from scipy import ndimage

    return np.asarray(ndimage.map_coordinates(depth, np.moveaxis(points, -1, 0), order=1, mode="nearest"))


def _along(line: Line) -> NDArray[np.float64]:
    """Return how far from the first point each point of a line lies, along it."""
    steps = np.diff(line, axis=0)
    return np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])


def _resampled(line: Line, step: float) -> Line:
    """Return points of a line at equal distances of about a step, its ends kept."""
    at = _along(line)
    if at[-1] <= 0:
        return line[:1].repeat(2, axis=0)
    where = np.linspace(0.0, at[-1], max(math.ceil(at[-1] / step), 1) + 1)
    return np.stack([np.interp(where, at, line[:, axis]) for axis in (0, 1)], axis=1)


def _smoothed(line: Line, sigma: float) -> Line:
    """Return a line smoothed along itself, its ends kept in place."""
    from scipy import ndimage

    margin = min(math.ceil(4 * sigma), len(line) - 1)
    longer = np.pad(line, ((margin, margin), (0, 0)), mode="reflect", reflect_type="odd")
    return np.asarray(ndimage.gaussian_filter1d(longer, sigma, axis=0)[margin : margin + len(line)])


def _mean_distance(start: Sequence[Line], goal: Sequence[Line]) -> float:
    """Return the mean distance of lines to the nearest of others, over their length."""
    fine = [_fine(line) for line in goal]
    pieces = np.concatenate([np.stack([line[:-1], line[1:]], axis=1) for line in fine])
    places, weights = [], []
    for line in map(_fine, start):
        # beside a line a lone point counts for nothing
        length = max(float(_along(line)[-1]), 1e-9)
        places.append((line[:-1] + line[1:]) / 2)
        weights.append(np.full(len(line) - 1, length / (len(line) - 1)))
    return float(np.average(_to_pieces(np.concatenate(places), pieces), weights=np.concatenate(weights)))


def _fine(line: Line) -> Line:
    """Return points of a line at equal distances; two points alone are a straight piece of any length."""
    length = float(_along(line)[-1]) if len(line) > 1 else 0.0
    if length <= 0:
        return line[:1].repeat(2, axis=0)
    return _resampled(line, length / (len(line) - 1 if len(line) > 2 else 64))


def _to_pieces(points: Line, pieces: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of each point (N, 2) to the nearest of short straight pieces (M, 2, 2)."""
    from scipy.spatial import cKDTree

    count = min(len(pieces), NEAREST)
    near = cKDTree(pieces.mean(axis=1)).query(points, k=count)[1].reshape(len(points), count)
    starts, steps = pieces[near, 0], pieces[near, 1] - pieces[near, 0]  # (N, count, 2)
    away = points[:, None] - starts
    share = (away * steps).sum(axis=2) / np.maximum((steps**2).sum(axis=2), 1e-300)
    rest = away - np.clip(share, 0.0, 1.0)[..., None] * steps
    return np.asarray(np.sqrt((rest**2).sum(axis=2).min(axis=1)))
