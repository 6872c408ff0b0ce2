"""Gray to the viridis colours, as Ramos et al. fed their detectors.

The table is matplotlib's, which its authors (N. Smith and S. van der Walt) gave to the public domain (CC0).
It is kept here, because detectors must run where matplotlib is not installed: differences from colour to
colour, compressed.
"""

from __future__ import annotations

import base64
import functools
import zlib

import numpy as np
import torch
from torch import Tensor

_STEPS = (
    "eNp1kIENAzEIA01+tY7Q/Uf5FIxDaJtXK+s4nLyUl71hw3+ViDQbwxPKmNNvKU5o2yVnAEr2sTjACBqzgCxMca3gNyd0+cXj"
    "uP3JuvZc2CMOnaezG/BUmP83SKLkRFt1aX2LND1jqxddXs+Q7y3YnA8sXklJqD+O4935Eoe8CkKmyfH2TqT32Vmpzi4E56mb"
    "ftKwyUIclJk6K8ivgwVcAUbwNLKRB8FzfAARMYgK"
)
"""Steps from each 8-bit colour to the next, deflated."""


@functools.cache
def viridis_table() -> Tensor:
    """Return the colours for gray 0 to 255: float32 (256, 3) in [0, 1], red, green, blue."""
    steps = np.frombuffer(zlib.decompress(base64.b64decode(_STEPS)), np.int8).reshape(256, 3)
    colours = np.cumsum(steps.astype(np.int64), axis=0)
    return torch.from_numpy((colours / 255).astype(np.float32))


def to_viridis(gray: Tensor) -> Tensor:
    """Colour gray.

    Parameters
    ----------
    gray : (N, 1, H, W) float tensor in [0, 1]
        Values beyond are clipped.

    Returns
    -------
    (N, 3, H, W) float32 tensor in [0, 1]
        Red, green, blue of the nearest of 256 colours, on the same device.
    """
    index = (gray[:, 0] * 255).round().clamp(0, 255).long()  # (N, H, W)
    return viridis_table().to(gray.device)[index].permute(0, 3, 1, 2).contiguous()


def to_input(gray: Tensor, channels: int) -> Tensor:
    """Turn gray (N, 1, H, W) in [0, 1] into a detector's input: 3 channels of viridis, else gray."""
    return to_viridis(gray) if channels == 3 else gray.expand(-1, channels, -1, -1)
