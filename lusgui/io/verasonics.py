"""Verasonics' settings structs: pixel spacing in mm, order of the ring buffer, frame rate."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lusgui.io.mat_node import NodeKind

if TYPE_CHECKING:
    from lusgui.io.mat_node import MatNode, MatTree

DEFAULT_SOUND_SPEED_M_S = 1540.0
_RATE_NAMES = ("frameRate", "frame_rate", "frameRateHz", "frame_rate_hz", "framerate", "fps", "FrameRateHz")
_RATE_HOLDERS = ("P", "param", "params", "Parameters", "Resource", "acq", "info", "metadata")


@dataclass
class Settings:
    """What the structs of one file say.

    Parameters
    ----------
    spacing_mm : tuple of float or None
        (row, column) spacing.
    pixel_size : tuple of int or None
        Rows and columns of the pixel grid.
    is_polar : bool
        Whether the grid is not Cartesian.
    frame_rate_hz : float or None
        Frames a second.
    warnings : list of str
        What was assumed or missing.
    """

    spacing_mm: tuple[float, float] | None = None
    pixel_size: tuple[int, int] | None = None
    is_polar: bool = False
    frame_rate_hz: float | None = None
    warnings: list[str] = field(default_factory=list)


def read_settings(tree: MatTree, size: tuple[int, int] | None = None) -> Settings:
    """Return what PData, Trans and Resource of a file say about its pixels.

    Parameters
    ----------
    tree : MatTree
        The listed file.
    size : tuple of int, optional
        Rows and columns of the frames: of several PData, the one with this grid is taken, else the first.
    """
    settings = Settings(frame_rate_hz=_frame_rate(tree))
    settings.spacing_mm = _own_spacing(tree)
    pixel_data = tree.struct("PData")
    if pixel_data is None:
        return settings
    grids = [pixel_data]
    if pixel_data.kind is NodeKind.STRUCT and pixel_data.size > 1:
        grids = [_element(pixel_data, number) for number in range(min(pixel_data.size, 64))]
    pixel_data = next((grid for grid in grids if size is not None and _grid_size(grid) == size), grids[0])
    settings.pixel_size = _grid_size(pixel_data)
    coordinates = pixel_data.get("Coord", "Coordinates", "coord")
    text = None if coordinates is None else coordinates.text()
    if text is not None and text.strip().casefold() in ("polar", "spherical"):
        settings.is_polar = True
        settings.spacing_mm = None
        settings.warnings.append("The pixel grid is polar, so distances in mm are not known.")
        return settings
    if settings.spacing_mm is not None:
        return settings
    steps = _pixel_steps(pixel_data)
    if steps is None:
        settings.warnings.append("PData states no usable pixel size, so the spacing is not known.")
        return settings
    wavelength = _wavelength_mm(tree, settings.warnings)
    if wavelength is not None:
        settings.spacing_mm = usable(steps[0] * wavelength, steps[1] * wavelength)
    return settings


def _grid_size(pixel_data: MatNode) -> tuple[int, int] | None:
    size = pixel_data.get("Size")
    sides = None if size is None else size.vector()
    if sides is None or sides.size < 2 or not np.all(np.isfinite(sides[:2])) or np.any(sides[:2] < 1):
        return None
    return int(min(sides[0], 2**31)), int(min(sides[1], 2**31))


def usable(row_mm: float, col_mm: float) -> tuple[float, float] | None:
    """Return (row, column) spacing if both numbers can be true of ultrasound, else None."""
    if all(np.isfinite(value) and 1e-4 <= value <= 50.0 for value in (row_mm, col_mm)):
        return float(row_mm), float(col_mm)
    return None


def _pixel_steps(pixel_data: MatNode) -> tuple[float, float] | None:
    """Return (dz, dx) in wavelengths from PDelta, or from the fields of old files."""
    steps = pixel_data.get("PDelta")
    values = None if steps is None else steps.vector()
    if values is not None and values.size >= 3:
        dz, dx = float(values[2]), float(values[0])
    elif values is not None and values.size == 1:
        dz = dx = float(values[0])
    else:
        both = _scalar(pixel_data, "pdelta")
        across, down = _scalar(pixel_data, "pdeltaX"), _scalar(pixel_data, "pdeltaZ")
        dz, dx = (down or both or 0.0), (across or both or 0.0)
    return (dz, dx) if dz > 0 and dx > 0 and np.isfinite(dz) and np.isfinite(dx) else None


def _wavelength_mm(tree: MatTree, warnings: list[str]) -> float | None:
    probe = tree.struct("Trans")
    if probe is None:
        warnings.append("There is no struct Trans, so the wavelength and the spacing are not known.")
        return None
    speed = _sound_speed_m_s(tree)
    frequency = _scalar(probe, "frequency")
    if frequency is not None and frequency > 0:
        # Verasonics states MHz; other toolboxes that borrow its structs state Hz.
        hertz = frequency * 1e6 if frequency < 1000 else frequency
        if speed is None:
            speed = DEFAULT_SOUND_SPEED_M_S
            warnings.append("No speed of sound is stated; 1540 m/s was taken.")
        return speed / hertz * 1e3
    pitch_mm, pitch = _scalar(probe, "spacingMm"), _scalar(probe, "spacing")
    if pitch_mm and pitch and pitch_mm > 0 and pitch > 0:
        return pitch_mm / pitch
    warnings.append("Trans states no frequency, so the spacing is not known.")
    return None


def _sound_speed_m_s(tree: MatTree) -> float | None:
    resource = tree.struct("Resource")
    holder = None if resource is None else resource.get("Parameters")
    speed = _scalar(holder, "speedOfSound") if holder is not None else None
    if speed is None or speed <= 0:
        return None
    # Some write km/s, which is the same as mm/us.
    speed = speed * 1e3 if speed < 10 else speed
    return speed if 300 <= speed <= 6000 else None


def _scalar(node: MatNode, *names: str) -> float | None:
    found = node.get(*names)
    return None if found is None else found.scalar()


def _own_spacing(tree: MatTree) -> tuple[float, float] | None:
    """Return ``spacing_mm`` as our own export writes it: row, column."""
    stated = tree.variable("spacing_mm")
    values = None if stated is None else stated.vector()
    return None if values is None or values.size != 2 else usable(float(values[0]), float(values[1]))


def _frame_rate(tree: MatTree) -> float | None:
    places = [tree.variable(*_RATE_NAMES)]
    places += [
        holder.get(*_RATE_NAMES)
        for holder in (tree.struct(name) for name in _RATE_HOLDERS)
        if holder is not None
    ]
    for place in places:
        rate = None if place is None else place.scalar()
        if rate is not None and 0.01 <= rate <= 100_000:
            return rate
    return _rate_of_sequence(tree)


def _rate_of_sequence(tree: MatTree) -> float | None:
    """Return the rate where one acquisition makes a frame and one waiting time is stated."""
    sequence, transmits = tree.struct("SeqControl"), tree.struct("TX")
    if sequence is None or transmits is None or transmits.size != 1:
        return None
    commands = sequence.fields.get("command", [])
    waits = [
        _scalar(sequence_element, "argument")
        for sequence_element in (
            _element(sequence, number)
            for number, command in enumerate(commands)
            if command.text() in ("timeToNextAcq", "timeToNextEB")
        )
    ]
    if len(waits) != 1 or waits[0] is None or waits[0] <= 0:
        return None
    rate = 1e6 / waits[0]
    return rate if 0.01 <= rate <= 100_000 else None


def _element(array: MatNode, number: int) -> MatNode:
    """Return one element of a struct array as a struct."""
    from lusgui.io.mat_node import MatNode as Node

    fields = {name: [nodes[number]] for name, nodes in array.fields.items() if number < len(nodes)}
    return Node(f"{array.path}({number + 1})", NodeKind.STRUCT, (1, 1), fields=fields)


def ring_order(tree: MatTree, variable: str, frames: int) -> tuple[int, ...] | None:
    """Return the slots in the order in which they were filled, 0-based, or None for file order.

    Parameters
    ----------
    tree : MatTree
        The listed file.
    variable : str
        Path of the variable, whose cell index is the number of its image buffer.
    frames : int
        Slots in it.
    """
    if not re.search(r"(^|\.)(ImgDataP?|ImageData)\b", variable):
        return None
    resource = tree.struct("Resource")
    buffers = None if resource is None else resource.get("ImageBuffer")
    if buffers is None:
        return None
    found = re.findall(r"\{(\d+)\}", variable)
    number = int(found[-1]) - 1 if found else 0
    buffer = _element(buffers, number)
    first = _scalar(buffer, "firstFrame")
    stated = _scalar(buffer, "numFrames")
    if first is None or first != int(first) or not 1 <= first <= frames:
        return None
    if stated is not None and int(stated) != frames:
        return None
    start = int(first) - 1
    return None if start == 0 else tuple((start + slot) % frames for slot in range(frames))
