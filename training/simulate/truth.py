"""Boxes, centres and samples from exact masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.data.boxes import Box
from training.dataset import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def box_of(mask: NDArray[np.bool_]) -> Box | None:
    """Return the half-open box around everything in a mask (H, W), or None if it is empty."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return Box(float(rows[0]), float(columns[0]), float(rows[-1] + 1), float(columns[-1] + 1))


def centre_of(mask: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Return row and column of the centre of mass, or None if the mask is empty."""
    rows, columns = np.nonzero(mask)
    return (float(rows.mean()), float(columns.mean())) if rows.size else None


def boxes_of_parts(mask: NDArray[np.bool_]) -> tuple[Box, ...]:
    """Return one half-open box for each connected part (diagonals connect), from top to bottom."""
    from scipy import ndimage

    marked, _ = ndimage.label(mask, np.ones((3, 3)))
    return tuple(
        Box(float(row.start), float(column.start), float(row.stop), float(column.stop))
        for row, column in ndimage.find_objects(marked)
    )


def to_sample(
    name: str,
    gray: NDArray[np.float32],
    masks: Mapping[str, NDArray[np.bool_]],
    *,
    spacing_mm: tuple[float, float] | None = None,
    facts: Mapping[str, float] | None = None,
    group: str | None = None,
    by_part: frozenset[str] = frozenset(),
) -> Sample:
    """Return a sample with its boxes and centres.

    Parameters
    ----------
    name : str
        Of the sample, and of its group if no group is given.
    gray : (H, W) float32 ndarray in [0, 1]
        As on screen; stored in 8 bits.
    masks : mapping of str to (H, W) bool ndarray
        By label.
    spacing_mm : tuple of float, optional
        Row, column.
    facts : mapping of str to float, optional
        What else is known.
    group : str, optional
        What must not stand on both sides of a split.
    by_part : frozenset of str
        Labels that have one box for each connected part; of the others all parts share one.
    """
    boxes: dict[str, tuple[Box, ...]] = {}
    points: dict[str, tuple[float, float]] = {}
    for label, mask in masks.items():
        whole = box_of(mask)
        boxes[label] = boxes_of_parts(mask) if label in by_part else ((whole,) if whole else ())
        centre = centre_of(mask)
        if centre is not None:
            points[label] = centre
    return Sample(
        name,
        group or name,
        np.round(np.clip(gray, 0.0, 1.0) * 255).astype(np.uint8),
        {label: np.asarray(mask, dtype=np.bool_) for label, mask in masks.items()},
        spacing_mm=spacing_mm,
        boxes=boxes,
        points=points,
        facts=dict(facts or {}),
        source="simulated",
    )
