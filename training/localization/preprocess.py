"""Contrast before localization and segmentation, after Hu et al. 2018: normalisation, CLAHE, gamma."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.dataset import DISPLAY_8_BIT

if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    from training.dataset import Sample


@dataclass(frozen=True)
class ContrastSettings:
    """What is done to gray. The paper names the steps and gives no numbers; the defaults are ours.

    Parameters
    ----------
    normalise : bool
        Whether the darkest pixel becomes 0 and the brightest 1.
    clip : float
        Clip limit of contrast-limited adaptive histogram equalisation in [0, 1], as scikit-image has it; 0
        for none.
    tiles : int
        Tiles along each side, each with a histogram of its own.
    gamma : float
        Exponent of gray; below 1 brightens.

    Raises
    ------
    LusguiError
        If a value is out of bounds.
    """

    normalise: bool = True
    clip: float = 0.01
    tiles: int = 8
    gamma: float = 0.8

    def __post_init__(self) -> None:
        if not 0 <= self.clip <= 1:
            raise LusguiError(f"the clip limit must lie between 0 and 1, not {self.clip:g}")
        if not 1 <= self.tiles <= 64:
            raise LusguiError(f"there can be 1 to 64 tiles along a side, not {self.tiles}")
        if not 0.1 <= self.gamma <= 10:
            raise LusguiError(f"gamma must lie between 0.1 and 10, not {self.gamma:g}")


PLAIN = ContrastSettings(normalise=False, clip=0.0, gamma=1.0)
"""Gray as it is."""


def equalise(gray: NDArray[Any], settings: ContrastSettings) -> NDArray[np.float32]:
    """Apply normalisation, CLAHE and gamma in turn.

    Parameters
    ----------
    gray : (H, W) ndarray in [0, 1]
        As ``Sample.gray`` gives it.
    settings : ContrastSettings
        What to do.

    Returns
    -------
    (H, W) float32 ndarray in [0, 1]
        A frame of one gray value stays what it is, but for gamma.
    """
    values = np.asarray(gray, np.float32)
    low, high = float(values.min()), float(values.max())
    if high > low:
        if settings.normalise:
            values = (values - low) / (high - low)
        if settings.clip > 0:
            from skimage.exposure import equalize_adapthist

            tile = tuple(max(side // settings.tiles, 1) for side in values.shape)
            values = equalize_adapthist(values.clip(0, 1), kernel_size=tile, clip_limit=settings.clip)
    return np.asarray(np.clip(values, 0, 1) ** settings.gamma, np.float32)


def equalised(sample: Sample, settings: ContrastSettings) -> Sample:
    """Return a sample whose frame is its equalised gray as 8-bit display data; all else stays."""
    if settings == PLAIN:
        return sample
    gray = equalise(sample.gray(), settings)
    return replace(sample, frame=np.rint(gray * 255).astype(np.uint8), mapping=DISPLAY_8_BIT)
