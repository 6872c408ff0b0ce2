"""Colour maps for the gray image, as tables of 256 colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_STOPS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "gray": (),
    "inverted": ((1, 1, 1), (0, 0, 0)),
    "sepia": ((0, 0, 0), (0.45, 0.30, 0.18), (0.85, 0.70, 0.50), (1, 0.97, 0.90)),
    "cool": ((0, 0, 0), (0.12, 0.22, 0.36), (0.50, 0.65, 0.80), (0.97, 0.99, 1)),
    "viridis": (
        (0.267, 0.005, 0.329),
        (0.230, 0.322, 0.546),
        (0.128, 0.567, 0.551),
        (0.369, 0.789, 0.383),
        (0.993, 0.906, 0.144),
    ),
}
COLORMAPS = tuple(_STOPS)
TITLES = {
    "gray": "Gray",
    "inverted": "Gray, inverted",
    "sepia": "Warm gray",
    "cool": "Cool gray",
    "viridis": "Viridis",
}


def lookup_table(name: str) -> NDArray[np.uint8] | None:
    """Return the table (256, 3) uint8 of a colour map; None for plain gray and for unknown names."""
    stops = np.asarray(_STOPS.get(name, ()), dtype=float)
    if stops.size == 0:
        return None
    at = np.linspace(0, 1, len(stops))
    wanted = np.linspace(0, 1, 256)
    table = np.stack([np.interp(wanted, at, stops[:, channel]) for channel in range(3)], axis=1)
    return (table * 255).round().astype(np.uint8)
