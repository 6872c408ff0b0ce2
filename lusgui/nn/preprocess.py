"""From gray on the raw grid to the network's input, and from its logits back with nothing shifted.

Both ways use the same convention: pixel areas, not pixel centres, fill the image, so that the edges of both
grids coincide whatever their sizes. Shrinking averages over the area that a new pixel covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import interpolate

from lusgui.core.contrast import PLAIN, ContrastSettings, equalise
from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB
from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.model_card import ModelCard


def resize(planes: Tensor, shape: tuple[int, int]) -> Tensor:
    """Resize (N, C, H, W) to (N, C, *shape); the very same tensor when nothing changes."""
    if tuple(planes.shape[-2:]) == tuple(shape):
        return planes
    return interpolate(planes, size=tuple(shape), mode="bilinear", align_corners=False, antialias=True)


@dataclass(frozen=True)
class Preprocess:
    """The way in and its inverse.

    Parameters
    ----------
    input_shape : tuple of int
        Rows and columns of the network's input.
    in_channels : int
        Gray is repeated into this many channels.
    mean, std : float
        The network sees (value - mean) / std.
    intensity : Intensity
        ``display``: gray as it is; ``linear``: amplitude relative to 0 dB; ``db``: decibels below it.
    dynamic_range_db : float
        What gray 0 lies below gray 1, for the latter two.
    contrast : ContrastSettings
        What is done to gray on the raw grid first.
    temperature, bias : float
        The probability is the sigmoid of logit / temperature + bias.
    """

    input_shape: tuple[int, int]
    in_channels: int = 1
    mean: float = 0.0
    std: float = 1.0
    intensity: Intensity = Intensity.DISPLAY
    dynamic_range_db: float = DEFAULT_DYNAMIC_RANGE_DB
    contrast: ContrastSettings = PLAIN
    temperature: float = 1.0
    bias: float = 0.0

    @classmethod
    def from_card(cls, card: ModelCard) -> Preprocess:
        """Return what a model's card asks for."""
        return cls(
            card.input_shape,
            int(card.arguments["in_channels"]),
            card.mean,
            card.std,
            card.intensity,
            card.dynamic_range_db,
            card.contrast_settings,
            card.temperature,
            card.bias,
        )

    def forward(self, gray: NDArray[Any]) -> Tensor:
        """Turn gray (H, W) in [0, 1] into float32 (1, C, h, w) for the network."""
        if self.contrast != PLAIN:
            gray = equalise(gray, self.contrast)
        # a copy only where needed: torch warns about arrays that may not be written to
        values = np.require(gray, dtype=np.float32, requirements=["C", "W"])
        planes = resize(torch.from_numpy(values)[None, None], self.input_shape)  # (1, 1, h, w)
        return self.normalise(planes).expand(-1, self.in_channels, -1, -1)

    def normalise(self, planes: Tensor) -> Tensor:
        """Turn gray (N, C, h, w) in [0, 1] into the numbers the network was taught on, of the same shape."""
        if self.intensity is not Intensity.DISPLAY:
            planes = (planes - 1.0) * self.dynamic_range_db
            if self.intensity is Intensity.LINEAR:
                planes = torch.pow(10.0, planes / 20.0)
        if self.mean != 0.0 or self.std != 1.0:
            planes = (planes - self.mean) / self.std
        return planes

    def probability(self, logits: Tensor) -> Tensor:
        """Turn a network's logits into probabilities in [0, 1] of the same shape; nothing else does it.

        Guo et al. 2017, arXiv:1706.04599; with a bias it is the scaling of Platt 1999.
        """
        if self.temperature != 1.0 or self.bias != 0.0:
            logits = logits / self.temperature + self.bias
        return torch.sigmoid(logits)

    def forward_mask(self, mask: NDArray[Any]) -> Tensor:
        """Turn a mask (H, W) into coverage float32 (1, 1, h, w) in [0, 1], in register with `forward`."""
        values = np.array(mask, dtype=np.float32, order="C")
        return resize(torch.from_numpy(values)[None, None], self.input_shape)

    def inverse(self, probability: Tensor, raw_shape: tuple[int, int]) -> NDArray[np.float32]:
        """Bring probabilities back to the raw grid.

        Parameters
        ----------
        probability : (h, w) or (L, h, w) or (1, L, h, w) tensor in [0, 1]
            On the network's grid.
        raw_shape : tuple of int
            Rows and columns (H, W) of the raw frame.

        Returns
        -------
        (H, W) or (L, H, W) float32 ndarray in [0, 1]
        """
        planes = probability.detach().to("cpu", torch.float32)
        flat = planes.reshape(1, -1, *planes.shape[-2:])
        raw = resize(flat, raw_shape)[0].clamp(0.0, 1.0).contiguous().numpy()
        return raw[0] if planes.ndim == 2 else raw
