"""What one looks at beside the frame itself: wipe, second picture, stability band, small map."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from psygnal import Signal, SignalGroupDescriptor


class Beside(StrEnum):
    """What the second picture shows."""

    PREVIOUS = "previous"
    NEXT = "next"
    OTHER = "other"
    """The same frame, despeckled where the first picture is raw and the reverse."""
    PINNED = "pinned"
    """A frame that was kept there by hand."""


@dataclass
class Seeing:
    """How the window helps to compare; nothing of it changes a mask.

    ``seeing.events.wipe.connect(f)`` is called with the new value, ``seeing.events.all.connect(f)``
    with every change. Nothing of it is kept when the study is closed.

    Parameters
    ----------
    wipe : bool
        Whether a divider parts the frame, raw on one side and despeckled on the other.
    wipe_at : float
        Where the divider stands, as a part of the frame's width, 0 to 1.
    side_by_side : bool
        Whether a second picture stands beside the first.
    beside : Beside
        What the second picture shows.
    pinned : tuple of (int, int) or None
        Recording and frame that were pinned.
    band : bool
        Whether the contours of the model's mask at slightly lower and higher thresholds are drawn.
    small_map : bool
        Whether a small map of the frame is shown while only a part of it is seen.

    Signals
    -------
    wanted(int, int)
        Recording and frame that are needed beside the one that is looked at.
    arrived(int, int)
        Recording and frame that have been read beside the one that is looked at.
    """

    events: ClassVar[SignalGroupDescriptor] = SignalGroupDescriptor()
    wanted: ClassVar[Signal] = Signal(int, int)
    arrived: ClassVar[Signal] = Signal(int, int)

    wipe: bool = False
    wipe_at: float = 0.5
    side_by_side: bool = False
    beside: Beside = Beside.PREVIOUS
    pinned: tuple[int, int] | None = None
    band: bool = False
    small_map: bool = True

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401
        if name == "wipe_at":
            value = min(max(float(value), 0.0), 1.0)
        super().__setattr__(name, value)

    def place_beside(self, place: tuple[int, int] | None, frames: int) -> tuple[int, int] | None:
        """Return recording and frame of the second picture, or None where there is no such frame.

        Parameters
        ----------
        place : (recording, frame) or None
            What is looked at.
        frames : int
            How many frames that recording has.
        """
        if place is None:
            return None
        recording, frame = place
        if self.beside is Beside.PINNED:
            return self.pinned
        wanted = frame + {Beside.PREVIOUS: -1, Beside.NEXT: 1, Beside.OTHER: 0}[self.beside]
        return (recording, wanted) if 0 <= wanted < frames else None
