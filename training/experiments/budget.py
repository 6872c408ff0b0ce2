"""Minutes that an experiment may take; it stops between trials and reports what is done."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Budget:
    """Time that runs from the making of the object.

    Parameters
    ----------
    minutes : float or None
        How much there is; None for no limit.
    clock : callable
        Seconds that only grow.
    """

    minutes: float | None
    clock: Callable[[], float] = time.monotonic
    _started: float = field(init=False, repr=False)
    _trials: list[float] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        self._started = self.clock()

    @property
    def seconds_spent(self) -> float:
        """Seconds since the beginning."""
        return self.clock() - self._started

    @property
    def seconds_left(self) -> float:
        """Seconds that are left, at least 0; infinite without a limit."""
        return float("inf") if self.minutes is None else max(self.minutes * 60 - self.seconds_spent, 0.0)

    def note(self, seconds: float) -> None:
        """Remember how long a trial took."""
        self._trials.append(seconds)

    def allows_another(self) -> bool:
        """Whether a trial as long as the mean so far would still end in time."""
        usual = sum(self._trials) / len(self._trials) if self._trials else 0.0
        return self.seconds_left > usual
