"""Several models side by side on the scores of their images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.networks import TASKS
from training.metrics.scores import ScoresError, distinct
from training.statistics.bootstrap import RESAMPLES, bootstrap_interval
from training.statistics.compare import Comparison, compare_groups
from training.statistics.tukey import TukeyResult, tukey_hsd
from training.statistics.values import Number, finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.metrics.scores import ScoreSet


@dataclass(frozen=True)
class ModelScore:
    """One model in a comparison.

    Parameters
    ----------
    model : str
        Its name.
    mean, sd, median : float or None
        Over images (or groups); the SD with n - 1.
    low, high : float or None
        95 % bootstrap interval of the mean, whole groups drawn.
    n, groups : int
        Images that count and their groups.
    failed : int
        Images where the measure is not defined.
    """

    model: str
    mean: Number
    sd: Number
    median: Number
    low: Number
    high: Number
    n: int
    groups: int
    failed: int


@dataclass(frozen=True)
class ScoreComparison:
    """What a comparison by one measure says.

    Parameters
    ----------
    metric : str
        The measure.
    is_paired : bool
        Whether the same images stand behind all models.
    by : str
        Whether ``image`` or ``group`` is the unit of the tests.
    models : tuple of ModelScore
        In the order given.
    tukey : TukeyResult
        Over all models.
    pairs : tuple of Comparison
        Every pair of models.
    notes : tuple of str
        What a reader must know.
    """

    metric: str
    is_paired: bool
    by: str
    models: tuple[ModelScore, ...]
    tukey: TukeyResult
    pairs: tuple[Comparison, ...]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "metric": self.metric,
            "paired": self.is_paired,
            "by": self.by,
            "models": [vars(score) for score in self.models],
            "tukey": {
                "names": list(self.tukey.names),
                "df": self.tukey.df,
                "error_variance": self.tukey.error_variance,
                "p": self.tukey.matrix(),
            },
            "pairs": [pair.to_json() for pair in self.pairs],
            "notes": list(self.notes),
        }


def compare_scores(
    sets: Sequence[ScoreSet],
    metric: str = "dice",
    *,
    paired: bool | None = None,
    by: str = "image",
    across_labels: bool = False,
    resamples: int = RESAMPLES,
) -> ScoreComparison:
    """Compare models by one measure.

    Parameters
    ----------
    sets : sequence of ScoreSet
        At least two. Several folds and seeds of one image are averaged first.
    metric : str
        Which measure.
    paired : bool, optional
        Compare image by image, over the images that all have. Without a word: if all have the same images.
    by : {"image", "group"}
        What is taken for independent: single images, or the means of whole groups.
    across_labels : bool
        Whether models that were judged on different labels may be compared all the same.
    resamples : int
        Of the bootstrap.

    Returns
    -------
    ScoreComparison

    Raises
    ------
    ScoresError
        If there are fewer than two models, one lacks the measure, they do different tasks or were judged on
        different labels, or paired ones share no image.
    """
    sets = distinct(sets)
    if len(sets) < 2:
        raise ScoresError("there is only one model to compare", remedy="Name the scores of another")
    if by not in ("image", "group"):
        raise ScoresError(f"scores are compared by image or by group, not by '{by[:40]}'")
    for part in sets:
        if metric not in part.measures:
            raise ScoresError(
                f"the scores of {part.model} have no '{metric[:60]}'",
                path=part.path,
                remedy=f"They have: {', '.join(part.measures) or 'nothing'}",
            )
    notes = refuse_unlike(sets, across_labels=across_labels)
    # a table that says nothing of labels, or of one only, is about the same as another such
    has_labels = any(len({row.get("label", "") for row in part.rows}) > 1 for part in sets)
    values = {part.model: part.values(metric, by, has_labels=has_labels) for part in sets}
    keys = [set(found) for found in values.values()]
    common = set.intersection(*keys)
    is_paired = all(found == keys[0] for found in keys) if paired is None else paired
    if is_paired:
        if not common:
            raise ScoresError("the models have no image in common", remedy="Compare them with --unpaired")
        dropped = len(set.union(*keys)) - len(common)
        if dropped:
            notes.append(f"{dropped} that not all models were judged on are left out")
        order = sorted(common)
        values = {model: {key: found[key] for key in order} for model, found in values.items()}
    elif paired is None:
        shared = f"; --paired compares the {len(common)} they share" if common else ""
        notes.append(f"the models were judged on different {by}s, so the tests are unpaired{shared}")
    lists = {model: list(found.values()) for model, found in values.items()}
    clusters = {model: [key[0] for key in found] for model, found in values.items()}
    models = [_score(model, lists[model], clusters[model], resamples) for model in lists]
    if by == "image" and any(score.groups < score.n for score in models):
        notes.append(
            "tests take images for independent, which those of one group are not: the intervals draw whole"
            " groups; compare by group for tests that do"
        )
    pairs = compare_groups(lists, is_paired, clusters, resamples=resamples)
    return ScoreComparison(metric, is_paired, by, tuple(models), tukey_hsd(lists), tuple(pairs), tuple(notes))


def refuse_unlike(sets: Sequence[ScoreSet], *, across_labels: bool = False) -> list[str]:
    """Refuse scores that do not measure the same; return what a reader must know of the others.

    What a table does not say of its task or its labels is taken for the same as another's.

    Raises
    ------
    ScoresError
        If masks stand beside boxes or points, or one label beside another and `across_labels` is false.
    """
    tasks = [part for part in sets if part.task]
    for part in tasks:
        if part.task != tasks[0].task:
            raise ScoresError(
                f"{tasks[0].model} gives {TASKS[tasks[0].task]} and {part.model} gives {TASKS[part.task]}:"
                " their scores do not measure the same",
                path=part.path,
                remedy="Compare models of one kind",
            )
    named = [part for part in sets if part.labels]
    for part in named:
        if part.labels == named[0].labels:
            continue
        first, other = (", ".join(one.labels) for one in (named[0], part))
        if across_labels:
            return ["the models were judged on different labels: a difference is one of structures too"]
        shared = [label for label in named[0].labels if all(label in one.labels for one in named)]
        ways = [f"--where label={shared[0]} compares what they share"] if shared else []
        raise ScoresError(
            f"{named[0].model} was judged on {first} and {part.model} on {other}",
            path=part.path,
            remedy="; ".join([*ways, "--across-labels compares them all the same"]),
        )
    return []


def default_metric(sets: Sequence[ScoreSet]) -> str:
    """Return the first of Dice, IoU and distance that all models have; Dice where there is none."""
    return next((m for m in ("dice", "iou", "error_px") if all(m in part.measures for part in sets)), "dice")


def _score(model: str, values: Sequence[Number], groups: Sequence[str], resamples: int) -> ModelScore:
    interval = bootstrap_interval(values, groups, resamples=resamples)
    known = finite(values)
    return ModelScore(
        model,
        interval.estimate,
        float(known.std(ddof=1)) if known.size > 1 else None,
        float(np.median(known)) if known.size else None,
        interval.low,
        interval.high,
        interval.n,
        interval.groups,
        len(values) - interval.n,
    )
