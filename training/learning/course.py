"""The way of a network through its steps: stops when told, keeps its state, judges on the way.

Each step is a function of (seed, step) alone, so that a run that was killed goes on to the same weights.
"""

from __future__ import annotations

import copy
import math
import statistics
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from lusgui.base.atomic import atomic_path
from lusgui.nn.freezing import learning_parameters, set_training_mode
from training.engine.course import step_seed
from training.engine.distributed import World
from training.engine.optimise import Average, rate_factor
from training.engine.settings import FitSettings, TrainingError
from training.engine.step import Stepper
from training.learning.settings import LEAST_STEPS, LearnSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

WARM_UP = 4
"""Steps in which the rate rises; how long they take tells how many there is time for."""

SAVE_EVERY_S = 20.0
"""Seconds after which the state is kept."""

MOST_HASTE = 2.2
WEIGHT_DECAY = 1e-2
CLIP = 1.0


class LearnTask(Protocol):
    """Where batches come from and what they cost."""

    def batch(self, size: int, generator: torch.Generator) -> Any:  # noqa: ANN401
        """Return a batch on the device."""

    def loss(self, network: nn.Module, batch: Any) -> Tensor:  # noqa: ANN401
        """Return its loss."""


@dataclass(frozen=True)
class Walked:
    """Where a course ended.

    Parameters
    ----------
    network : torch.nn.Module
        Averaged weights, in eval mode, on the CPU.
    history : tuple of dict
        One row a judgement: ``step``, ``loss`` (mean since the last), ``rate``, ``seconds``, ``part``, and
        what the judge says.
    step, steps : int
        Steps done, and steps meant.
    seconds, images_per_s : float
        Of the steps alone, without judgements.
    stopped : bool
        Whether somebody stopped it.
    """

    network: nn.Module
    history: tuple[dict[str, float], ...]
    step: int
    steps: int
    seconds: float
    images_per_s: float
    stopped: bool


class Course:
    """One training under way.

    Parameters
    ----------
    network : torch.nn.Module
        On the device; what shall not learn is frozen. Changed.
    task : LearnTask
        Batches and their loss.
    settings : LearnSettings
        How; `steps` or else `minutes` must be given.
    learning_rate : float
        Highest.
    device : torch.device
        Where.
    judge : callable, optional
        ``judge(network)`` returns numbers about weights so far.
    keep : Path, optional
        File of the state; one that is there, of the same settings, is gone on from.
    rated_for : int, optional
        The rate is for so many steps; with fewer it is higher by the root of how many fewer, up to
        `MOST_HASTE` times.
    """

    def __init__(
        self,
        network: nn.Module,
        task: LearnTask,
        settings: LearnSettings,
        learning_rate: float,
        device: torch.device,
        *,
        judge: Callable[[nn.Module], Mapping[str, float]] | None = None,
        keep: Path | None = None,
        rated_for: int | None = None,
    ) -> None:
        self._rated_for = rated_for
        self._network, self._task, self._settings = network, task, settings
        self._rate, self._device, self._judge, self._keep = learning_rate, device, judge, keep
        self._learning = learning_parameters(network)
        if not self._learning:
            raise TrainingError("every weight of the network is frozen", remedy="Choose another strategy")
        self._start = [value.detach().clone() for value in self._learning] if settings.pull > 0 else []
        self._optimiser = torch.optim.AdamW(
            self._learning, lr=learning_rate, weight_decay=WEIGHT_DECAY, fused=device.type == "cuda"
        )
        fit = FitSettings(
            batch_size=settings.batch,
            learning_rate=learning_rate,
            schedule="cosine",
            warm_up=WARM_UP,
            clip=CLIP,
            precision=settings.precision,
        )
        self._fit = fit
        self._stepper = Stepper(network, task, self._optimiser, fit, World(0, 1, device))  # type: ignore[arg-type]
        self._average = Average(network, settings.ema)
        self._step, self._steps = 0, settings.steps
        self._seconds = 0.0
        self._first: list[float] = []
        self._losses: list[Tensor | float] = []
        self._history: list[dict[str, float]] = []
        self._saved = time.monotonic()
        self._restore()

    @property
    def part(self) -> int:
        """Most frames that go through the network at once; less than a batch where memory was short."""
        return self._stepper.part

    @property
    def steps(self) -> int | None:
        """How many steps there are; None until the first have told how many there is time for."""
        return self._steps

    @property
    def step(self) -> int:
        """Steps done."""
        return self._step

    @property
    def average(self) -> nn.Module:
        """The averaged weights so far, in eval mode, on the device."""
        return self._average.network

    @property
    def seconds(self) -> float:
        """Spent on steps."""
        return self._seconds

    def take_steps(self, steps: int) -> None:
        """Take so many steps in all, if it is not known yet how many there is time for."""
        if self._steps is None:
            self._steps = max(steps, self._step, 1)

    def run(
        self,
        on_step: Callable[[int, int, float], None],
        on_judge: Callable[[dict[str, float]], None],
        stop: Callable[[], bool],
    ) -> Walked:
        """Go to the end, or until told to stop; the state is kept then."""
        if self._step == 0 and not self._history and self._judge is not None:
            on_judge(self.note())
        stopped = False
        while self._steps is None or self._step < self._steps:
            if not self.go(self._step + 1, on_step, stop):
                stopped = True
                self.save()
                break
            if self._is_due():
                on_judge(self.note())
            if time.monotonic() - self._saved >= SAVE_EVERY_S:
                self.save()
        return self.walked(stopped=stopped)

    def go(self, until: int, on_step: Callable[[int, int, float], None], stop: Callable[[], bool]) -> bool:
        """Go on until a step; return false if told to stop before."""
        set_training_mode(self._network)
        while self._step < until and (self._steps is None or self._step < self._steps):
            if stop():
                return False
            began = time.perf_counter()
            loss = self._advance()
            taken = time.perf_counter() - began
            self._seconds += taken
            if self._steps is None:
                self._first.append(taken)
            if self._steps is None and self._settings.minutes is not None and self._step >= WARM_UP:
                self._steps = self._affordable()
            on_step(self._step, self._steps or 0, loss)
        return True

    def walked(self, *, stopped: bool) -> Walked:
        """Return where the course is."""
        images = self._step * self._settings.batch
        return Walked(
            copy.deepcopy(self._average.network).cpu().eval(),
            tuple(self._history),
            self._step,
            self._steps or self._step,
            self._seconds,
            images / self._seconds if self._seconds > 0 else 0.0,
            stopped,
        )

    def _advance(self) -> float:
        settings = self._settings
        seed = step_seed(settings.seed, self._step)
        torch.manual_seed(seed)  # dropout draws from the device's own numbers
        generator = torch.Generator().manual_seed(seed)
        batch = self._task.batch(settings.batch, generator)
        # the rate of the first steps does not depend on how many follow
        rate = self._highest() * rate_factor(self._step, self._steps or 2 * WARM_UP, self._fit)
        loss = self._stepper.step(batch, rate)
        if self._start:
            self._pull_back(rate)
        self._average.follow(self._network, self._step)
        self._step += 1
        value = float(loss)
        if not math.isfinite(value):
            raise TrainingError(
                f"the loss is no longer a number (step {self._step})", remedy="Lower the learning rate"
            )
        self._losses.append(value)
        return value

    def _highest(self) -> float:
        if self._rated_for is None or self._steps is None:
            return self._rate
        return self._rate * min(max(math.sqrt(self._rated_for / self._steps), 1.0), MOST_HASTE)

    @torch.no_grad()
    def _pull_back(self, rate: float) -> None:
        share = min(self._settings.pull * rate / self._rate, 1.0)
        for value, start in zip(self._learning, self._start, strict=True):
            value.lerp_(start, share)

    def _affordable(self) -> int:
        budget = (self._settings.minutes or 0.0) * 60
        # the very first step also sets kernels up
        each = statistics.median(self._first)
        steps = round(budget / max(each, 1e-6))
        return max(min(max(steps, LEAST_STEPS), self._settings.most_steps), self._step)

    def _is_due(self) -> bool:
        times = self._settings.judgements
        if self._steps is None or times == 0:
            return False
        every = max(self._steps / times, 1.0)
        return self._step == self._steps or int(self._step / every) > int((self._step - 1) / every)

    def note(self) -> dict[str, float]:
        """Judge, and write down how it goes."""
        row: dict[str, float] = {
            "step": self._step,
            "loss": math.fsum(float(v) for v in self._losses) / max(len(self._losses), 1),
            "rate": self._optimiser.param_groups[0]["lr"],
            "seconds": round(self._seconds, 3),
            "part": self.part,
        }
        if not self._losses:
            row["loss"] = math.nan
        if self._judge is not None:
            row |= self._judge(self._average.network)
        self._losses = []
        self._history.append(row)
        return dict(row)

    def _identity(self) -> dict[str, Any]:
        values = asdict(self._settings)
        for name in ("device", "threads", "judgements"):
            del values[name]
        return values | {"rate": self._rate}

    def save(self) -> None:
        """Keep the state, if there is a file for it."""
        if self._keep is None:
            return
        state = {
            "settings": self._identity(),
            "step": self._step,
            "steps": self._steps,
            "seconds": self._seconds,
            "losses": [float(v) for v in self._losses],
            "history": [dict(row) for row in self._history],
            "network": self._network.state_dict(),
            "average": self._average.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "scaler": self._stepper.scaler.state_dict(),
            "part": self._stepper.part,
        }
        with atomic_path(self._keep, overwrite=True) as temporary:
            torch.save(state, temporary)
        self._saved = time.monotonic()

    def _restore(self) -> None:
        if self._keep is None or not self._keep.exists():
            return
        try:
            state = torch.load(self._keep, map_location="cpu", weights_only=True)
            if state["settings"] != self._identity():
                return
            self._network.load_state_dict(state["network"])
            self._average.network.load_state_dict(state["average"])
            self._optimiser.load_state_dict(state["optimiser"])
            self._stepper.scaler.load_state_dict(state["scaler"])
            self._stepper.part = int(state["part"])
            self._step, self._steps = int(state["step"]), state["steps"]
            self._seconds, self._losses = float(state["seconds"]), list(state["losses"])
            self._history = [dict(row) for row in state["history"]]
        except Exception as error:  # a file from outside: whatever is wrong with it, it is no state of ours
            raise TrainingError(
                "the state of the run cannot be read, so it cannot go on",
                path=self._keep,
                remedy="Start a new run",
            ) from error
