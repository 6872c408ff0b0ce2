"""Black margins around a picture: screens are wider than scans, and networks have not learnt that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.geometry import Box

if TYPE_CHECKING:
    from numpy.typing import NDArray

DARK = 4 / 255
"""Gray up to which a margin is black: lossy compression leaves a little behind."""

CROPPED_FROM = 0.16
"""Share of an axis from which on the default models want the margins gone.

Frames that they were judged on have up to 0.15, and lose nothing by them.
"""


def find_content(gray: NDArray[Any], least_share: float) -> Box:
    """Return what lies inside the black margins of a frame.

    Parameters
    ----------
    gray : (H, W) ndarray in [0, 1]
        A frame.
    least_share : float
        Margins of an axis that together take less than this share of it stay; 0 keeps all.

    Returns
    -------
    Box
        Of the whole frame where nothing is to be cut off, or where everything is black.
    """
    rows, cols = int(gray.shape[0]), int(gray.shape[1])
    if least_share <= 0:
        return Box(0, 0, rows, cols)
    bright: NDArray[np.bool_] = np.asarray(gray) > DARK
    row0, row1 = _inside(np.any(bright, axis=1), least_share)
    col0, col1 = _inside(np.any(bright, axis=0), least_share)
    return Box(row0, col0, row1, col1)


def _inside(is_bright: NDArray[np.bool_], least_share: float) -> tuple[int, int]:
    found, length = np.flatnonzero(is_bright), int(is_bright.size)
    if found.size == 0:
        return 0, length
    first, last = int(found[0]), int(found[-1]) + 1
    return (first, last) if first + length - last >= least_share * length else (0, length)
