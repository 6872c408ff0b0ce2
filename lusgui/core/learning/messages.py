"""What a training process says: one JSON object a line, its kind in ``type``.

The other way goes one word a line: `STOP` (end here and keep what was learnt) and `CANCEL` (throw it away).
A closed standard input says that nobody listens any more: the process ends, its state kept, to go on later.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal

from lusgui.base.errors import LearnError
from lusgui.core.learning.plain import Plain, clean, parse_json, to_plain
from lusgui.core.learning.status import FinishReason, LearnProblem, LearnStatus, RunState

STOP = b"stop\n"
CANCEL = b"cancel\n"
MAX_LINE_BYTES = 1 << 20
"""A longer line is no message; a reader need not keep more of it."""

LOG_LINES = 200
CURVE_POINTS = 2000
Phase = Literal["reading", "judging", "learning", "suggesting", "writing"]

PHASES: dict[str, str] = {
    "reading": "Reading the reviewed frames",
    "judging": "Judging models on frames held out",
    "learning": "Learning",
    "suggesting": "Looking for the frames worth drawing next",
    "writing": "Writing the new model",
}
"""What people read for each phase."""


@dataclass(frozen=True)
class Started(Plain):
    """The run begins; fields as in `LearnStatus`, `parameters` is how many numbers learn."""

    device: str
    device_name: str = ""
    threads: int = 0
    frames: int = 0
    held_out_frames: int = 0
    held_out_how: str = ""
    strategy: str = ""
    strategy_why: str = ""
    base: str = ""
    parameters: int = 0
    steps: int = 0
    base_dice: float | None = None
    active_dice: float | None = None
    held_out_kind: str = ""


@dataclass(frozen=True)
class Progress(Plain):
    """The run goes on."""

    phase: Phase
    step: int = 0
    steps: int = 0
    loss: float | None = None
    seconds: float = 0.0
    eta_s: float | None = None
    images_per_s: float | None = None
    memory_mb: float | None = None
    gpu_memory_mb: float | None = None


@dataclass(frozen=True)
class Epoch(Plain):
    """The held-out frames were judged: means over them, None where nothing could be measured.

    `who` says whose answers: the learning model's (``candidate``), the base's or the active model's. `fold`
    is counted from 0 where folds learn one after another.
    """

    epoch: int
    step: int
    loss: float | None = None
    dice: float | None = None
    hd95: float | None = None
    false_components: float | None = None
    fold: int | None = None
    who: Literal["candidate", "base", "active"] = "candidate"


@dataclass(frozen=True)
class Notice(Plain):
    """Something the person should know; the run goes on."""

    text: str


@dataclass(frozen=True)
class Log(Plain):
    """A line for the log."""

    text: str


@dataclass(frozen=True)
class Finished(Plain):
    """The last message. `result` is the path of the result relative to the run's folder."""

    reason: FinishReason
    result: str | None = None
    problem: LearnProblem | None = None


@dataclass(frozen=True)
class Garbage:
    """A line that is no message; made by `parse_line`, never sent."""

    reason: str
    line: str = ""


Message = Started | Progress | Epoch | Notice | Log | Finished
_TYPES: dict[str, type[Plain]] = {
    cls.__name__.lower(): cls for cls in (Started, Progress, Epoch, Notice, Log, Finished)
}


def encode(message: Message) -> bytes:
    """Return a message as a line, with its end."""
    values = {"type": type(message).__name__.lower()} | to_plain(message)
    return json.dumps(values, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def parse_line(line: bytes) -> Message | Garbage:
    """Return the message of a line. Never raises: what is none comes out as `Garbage`."""
    start = line[:200].decode("utf-8", "replace").strip()
    if len(line) > MAX_LINE_BYTES:
        return Garbage("a line beyond all bounds", start)
    try:
        values = parse_json(line)
        kind = values.get("type") if isinstance(values, dict) else None
        cls = _TYPES.get(kind) if isinstance(kind, str) else None
        if cls is None:
            return Garbage("no message", start)
        message = cls.from_json(values)
    except (LearnError, UnicodeDecodeError) as error:
        return Garbage(str(error), start)
    assert isinstance(message, Message)
    return message


def follow(status: LearnStatus, message: Message | Garbage) -> LearnStatus:
    """Return the status after a message: the one way from what is said to what is shown."""
    if isinstance(message, Started):
        name = f"{message.device} ({message.device_name})" if message.device_name else message.device
        return replace(
            status,
            state=RunState.RUNNING if status.state is not RunState.STOPPING else status.state,
            device=name,
            steps=message.steps,
            held_out_how=message.held_out_how,
            held_out_kind=message.held_out_kind,
            strategy=message.strategy,
            strategy_why=message.strategy_why,
            frames=message.frames,
            held_out_frames=message.held_out_frames,
            base_dice=_newer(message.base_dice, status.base_dice),
            active_dice=_newer(message.active_dice, status.active_dice),
        )
    if isinstance(message, Progress):
        curve = status.loss_curve
        loss = clean(message.loss)
        if loss is not None and message.phase == "learning":
            curve = _longer(curve, (message.step, loss))
        return replace(
            status,
            phase=message.phase,
            text=PHASES[message.phase] if status.state is not RunState.STOPPING else status.text,
            step=message.step,
            steps=message.steps or status.steps,
            seconds=message.seconds,
            loss_curve=curve,
            eta_s=clean(message.eta_s),
            images_per_s=_newer(message.images_per_s, status.images_per_s),
            memory_mb=_newer(message.memory_mb, status.memory_mb),
            gpu_memory_mb=_newer(message.gpu_memory_mb, status.gpu_memory_mb),
        )
    if isinstance(message, Epoch):
        return _judged(status, message)
    if isinstance(message, Notice):
        return replace(status, text=message.text, log=(*status.log, message.text)[-LOG_LINES:])
    if isinstance(message, Finished):
        return replace(status, problem=message.problem, eta_s=None)
    line = message.text if isinstance(message, Log) else f"({message.reason}) {message.line}"
    return replace(status, log=(*status.log, line)[-LOG_LINES:])


def _judged(status: LearnStatus, message: Epoch) -> LearnStatus:
    dice = clean(message.dice)
    if dice is None:
        return status
    if message.who == "base":
        return replace(status, base_dice=dice)
    if message.who == "active":
        return replace(status, active_dice=dice)
    curve = status.dice_curve
    if message.fold is None:  # a fold's steps start anew: they are no one curve
        curve = _longer(curve, (message.step, dice))
    return replace(status, dice_curve=curve, candidate_dice=dice)


def _newer(new: float | None, old: float | None) -> float | None:
    new = clean(new)
    return old if new is None else new


def _longer(curve: tuple[tuple[int, float], ...], point: tuple[int, float]) -> tuple[tuple[int, float], ...]:
    """Return a curve with one more point; a long one keeps every second point of its older half."""
    if len(curve) >= CURVE_POINTS:
        half = CURVE_POINTS // 2
        curve = (*curve[:half:2], *curve[half:])
    return (*curve, point)
