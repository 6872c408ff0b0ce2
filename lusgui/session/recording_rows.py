"""A recording as a list shows it, the state of its file, and the files that wait to be hashed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.annotation import Status
    from lusgui.core.recording import Intensity


class FileState(StrEnum):
    """What is known of a recording's file."""

    OK = "ok"
    CHECKING = "checking"
    """It may have changed: its content is being compared, and nothing is drawn until then."""
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True)
class HashJob:
    """A file whose content is to be hashed in the background.

    Parameters
    ----------
    recording_id : int
        For which recording.
    path : Path
        The file.
    reason : str
        ``first``: the hash is not known yet; ``verify``: the file looks changed; ``search``: a file that
        may be the missing one.
    """

    recording_id: int
    path: Path
    reason: str


@dataclass(frozen=True)
class RecordingRow:
    """One recording as a list shows it; see `RecordingEntry` for the fields."""

    id: int
    name: str
    path: Path
    frames: int
    shape: tuple[int, int]
    spacing_mm: tuple[float, float] | None
    intensity: Intensity
    state: FileState = FileState.OK
    counts: dict[Status, int] = field(default_factory=dict)
    frame_rate_hz: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        """Whether the file cannot be found."""
        return self.state is FileState.MISSING

    @property
    def changed(self) -> bool:
        """Whether the file is no longer what was drawn on."""
        return self.state is FileState.CHANGED

    @property
    def checking(self) -> bool:
        """Whether the file's content is being compared."""
        return self.state is FileState.CHECKING
