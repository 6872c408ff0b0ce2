"""The worklist: a sample of frames, spread over the recordings, drawn the same way every time."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Place = tuple[int, int]
"""(recording id, 0-based frame)."""


@dataclass(frozen=True)
class WorklistProgress:
    """What of the worklist is done.

    Parameters
    ----------
    done, total : int
        Frames.
    per_recording : mapping
        (done, total) by recording id, in the order of the worklist.
    """

    done: int
    total: int
    per_recording: dict[int, tuple[int, int]] = field(default_factory=dict)


def draw_random(frames: Mapping[int, Sequence[int]], n: int, seed: int) -> list[Place]:
    """Draw `n` frames at random, as evenly spread over the recordings as their lengths allow.

    Parameters
    ----------
    frames : mapping
        For each recording id the frames that may be drawn; the order of recordings is kept.
    n : int
        How many in all; fewer are drawn where there are fewer.
    seed : int
        The same seed and recordings give the same frames.

    Returns
    -------
    list of (recording id, frame)
        By recording, then by frame.
    """
    chance = random.Random(f"lusgui worklist {seed}")
    shares = dict.fromkeys(frames, 0)
    left = min(max(n, 0), sum(len(f) for f in frames.values()))
    while left > 0:
        open_ids = [i for i in frames if shares[i] < len(frames[i])]
        if left < len(open_ids):
            open_ids = chance.sample(open_ids, left)
        each = max(left // len(open_ids), 1)
        for recording_id in open_ids:
            taken = min(each, len(frames[recording_id]) - shares[recording_id])
            shares[recording_id] += taken
            left -= taken
    return [
        (recording_id, frame)
        for recording_id, own in frames.items()
        for frame in sorted(chance.sample(list(own), shares[recording_id]))
    ]


def draw_every(frames: Mapping[int, Sequence[int]], step: int) -> list[Place]:
    """Take every `step`-th frame of each recording, beginning with its first."""
    if step < 1:
        raise ValueError(f"every {step}th frame")
    return [(recording_id, frame) for recording_id, own in frames.items() for frame in own[::step]]


def measure_progress(places: Sequence[Place], is_done: Callable[[int, int], bool]) -> WorklistProgress:
    """Count what of a worklist is done."""
    per_recording: dict[int, tuple[int, int]] = {}
    done = 0
    for recording_id, frame in places:
        is_one = is_done(recording_id, frame)
        before = per_recording.get(recording_id, (0, 0))
        per_recording[recording_id] = (before[0] + is_one, before[1] + 1)
        done += is_one
    return WorklistProgress(done, len(places), per_recording)


def find_next(
    places: Sequence[Place],
    present: Place | None,
    is_done: Callable[[int, int], bool],
    step: int = 1,
    order: Sequence[int] = (),
) -> Place | None:
    """Return the next place that is left to do, going round; None when everything is done.

    Parameters
    ----------
    places : sequence of Place
        The worklist.
    present : Place or None
        Where one is; need not be on the worklist.
    is_done : callable
        Says of (recording id, frame) whether it is done.
    step : int
        1 forwards, -1 backwards.
    order : sequence of int
        Recording ids in the order of the list, to find where `present` lies between the places.
    """
    if not places:
        return None
    rank = {recording_id: i for i, recording_id in enumerate(order)}
    ahead = sorted(places, key=lambda p: (rank.get(p[0], len(rank)), p[0], p[1]))
    if present is not None:
        here = (rank.get(present[0], len(rank)), present[0], present[1])
        keys = [(rank.get(p[0], len(rank)), p[0], p[1]) for p in ahead]
        if step > 0:
            first = sum(1 for k in keys if k <= here)
            ahead = ahead[first:] + ahead[:first]
        else:
            first = sum(1 for k in keys if k < here)
            ahead = (ahead[first:] + ahead[:first])[::-1]
    elif step < 0:
        ahead = ahead[::-1]
    return next((p for p in ahead if p != present and not is_done(*p)), None)
