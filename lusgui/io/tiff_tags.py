"""What TIFF tags say about millimetres, frames a second and amplitude state."""

from __future__ import annotations

import json
import re
from typing import Any

from lusgui.core.recording import Intensity
from lusgui.io.pixels import usable_rate, usable_spacing

MM_PER_UNIT = {
    "mm": 1.0, "millimeter": 1.0, "millimetre": 1.0, "cm": 10.0, "centimeter": 10.0, "m": 1000.0,
    "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "micron": 1e-3, "microns": 1e-3, "micrometer": 1e-3,
    "\\u00b5m": 1e-3, "nm": 1e-6, "inch": 25.4, "in": 25.4,
}  # fmt: skip
_PRINT_RESOLUTIONS_PER_CM = (28.35, 35.43, 37.8, 56.69, 59.06, 78.74, 118.11, 236.22, 472.44)
_CENTIMETRE = 3


def _ratio(value: Any) -> float:  # noqa: ANN401 (tag values vary)
    try:
        numerator, denominator = value
        return float(numerator) / float(denominator)
    except (TypeError, ValueError, ZeroDivisionError):
        return 0.0


def spacing_of(tiff: Any) -> tuple[tuple[float, float] | None, list[str]]:  # noqa: ANN401
    """Return (row, column) spacing in mm and remarks, from an open ``tifffile.TiffFile``.

    ImageJ and OME-TIFF state a unit and are believed. A bare resolution tag in centimetres is believed
    unless it is one of the usual print resolutions; one in inches is a print resolution.
    """
    ome = _ome_spacing(tiff.ome_metadata if tiff.is_ome else None)
    if ome is not None:
        return ome, []
    tags = tiff.pages[0].tags
    per_col, per_row = (
        _ratio(tags[name].value) if name in tags else 0.0 for name in ("XResolution", "YResolution")
    )
    if per_col <= 0 or per_row <= 0:
        return None, []
    if tiff.is_imagej:
        unit = str((tiff.imagej_metadata or {}).get("unit", "")).strip().lower()
        scale = MM_PER_UNIT.get(unit)
        return (None if scale is None else usable_spacing(scale / per_row, scale / per_col)), []
    unit_tag = int(tags["ResolutionUnit"].value) if "ResolutionUnit" in tags else 0
    is_print = any(abs(per_col - known) < 0.02 * known for known in _PRINT_RESOLUTIONS_PER_CM)
    if unit_tag != _CENTIMETRE or is_print:
        return None, []
    spacing = usable_spacing(10.0 / per_row, 10.0 / per_col)
    note = "The spacing was taken from the TIFF's resolution tag: check it against the depth scale."
    return spacing, [] if spacing is None else [note]


def _ome_spacing(xml: str | None) -> tuple[float, float] | None:
    """Read PhysicalSizeY and PhysicalSizeX without an XML parser: hostile entities never expand."""
    if not xml:
        return None
    sizes = []
    for axis in "YX":
        size = re.search(rf'\bPhysicalSize{axis}="([^"]{{1,40}})"', xml)
        unit = re.search(rf'\bPhysicalSize{axis}Unit="([^"]{{1,20}})"', xml)
        scale = MM_PER_UNIT.get(unit.group(1).lower() if unit else "µm")
        if size is None or scale is None:
            return None
        try:
            sizes.append(float(size.group(1)) * scale)
        except ValueError:
            return None
    return usable_spacing(sizes[0], sizes[1])


def frame_rate_of(tiff: Any) -> float | None:  # noqa: ANN401
    """Return frames a second from ImageJ's ``fps`` or ``finterval``."""
    metadata = (tiff.imagej_metadata or {}) if tiff.is_imagej else {}
    try:
        if "finterval" in metadata and float(metadata["finterval"]) > 0:
            return usable_rate(1.0 / float(metadata["finterval"]))
        return usable_rate(float(metadata["fps"])) if "fps" in metadata else None
    except (TypeError, ValueError):
        return None


def own_remarks(tiff: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what lusgui's own exporter wrote into the file, or an empty dict."""
    metadata = (tiff.imagej_metadata or {}) if tiff.is_imagej else {}
    try:
        remarks = json.loads(str(metadata.get("Info", "")))
    except ValueError:
        return {}
    found = remarks.get("lusgui") if isinstance(remarks, dict) else None
    return found if isinstance(found, dict) else {}


def intensity_of(tiff: Any) -> Intensity | None:  # noqa: ANN401
    """Return the amplitude state that our own exporter stated, or None."""
    try:
        return Intensity(own_remarks(tiff).get("intensity", ""))
    except (ValueError, TypeError):
        return None
