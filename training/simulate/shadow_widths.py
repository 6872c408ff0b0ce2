"""Widths of simulated shadows as they are, beside what lusgui measures of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.beams import Beams
from lusgui.core.measures.rib import rib_arcs
from lusgui.core.measures.shadow import FROM_MM, TO_MM, shadow_widths
from training.simulate.lung_wide import simulate_wide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lusgui.core.measures.figure import Figure
    from lusgui.core.measures.rib import RibArc
    from training.simulate.lung_wide import WideFrame


@dataclass(frozen=True)
class ShadowCase:
    """One rib's shadow.

    Parameters
    ----------
    true_mm : float
        Width of what loses at least half of the most loss, inside the frame.
    is_cut : bool
        Whether the edge of the frame cuts the rib.
    found : Figure
        What was measured.
    """

    true_mm: float
    is_cut: bool
    found: Figure


def simulated_shadows(seed: int, *, ribs: int = 1, is_sector: bool = False) -> Iterator[ShadowCase]:
    """Measure the shadows of one simulated chest wall of random make, 256 x 224.

    Parameters
    ----------
    seed : int
        Of the frame.
    ribs : int
        How many ribs, 0 to 3.
    is_sector : bool
        Whether a convex probe sees them.
    """
    frame = simulate_wide(np.random.default_rng(seed), (256, 224), ribs=ribs, sector=is_sector)
    arcs = rib_arcs(frame.rib, frame.spacing_mm)
    found = shadow_widths(arcs, frame.spacing_mm, gray=frame.gray)
    for arc, figure in zip(arcs, found, strict=True):
        true = true_width(frame, arc)
        if true is not None:
            yield ShadowCase(true, arc.is_cut, figure)


def true_width(frame: WideFrame, arc: RibArc) -> float | None:
    """Return the width in mm of the shadow of a simulated rib; None where its band lies outside the frame."""
    from scipy.ndimage import map_coordinates

    sector = frame.sector
    beams = Beams(frame.spacing_mm)
    if sector is not None:
        beams = Beams(frame.spacing_mm, sector.apex, (-sector.half_angle, sector.half_angle))
    rows, columns = (axis.astype(np.float64) for axis in np.nonzero(arc.mask))
    depth, beam = beams.places(rows, columns)
    step = beams.step(float(np.median(depth))) / 2
    number = np.round(beam / step).astype(int)
    centre, half = float(beam[[beam.argmin(), beam.argmax()]].mean()), 0.75 * float(np.ptp(beam))
    across = np.arange(centre - half, centre + half, step)
    own = np.unique(number)
    lowest = [float(depth[number == one].max()) for one in own]
    edge = np.interp(across, own * step, lowest)
    places = edge[None] + np.arange(FROM_MM, TO_MM, 0.1)[:, None]
    row, column = beams.pixels(places, np.broadcast_to(across, places.shape))
    height, width = frame.gray.shape
    inside = (row >= 0) & (row <= height - 1) & (column >= 0) & (column <= width - 1)
    if sector is not None:
        inside &= np.abs(np.broadcast_to(across, places.shape)) <= sector.half_angle
    seen = inside.sum(axis=0) >= 20
    if not seen.any():
        return None
    loss = map_coordinates(frame.shadow_db, (row, column), order=1)
    mean = np.where(inside, loss, 0).sum(axis=0) / np.maximum(inside.sum(axis=0), 1)
    mean = np.where(seen, mean, 0.0)
    if mean.max() <= 0:
        return None
    is_dark = mean >= mean.max() / 2
    return float(np.count_nonzero(is_dark)) * step * beams.width(float(places[inside].mean()))
