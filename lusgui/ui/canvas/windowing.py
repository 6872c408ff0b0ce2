"""Window and level: from gray in [0, 1] to what the screen shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def screen_gray(gray: NDArray[np.float32], window: float, level: float) -> NDArray[np.uint8]:
    """Return a frame (H, W) as 0 to 255: black at ``level - window / 2``, white at ``level + window / 2``.

    Parameters
    ----------
    gray : (H, W) float32 ndarray
        Mapped gray, nominally in [0, 1].
    window, level : float
        Width (above 0) and centre of the range shown.
    """
    low = np.float32(level - window / 2)
    values = (gray - low) * np.float32(255.0 / window)
    return np.clip(values, 0, 255, out=values).astype(np.uint8)
