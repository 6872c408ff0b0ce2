"""Spacing and frame rate from the header of a DICOM file."""

from __future__ import annotations

import math
from typing import Any

from lusgui.io.pixels import usable_rate, usable_spacing

_CENTIMETRES = 3  # PhysicalUnitsXDirection, PS3.3 C.8.5.5
_TWO_DIMENSIONAL = 1  # RegionSpatialFormat: 2D tissue or flow, not M-mode or a spectrum


def number(dataset: Any, name: str) -> float | None:  # noqa: ANN401 (pydicom datasets)
    """Return an attribute as a number, or None where it is missing or nonsense."""
    value = dataset.get(name)
    try:
        return None if value is None or value == "" else float(value)
    except (TypeError, ValueError):
        return None


def spacing_of(header: Any) -> tuple[tuple[float, float] | None, list[str]]:  # noqa: ANN401
    """Return (row, column) spacing in mm, or None, and remarks.

    Only ultrasound regions whose units are centimetres count; a spectrum (Hz, cm/s) or M-mode (s) says
    nothing about millimetres. Where several regions disagree the largest one wins, and it is said so.
    """
    notes: list[str] = []
    found: list[tuple[float, tuple[float, float]]] = []
    for region in header.get("SequenceOfUltrasoundRegions") or []:
        units = [number(region, f"PhysicalUnits{axis}Direction") for axis in "XY"]
        spatial = number(region, "RegionSpatialFormat")
        if units != [_CENTIMETRES, _CENTIMETRES] or spatial not in (None, _TWO_DIMENSIONAL):
            continue
        delta_y, delta_x = number(region, "PhysicalDeltaY") or 0.0, number(region, "PhysicalDeltaX") or 0.0
        spacing = usable_spacing(abs(delta_y) * 10.0, abs(delta_x) * 10.0)
        if spacing is None:
            continue
        x0, y0, x1, y1 = (
            number(region, f"RegionLocation{edge}") or 0.0 for edge in ("MinX0", "MinY0", "MaxX1", "MaxY1")
        )
        found.append((abs((x1 - x0) * (y1 - y0)), spacing))
    if found:
        found.sort(key=lambda one: -one[0])
        chosen = found[0][1]
        if any(abs(other[0] / chosen[0] - 1) > 1e-3 for _, other in found):
            notes.append("Its ultrasound regions have different scales: that of the largest was taken.")
        return chosen, notes
    return _pixel_spacing(header), notes


def _pixel_spacing(header: Any) -> tuple[float, float] | None:  # noqa: ANN401
    places = [header]
    for groups in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        for group in (header.get(groups) or [])[:1]:
            places.extend((group.get("PixelMeasuresSequence") or [])[:1])
    for place in places:
        values = place.get("PixelSpacing")
        try:
            spacing = usable_spacing(float(values[0]), float(values[1]))
        except (TypeError, ValueError, IndexError):
            continue
        if spacing is not None:
            return spacing
    return None


def window_of(header: Any) -> tuple[float, float] | None:  # noqa: ANN401
    """Return the stored numbers that are to be shown black and white, or None where the file does not say.

    By PS3.3 C.11.2.1.2.1 a window of centre c and width w runs from c - 0.5 - (w - 1) / 2 to
    c - 0.5 + (w - 1) / 2 of the rescaled numbers. Of several windows the first counts.
    """
    places = [header]
    for group in (header.get("SharedFunctionalGroupsSequence") or [])[:1]:
        for part in ("FrameVOILUTSequence", "PixelValueTransformationSequence"):
            places.extend((group.get(part) or [])[:1])
    found: dict[str, float] = {}
    for name in ("WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept"):
        for place in places:
            value = place.get(name)
            try:
                first = value if value is None or isinstance(value, (str, float, int)) else value[0]
                if first is not None and first != "":
                    found.setdefault(name, float(first))
            except (TypeError, ValueError, IndexError):
                return None
    slope, intercept = found.get("RescaleSlope", 1.0), found.get("RescaleIntercept", 0.0)
    centre, width = found.get("WindowCenter"), found.get("WindowWidth", 0.0)
    if centre is None or not width > 1 or not slope > 0:
        return None
    low, high = (centre - 0.5 + side * (width - 1) / 2 for side in (-1, 1))
    ends = (low - intercept) / slope, (high - intercept) / slope
    return ends if all(map(math.isfinite, ends)) and ends[1] > ends[0] else None


def frame_rate_of(header: Any) -> float | None:  # noqa: ANN401
    """Return frames a second from FrameTime, FrameTimeVector, CineRate or the recommended display rate."""
    milliseconds = number(header, "FrameTime")
    if milliseconds:
        return usable_rate(1000.0 / milliseconds)
    try:
        steps = [float(step) for step in (header.get("FrameTimeVector") or [])][1:]
    except (TypeError, ValueError):
        steps = []
    if steps and sum(steps) > 0:
        return usable_rate(1000.0 * len(steps) / sum(steps))
    for name in ("CineRate", "RecommendedDisplayFrameRate"):
        rate = number(header, name)
        if rate:
            return usable_rate(rate)
    return None
