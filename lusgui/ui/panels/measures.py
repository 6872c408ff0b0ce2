"""Which speckle metrics are shown, and how they are taken from two regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Box


@dataclass(frozen=True)
class Measure:
    """A figure with its explanation.

    Parameters
    ----------
    name : str
        Short name.
    tooltip : str
        What it says, and which way is better.
    """

    name: str
    tooltip: str


MEASURES = (
    Measure(
        "ENL", "Equivalent number of looks in region A: mean² / variance of amplitude; higher is smoother"
    ),
    Measure("SSI", "Speckle suppression index in region A against raw; below 1 means less speckle"),
    Measure("CNR", "Contrast to noise ratio between A and B; higher is clearer"),
    Measure("gCNR", "Generalised contrast to noise ratio between A and B: 1 means no overlap at all"),
    Measure(
        "EPI", "Edge preservation index of region A against raw; 1 means that edges are as sharp as before"
    ),
)


def to_amplitude(gray: NDArray[np.float32], dynamic_range_db: float) -> NDArray[np.float32]:
    """Undo the log compression of gray (H, W) in [0, 1], so that 1 is 0 dB; metrics are of amplitude."""
    decades = (gray - np.float32(1.0)) * np.float32(dynamic_range_db / 20.0)
    return np.asarray(np.power(np.float32(10.0), decades), np.float32)


def measure(
    image: NDArray[np.float32],
    raw: NDArray[np.float32],
    first: Box,
    second: Box | None,
    dynamic_range_db: float = 60.0,
) -> dict[str, float | None]:
    """Measure an image (H, W) on region A, and against region B where there is one.

    Parameters
    ----------
    image : (H, W) float32 ndarray
        Gray in [0, 1].
    raw : (H, W) float32 ndarray
        The same frame before despeckling.
    first, second : Box
        Regions A and B.
    dynamic_range_db : float
        Width of the log compression that made the gray.

    Returns
    -------
    dict of str to float or None
        By the names of `MEASURES`.
    """
    from lusgui.core import speckle_metrics as metrics

    after, before = to_amplitude(image, dynamic_range_db), to_amplitude(raw, dynamic_range_db)
    inside, was = after[first.slices], before[first.slices]
    values: dict[str, float | None] = {
        "ENL": metrics.enl(inside),
        "SSI": metrics.ssi(inside, was),
        "CNR": None,
        "gCNR": None,
        "EPI": metrics.epi(inside, was),
    }
    if second is not None:
        here, there = np.zeros(image.shape, bool), np.zeros(image.shape, bool)
        here[first.slices] = True
        there[second.slices] = True
        values["CNR"] = metrics.cnr(after, here, there)
        values["gCNR"] = metrics.gcnr(after, here, there)
    return values
