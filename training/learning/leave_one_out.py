"""Under six masks: as many networks as masks, each learning all but one, beside one that learns them all.

They walk abreast, so that at any moment the mask left out says how good the network is that learns all of
them, and so that whoever stops has both. Where time decides, the one that is kept gets more of it than each
of those that only judge: what these say is then rather too little than too much.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.engine.repeatable import repeatable
from training.learning.calibrate import calibrate_by, raw_probabilities
from training.learning.judging import Judged, judge_samples, mean_dice, summary
from training.learning.settings import LEAST_STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lusgui.nn.checkpoint import LoadedModel
    from training.learning.course import Course
    from training.learning.tuner import Tuner

ROUNDS = 3
"""How often the left-out masks are judged on the way."""

FULL_SHARE = 3
"""The network that learns all masks takes so many times the steps of each other, where time decides. With
five masks of ribs 360 steps instead of 120 gained 0.03 of Dice on other frames of the recording, so most of
the time for those that are thrown away would be a waste."""

CLEARLY_BETTER = 0.01
"""An earlier round is taken only if its mean Dice is better by more than this."""


@dataclass(frozen=True)
class LeftOut:
    """What came of it.

    Parameters
    ----------
    model : LoadedModel
        Learnt from all frames, for as much of its way as the frames left out were judged best after, its
        temperature fitted on these.
    rows : tuple of Judged
        The left-out frames, each by the network that did not learn it, at that step.
    history : tuple of dict
        One row a round, as `Tuned.history`.
    step, steps : int
        Steps of the model, and steps that the network of all frames has gone.
    total_steps : int
        Of all networks together.
    seconds, images_per_s : float
        Of all of them.
    stopped : bool
        Whether it was told to stop.
    """

    model: LoadedModel
    rows: tuple[Judged, ...]
    history: tuple[dict[str, float], ...]
    step: int
    steps: int
    total_steps: int
    seconds: float
    images_per_s: float
    stopped: bool


@dataclass(frozen=True)
class _Round:
    step: int
    rows: tuple[Judged, ...]
    full: LoadedModel
    folds: tuple[LoadedModel, ...]

    @property
    def value(self) -> float:
        found = mean_dice(self.rows)
        return found if math.isfinite(found) else 0.0


def leave_one_out(
    tuner: Tuner,
    left_out: Sequence[int],
    *,
    minutes: float | None = None,
    on_round: Callable[[dict[str, float]], None],
    on_step: Callable[[int, int, float], None],
    stop: Callable[[], bool],
) -> LeftOut:
    """Learn all frames, and all but one for each of some frames.

    Parameters
    ----------
    tuner : Tuner
        The frames.
    left_out : sequence of int
        Frames that are left out in turn.
    minutes : float, optional
        Time for all networks together; the settings' steps for each if not given.
    on_round : callable
        Told the row of each round.
    on_step : callable
        Told the number of steps of all networks together, of how many (0 while unknown), and the loss.
    stop : callable
        Asked before each batch; true ends with what there is.
    """
    everybody = range(len(tuner.samples))
    part = None if minutes is None else minutes / (len(left_out) + FULL_SHARE)
    with repeatable(tuner.device):
        full = tuner.course(minutes=None if part is None else part * FULL_SHARE)
        folds = [tuner.course([i for i in everybody if i != out], minutes=part) for out in left_out]
        return _Abreast(tuner, left_out, full, folds, on_round, on_step, stop).walk()


class _Abreast:
    def __init__(
        self,
        tuner: Tuner,
        left_out: Sequence[int],
        full: Course,
        folds: list[Course],
        on_round: Callable[[dict[str, float]], None],
        on_step: Callable[[int, int, float], None],
        stop: Callable[[], bool],
    ) -> None:
        self._tuner, self._full, self._folds = tuner, full, folds
        self._frames = [tuner.samples[i] for i in left_out]
        self._on_round, self._on_step, self._stop = on_round, on_step, stop
        self._history: list[dict[str, float]] = []
        self._rounds: list[_Round] = []
        self._losses: list[float] = []

    def walk(self) -> LeftOut:
        steps = self._full.steps
        if steps is None:  # its first steps tell how many there is time for
            if not self._go(self._full, 10**9, until_known=True):
                return self._end(stopped=True)
            steps = self._full.steps or 1
        for fold in self._folds:
            fold.take_steps(min(steps, max(LEAST_STEPS, math.ceil(steps / FULL_SHARE))))
        for turn in range(ROUNDS):
            for course in (self._full, *self._folds):
                if not self._go(course, math.ceil((course.steps or steps) * (turn + 1) / ROUNDS)):
                    return self._end(stopped=True)
            self._judge()
        return self._end(stopped=False)

    def _go(self, course: Course, until: int, *, until_known: bool = False) -> bool:
        def told(step: int, steps: int, loss: float) -> None:
            self._losses.append(loss)
            everybody = (self._full, *self._folds)
            known = [one.steps for one in everybody if one.steps is not None]
            goal = sum(known) if len(known) == len(everybody) else 0
            self._on_step(sum(one.step for one in everybody), goal, loss)

        if not until_known:
            return course.go(until, told, self._stop)
        while course.steps is None:
            if not course.go(course.step + 1, told, self._stop):
                return False
        return True

    def _judge(self) -> None:
        tuner = self._tuner
        models = tuple(tuner.finish(fold.average, fold.steps or 0) for fold in self._folds)
        rows: list[Judged] = []
        for model, frame in zip(models, self._frames, strict=True):
            rows += judge_samples(model, [frame], tuner.labels, tuner.device.type)
        full = tuner.finish(self._full.average, self._full.steps or 0)
        self._rounds.append(_Round(self._full.step, tuple(rows), full, models))
        row = {
            "step": self._full.step,
            "loss": math.fsum(self._losses) / max(len(self._losses), 1),
            "rate": math.nan,
            "seconds": self._seconds,
            "part": self._full.part,
        } | summary(rows)
        self._losses = []
        self._history.append(row)
        self._on_round(dict(row))

    @property
    def _seconds(self) -> float:
        return math.fsum(one.seconds for one in (self._full, *self._folds))

    def _end(self, *, stopped: bool) -> LeftOut:
        tuner = self._tuner
        gone = sum(one.step for one in (self._full, *self._folds))
        seconds = self._seconds
        rate = gone * tuner.settings.batch / seconds if seconds > 0 else 0.0
        chosen = _choose(self._rounds)
        if chosen is None:  # nothing was judged yet: what there is is kept, and nobody can say how good it is
            model = tuner.finish(self._full.average, self._full.steps or 0)
            return LeftOut(model, (), (), self._full.step, self._full.step, gone, seconds, rate, stopped)
        probabilities = [
            raw_probabilities(fold, [frame], tuner.labels, tuner.device.type)
            for fold, frame in zip(chosen.folds, self._frames, strict=True)
        ]
        model = calibrate_by(chosen.full, [one for part in probabilities for one in part])
        return LeftOut(
            model,
            chosen.rows,
            tuple(self._history),
            chosen.step,
            self._full.step,
            gone,
            seconds,
            rate,
            stopped,
        )


def _choose(rounds: Sequence[_Round]) -> _Round | None:
    """Return the latest round that no other is clearly better than."""
    if not rounds:
        return None
    best = max(one.value for one in rounds)
    return [one for one in rounds if one.value >= best - CLEARLY_BETTER][-1]
