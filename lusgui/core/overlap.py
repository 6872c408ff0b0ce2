"""How far two masks cover each other: Dice, IoU, precision, recall, components in the wrong place.

Conventions where a mask is empty, the same everywhere:

* both empty: Dice and IoU are 1, for the two agree in every pixel; precision and recall are None;
* only the truth empty: Dice, IoU and precision are 0, recall is None;
* only the found mask empty: Dice, IoU and recall are 0, precision is None.

None is the answer to a question that cannot be asked, and no mean may count it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.threshold import count_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing


def check_masks(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> None:
    """Refuse two masks that do not lie on one grid.

    Raises
    ------
    LusguiError
        If they are not both two-dimensional and equally large.
    """
    if found.ndim != 2 or found.shape != truth.shape:
        raise LusguiError(
            f"a mask of {_words(found.shape)} pixels cannot be compared with one of {_words(truth.shape)}",
            remedy="Compare masks of one frame",
        )


def _words(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "no"


def _counts(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> tuple[int, int, int]:
    """Return the numbers of pixels in both, in the found mask, in the true one."""
    check_masks(found, truth)
    return (
        int(np.count_nonzero(found & truth)),
        int(np.count_nonzero(found)),
        int(np.count_nonzero(truth)),
    )


def dice(found: NDArray[np.bool_], truth: NDArray[np.bool_], epsilon: float = 0.0) -> float:
    """Return the Dice coefficient 2 |A and B| / (|A| + |B|); 1 if both masks are empty.

    Parameters
    ----------
    found, truth : (H, W) bool ndarray
        The two masks.
    epsilon : float
        Added to numerator and denominator, so that an empty pair gives 1: the guard that the Dice of Cheng
        & Lam carries. A small one changes nothing else; a large one draws small masks towards 1.

    Returns
    -------
    float in [0, 1]

    References
    ----------
    Dice 1945, doi:10.2307/1932409. With epsilon: Cheng & Lam, "Transfer learning U-Net deep learning
    for lung ultrasound segmentation", 2021, arXiv:2110.02196.
    """
    both, first, second = _counts(found, truth)
    total = first + second + epsilon
    return (2 * both + epsilon) / total if total else 1.0


def iou(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    """Return |A and B| / |A or B| (Jaccard) of two masks (H, W), in [0, 1]; 1 if both are empty."""
    both, first, second = _counts(found, truth)
    union = first + second - both
    return both / union if union else 1.0


def precision(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float | None:
    """Return the share of the found pixels that are true, in [0, 1]; None where nothing is found."""
    both, first, _ = _counts(found, truth)
    return both / first if first else None


def recall(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float | None:
    """Return the share of the true pixels that are found, in [0, 1]; None where nothing is true."""
    both, _, second = _counts(found, truth)
    return both / second if second else None


def components(mask: NDArray[np.bool_]) -> int:
    """Return the number of components (8-connected) of a mask (H, W)."""
    return count_components(mask)


def false_components(
    found: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    tolerance: float = 0.0,
    spacing_mm: Spacing | None = None,
) -> int:
    """Return the number of found components (8-connected) that lie nowhere near a true pixel.

    Cheng & Lam saw such outliers in the masks of their V-Unet, whose Dice was the higher one.

    Parameters
    ----------
    found, truth : (H, W) bool ndarray
        The two masks. Where the truth is empty every component is false.
    tolerance : float
        A component counts as true if it comes this near to a true pixel: in mm where the spacing is given,
        else in pixels. 0 asks for a common pixel.
    spacing_mm : (float, float), optional
        Distance between rows and between columns in mm.
    """
    from scipy import ndimage

    check_masks(found, truth)
    numbers, count = ndimage.label(found, structure=np.ones((3, 3), bool))
    if not count or not truth.any():
        return int(count)
    near = truth
    if tolerance > 0:
        near = ndimage.distance_transform_edt(~truth, sampling=spacing_mm or (1.0, 1.0)) <= tolerance
    return int(count) - np.setdiff1d(numbers[near], [0]).size
