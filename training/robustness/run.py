"""A model under every perturbation, each frame judged by a model that never saw its group."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.label import most_components
from lusgui.core.overlap import dice, false_components
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from training.robustness.every import perturbations_for
from training.robustness.perturbation import PLAIN
from training.statistics.bootstrap import Interval, bootstrap_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.nn.predictor import Predictor
    from training.dataset import Sample
    from training.robustness.perturbation import Perturbation

LEAST_LEFT = 0.25
"""A view that leaves less of the structure than this part of its area is not judged by Dice."""


class PredictSample(Protocol):
    """A model as the window runs it."""

    def __call__(self, sample: Sample, settings: DespeckleSettings | None, /) -> NDArray[Any]:
        """Return the probability (H, W) of the label; settings None are the model's own."""


Folds = Mapping[tuple[str, ...], PredictSample]
"""From the groups that a model never saw to the model."""


@dataclass(frozen=True)
class Robustness:
    """What came of it.

    Parameters
    ----------
    label : str
        What was judged.
    perturbations : tuple of Perturbation
        In the order of the table.
    rows : list of dict
        One a frame and perturbation: ``perturbation name group is_negative dice found_px true_px
        false_components left``; ``dice`` is None for negatives and where too little of the structure is
        ``left`` in view.
    """

    label: str
    perturbations: tuple[Perturbation, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def table(self, *, seed: int = 0) -> list[dict[str, Any]]:
        """Return one row a perturbation.

        ``perturbation title kind``; ``dice low high frames groups``: mean and 95 % interval over groups;
        ``difference difference_low difference_high``: to the plain frame, over frames judged in both;
        ``found``: share of frames with the structure in which anything is found; ``false_components`` a
        frame; ``false_alarms false_alarms_low false_alarms_high negatives``: share of frames without the
        structure in which anything is found.
        """
        plain = self._of(PLAIN)
        return [self._summary(one, plain, seed) for one in self.perturbations]

    def _of(self, name: str) -> dict[tuple[str, str, bool], dict[str, Any]]:
        rows = (row for row in self.rows if row["perturbation"] == name)
        return {(row["group"], row["name"], row["is_negative"]): row for row in rows}

    def _summary(self, one: Perturbation, plain: Mapping[Any, Any], seed: int) -> dict[str, Any]:
        own = self._of(one.name)
        shown = {key: row for key, row in own.items() if row["dice"] is not None}
        there = {key: row for key, row in own.items() if not row["is_negative"]}
        without = {key: row for key, row in own.items() if row["is_negative"]}
        pairs = [
            (row["dice"] - plain[key]["dice"], row["group"])
            for key, row in shown.items()
            if plain.get(key, {}).get("dice") is not None
        ]
        mean = _interval([row["dice"] for row in shown.values()], [r["group"] for r in shown.values()], seed)
        change = _interval([pair[0] for pair in pairs], [pair[1] for pair in pairs], seed)
        alarms = _interval(
            [float(row["found_px"] > 0) for row in without.values()],
            [row["group"] for row in without.values()],
            seed,
        )
        return {
            "perturbation": one.name,
            "title": one.title,
            "kind": one.kind,
            "dice": mean.estimate,
            "low": mean.low,
            "high": mean.high,
            "frames": mean.n,
            "groups": mean.groups,
            "difference": change.estimate,
            "difference_low": change.low,
            "difference_high": change.high,
            "found": _mean(float(row["found_px"] > 0) for row in shown.values()),
            "false_components": _mean(float(row["false_components"]) for row in there.values()),
            "false_alarms": alarms.estimate,
            "false_alarms_low": alarms.low,
            "false_alarms_high": alarms.high,
            "negatives": alarms.n,
        }


def run_robustness(
    predict_sample: PredictSample | Folds,
    samples: Sequence[Sample],
    negatives: Sequence[Sample],
    label: str,
    *,
    perturbations: Sequence[Perturbation] | None = None,
    threshold: float = 0.5,
    keep_largest: int | None = None,
    least_area: float = 0.0,
    seed: int = 0,
    progress: Callable[[int, int, str], object] | None = None,
) -> Robustness:
    """Judge a model under every perturbation.

    Parameters
    ----------
    predict_sample : PredictSample or mapping
        One model for all frames, or from the groups held out of a training to the model that it gave: then
        each frame is judged by the model whose key names its group. Negatives of a group that no training
        knew are dealt to the models in turn, whole groups at a time.
    samples : sequence of Sample
        Frames that know the label. Those whose mask is empty count among the negatives.
    negatives : sequence of Sample
        Frames that cannot show the structure.
    label : str
        What is judged.
    perturbations : sequence of Perturbation, optional
        By default all that make sense for the label; the plain frame must be among them.
    threshold : float
        Probability from which a pixel belongs to the mask.
    keep_largest : int, optional
        Components kept; by default as many as the label can have, as in the window.
    least_area : float
        Components of less than this share of the frame are left out.
    seed : int
        Of noise and places.
    progress : callable, optional
        Told (done, total, name); may raise to stop.

    Raises
    ------
    LusguiError
        If a frame's group is held out by no model, or by several; if a frame does not know the label.
    """
    chosen = list(perturbations_for(label) if perturbations is None else perturbations)
    if PLAIN not in [one.name for one in chosen]:
        raise LusguiError("without the plain frame there is nothing to compare with")
    largest = most_components(label) if keep_largest is None else keep_largest
    for sample in samples:
        if label not in sample.masks:
            raise LusguiError(f"nobody looked for '{label}' in the frame '{sample.name}'")
    work = [(sample, not sample.masks[label].any()) for sample in samples]
    work += [(sample, True) for sample in negatives]
    models = _models_for(predict_sample, samples, negatives)
    found = Robustness(label, tuple(chosen))
    total = len(work) * len(chosen)
    for (sample, is_negative), predict in zip(work, models, strict=True):
        for one in chosen:
            if progress is not None:
                progress(len(found.rows), total, one.name)
            changed = one.apply(sample, label, seed)
            probability = predict(changed, one.despeckle)
            least = math.ceil(least_area * probability.size)
            wanted = ThresholdSettings(threshold, least_area_px=least, keep_largest=largest)
            if changed.ignored is not None:
                probability = np.where(changed.ignored, np.float32(0), probability)
            mask = apply_threshold(probability, wanted)
            found.rows.append(_row(one, sample, changed, label, mask, is_negative))
    return found


def _row(
    one: Perturbation,
    sample: Sample,
    changed: Sample,
    label: str,
    mask: NDArray[np.bool_],
    is_negative: bool,
) -> dict[str, Any]:
    truth = changed.masks.get(label)
    if truth is None:
        truth = np.zeros(mask.shape, bool)
    left = 0.0
    if not is_negative:
        whole = sample.masks[label]
        # the same view on another grid is compared by share of the frame
        scale = truth.size / whole.size if one.is_resizing else 1.0
        left = float(truth.sum()) / (float(whole.sum()) * scale)
    if changed.ignored is not None:
        mask, truth = mask & ~changed.ignored, truth & ~changed.ignored
    is_judged = not is_negative and left >= LEAST_LEFT and bool(truth.any())
    return {
        "perturbation": one.name,
        "name": sample.name,
        "group": sample.group,
        "is_negative": is_negative,
        "dice": dice(mask, truth) if is_judged else None,
        "found_px": int(mask.sum()),
        "true_px": int(truth.sum()),
        "false_components": false_components(mask, truth),
        "left": round(left, 4),
    }


def _models_for(
    predict: PredictSample | Folds, samples: Sequence[Sample], negatives: Sequence[Sample]
) -> list[PredictSample]:
    if not isinstance(predict, Mapping):
        return [predict] * (len(samples) + len(negatives))
    by_group: dict[str, PredictSample] = {}
    for groups, model in predict.items():
        for group in groups:
            if group in by_group:
                raise LusguiError(f"the group '{group}' is held out by two models")
            by_group[group] = model
    missing = sorted({sample.group for sample in samples} - by_group.keys())
    if missing:
        raise LusguiError(
            f"no model was trained without the group '{missing[0]}'",
            remedy=f"Held out are: {', '.join(sorted(by_group))}",
        )
    models = list(predict.values())
    others = sorted({sample.group for sample in negatives} - by_group.keys())
    by_group |= {group: models[i % len(models)] for i, group in enumerate(others)}
    return [by_group[sample.group] for sample in (*samples, *negatives)]


def sample_predictor(predictor: Predictor, label: str) -> PredictSample:
    """Return a predictor as the window uses it, with the range and the despeckling of the model's card."""
    from lusgui.core.pipeline import gray_frame

    card = predictor.card

    def predict(sample: Sample, settings: DespeckleSettings | None, /) -> NDArray[Any]:
        wanted = card.despeckle_settings if settings is None else settings
        gray = gray_frame(sample.frame, card.mapping_for(sample.mapping), wanted)
        return predictor.predict(gray, label)

    return predict


def _interval(values: Sequence[float], groups: Sequence[str], seed: int) -> Interval:
    return bootstrap_interval(values, groups, seed=seed)


def _mean(values: Iterable[float]) -> float | None:
    listed = list(values)
    return float(np.mean(listed)) if listed else None
