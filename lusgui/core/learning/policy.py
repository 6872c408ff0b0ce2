"""When a run starts by itself, and what is there to be learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lusgui.core.learning.plain import Plain, require

LEAST_FRAMES = 2
"""A run does not start by itself with fewer reviewed frames: nothing could be said of its model."""

LEAST_PAUSE_S = 20.0
"""Seconds between the end of a run and the next that starts by itself."""


@dataclass(frozen=True)
class Reviewed(Plain):
    """What there is to learn a label from.

    Parameters
    ----------
    frames, recordings : int
        Reviewed frames, and from how many recordings.
    positives, negatives : int
        Those with pixels of the label, and those with none.
    points, boxes : int
        Centre points and boxes.
    since_last_run : int
        Reviewed frames that were changed since the last run for the label began; all without one.
    held_out : int
        Reviewed frames that are kept to judge on and are never learnt.
    """

    frames: int = 0
    recordings: int = 0
    positives: int = 0
    negatives: int = 0
    points: int = 0
    boxes: int = 0
    since_last_run: int = 0
    held_out: int = 0


@dataclass(frozen=True)
class LearnPolicy(Plain):
    """What a study says about learning.

    Parameters
    ----------
    mode : {"manual", "reviewed", "idle"}
        Only by hand; after every `every` reviewed frames; when nobody has done anything for `idle_s`.
    every : int
        Reviewed frames from one run to the next.
    idle_s : float
        Seconds without a gesture.
    minutes : float or None
        Time budget of a run; None leaves it to the trainer.
    promotes_itself : bool
        Whether a model that is not worse takes over without being asked.
    strategy, device : str
        As in `LearnJob`.
    """

    mode: Literal["manual", "reviewed", "idle"] = "manual"
    every: int = 5
    idle_s: float = 120.0
    minutes: float | None = None
    promotes_itself: bool = True
    strategy: str = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        require(1 <= self.every <= 10_000, "the number of frames between runs makes no sense")
        require(1 <= self.idle_s <= 86_400, "the seconds without a gesture make no sense")
        require(self.minutes is None or 0 < self.minutes <= 1440, "the minutes of a run make no sense")

    def wants_run(self, reviewed: Reviewed, idle_s: float, pause_s: float) -> bool:
        """Return whether a run is to start by itself.

        Parameters
        ----------
        reviewed : Reviewed
            What there is.
        idle_s : float
            Seconds since the last gesture.
        pause_s : float
            Seconds since the last run ended.
        """
        if self.mode == "manual" or pause_s < LEAST_PAUSE_S:
            return False
        if reviewed.positives < 1 or reviewed.frames < LEAST_FRAMES or reviewed.since_last_run < 1:
            return False
        if self.mode == "reviewed":
            return reviewed.since_last_run >= self.every
        return idle_s >= self.idle_s
