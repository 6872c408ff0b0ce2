"""Looking at a file in the ways it could be read: what is found, a frame as canvas and model see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QImage, QPixmap

from lusgui.base.translate import tr

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Candidate, Intensity

THUMBNAIL_PX = 72


@dataclass(frozen=True, eq=False)
class Look:
    """One way to read a file, tried out.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        A frame through the one path that canvas and network share.
    frame : int
        0-based number of that frame.
    shape : tuple of int
        (T, H, W).
    axes : str
        What each axis of the variable was taken for; empty where the container leaves no choice.
    matlab_shape : tuple of int
        Shape of the variable; empty likewise.
    variable : str
        What was read; empty likewise.
    intensity : Intensity
        Amplitude state.
    spacing_mm : tuple of float or None
        (row, column).
    frame_rate_hz : float or None
        Frames a second.
    dynamic_range_db : float
        Width of the compression.
    warnings, candidates : tuple
        As the recording has them.
    looks_inverted : bool
        Whether black and white look exchanged, and nobody has said how it is.
    """

    gray: NDArray[np.float32]
    frame: int
    shape: tuple[int, int, int]
    axes: str
    matlab_shape: tuple[int, ...]
    variable: str
    intensity: Intensity
    spacing_mm: tuple[float, float] | None
    frame_rate_hz: float | None
    dynamic_range_db: float
    warnings: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    looks_inverted: bool = False


def look_at(path: Path, recipe: Recipe | None, frame: int, progress: Progress) -> Look:
    """Read one frame of a file as a recipe says; None reads it as lusgui would by itself.

    Raises
    ------
    LusguiError
        If it cannot be read that way.
    """
    from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB, measure_mapping
    from lusgui.core.pipeline import gray_frame
    from lusgui.io.open import open_recording
    from lusgui.io.polarity import INVERTED_KEY

    with open_recording(path, recipe=recipe, progress=progress) as recording:
        range_db = (recipe.dynamic_range_db if recipe is not None else None) or DEFAULT_DYNAMIC_RANGE_DB
        mapping = measure_mapping(recording, range_db)
        progress(1, 2)
        filled = recording.sample_indices(200)
        index = min(max(frame, 0), recording.frame_count - 1) if frame >= 0 else filled[len(filled) // 2]
        gray = gray_frame(recording.frame(index), mapping)
        progress(2, 2)
        return Look(
            gray,
            index,
            recording.shape,
            str(recording.extra.get("axes", "")),
            tuple(recording.extra.get("matlab_shape", ())),
            recording.provenance.variable or "",
            recording.intensity,
            recording.spacing_mm,
            recording.frame_rate_hz,
            range_db,
            recording.warnings,
            recording.candidates,
            bool(recording.extra.get(INVERTED_KEY)),
        )


def thumbnails(path: Path, variables: list[str], progress: Progress) -> dict[str, Look | str]:
    """Look at each variable; those that cannot be read get the reason instead."""
    from lusgui.base.errors import CancelledError, LusguiError
    from lusgui.core.recipe import Recipe

    found: dict[str, Look | str] = {}
    for variable in variables:
        try:
            found[variable] = look_at(path, Recipe("", variable), -1, progress)
        except CancelledError:
            raise
        except LusguiError as error:
            found[variable] = error.cause
    return found


def axes_choices(shape: tuple[int, ...]) -> list[tuple[str, str]]:
    """Return (axes, words) for the orders in which a variable of a shape can be read.

    Axes of length one are taken as they are; rows, columns and frames can be any of the others.
    """
    from itertools import permutations

    long = [place for place, length in enumerate(shape) if length > 1]
    names = {"h": "rows", "w": "columns", "t": "frames"}
    letters = "hw" if len(long) == 2 else "hwt"
    if not 2 <= len(long) <= 3:
        return []
    found = []
    for order in permutations(letters):
        axes = ["1"] * len(shape)
        for place, letter in zip(long, order, strict=True):
            axes[place] = letter
        words = ", ".join(
            f"{shape[place]} {names[letter]}" for place, letter in zip(long, order, strict=True)
        )
        found.append(("".join(axes), words))
    return found


def picture(look: Look, width: int, height: int, ratio: float = 1.0) -> QPixmap:
    """Return a frame in its true aspect (square pixels where the spacing is unknown), fit into a box."""
    rows, cols = look.gray.shape
    gray = np.ascontiguousarray((look.gray * 255).astype(np.uint8))
    image = QImage(gray.data, cols, rows, cols, QImage.Format.Format_Grayscale8).copy()
    row_mm, col_mm = look.spacing_mm or (1.0, 1.0)
    tall, wide = rows * row_mm, cols * col_mm
    scale = min(width / wide, height / tall)
    return _scaled(image, max(wide * scale, 2.0), max(tall * scale, 2.0), ratio)


def _scaled(image: QImage, width: float, height: float, ratio: float) -> QPixmap:
    from PySide6.QtCore import Qt

    made = QPixmap.fromImage(
        image.scaled(
            round(width * ratio),
            round(height * ratio),
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    )
    made.setDevicePixelRatio(ratio)
    return made


def facts(look: Look) -> str:
    """Return number of frames, size and extent in words."""
    frames, rows, cols = look.shape
    number = tr("Frame {frame} of {frames}", frame=look.frame + 1, frames=frames) if frames > 1 else "1 frame"
    size = tr("{rows} rows × {cols} columns", rows=rows, cols=cols)
    if look.spacing_mm is None:
        return tr("{number} · {size}, spacing unknown", number=number, size=size)
    deep, wide = rows * look.spacing_mm[0], cols * look.spacing_mm[1]
    return tr(
        "{number} · {size} · {deep:.1f} mm deep, {wide:.1f} mm wide",
        number=number,
        size=size,
        deep=deep,
        wide=wide,
    )
