"""What was done with callipers, step by step, to be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Place = tuple[int, int]
"""(recording id, 0-based frame)."""


@dataclass(frozen=True)
class Step:
    """One thing done: callipers of a frame before and after, or the spacing of a recording.

    Parameters
    ----------
    name : str
        What the menu calls it.
    place : Place
        Where it was done.
    before, after : tuple of Drawn, or spacing
        What there was, and is.
    is_spacing : bool
        Whether it is a calibration.
    """

    name: str
    place: Place
    before: Any
    after: Any
    is_spacing: bool = False


def title_of(steps: list[Step]) -> str:
    """Return what the menu calls the last of some steps, e.g. "Distance, frame 3"; empty without any."""
    return f"{steps[-1].name}, frame {steps[-1].place[1] + 1}" if steps else ""
