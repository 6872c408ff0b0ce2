"""Boxes that a detector found: what it says of every frame it looked at, as plain data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lusgui.core.learning.job import Mark
from lusgui.core.learning.plain import Plain, is_label, require

FILE = "detections.json"
"""Name in the folder of the run that looked."""

LEAST_CONFIDENCE = 0.2
"""Boxes of a lower confidence are neither shown nor worked on; what darknet's own demonstration used."""


@dataclass(frozen=True)
class Detection(Plain):
    """One box.

    Parameters
    ----------
    recording_id, frame : int
        Where; frames are counted from 0.
    row0, col0, row1, col1 : float
        Corners in pixels of the raw grid, the middle of the first pixel being (0, 0).
    confidence : float
        0 to 1.
    """

    recording_id: int
    frame: int
    row0: float
    col0: float
    row1: float
    col1: float
    confidence: float

    def __post_init__(self) -> None:
        corners = (self.row0, self.col0, self.row1, self.col1)
        require(all(map(math.isfinite, corners)) and self.frame >= 0, "a detection lies nowhere")
        require(self.row0 < self.row1 and self.col0 < self.col1, "a detection has no inside")
        require(0 <= self.confidence <= 1, "a detection has a strange confidence")

    def as_mark(self, label: str) -> Mark:
        """Return the box as a mark of a label."""
        corners = (self.row0, self.col0, self.row1, self.col1)
        return Mark(self.recording_id, self.frame, label, "box", *corners)


@dataclass(frozen=True)
class Detections(Plain):
    """What a detector found of one label.

    Parameters
    ----------
    label : str
        Of what.
    version : str
        ``ModelCard.key`` of the detector.
    looked_at : int
        In how many frames it looked.
    found : tuple of Detection
        Every box, whatever its confidence.
    """

    label: str
    version: str
    looked_at: int
    found: tuple[Detection, ...]

    def __post_init__(self) -> None:
        require(is_label(self.label) and self.looked_at >= 0, "the detections make no sense")

    def frames(self, least: float = LEAST_CONFIDENCE) -> list[tuple[int, int]]:
        """Return every (recording id, frame) with a box of at least such a confidence, in order."""
        return sorted({(one.recording_id, one.frame) for one in self.found if one.confidence >= least})
