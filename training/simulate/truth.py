"""Boxes, centres and samples from exact masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.data.boxes import boxes_of
from training.dataset import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


def centre_of(mask: NDArray[np.bool_]) -> tuple[float, float] | None:
    """Return row and column of the centre of mass, or None if the mask is empty."""
    rows, columns = np.nonzero(mask)
    return (float(rows.mean()), float(columns.mean())) if rows.size else None


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
    boxes = {}
    points: dict[str, tuple[float, float]] = {}
    for label, mask in masks.items():
        boxes[label] = boxes_of(mask, union=label not in by_part)
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
