"""Where a run is: one frozen object that is replaced as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lusgui.core.learning.plain import Plain


class RunState(StrEnum):
    """What a run is doing."""

    IDLE = "idle"
    PREPARING = "preparing"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    FINISHED = "finished"

    @property
    def is_busy(self) -> bool:
        """Whether a run is under way."""
        return self not in (RunState.IDLE, RunState.FINISHED)


class FinishReason(StrEnum):
    """How a run ended."""

    COMPLETED = "completed"
    STOPPED_AND_KEPT = "stopped and kept"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    CRASHED = "crashed"
    OUT_OF_MEMORY = "out of memory"

    @property
    def has_result(self) -> bool:
        """Whether a run that ended so may have brought a model."""
        return self in (FinishReason.COMPLETED, FinishReason.STOPPED_AND_KEPT)


@dataclass(frozen=True)
class LearnProblem(Plain):
    """What went wrong in a run, for the person.

    Parameters
    ----------
    title : str
        What could not be done, a few words.
    message : str
        Why, one sentence.
    remedy : str
        The way out; may be empty.
    """

    title: str
    message: str
    remedy: str = ""


LEAVE_ONE_OUT = "leave-one-out"
"""Kind of holding out: each frame in turn."""

CLEARLY_BETTER = 0.01
"""By so much Dice an earlier model must be better to be taken in place of a later one."""


@dataclass(frozen=True)
class LearnStatus(Plain):
    """Everything a window shows of a run. `lusgui.core.learning.messages.follow` makes the next one.

    Parameters
    ----------
    run_id : int
        Number in the study; 0 without a run.
    labels : tuple of str
        What is learnt.
    state : RunState
        What is going on.
    reason : FinishReason or None
        How it ended; None before.
    phase : str
        Of the training process, a key of `lusgui.core.learning.messages.PHASES`; or empty.
    step, steps : int
        How far it is and how far it goes; 0 of 0 while unknown.
    loss_curve, dice_curve : tuple of (step, value)
        Loss, and mean Dice on the held-out frames.
    base_dice, active_dice, candidate_dice : float or None
        Mean held-out Dice of the base model, of the one in use, and the newest of the run.
    eta_s, images_per_s : float or None
        Seconds left; frames learnt a second.
    device : str
        What it learns on, in words.
    memory_mb, gpu_memory_mb : float or None
        Held by the training process.
    held_out_how : str
        A sentence on how frames were held out.
    text : str
        What is going on, one sentence.
    problem : LearnProblem or None
        What went wrong.
    log : tuple of str
        The last lines.
    strategy, strategy_why : str
        How it learns, and why so.
    frames, held_out_frames : int
        How many frames are learnt and held out.
    held_out_kind : str
        As in `lusgui.core.learning.result.RunResult`; empty while unknown.
    """

    run_id: int = 0
    labels: tuple[str, ...] = ()
    state: RunState = RunState.IDLE
    reason: FinishReason | None = None
    phase: str = ""
    step: int = 0
    steps: int = 0
    loss_curve: tuple[tuple[int, float], ...] = ()
    dice_curve: tuple[tuple[int, float], ...] = ()
    base_dice: float | None = None
    active_dice: float | None = None
    candidate_dice: float | None = None
    eta_s: float | None = None
    images_per_s: float | None = None
    device: str = ""
    memory_mb: float | None = None
    gpu_memory_mb: float | None = None
    held_out_how: str = ""
    text: str = ""
    problem: LearnProblem | None = None
    log: tuple[str, ...] = ()
    strategy: str = ""
    strategy_why: str = ""
    frames: int = 0
    held_out_frames: int = 0
    seconds: float = 0.0
    held_out_kind: str = ""

    @property
    def kept(self) -> tuple[int, float] | None:
        """Step and held-out Dice of what would be kept if the run ended now; None before anything was learnt.

        Where frames are held out, the weights of the last step are kept: to take the best on the frames that
        decide would flatter. Where each is left out in turn, the latest that no other is clearly better than.
        """
        curve = [point for point in self.dice_curve if point[0] > 0]  # before the first step it is the base
        if not curve or self.held_out_kind != LEAVE_ONE_OUT:
            return curve[-1] if curve else None
        best = max(dice for _step, dice in curve)
        return [point for point in curve if point[1] >= best - CLEARLY_BETTER][-1]

    @property
    def share(self) -> float | None:
        """How much of the run is done, in [0, 1]; None while unknown."""
        return min(self.step / self.steps, 1.0) if self.steps > 0 else None


IDLE = LearnStatus()
"""No run."""
