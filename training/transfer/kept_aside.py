"""What is said of the frames that a fine-tuning keeps aside: how the base scores on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError
from lusgui.core.networks import SEGMENT, spec_of
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.registry import build
from training.judging import judge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from training.bases import Base
    from training.data.splits import Fold
    from training.dataset import Sample
    from training.trials import Trial

MOST_NAMES = 5
"""So many groups are named in one line."""


class NothingToLearnError(LusguiError):
    """No frame to learn from shows what is to be learnt."""


def check_shown(samples: Sequence[Sample], fold: Fold, label: str) -> None:
    """Refuse frames to learn from of which none shows the label.

    Raises
    ------
    NothingToLearnError
        A network would learn to find nothing.
    """
    if any(samples[i].masks[label].any() for i in fold.train):
        return
    count = len(fold.train)
    cause = (
        f"the only frame to learn from does not show '{label}'"
        if count == 1
        else f"none of the {count} frames to learn from shows '{label}'"
    )
    if any(samples[i].masks[label].any() for i in fold.validation):
        raise NothingToLearnError(
            f"{cause}; all that do were kept aside",
            remedy="Draw it in other groups too, or keep others aside with --seed or --fold-by image",
        )
    raise NothingToLearnError(
        f"{cause}: every mask is empty", remedy="Draw it, or see whether the masks were exported rightly"
    )


def judge_base(base: Base, samples: Sequence[Sample], trial: Trial) -> list[dict[str, Any]]:
    """Score the base as it is, fed as its own card says, on frames kept aside.

    Parameters
    ----------
    base : Base
        What is fine-tuned.
    samples : sequence of Sample
        Kept aside.
    trial : Trial
        Gives label and device.

    Returns
    -------
    list of dict
        As ``training.judging.judge``; empty if the base gives no masks of the label.
    """
    card = base.card
    if card is None or trial.label not in card.labels or spec_of(card.architecture).task != SEGMENT:
        return []
    network = build(base.architecture, **base.arguments)
    network.load_state_dict(dict(base.state))
    network.eval().requires_grad_(False)
    despeckle = None if card.despeckle is None else card.despeckle_settings
    return judge(
        LoadedModel(network, card), samples, replace(trial, despeckle=despeckle, threshold=card.threshold)
    )


def describe_beginning(
    data: str,
    samples: Sequence[Sample],
    fold: Fold,
    base_scores: Mapping[str, Any],
    minutes: float | None = None,
) -> str:
    """Return what is learned from, what is kept aside, and how the base scores there.

    Parameters
    ----------
    data : str
        How many frames of how many groups.
    samples : sequence of Sample
        All frames.
    fold : Fold
        Which are learned from and which kept aside.
    base_scores : mapping
        As ``training.transfer.finetune.summarise`` gives them; empty for a base that was not judged.
    minutes : float, optional
        When the training stops at the latest.
    """
    if fold.validation:
        aside = f"{len(fold.validation)} kept aside ({_which(samples, fold)})"
        said = [f"{data}: {len(fold.train)} to learn from, {aside}."]
    else:
        said = [f"{data}: all are learned from, none is kept aside."]
    if "dice_mean" in base_scores:
        said.append(
            f"The base scores Dice {base_scores['dice_mean']:.3f} on those;"
            " it may have learnt from them itself."
        )
    elif base_scores:
        said.append("None of those shows the label, so that the base has no Dice.")
    if minutes is not None:
        said.append(f"Training stops after {minutes:g} minute{'' if minutes == 1 else 's'} at the latest.")
    return " ".join(said)


def compare_with_base(scores: Mapping[str, Any], base_scores: Mapping[str, Any]) -> str:
    """Return one sentence on the Dice of the frames kept aside, and on whether it beats the base's.

    Parameters
    ----------
    scores, base_scores : mapping
        As ``training.transfer.finetune.summarise`` gives them.

    Returns
    -------
    str
        Empty if there is no Dice.
    """
    if "dice_mean" not in scores:
        return ""
    count = scores["frames_with_label"]
    frames = f"{count} frame{' kept aside that shows' if count == 1 else 's kept aside that show'} it"
    found = scores["dice_mean"]
    if "dice_mean" not in base_scores:
        return f"Dice {found:.3f} over {frames}."
    before = base_scores["dice_mean"]
    sentence = f"Dice {found:.3f} over {frames}, the base {before:.3f}"
    if found > before:
        return f"{sentence}."
    return f"{sentence}: not better than its base; more epochs or frames may help."


def _which(samples: Sequence[Sample], fold: Fold) -> str:
    kept = {samples[i].group for i in fold.validation}
    if kept & {samples[i].group for i in fold.train}:
        return "the last of the only group" if len({s.group for s in samples}) == 1 else "single frames"
    names = sorted(kept)
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
