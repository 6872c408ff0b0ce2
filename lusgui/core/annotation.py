"""The annotation of one frame and label: its mask's status and where the mask came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What a person has said of one label in one frame."""

    UNTOUCHED = "untouched"
    EDITED = "edited"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NOTHING_HERE = "nothing here"
    IGNORED = "ignored"

    @property
    def is_reviewed(self) -> bool:
        """Whether a person has looked and decided."""
        return self in (Status.ACCEPTED, Status.NOTHING_HERE, Status.EDITED)


@dataclass(frozen=True, order=True)
class PlaneKey:
    """Names one human mask plane: recording id in the study, 0-based frame, label key."""

    recording_id: int
    frame: int
    label: str
