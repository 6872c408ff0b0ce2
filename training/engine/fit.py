"""Fit a network to a task: the one entry to the engine.

Each step is a function of (seed, step) alone, so that a training can stop anywhere and go on to the very same
curve, and as many processes as there are walk the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.nn.devices import choose_device, describe_device, is_out_of_memory
from training.engine.course import Course
from training.engine.distributed import join
from training.engine.repeatable import repeatable
from training.engine.settings import FitSettings, TrainingError
from training.engine.task import FitResult, StopReason, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import nn

    from training.engine.run_folder import RunFolder

__all__ = ["FitResult", "FitSettings", "StopReason", "Task", "TrainingError", "fit"]


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
    world = join(choose_device(settings.device))
    with repeatable(world.device):
        course = Course(network, task, settings, run if world.leads else None, world)
        try:
            return course.run(on_epoch or _ignore, cancelled or _never, on_step or _ignore)
        except TrainingError as error:
            error.result = course.rescue()
            raise
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            short = TrainingError(
                f"there is not enough memory to train on {describe_device(world.device)}",
                remedy="Choose a smaller network, input or batch, or close other programs",
            )
            short.result = course.rescue()
            raise short from error


def _ignore(*_: object) -> None:
    pass


def _never() -> bool:
    return False
