"""Which reviewed frames are judged on: those kept for it, those chosen now, or each in its turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.core.learning.held_out import choose

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from lusgui.core.learning.result import HeldOutKind

    Place = tuple[int, int]

MOST_LEFT_OUT = 5
"""So many networks at most learn abreast, each without one frame."""


@dataclass(frozen=True)
class Split:
    """What is learnt and what is judged on.

    Parameters
    ----------
    kind : HeldOutKind
        ``recordings``, ``blocks``, ``leave-one-out`` or ``none``.
    held : tuple of int
        Frames (as numbered by the caller) that are judged on; under leave-one-out each is learnt by all
        networks but one.
    how : str
        One sentence for the person.
    """

    kind: HeldOutKind
    held: tuple[int, ...]
    how: str

    def learned(self, count: int) -> list[int]:
        """Return the frames out of `count` that are learnt."""
        if self.kind in ("leave-one-out", "none"):
            return list(range(count))
        held = set(self.held)
        return [i for i in range(count) if i not in held]


def choose_held_out(
    places: Sequence[Place], positive: Sequence[bool], *, frozen: Collection[Place] | None = None
) -> Split:
    """Say which frames are judged on.

    Parameters
    ----------
    places : sequence of (recording id, frame)
        Every reviewed frame, in order.
    positive : sequence of bool
        Whether it shows what is learnt.
    frozen : collection of (recording id, frame), optional
        Frames that were chosen earlier and may never be learnt; chosen anew where nothing is left to learn.
    """
    if frozen:
        wanted = set(frozen)
        held = tuple(i for i, place in enumerate(places) if place in wanted)
        rest = [i for i, place in enumerate(places) if place not in wanted]
        if held and any(positive[i] for i in rest):
            whole = {places[i][0] for i in held}.isdisjoint(places[i][0] for i in rest)
            said = f"Judged on {_frames(len(held))} kept for it, never learnt from."
            return Split("recordings" if whole else "blocks", held, said)
    masks = sum(positive)
    if masks < 2:
        said = "only one frame shows" if masks else "no frame shows"
        return Split("none", (), f"Nothing is held out: {said} what is learnt. Draw a few more.")
    reviewed: dict[int, dict[int, bool]] = {}
    for (recording_id, frame), shown in zip(places, positive, strict=True):
        reviewed.setdefault(recording_id, {})[frame] = shown
    found = choose(reviewed)
    if found is not None:
        chosen = set(found.frames)
        held = tuple(i for i, place in enumerate(places) if place in chosen)
        return Split(found.kind, held, found.how)
    everything = range(len(places))
    left_out = list(everything) if len(places) <= MOST_LEFT_OUT else [i for i in everything if positive[i]]
    if len(left_out) > MOST_LEFT_OUT:
        left_out = [left_out[i * len(left_out) // MOST_LEFT_OUT] for i in range(MOST_LEFT_OUT)]
    return Split(
        "leave-one-out",
        tuple(left_out),
        f"Too few masks to keep some aside: each of {_frames(len(left_out))} is left out in turn and judged"
        " by a network that did not learn it.",
    )


def _frames(count: int) -> str:
    return "1 frame" if count == 1 else f"{count} frames"
