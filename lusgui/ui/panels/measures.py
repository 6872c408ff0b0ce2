"""Which speckle metrics are shown, and how they are taken from two regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
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


def measure(
    image: NDArray[np.float32], raw: NDArray[np.float32], first: Box, second: Box | None
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

    Returns
    -------
    dict of str to float or None
        By the names of `MEASURES`.
    """
    from lusgui.core import speckle_metrics as metrics

    inside, before = image[first.slices], raw[first.slices]
    values: dict[str, float | None] = {
        "ENL": metrics.enl(inside),
        "SSI": metrics.ssi(inside, before),
        "CNR": None,
        "gCNR": None,
        "EPI": metrics.epi(inside, before),
    }
    if second is not None:
        beside = image[second.slices]
        values["CNR"] = metrics.cnr(inside, beside)
        values["gCNR"] = metrics.gcnr(inside, beside)
    return values
