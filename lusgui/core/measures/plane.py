"""Everything that is measured of one mask, by what it is a mask of."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from lusgui.core.calliper import largest_calliper
from lusgui.core.geometry import area_mm2, bounding_box
from lusgui.core.measures.cerebellum import TCD, figures_of_cerebellum
from lusgui.core.measures.figure import NO_SPACING, Figure, Point, refused
from lusgui.core.measures.pleura import figures_of_pleura
from lusgui.core.measures.rib import figures_of_ribs, rib_arcs
from lusgui.core.measures.shadow import shadow_widths
from lusgui.core.threshold import count_components

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing


class Structure(StrEnum):
    """What decides which measures a label has."""

    RIB = "rib"
    PLEURA = "pleura"
    CEREBELLUM = "cerebellum"
    OTHER = "other"


MOST_PIECES = 60
"""A mask of ribs in more pieces is scattered; its arcs mean nothing, and take long."""

SHADOW = "shadow"
"""A label called so is the shadow behind ribs."""

_PLANNED: dict[Structure, tuple[tuple[str, str, str], ...]] = {
    Structure.RIB: (
        ("arc_length", "Arc length", "mm"),
        ("thickness", "Mean thickness", "mm"),
        ("depth", "Depth", "mm"),
        ("tilt", "Tilt", "°"),
        ("shadow_width", "Shadow width", "mm"),
        ("gap", "Intercostal gap", "mm"),
        ("pitch", "Pitch", "mm"),
    ),
    Structure.PLEURA: (
        ("pleural_depth", "Pleural depth, mean", "mm"),
        ("pleural_depth_least", "Pleural depth, least", "mm"),
        ("pleural_thickness", "Mean thickness", "mm"),
        ("pleural_tilt", "Tilt", "°"),
    ),
    Structure.CEREBELLUM: (
        (TCD, "Transcerebellar diameter", "mm"),
        ("gestational_age", "Gestational age", "weeks"),
    ),
    Structure.OTHER: (("largest_calliper", "Largest calliper", "mm"),),
}
_EXTENT = (("area", "Area", "mm²"), ("box_height", "Box, height", "mm"), ("box_width", "Box, width", "mm"))


def structure_of(key: str, name: str = "") -> Structure:
    """Return what a label is, by its key or the first word of its name: "Ribs left" are ribs."""
    first = (name.split() or [""])[0].casefold()
    for word in (key.casefold(), first):
        if word in ("rib", "ribs"):
            return Structure.RIB
        if word in ("pleura", "pleural", "pleural_line"):
            return Structure.PLEURA
        if word == "cerebellum":
            return Structure.CEREBELLUM
    return Structure.OTHER


def is_shadow(key: str, name: str = "") -> bool:
    """Whether a label is the shadow behind ribs."""
    return SHADOW in (key.casefold(), (name.split() or [""])[0].casefold())


def measure_plane(
    structure: Structure,
    mask: NDArray[np.bool_],
    spacing_mm: Spacing | None,
    *,
    gray: NDArray[np.float32] | None = None,
    shadow: NDArray[np.bool_] | None = None,
    ends: tuple[Point, Point] | None = None,
) -> list[Figure]:
    """Measure a mask.

    Parameters
    ----------
    structure : Structure
        What it is a mask of.
    mask : (H, W) bool ndarray
        On the raw grid.
    spacing_mm : (float, float) or None
        Distance between rows and between columns in mm; without it every length is refused.
    gray : (H, W) float32 ndarray in [0, 1], optional
        The frame, in which the shadows of ribs are looked for.
    shadow : (H, W) bool ndarray, optional
        Mask of shadows, which goes before the frame.
    ends : pair of Point, optional
        Ends of the transcerebellar diameter where a person moved them.

    Returns
    -------
    list of Figure
        Empty for an empty mask.
    """
    if not mask.any():
        return []
    if spacing_mm is None:
        planned = (*_PLANNED[structure], *_EXTENT)
        return [_pieces(mask), *(refused(*one, NO_SPACING) for one in planned)]
    if structure is Structure.RIB:
        figures = _ribs(mask, spacing_mm, gray, shadow)
    elif structure is Structure.PLEURA:
        figures = figures_of_pleura(mask, spacing_mm)
    elif structure is Structure.CEREBELLUM:
        figures = [*figures_of_cerebellum(mask, spacing_mm, ends), _pieces(mask)]
    else:
        largest = largest_calliper(mask, spacing_mm)
        figures = [_pieces(mask)]
        if largest is not None:
            figures.append(
                Figure("largest_calliper", "Largest calliper", largest.length, "mm", line=largest.ends)
            )
    return figures + _extent(mask, spacing_mm)


def _ribs(
    mask: NDArray[np.bool_],
    spacing_mm: Spacing,
    gray: NDArray[np.float32] | None,
    shadow: NDArray[np.bool_] | None,
) -> list[Figure]:
    count = count_components(mask)
    if count > MOST_PIECES:
        reason = f"the mask lies in {count} pieces: remove the small ones first"
        return [_pieces(mask), *(refused(*one, reason) for one in _PLANNED[Structure.RIB])]
    arcs = rib_arcs(mask, spacing_mm)
    figures = figures_of_ribs(arcs, spacing_mm)
    figures += shadow_widths(arcs, spacing_mm, gray=gray, shadow=shadow)
    # rib by rib, then what lies between them
    return sorted(figures, key=lambda one: (one.part.startswith("ribs "), one.part))


def _pieces(mask: NDArray[np.bool_]) -> Figure:
    return Figure("pieces", "Pieces", float(count_components(mask)), "")


def _extent(mask: NDArray[np.bool_], spacing_mm: Spacing) -> list[Figure]:
    box = bounding_box(mask)
    rows, columns = box.shape
    return [
        Figure("area", "Area", area_mm2(mask, spacing_mm), "mm²"),
        Figure("box_height", "Box, height", rows * spacing_mm[0], "mm"),
        Figure("box_width", "Box, width", columns * spacing_mm[1], "mm"),
    ]
