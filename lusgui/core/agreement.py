"""How well two readers agree on one frame: Dice and the 95th percentile of the Hausdorff distance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from lusgui.core.overlap import dice
from lusgui.core.surface_distance import hd95

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing


@dataclass(frozen=True)
class Agreement:
    """Of two readers on one frame and label.

    Parameters
    ----------
    first, second : str
        Their names.
    dice : float
        In [0, 1]; 1 where both say that nothing is here.
    hd95 : float or None
        In mm, or in pixels where the spacing is unknown; None where a mask is empty.
    is_mm : bool
        Whether the distance is in mm.
    """

    first: str
    second: str
    dice: float
    hd95: float | None
    is_mm: bool


def measure_agreement(
    masks: Mapping[str, NDArray[np.bool_]],
    spacing_mm: Spacing | None = None,
    ignored: NDArray[np.bool_] | None = None,
) -> tuple[Agreement, ...]:
    """Compare every two readers.

    Parameters
    ----------
    masks : mapping of str to (H, W) bool ndarray
        By reader.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm.
    ignored : (H, W) bool ndarray, optional
        Pixels that count for nothing.
    """
    if ignored is not None and ignored.any():
        masks = {reader: mask & ~ignored for reader, mask in masks.items()}
    return tuple(
        Agreement(
            one,
            other,
            dice(masks[one], masks[other]),
            hd95(masks[one], masks[other], spacing_mm),
            spacing_mm is not None,
        )
        for one, other in combinations(masks, 2)
    )
