"""Rows of a study as plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.annotation import PlaneKey, Status
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.recipe import Recipe


@dataclass(frozen=True)
class RecordingEntry:
    """What a study knows of one recording without opening its file.

    Parameters
    ----------
    id : int
        Number in the study, never used again.
    position : int
        Place in the list.
    name : str
        What people read.
    path : Path
        Where it was last seen.
    relative_path : str or None
        The same, seen from the study's folder, with forward slashes.
    variable : str or None
        Variable inside the file.
    sha256 : str or None
        Hash of the file's content; None until it was computed.
    size_bytes, mtime_ns : int
        Size and time of last change when it was last checked.
    recipe : Recipe or None
        How the file is read.
    frames, rows, cols : int
        Shape.
    spacing_mm : tuple of float or None
        (row, column) spacing, as the person left it.
    intensity : Intensity
        State of the stored numbers.
    frame_rate_hz : float or None
        Frames a second.
    frame_numbers : tuple of int
        1-based number of each frame in the source variable; empty for 1, 2, 3...
    mapping : DisplayMapping or None
        How stored numbers become gray; None before it was measured.
    """

    id: int
    position: int
    name: str
    path: Path
    relative_path: str | None
    variable: str | None
    sha256: str | None
    size_bytes: int
    mtime_ns: int
    recipe: Recipe | None
    frames: int
    rows: int
    cols: int
    spacing_mm: tuple[float, float] | None
    intensity: Intensity
    frame_rate_hz: float | None
    frame_numbers: tuple[int, ...] = ()
    mapping: DisplayMapping | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of a frame."""
        return self.rows, self.cols


@dataclass(frozen=True)
class NewRecording:
    """What is needed to put a recording into a study; fields as in `RecordingEntry`."""

    path: Path
    frames: int
    rows: int
    cols: int
    intensity: Intensity = Intensity.DISPLAY
    name: str = ""
    variable: str | None = None
    size_bytes: int = 0
    mtime_ns: int = 0
    sha256: str | None = None
    recipe: Recipe | None = None
    spacing_mm: tuple[float, float] | None = None
    frame_rate_hz: float | None = None
    frame_numbers: tuple[int, ...] = ()
    mapping: DisplayMapping | None = None


@dataclass(frozen=True)
class AnnotationEntry:
    """One plane as the study holds it, without its pixels.

    Parameters
    ----------
    key : PlaneKey
        Which plane.
    status : Status
        What a person said.
    rater : str
        Who changed it last.
    updated_at : str
        When, ISO 8601 in UTC.
    area_px : int
        How many pixels are set.
    provenance : mapping
        ``source`` of the last edit in force, its ``edit`` name, and every source so far.
    """

    key: PlaneKey
    status: Status
    rater: str
    updated_at: str
    area_px: int
    provenance: dict[str, Any] = field(default_factory=dict)
