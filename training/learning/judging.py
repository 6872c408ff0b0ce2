"""What a model makes of reviewed frames, through the very predictor that the window uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.overlap import dice, false_components
from lusgui.core.surface_distance import hd95
from lusgui.nn.predictor import Predictor
from training.learning.resident import doubt_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from lusgui.nn.checkpoint import LoadedModel
    from training.dataset import Sample


@dataclass(frozen=True)
class Judged:
    """One label of one frame.

    Parameters
    ----------
    name, group : str
        Of the frame and its recording.
    label : str
        Which mask.
    dice : float
        In [0, 1]; 1 where nothing is drawn and nothing found.
    is_there : bool
        Whether anything is drawn.
    hd95 : float or None
        In mm where the spacing is known, else in pixels of the frame; None where either mask is empty.
    hd95_unit : {"mm", "px"}
        Of that.
    false_components : int
        Components found that touch no drawn pixel.
    """

    name: str
    group: str
    label: str
    dice: float
    is_there: bool
    hd95: float | None
    hd95_unit: str
    false_components: int


def predict_masks(
    model: LoadedModel, sample: Sample, labels: Sequence[str], predictor: Predictor
) -> dict[str, NDArray[np.float32]]:
    """Return the probability (H, W) of each label that the model knows."""
    card = model.card
    settings = None if card.despeckle is None else card.despeckle_settings
    gray = sample.gray(settings)
    planes = predictor.predict_all(gray)
    return {label: planes[card.labels.index(label)] for label in labels if label in card.labels}


def judge_samples(
    model: LoadedModel,
    samples: Iterable[Sample],
    labels: Sequence[str],
    device: str = "auto",
    *,
    stop: Callable[[], bool] | None = None,
) -> list[Judged]:
    """Judge a model on every frame and label that was looked for.

    Parameters
    ----------
    model : LoadedModel
        A label it does not know counts as not found.
    samples : iterable of Sample
        Frames with masks.
    labels : sequence of str
        Which masks.
    device : str
        As ``lusgui.nn.devices.choose_device`` takes it.
    stop : callable, optional
        Asked before each frame; true ends it with what there is.
    """
    predictor = Predictor(model, device)
    rows = []
    for sample in samples:
        if stop is not None and stop():
            break
        wanted = [label for label in labels if label in sample.masks]
        if not wanted:
            continue
        found = predict_masks(model, sample, wanted, predictor)
        for label in wanted:
            probability = found.get(label)
            mask = (
                np.zeros(sample.frame.shape, bool)
                if probability is None
                else probability >= model.card.threshold
            )
            rows.append(judge_mask(sample, label, mask))
    return rows


def judge_mask(sample: Sample, label: str, found: NDArray[np.bool_]) -> Judged:
    """Judge one mask (H, W) against what was drawn; ignored pixels count for nothing."""
    certain = ~doubt_of(sample)
    found, truth = found & certain, sample.masks[label] & certain
    return Judged(
        sample.name,
        sample.group,
        label,
        dice(found, truth),
        bool(truth.any()),
        hd95(found, truth, sample.spacing_mm or (1.0, 1.0)),
        "mm" if sample.spacing_mm else "px",
        false_components(found, truth),
    )


def mean_dice(rows: Sequence[Judged]) -> float:
    """Return the mean Dice over frames that show the label, over all where none does; NaN without rows."""
    shown = [row.dice for row in rows if row.is_there] or [row.dice for row in rows]
    return float(np.mean(shown)) if shown else float("nan")


def summary(rows: Sequence[Judged]) -> dict[str, float]:
    """Return ``dice``, ``hd95`` (NaN where it is defined nowhere) and ``false_components`` over rows."""
    distances = [row.hd95 for row in rows if row.hd95 is not None]
    return {
        "dice": mean_dice(rows),
        "hd95": float(np.mean(distances)) if distances else float("nan"),
        "false_components": float(np.mean([row.false_components for row in rows])) if rows else float("nan"),
    }
