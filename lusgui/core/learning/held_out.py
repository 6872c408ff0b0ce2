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

LEAST_TO_CHOOSE = 6
"""With fewer reviewed frames none is held out: each is left out in turn."""

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


def choose(reviewed: Mapping[int, Mapping[int, bool]]) -> HeldOut | None:
    """Choose what to hold out: whole recordings where there are several, else stretches far from the rest.

    About a quarter of the frames is held out. What stays to be learnt from has pixels, and so has what is
    held out.

    Parameters
    ----------
    reviewed : mapping
        Recording to its reviewed frames, and whether each has pixels of the label.

    Returns
    -------
    HeldOut or None
        None with fewer than `LEAST_TO_CHOOSE` frames (each is then left out in turn), or where no choice
        leaves pixels on both sides.
    """
    total = sum(map(len, reviewed.values()))
    if total < LEAST_TO_CHOOSE:
        return None
    known = tuple(sorted(reviewed))
    if len(known) > 1:
        whole = _whole_recordings(reviewed, total)
        if whole:
            frames = tuple((one, frame) for one in whole for frame in sorted(reviewed[one]))
            words = "1 recording" if len(whole) == 1 else f"{len(whole)} recordings"
            how = f"Judged on {words} of {len(known)} ({len(frames)} frames) that are never learnt from."
            return HeldOut("recordings", how, frames, whole, known)
    chosen = [(one, frame) for one in known for frame in _stretch(reviewed[one])]
    held = [reviewed[one][frame] for one, frame in chosen]
    positives = sum(sum(own.values()) for own in reviewed.values())
    if len(chosen) < LEAST_FRAMES or not 0 < sum(held) < positives:
        return None
    how = f"Judged on {len(chosen)} frames, far in time from those that are learnt, and never learnt from."
    return HeldOut("blocks", how, tuple(chosen), (), known)


def _whole_recordings(reviewed: Mapping[int, Mapping[int, bool]], total: int) -> tuple[int, ...]:
    """Return the recordings whose frames come nearest to a quarter, with pixels on both sides."""
    wanted, chosen = total / ONE_IN, list[int]()
    positives = {one: sum(own.values()) for one, own in reviewed.items()}
    left = sum(positives.values())
    # small ones first: the more recordings, the more a judgement says
    for one in sorted(reviewed, key=lambda key: (len(reviewed[key]), key)):
        taken = sum(len(reviewed[other]) for other in chosen)
        is_nearer = abs(taken + len(reviewed[one]) - wanted) <= abs(taken - wanted)
        if is_nearer and left - positives[one] > 0 and 2 * (taken + len(reviewed[one])) <= total:
            chosen.append(one)
            left -= positives[one]
    has_enough = sum(len(reviewed[one]) for one in chosen) >= LEAST_FRAMES
    return tuple(sorted(chosen)) if has_enough and any(positives[one] for one in chosen) else ()


def _stretch(frames: Mapping[int, bool]) -> list[int]:
    """Return the stretch of a recording's frames, a quarter of them, that lies furthest from the others."""
    order = sorted(frames)
    size = round(len(order) / ONE_IN)
    if size == 0:
        return []
    best: tuple[int, int, int] | None = None
    for start in range(len(order) - size + 1):
        part = order[start : start + size]
        if not any(frames[frame] for frame in part):
            continue
        before = part[0] - order[start - 1] if start else None
        after = order[start + size] - part[-1] if start + size < len(order) else None
        gap = min(one for one in (before, after) if one is not None)
        # of equally distant ones the middle: a model must know both ends of a movement
        middle = -abs(2 * start + size - len(order))
        best = max(best or (-1, 0, 0), (gap, middle, start))
    return [] if best is None else order[best[2] : best[2] + size]


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


def is_balanced(held_out: HeldOut, reviewed: Mapping[int, Mapping[int, bool]]) -> bool:
    """Return whether enough frames are still held out, and pixels are left to learn from.

    Parameters
    ----------
    held_out : HeldOut
        What was kept.
    reviewed : mapping
        Recording to its reviewed frames, and whether each has pixels of the label.
    """
    keys = {(recording, frame): has for recording, own in reviewed.items() for frame, has in own.items()}
    among = set(held_out.among(keys))
    return len(among) >= LEAST_FRAMES and any(has for key, has in keys.items() if key not in among)
