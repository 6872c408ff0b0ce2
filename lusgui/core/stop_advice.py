"""Whether another round of learning is worth its while: minutes and strokes that the last one saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_FRAMES = 3
"""Frames that a round must have, before and after, to be compared."""

LITTLE_LEFT_S = 120.0
"""If even a perfect model could save no more than this, another round is not worth it; ours."""

LITTLE_GAIN = 0.2
"""A round that lessened the strokes of a frame by less than this share has changed little; ours."""


@dataclass(frozen=True)
class FrameCost:
    """What one frame and label took.

    Parameters
    ----------
    recording_id, frame, label
        Which.
    strokes : int
        Gestures of a person that changed pixels.
    changed_px : int
        Pixels that they flipped, in all.
    seconds : float
        Active time.
    began_at : str
        When the first of it was done, ISO 8601 in UTC.
    """

    recording_id: int
    frame: int
    label: str
    strokes: int
    changed_px: int
    seconds: float
    began_at: str


@dataclass(frozen=True)
class Round:
    """The frames that were done while one model answered.

    Parameters
    ----------
    model : str
        Its name, for people.
    frames : int
        How many frames.
    strokes, changed_px : int
        Of all of them.
    seconds : float
        Active time of all of them.
    """

    model: str
    frames: int = 0
    strokes: int = 0
    changed_px: int = 0
    seconds: float = 0.0

    @property
    def strokes_per_frame(self) -> float:
        """Mean strokes of a frame; 0 without one."""
        return self.strokes / self.frames if self.frames else 0.0

    @property
    def seconds_per_frame(self) -> float:
        """Mean active seconds of a frame; 0 without one."""
        return self.seconds / self.frames if self.frames else 0.0


@dataclass(frozen=True)
class StopAdvice:
    """What the last round brought, and whether to go on.

    Parameters
    ----------
    text : str
        One to three sentences for people.
    strokes_saved, seconds_saved : float or None
        By the last round over the frames done since; negative where they took more. None where too few frames
        say anything.
    most_seconds : float or None
        What even a perfect model could still save on the frames that are left.
    goes_on : bool or None
        Whether another round is likely worth it; None where nobody can tell yet.
    """

    text: str
    strokes_saved: float | None = None
    seconds_saved: float | None = None
    most_seconds: float | None = None
    goes_on: bool | None = None


def split_rounds(
    costs: Sequence[FrameCost], promoted: Sequence[tuple[str, str]], first: str = "the model to begin with"
) -> tuple[Round, ...]:
    """Deal frames to the models that answered when they were begun.

    Parameters
    ----------
    costs : sequence of FrameCost
        Of one label.
    promoted : sequence of (name, time)
        Models in the order in which they took over; times as ISO 8601 in UTC.
    first : str
        Name of what answered before all of them.

    Returns
    -------
    tuple of Round
        One more than there are models, in their order; rounds without frames stay in.
    """
    ordered = sorted(promoted, key=lambda one: one[1])
    times = [time for _name, time in ordered]
    rounds = [[first, 0, 0, 0, 0.0], *([name, 0, 0, 0, 0.0] for name, _time in ordered)]
    for cost in costs:
        one = rounds[sum(time <= cost.began_at for time in times)]
        one[1] += 1  # type: ignore[operator]
        one[2] += cost.strokes  # type: ignore[operator]
        one[3] += cost.changed_px  # type: ignore[operator]
        one[4] += cost.seconds  # type: ignore[operator]
    return tuple(Round(*one) for one in rounds)  # type: ignore[arg-type]


def advise(rounds: Sequence[Round], frames_left: int) -> StopAdvice:
    """Say what the last round saved and whether another one is worth it.

    Parameters
    ----------
    rounds : sequence of Round
        In their order; see `split_rounds`.
    frames_left : int
        Frames that nobody has done yet.

    Returns
    -------
    StopAdvice

    Notes
    -----
    Saved is the cost of a frame in the round before less that of a frame since, times the frames since. What
    came later may also have been easier, or the hand quicker: this is bookkeeping, no experiment.
    """
    if len(rounds) < 2:
        return StopAdvice("No model has been learnt yet, so there is nothing to compare with.")
    now = rounds[-1]
    before = next((one for one in reversed(rounds[:-1]) if one.frames >= LEAST_FRAMES), None)
    if before is None:
        return StopAdvice(
            f"Fewer than {LEAST_FRAMES} frames were drawn before {now.model}, too few to compare with."
        )
    if now.frames < LEAST_FRAMES:
        wanted = LEAST_FRAMES - now.frames
        return StopAdvice(
            f"{now.model} is new. After {_count(wanted, 'more frame')} it can be said here what it saves."
        )
    strokes = (before.strokes_per_frame - now.strokes_per_frame) * now.frames
    seconds = (before.seconds_per_frame - now.seconds_per_frame) * now.frames
    most = now.seconds_per_frame * frames_left
    text = (
        f"With {now.model} a frame takes {now.strokes_per_frame:.1f} strokes and"
        f" {now.seconds_per_frame:.0f} s; before it took {before.strokes_per_frame:.1f} and"
        f" {before.seconds_per_frame:.0f} s. "
    )
    if strokes > 0 and seconds > 0:
        text += (
            f"Over the {_count(now.frames, 'frame')} since, that saved about"
            f" {_count(round(strokes), 'stroke')} and {_duration(seconds)}."
        )
    elif strokes > 0 or seconds > 0:
        what = _count(round(strokes), "stroke") if strokes > 0 else _duration(seconds)
        lost = "time" if strokes > 0 else "strokes"
        text += f"That saved about {what}, but no {lost}."
    else:
        text += "The last round saved nothing."
    goes_on = _goes_on(before, now, most)
    return StopAdvice(f"{text} {_ending(goes_on, frames_left, most)}", strokes, seconds, most, goes_on)


def _goes_on(before: Round, now: Round, most: float) -> bool:
    if most < LITTLE_LEFT_S:
        return False
    gained = before.strokes_per_frame - now.strokes_per_frame
    return gained >= LITTLE_GAIN * max(before.strokes_per_frame, 1e-9)


def _ending(goes_on: bool, frames_left: int, most: float) -> str:
    if not frames_left:
        return "No frame is left."
    left = f"On the {_count(frames_left, 'frame')} left"
    if goes_on:
        return f"{left} a perfect model would save {_duration(most)} more: another round is likely worth it."
    if most < LITTLE_LEFT_S:
        return f"{left} even a perfect model would save only {_duration(most)} more: you can stop learning."
    return (
        f"{left} a perfect model would save {_duration(most)} more, but the last round changed little: draw"
        " frames unlike the ones so far, or go on without learning."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return _count(round(seconds), "second")
    return _count(round(seconds / 60), "minute")
