"""Colour maps for the gray image, as tables of 256 colours.

Those named perceptual grow in lightness evenly, so that equal steps of gray look like equal steps; they are
matplotlib's, as pyqtgraph brings them. The tinted grays are our own.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STOPS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "inverted": ((1, 1, 1), (0, 0, 0)),
    "sepia": ((0, 0, 0), (0.45, 0.30, 0.18), (0.85, 0.70, 0.50), (1, 0.97, 0.90)),
    "cool": ((0, 0, 0), (0.12, 0.22, 0.36), (0.50, 0.65, 0.80), (0.97, 0.99, 1)),
}
PERCEPTUAL = ("viridis", "cividis", "magma", "inferno")
TITLES = {
    "gray": "Gray",
    "inverted": "Gray, inverted",
    "sepia": "Warm gray",
    "cool": "Cool gray",
    "viridis": "Viridis (perceptual)",
    "cividis": "Cividis (perceptual, colour-blind safe)",
    "magma": "Magma (perceptual)",
    "inferno": "Inferno (perceptual)",
}
COLORMAPS = tuple(TITLES)


@cache
def lookup_table(name: str) -> NDArray[np.uint8] | None:
    """Return the table (256, 3) uint8 of a colour map; None for plain gray and for unknown names."""
    if name in PERCEPTUAL:
        from pyqtgraph import colormap

        table = np.asarray(colormap.get(name).getLookupTable(nPts=256, alpha=False), dtype=np.uint8)
    elif name in _STOPS:
        stops = np.asarray(_STOPS[name], dtype=float)
        at = np.linspace(0, 1, len(stops))
        wanted = np.linspace(0, 1, 256)
        shades = np.stack([np.interp(wanted, at, stops[:, channel]) for channel in range(3)], axis=1)
        table = (shades * 255).round().astype(np.uint8)
    else:
        return None
    table.setflags(write=False)
    return table


def swatch(name: str, width: int = 48, height: int = 12) -> NDArray[np.uint8]:
    """Return a picture (height, width, 3) uint8 of a colour map, from dark to bright gray."""
    table = lookup_table(name)
    if table is None:
        table = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    row = table[np.linspace(0, 255, width).round().astype(int)]
    return np.ascontiguousarray(np.repeat(row[None], height, axis=0))
