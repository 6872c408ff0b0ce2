"""Learning in words: what was counted, how a run goes, how it ended, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.core.learning.gate import DICE_TOLERANCE, LEAST_FRAMES
from lusgui.core.learning.status import FinishReason, RunState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lusgui.core.learning.status import LearnStatus
    from lusgui.core.learning.version import ModelVersion

LEAVE_ONE_OUT_BELOW = 6
"""With fewer masks each is held out in turn."""

BOXES = "boxes"
"""What a run that learns a detector calls its strategy; the last line of its log says what it found."""

WORTH_MORE_BELOW = 10
"""Up to here every further mask is worth much."""


class Tone(StrEnum):
    """How a sentence is meant; names a colour of the palette."""

    PLAIN = "dim"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"
    BUSY = "accent"


@dataclass(frozen=True)
class Told:
    """A headline, the sentence under it, and how it is meant."""

    headline: str
    detail: str = ""
    tone: Tone = Tone.PLAIN

    def __post_init__(self) -> None:
        """Say it in the language of the window: a part comes from below it, in English."""
        object.__setattr__(self, "headline", retell(self.headline))
        object.__setattr__(self, "detail", retell(self.detail))


class Counted(Protocol):
    """What was reviewed of a label."""

    @property
    def frames(self) -> int:
        """Reviewed frames."""

    @property
    def recordings(self) -> int:
        """Recordings they are of."""

    @property
    def positives(self) -> int:
        """Those with a mask."""

    @property
    def negatives(self) -> int:
        """Those with nothing there."""

    @property
    def points(self) -> int:
        """Centre points."""

    @property
    def boxes(self) -> int:
        """Boxes."""

    @property
    def since_last_run(self) -> int:
        """Frames that the last run did not have, or not so."""


def frames_text(count: int) -> str:
    """Return a number of frames in words, e.g. ``1 frame``, ``3 frames``."""
    return trn("{count} frame", "{count} frames", count)


def duration(seconds: float) -> str:
    """Return a length of time as people say it, e.g. ``40 s``, ``3 min``, ``1 h 10 min``."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return tr("{seconds} s", seconds=whole if whole < 10 else round(whole / 5) * 5)
    if whole < 3570:
        return tr("{minutes} min", minutes=round(whole / 60))
    hours, minutes = divmod(round(whole / 60), 60)
    if not minutes:
        return tr("{hours} h", hours=hours)
    return tr("{hours} h {minutes} min", hours=hours, minutes=minutes)


def listed(names: Iterable[str]) -> str:
    """Return names as a sentence has them, e.g. ``rib, shadow and vermis``."""
    words = list(names)
    if len(words) < 2:
        return "".join(words)
    return tr("{several} and {last}", several=", ".join(words[:-1]), last=words[-1])


# what there is to learn from


def describe_counted(counted: Counted) -> Told:
    """Say what was reviewed."""
    if not counted.frames:
        marks = _marks(counted)
        return Told("No reviewed frames yet", tr("{marks} so far.", marks=marks) if marks else "")
    kinds = [trn("{count} mask", "{count} masks", counted.positives)] if counted.positives else []
    if counted.negatives:
        kinds.append(trn("{count} “nothing here”", "{count} “nothing here”", counted.negatives))
    where = trn(
        "{kinds} in {count} recording",
        "{kinds} in {count} recordings",
        counted.recordings,
        kinds=", ".join(kinds),
    )
    marks = _marks(counted)
    frames = trn("{count} reviewed frame", "{count} reviewed frames", counted.frames)
    return Told(frames, f"{where}, {marks}" if marks else where)


def _marks(counted: Counted) -> str:
    parts = [trn("{count} point", "{count} points", counted.points)] if counted.points else []
    if counted.boxes:
        parts.append(trn("{count} box", "{count} boxes", counted.boxes))
    return listed(parts)


def next_step(counted: Counted, name: str) -> str:
    """Say what the person best does next, in one sentence."""
    if not counted.positives and (counted.points or counted.boxes):
        return tr(
            "From these lusgui learns where {name} is; for its outline draw or accept it on a few frames.",
            name=name,
        )
    if not counted.positives:
        return tr("Draw or accept {name} on a few frames, then let lusgui learn from them.", name=name)
    if counted.positives < LEAST_FRAMES:
        return tr(
            "Draw one more: a result on a single mask cannot be judged, so it would not be used by itself."
        )
    if counted.positives < LEAVE_ONE_OUT_BELOW:
        more = LEAVE_ONE_OUT_BELOW - counted.positives
        return tr(
            "Enough to learn from. With {more} more, whole stretches can be held out to judge it on.",
            more=more,
        )
    if counted.recordings < 2:
        return tr("Drawing in a second recording would tell how well it does on recordings it never saw.")
    if counted.positives < WORTH_MORE_BELOW:
        return tr("Every further mask still helps; the suggested frames help most.")
    return tr("Fix what is wrong on the suggested frames; leave what is right.")


def describe_news(counted: Counted, has_run: bool) -> str:
    """Say how much is new since the last run; empty where nothing can be said."""
    if not has_run or not counted.frames:
        return ""
    new = counted.since_last_run
    if not new:
        return tr("Nothing new since the last run")
    return trn("{count} new since the last run", "{count} new since the last run", new)


# a run


def describe_run(status: LearnStatus, name: str) -> Told:
    """Say how a run goes, or how it ended.

    Parameters
    ----------
    status : LearnStatus
        Of the run.
    name : str
        Of what is learnt, e.g. ``rib``.
    """
    state = status.state
    if state is RunState.IDLE:
        return Told("")
    if state is RunState.FINISHED:
        return _describe_end(status, name)
    if state is RunState.STOPPING:
        return Told(tr("Stopping {name}", name=name), status.text or "The process is ending", Tone.BUSY)
    share = status.share
    percent = f"{share:.0%}" if share is not None and status.phase == "learning" else ""
    parts = [retell(status.text or "Starting")]
    if status.eta_s is not None:
        parts.append(tr("about {time} left", time=duration(status.eta_s)))
    return Told(
        tr("Learning {name} {percent}", name=name, percent=percent).rstrip(), " · ".join(parts), Tone.BUSY
    )


_ENDS = {
    FinishReason.CANCELLED: ("Thrown away", "Nothing changed: the model in use is the one from before."),
    FinishReason.INTERRUPTED: ("Interrupted", "Nothing is lost: it can go on where it was."),
    FinishReason.FAILED: ("It did not work", "The model in use is the one from before."),
    FinishReason.CRASHED: ("The training stopped by itself", "The model in use is the one from before."),
    FinishReason.OUT_OF_MEMORY: ("Not enough memory", "Close other programs, or learn on the CPU."),
}


def _describe_end(status: LearnStatus, name: str) -> Told:
    reason = status.reason or FinishReason.COMPLETED
    problem = status.problem
    if reason.has_result and problem is None:
        how = "Stopped and kept" if reason is FinishReason.STOPPED_AND_KEPT else "Done"
        found = status.log[-1] if status.log and status.strategy == BOXES else ""
        if not status.seconds:
            return Told(f"{tr(how)}: {name}", found, Tone.PLAIN)
        took = duration(status.seconds)
        return Told(tr("{how}: {name} in {took}", how=tr(how), name=name, took=took), found, Tone.PLAIN)
    headline, detail = _ENDS.get(reason, ("It ended without a result", ""))
    tone = Tone.BAD
    if reason is FinishReason.CANCELLED:
        tone = Tone.PLAIN
    elif reason is FinishReason.INTERRUPTED:
        tone = Tone.WARNING
    if problem is not None:
        detail = " ".join(part for part in (problem.message, problem.remedy) if part)
        headline = problem.title or headline
    return Told(headline, detail, tone)


# whether it got better


def describe_gain(before: float | None, after: float | None, *, is_final: bool = True) -> Told:
    """Say how much better or worse; empty where nothing was measured.

    A run that is not over yet is not blamed for being behind.
    """
    if after is None:
        return Told("")
    if before is None:
        return Told("first model", "", Tone.GOOD)
    gain = after - before
    if gain > DICE_TOLERANCE:
        return Told(f"{gain:+.2f}", "better", Tone.GOOD)
    if gain < -DICE_TOLERANCE:
        behind = ("worse", Tone.BAD) if is_final else ("not yet as good", Tone.PLAIN)
        return Told(f"{gain:+.2f}".replace("-", "−"), *behind)
    return Told("±0.00", "as good", Tone.PLAIN)


def describe_verdict(version: ModelVersion, name: str) -> Told:
    """Say what became of the model of a run."""
    if version.is_active:
        gain = describe_gain(version.dice_before, version.dice)
        if gain.tone is Tone.GOOD and version.dice_before is not None:
            return Told(tr("A better model of {name} is in use", name=name), version.reason, Tone.GOOD)
        return Told(tr("A new model of {name} is in use", name=name), version.reason, Tone.GOOD)
    if version.state.value == "retired":
        return Told(tr("Put aside: another model of {name} is in use", name=name), version.reason, Tone.PLAIN)
    return Told(tr("The new model of {name} is kept aside", name=name), version.reason, Tone.WARNING)


def new_dice(status: LearnStatus) -> float | None:
    """Return the Dice of what a run would keep if it ended now; None before anything was judged."""
    if status.kept is not None:
        return status.kept[1]
    return None if status.state.is_busy else status.candidate_dice


def describe_found(found: int, looked_at: int, name: str) -> Told:
    """Say in how many frames a detector found something, and what to do with that."""
    if not found:
        return Told(
            tr("{name} was found in no frame", name=name),
            "Put boxes around it in more frames, of other places in the movement too, and learn again.",
            Tone.WARNING,
        )
    return Told(
        trn(
            "{name} was found in {found} of {count} frame",
            "{name} was found in {found} of {count} frames",
            looked_at,
            name=name,
            found=found,
        ),
        "Boxes show where, dashed: the place, not the edge.",
        Tone.GOOD,
    )


def dice_text(value: float | None) -> str:
    """Return a Dice with two digits, a dash without one."""
    return "–" if value is None else f"{value:.2f}"


def memory_text(megabytes: float | None) -> str:
    """Return memory as people say it, e.g. ``850 MB``, ``1.4 GB``."""
    if megabytes is None:
        return "–"
    return (
        tr("{megabytes:.1f} GB", megabytes=megabytes / 1024)
        if megabytes >= 1000
        else tr("{megabytes:.0f} MB", megabytes=megabytes)
    )
