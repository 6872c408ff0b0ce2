"""The course of a training: epochs of steps, a judgement after each, and every way it can end."""

from __future__ import annotations

import copy
import logging
import math
import time
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lusgui.base.errors import OverwriteRefusedError
from lusgui.nn.devices import describe_device
from lusgui.nn.freezing import set_training_mode
from training.engine.ledger import Ledger, SaveClock
from training.engine.optimise import Average, make_optimiser, rate_factor
from training.engine.settings import FitSettings, TrainingError
from training.engine.step import Stepper
from training.engine.task import FitResult, StopReason, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.engine.distributed import World
    from training.engine.run_folder import RunFolder

log = logging.getLogger(__name__)

CHECK_EVERY = 16
"""Steps after which losses are fetched from a graphics card, to see that they are numbers."""

_STOPS = (None, StopReason.TIME, StopReason.CANCELLED)


def step_seed(seed: int, step: int) -> int:
    """Return the seed of a step's draws."""
    return (seed * 1_000_003 + step) % 2**63


class Course:
    """A training under way, with all its state in one place.

    Parameters
    ----------
    network, task, settings
        As ``training.engine.fit.fit`` takes them; the network is copied.
    run : RunFolder, optional
        Where to keep things; only the rank that leads has one.
    world : World
        Who computes together.
    """

    def __init__(
        self, network: nn.Module, task: Task, settings: FitSettings, run: RunFolder | None, world: World
    ) -> None:
        self._task = task
        self._settings = settings
        self._run = run
        self._world = world
        self._began = time.monotonic()
        # weights come back into this one, laid out as the caller's
        self._kept = copy.deepcopy(network).cpu()
        self._network = copy.deepcopy(network).to(world.device)
        # group normalisation of channels-last bfloat16 costs more on a CPU than all convolutions together
        is_slow = world.device.type == "cpu" and any(
            isinstance(module, nn.GroupNorm) for module in self._network.modules()
        )
        if settings.channels_last and not is_slow:
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
        self._written_epoch = -1

    @property
    def _judged(self) -> nn.Module:
        return self._network if self._average is None else self._average.network

    @property
    def _seconds(self) -> float:
        return self._ledger.seconds_before + time.monotonic() - self._began

    def run(
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
        ledger, network = self._ledger, self._kept.eval()
        network.load_state_dict(self._judged.state_dict())
        if self._run is not None and last:
            self._run.save_weights("last", network)
        if ledger.best is not None:
            network.load_state_dict(ledger.best)
        seconds = self._seconds
        if self._run is not None:
            self._run.save_weights("best", network)
            self._run.log("ended", reason=str(reason), epoch=ledger.epoch, seconds=round(seconds, 3))
        if last:
            # what rank 0 has written is there before any rank goes on to read it
            self._world.decide(0)
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
        if self._ledger.best is not None and self._ledger.best_epoch != self._written_epoch:
            self._kept.load_state_dict(self._ledger.best)
            run.save_weights("best", self._kept)
            self._written_epoch = self._ledger.best_epoch

    def _resume(self) -> None:
        run = self._run
        state = self._world.tell_state(None if run is None else run.load_state())
        if state is None:
            if run is not None:
                run.keep_rows(0)
                run.log("started", **self._describe())
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
            run.log("resumed", epoch=self._ledger.epoch, step=self._ledger.step, **self._describe())
        log.info("training goes on after epoch %d, step %d", self._ledger.epoch, self._ledger.step)

    def _describe(self) -> dict[str, Any]:
        dtype = self._stepper.dtype
        return {
            "device": describe_device(self._world.device),
            "processes": self._world.size,
            "precision": "float32" if dtype is None else str(dtype).removeprefix("torch."),
            "parameters": sum(p.numel() for p in self._network.parameters()),
            "learning": sum(p.numel() for p in self._network.parameters() if p.requires_grad),
        }
