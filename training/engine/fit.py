"""The loop: epochs of steps, each a function of (seed, step); it stops, resumes and reports."""

from __future__ import annotations

import copy
import enum
import logging
import math
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn

from lusgui.base.errors import OverwriteRefusedError
from lusgui.nn.devices import choose_device
from lusgui.nn.freezing import set_training_mode
from training.engine.distributed import World, join
from training.engine.ledger import Ledger, SaveClock
from training.engine.optimise import Average, make_optimiser, rate_factor
from training.engine.settings import FitSettings, TrainingError
from training.engine.step import Stepper

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.engine.run_folder import RunFolder

log = logging.getLogger(__name__)

CHECK_EVERY = 16
"""Steps after which losses are fetched from the device, to see that they are numbers."""


class StopReason(enum.StrEnum):
    """Why a training ended."""

    FINISHED = "finished"
    EARLY = "early"
    TIME = "time"
    CANCELLED = "cancelled"


_STOPS = (None, StopReason.TIME, StopReason.CANCELLED)


class Task(Protocol):
    """What is learnt: where batches come from, what they cost, and how the network is judged.

    A task may also have ``weight(batch) -> float``: what the loss of a part counts for among the parts of a
    batch, when its loss is a mean over something else than the items.
    """

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch, unless the settings say otherwise."""

    def batch(self, step: int, size: int, generator: torch.Generator, device: torch.device) -> Any:  # noqa: ANN401
        """Return a batch: any tuple, dataclass or mapping of tensors on the device, items first.

        It must be a function of its arguments. The generator lives on the CPU and is seeded by (seed, step).
        """

    def loss(self, network: nn.Module, batch: Any) -> Tensor:  # noqa: ANN401
        """Return the loss of a batch or of a part of it, a scalar."""

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return scores with at least ``loss``; empty when there is nothing to validate on.

        The network is in eval mode and no gradients are kept.
        """


@dataclass(frozen=True)
class FitResult:
    """What came out of a training.

    Parameters
    ----------
    network : torch.nn.Module
        The best weights (of the average where there is one), or the last where nothing could be validated;
        in eval mode, on the CPU.
    history : tuple of dict
        One row an epoch: ``epoch`` (from 1), ``step``, ``loss``, ``rate``, ``seconds``, ``part`` (items that
        went through at once), and ``val_loss``, ``val_...`` as the task gives them.
    best_epoch : int
        From 1; 0 when no epoch was finished.
    epochs : int
        Finished epochs; one that time cut short is in the history and not counted here.
    seconds : float
        Of the whole run, what went before a resumption included.
    reason : StopReason
        Why it ended.
    """

    network: nn.Module
    history: tuple[dict[str, float], ...]
    best_epoch: int
    epochs: int
    seconds: float
    reason: StopReason


def step_seed(seed: int, step: int) -> int:
    """Return the seed of a step's draws."""
    return (seed * 1_000_003 + step) % 2**63


def fit(
    network: nn.Module,
    task: Task,
    settings: FitSettings,
    run: RunFolder | None = None,
    *,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    on_step: Callable[[int, int, float], None] | None = None,
) -> FitResult:
    """Train a copy of a network.

    Parameters
    ----------
    network : torch.nn.Module
        Left as it is. Parameters without ``requires_grad`` stay as they are, and modules of nothing else
        keep their statistics as well.
    task : Task
        What is learnt.
    settings : FitSettings
        How.
    run : RunFolder, optional
        Where curves, weights and the state are kept. A state that is there is gone on from, to the very
        curve an uninterrupted training has.
    on_epoch : callable, optional
        Told the row of each epoch.
    cancelled : callable, optional
        Asked before each batch; true stops the training, which can then be resumed.
    on_step : callable, optional
        Told the number of finished steps, of all steps, and the latest loss that is known.

    Returns
    -------
    FitResult

    Raises
    ------
    TrainingError
        If nothing can learn, memory does not suffice, or the loss ceases to be a number; the weights
        that were best until then are in its ``result`` and in the run folder.
    OverwriteRefusedError
        If the run folder holds a state of other settings.
    """
    with ExitStack() as stack:
        world = join(choose_device(settings.device))
        cuda = [world.device] if world.device.type == "cuda" else []
        # the caller's own random numbers go on as if nothing had been drawn
        stack.enter_context(torch.random.fork_rng(cuda))
        stack.enter_context(torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True))
        training = _Training(network, task, settings, run if world.leads else None, world)
        try:
            return training.go(on_epoch or _ignore, cancelled or _never, on_step or _ignore)
        except TrainingError as error:
            error.result = training.rescue()
            raise


def _ignore(*_: object) -> None:
    pass


def _never() -> bool:
    return False


class _Training:
    """A training under way: what `fit` does, with its state in one place."""

    def __init__(
        self, network: nn.Module, task: Task, settings: FitSettings, run: RunFolder | None, world: World
    ) -> None:
        self._task = task
        self._settings = settings
        self._run = run
        self._world = world
        self._began = time.monotonic()
        self._network = copy.deepcopy(network).to(world.device)
        if settings.channels_last:
            self._network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._optimiser = make_optimiser(self._network, settings)
        self._stepper = Stepper(self._network, task, self._optimiser, settings, world)
        world.level(self._network.state_dict().values())
        self._average = Average(self._network, settings.ema) if settings.ema else None
        self._steps = settings.steps_per_epoch or task.steps_per_epoch
        if self._steps < 1:
            raise TrainingError("there is nothing to learn from", remedy="Give the training some samples")
        self._ledger = Ledger()
        self._clock = SaveClock()

    @property
    def _judged(self) -> nn.Module:
        return self._network if self._average is None else self._average.network

    @property
    def _seconds(self) -> float:
        return self._ledger.seconds_before + time.monotonic() - self._began

    def go(
        self,
        on_epoch: Callable[[dict[str, float]], None],
        cancelled: Callable[[], bool],
        on_step: Callable[[int, int, float], None],
    ) -> FitResult:
        """Train to the end, whichever it is."""
        self._resume()
        settings, ledger = self._settings, self._ledger
        while ledger.epoch < settings.epochs and not ledger.watch.is_over(settings):
            stop = self._learn_for_an_epoch(cancelled, on_step)
            if stop is not None:
                return self._break_off(stop)
            ledger.epoch += 1
            row = self._judge(ledger.epoch)
            if self._clock.is_due(within_epoch=False):
                self._save()
            on_epoch(dict(row))
        self._save()
        return self._result(StopReason.FINISHED if ledger.epoch >= settings.epochs else StopReason.EARLY)

    def _learn_for_an_epoch(
        self, cancelled: Callable[[], bool], on_step: Callable[[int, int, float], None]
    ) -> StopReason | None:
        settings, ledger, world = self._settings, self._ledger, self._world
        set_training_mode(self._network)
        steps = self._steps * settings.epochs
        while ledger.step < self._steps * (ledger.epoch + 1):
            stop = _STOPS[world.decide(_STOPS.index(self._reason_to_stop(cancelled)))]
            if stop is not None:
                return stop
            seed = step_seed(settings.seed, ledger.step)
            # dropout draws from the device's own numbers, and must not be the same on every rank
            torch.manual_seed(seed + (world.rank << 40))
            generator = torch.Generator().manual_seed(seed)
            batch = self._task.batch(ledger.step, settings.batch_size, generator, world.device)
            rate = settings.learning_rate * rate_factor(ledger.step, steps, settings) * ledger.watch.factor
            ledger.losses.append(self._stepper.step(batch, rate))
            if self._average is not None:
                self._average.follow(self._network, ledger.step)
            ledger.step += 1
            ledger.rate = rate
            if world.device.type == "cpu" or ledger.step % CHECK_EVERY == 0:
                self._check_losses()
            on_step(ledger.step, steps, ledger.latest_loss)
            if self._clock.is_due(within_epoch=True):
                self._save()
        return None

    def _reason_to_stop(self, cancelled: Callable[[], bool]) -> StopReason | None:
        if cancelled():
            return StopReason.CANCELLED
        budget = self._settings.minutes
        return StopReason.TIME if budget is not None and self._seconds >= budget * 60 else None

    def _check_losses(self) -> None:
        if not self._ledger.fetch_losses():
            raise TrainingError(
                f"the loss is no longer a number (epoch {self._ledger.epoch + 1}, step {self._ledger.step})",
                remedy="Lower the learning rate, clip the gradient, or look for broken images",
            )

    def _judge(self, epoch: int) -> dict[str, float]:
        """Close an epoch, or what there is of it: validate, keep the best, write the row."""
        ledger = self._ledger
        self._check_losses()
        if not all(bool(value.isfinite().all()) for value in self._judged.state_dict().values()):
            raise TrainingError(
                f"a weight is no longer a finite number (epoch {epoch})", remedy="Lower the learning rate"
            )
        row: dict[str, float] = {
            "epoch": epoch,
            "step": ledger.step,
            "loss": math.fsum(float(loss) for loss in ledger.losses) / len(ledger.losses),
            "rate": ledger.rate,
            "part": self._stepper.part,
        }
        scores = self._validate()
        row |= {f"val_{name}": float(value) for name, value in scores.items()}
        row["seconds"] = round(self._seconds, 3)
        if not math.isfinite(row.get("val_loss", 0.0)):
            raise TrainingError(f"the validation loss is not a number (epoch {epoch})")
        if not scores and self._settings.patience is not None and epoch == 1:
            log.warning("there is nothing to validate on: training will not stop early")
        if not scores or ledger.watch.see(row["val_loss"], epoch, self._settings):
            ledger.keep(self._judged, epoch)
        ledger.history.append(row)
        ledger.losses = []
        if self._run is not None:
            self._run.append_row(row)
        return row

    def _validate(self) -> dict[str, float]:
        self._world.level(self._judged.buffers())
        scores: dict[str, float] = {}
        if self._world.leads:
            judged = self._judged.eval()
            with torch.no_grad(), self._stepper.autocast():
                scores = self._task.validate(judged, self._world.device)
        found: dict[str, float] = self._world.tell(scores)
        return found

    def _break_off(self, reason: StopReason) -> FitResult:
        """Keep the state as it is, so that it can be gone on from; judge what time has left unjudged."""
        self._check_losses()
        self._save()
        ledger = self._ledger
        if reason is StopReason.TIME and ledger.losses:
            self._judge(ledger.epoch + 1)
        elif ledger.watch.best_epoch == 0:
            ledger.keep(self._judged, ledger.epoch)
        return self._result(reason)

    def rescue(self) -> FitResult | None:
        """Return what was best until an error, if anything was."""
        return None if self._ledger.best is None else self._result(StopReason.CANCELLED, last=False)

    def _result(self, reason: StopReason, *, last: bool = True) -> FitResult:
        ledger, network = self._ledger, self._network
        network.load_state_dict(self._judged.state_dict())
        network.to("cpu", memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
        if self._run is not None and last:
            self._run.save_weights("last", network)
        if ledger.best is not None:
            network.load_state_dict(ledger.best)
        seconds = self._seconds
        if self._run is not None:
            self._run.save_weights("best", network)
            self._run.log("ended", reason=str(reason), epoch=ledger.epoch, seconds=round(seconds, 3))
        history = tuple(ledger.history)
        return FitResult(network, history, ledger.best_epoch, ledger.epoch, seconds, reason)

    def _save(self) -> None:
        """Write the state, if there is a folder for it and the losses are numbers."""
        self._check_losses()
        if self._run is not None:
            self._clock.timed(self._write)

    def _write(self) -> None:
        run = self._run
        if run is None:
            return
        state: dict[str, Any] = {
            "settings": self._settings.to_json(),
            "ledger": self._ledger.to_state(self._seconds),
            "network": self._network.state_dict(),
            "average": None if self._average is None else self._average.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "scaler": self._stepper.scaler.state_dict(),
            "part": self._stepper.part,
        }
        run.save_state(state)

    def _resume(self) -> None:
        run = self._run
        state = self._world.tell_state(None if run is None else run.load_state())
        if state is None:
            if run is not None:
                run.keep_rows(0)
            return
        different = self._settings.differences(state["settings"])
        if different:
            raise OverwriteRefusedError(
                f"the run was begun with other settings ({'; '.join(different)[:300]})",
                path=None if run is None else run.path,
                remedy="Choose another folder",
            )
        try:
            self._network.load_state_dict(state["network"])
            if self._average is not None:
                self._average.network.load_state_dict(state["average"])
            self._optimiser.load_state_dict(state["optimiser"])
        except (RuntimeError, ValueError, KeyError) as error:
            raise OverwriteRefusedError(
                "the run was begun with another network",
                path=None if run is None else run.path,
                remedy="Choose another folder",
            ) from error
        if state["scaler"]:
            self._stepper.scaler.load_state_dict(state["scaler"])
        self._stepper.part = min(self._stepper.part, state["part"])
        self._ledger = Ledger.from_state(state["ledger"])
        if run is not None:
            run.keep_rows(self._ledger.epoch)
            run.log("resumed", epoch=self._ledger.epoch, step=self._ledger.step)
        log.info("training goes on after epoch %d, step %d", self._ledger.epoch, self._ledger.step)
