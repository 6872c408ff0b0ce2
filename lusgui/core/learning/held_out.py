"""Frames that are kept to judge on: chosen once for a label, and only ever joined by new recordings."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read by plain
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from lusgui.core.learning.plain import Plain, require

if TYPE_CHECKING:
    from collections.abc import Iterable

ONE_IN = 4
"""Of this many recordings that join a study, one is held out."""

LEAST_FRAMES = 2
"""With fewer frames left (a person took the others back) they are chosen anew."""


@dataclass(frozen=True)
class HeldOut(Plain):
    """What is held out for a label.

    Parameters
    ----------
    kind : {"recordings", "blocks"}
        Whole recordings, or stretches of recordings.
    how : str
        In words.
    frames : tuple of (recording id, frame)
        The frames that were chosen.
    recordings : tuple of int
        Recordings held out as a whole: what is reviewed in them later is held out too.
    known : tuple of int
        Every recording that was there to be chosen from.
    """

    kind: Literal["recordings", "blocks"]
    how: str
    frames: tuple[tuple[int, int], ...]
    recordings: tuple[int, ...] = ()
    known: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require(all(frame >= 0 for _recording, frame in self.frames), "a held-out frame does not exist")

    def among(self, reviewed: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        """Return the frames of `reviewed` that are held out, in order."""
        frames, whole = set(self.frames), set(self.recordings)
        return tuple(sorted(key for key in reviewed if key in frames or key[0] in whole))


def freeze(
    kind: str, how: str, frames: Iterable[tuple[int, int]], learnt_from: Iterable[int]
) -> HeldOut | None:
    """Return what a run held out, to be kept; None for a way that cannot be kept (leave-one-out, none).

    Parameters
    ----------
    kind, how, frames
        As in `RunResult`.
    learnt_from : iterable of int
        Every recording with a reviewed frame.
    """
    chosen = tuple(sorted(set(frames)))
    if kind not in ("recordings", "blocks") or len(chosen) < LEAST_FRAMES:
        return None
    held = sorted({recording for recording, _frame in chosen})
    known = tuple(sorted(set(learnt_from) | set(held)))
    if kind == "recordings":
        return HeldOut("recordings", how, chosen, tuple(held), known)
    return HeldOut("blocks", how, chosen, (), known)


def extend(held_out: HeldOut, reviewed: Mapping[int, Iterable[int]]) -> HeldOut:
    """Let recordings that are new join: of every `ONE_IN` recordings one is held out as a whole.

    Frames of known recordings never change sides: what was learnt once is not judged on, and the other way
    round.

    Parameters
    ----------
    held_out : HeldOut
        What was kept.
    reviewed : mapping
        Recording to its reviewed frames.
    """
    known, whole = list(held_out.known), list(held_out.recordings)
    judged = {recording for recording, _frame in held_out.frames} | set(whole)
    for recording in sorted(set(reviewed) - set(known)):
        known.append(recording)
        if len(judged) < len(known) // ONE_IN:
            whole.append(recording)
            judged.add(recording)
    if len(known) == len(held_out.known):
        return held_out
    return replace(held_out, recordings=tuple(whole), known=tuple(sorted(known)))
