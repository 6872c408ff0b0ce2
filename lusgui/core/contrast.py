"""Contrast of gray before a network sees it: normalisation, CLAHE, gamma, as Hu et al. 2018 name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
    ValueError
        If a value is out of bounds.
    """

    normalise: bool = True
    clip: float = 0.01
    tiles: int = 8
    gamma: float = 0.8

    def __post_init__(self) -> None:
        if not 0 <= self.clip <= 1:
            raise ValueError(f"the clip limit must lie between 0 and 1, not {self.clip:g}")
        if not 1 <= self.tiles <= 64:
            raise ValueError(f"there can be 1 to 64 tiles along a side, not {self.tiles}")
        if not 0.1 <= self.gamma <= 10:
            raise ValueError(f"gamma must lie between 0.1 and 10, not {self.gamma:g}")

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: object) -> ContrastSettings:
        """Build settings from untrusted plain values; what is missing has its default.

        Raises
        ------
        ValueError
            If an entry is unknown, of the wrong type or out of bounds.
        """
        known = {item.name for item in fields(cls)}
        if not isinstance(values, Mapping) or not values.keys() <= known:
            raise ValueError("contrast is not a table of known entries")
        for name, value in values.items():
            wanted: tuple[type, ...] = {"normalise": (bool,), "tiles": (int,)}.get(name, (int, float))
            if not isinstance(value, wanted) or (isinstance(value, bool) and name != "normalise"):
                raise ValueError(f"'{name}' of contrast is {str(value)[:40]}")
        return cls(**values)


PLAIN = ContrastSettings(normalise=False, clip=0.0, gamma=1.0)
"""Gray as it is."""


def equalise(gray: NDArray[Any], settings: ContrastSettings) -> NDArray[np.float32]:
    """Apply normalisation, CLAHE and gamma in turn.

    Parameters
    ----------
    gray : (H, W) ndarray in [0, 1]
        As ``pipeline.gray_frame`` gives it.
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
