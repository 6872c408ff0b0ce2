"""Which frames a fine-tuning keeps aside: other patients if there are any, a block of time if not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from training.data.splits import Fold, k_folds
from training.dataset import groups_of
from training.transfer.sources import natural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.dataset import Sample

LEAST_FRAMES = 3
"""Fewer are all learned from, and nothing is kept aside."""


def hold_out(
    samples: Sequence[Sample], part: float, seed: int, by: Literal["group", "image"] = "group"
) -> tuple[Fold, str]:
    """Choose the frames that validate.

    Parameters
    ----------
    samples : sequence of Sample
        All frames.
    part : float
        Share to keep aside, in [0, 1); about so much, and at least one group or frame.
    seed : int
        Decides which.
    by : {"group", "image"}
        Whole groups, or single images whatever their group. With a single group the last frames in the order
        of their names are kept: neighbours in time are alike, so that a block is fairer than single frames.

    Returns
    -------
    Fold
        Without a test set.
    str
        What was done, in one sentence for the card.
    """
    everything = tuple(range(len(samples)))
    if part <= 0 or len(samples) < LEAST_FRAMES:
        which = "The only frame was" if len(samples) == 1 else f"All {len(samples)} frames were"
        return Fold(everything, (), ()), f"{which} learned from; nothing was kept aside."
    groups = groups_of(samples)
    parts = max(round(1 / part), 2)
    if by == "image":
        kept = k_folds(samples, min(parts, len(samples)), seed=seed, by="image", validation=0)[0].test
        how = "single frames drawn at random, so that frames of one group stand on both sides"
    elif len(groups) > 1:
        kept = k_folds(samples, min(parts, len(groups)), seed=seed, by="group", validation=0)[0].test
        names = sorted({samples[i].group for i in kept})
        how = f"whole groups: {', '.join(names[:20])}{' and others' if len(names) > 20 else ''}"
    else:
        order = sorted(everything, key=lambda i: natural(samples[i].name))
        kept = tuple(sorted(order[len(order) - max(round(part * len(order)), 1) :]))
        how = "the last frames of the only group there is, which says little about other patients"
    aside = set(kept)
    learned = tuple(i for i in everything if i not in aside)
    is_one = len(kept) == 1
    sentence = (
        f"Learned from {len(learned)} of {len(samples)} frames; {len(kept)} {'was' if is_one else 'were'}"
        f" kept aside to choose the epoch ({how})."
        + (
            " It decided when to stop, so its score is on the hopeful side."
            if is_one
            else " They decided when to stop, so their scores are on the hopeful side."
        )
    )
    return Fold(learned, kept, ()), sentence
