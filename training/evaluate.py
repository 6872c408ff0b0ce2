"""Scores of a model on frames it never saw, on the raw grid, through the very predictor the window uses."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.despeckle import FAST
from lusgui.core.overlap import dice, false_components

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.nn.predictor import Predictor
    from training.dataset import Sample


@dataclass(frozen=True)
class FrameScore:
    """Scores of one frame.

    Parameters
    ----------
    name, group : str
        The frame and what it belongs to.
    dice : float or None
        Dice coefficient in [0, 1]; None where the truth is empty.
    centre_line_error : float or None
        Mean distance between the centre lines of the found and the true arc, both directions, in percent
        of the frame's height; None where either is empty.
    covered : float or None
        Share of the true columns in which something is found within 3 % of the frame's height.
    false_components : int
        Components found that touch no true pixel (grown by 3 % of the height).
    """

    name: str
    group: str
    dice: float | None
    centre_line_error: float | None
    covered: float | None
    false_components: int


def centre_line(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean row of the mask in each column (W,), NaN where the column is empty."""
    counts = mask.sum(0)
    rows = np.arange(mask.shape[0])[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(counts > 0, (rows * mask).sum(0) / counts, np.nan)


def score_frame(found: NDArray[np.bool_], truth: NDArray[np.bool_], name: str, group: str) -> FrameScore:
    """Compare two masks (H, W)."""
    tolerance = max(0.03 * found.shape[0], 1.0)
    error = covered = None
    if truth.any():
        wanted, got = centre_line(truth), centre_line(found)
        columns = np.isfinite(wanted)
        both = columns & np.isfinite(got)
        covered = float((np.abs(got - wanted)[both] <= tolerance).sum() / columns.sum())
        if found.any():
            error = _line_distance(wanted, got) * 100 / found.shape[0]
    overlap = dice(found, truth) if truth.any() else None
    return FrameScore(name, group, overlap, error, covered, false_components(found, truth, tolerance))


def _line_distance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Mean distance of the points of each line to the other line, in pixels, both directions averaged."""
    from scipy.spatial import cKDTree

    lines = [np.column_stack([line[np.isfinite(line)], np.flatnonzero(np.isfinite(line))]) for line in (a, b)]
    forth = np.mean(cKDTree(lines[1]).query(lines[0])[0])
    back = np.mean(cKDTree(lines[0]).query(lines[1])[0])
    return float(forth + back) / 2


def evaluate(
    predictor: Predictor,
    samples: Sequence[Sample],
    label: str,
    settings: DespeckleSettings | None = FAST,
    threshold: float = 0.5,
) -> list[FrameScore]:
    """Score a model on every sample.

    Parameters
    ----------
    predictor : Predictor
        The model on its device.
    samples : sequence of Sample
        Frames that know the label.
    label : str
        Which mask.
    settings : DespeckleSettings or None
        What is done to the frames first; None for nothing.
    threshold : float
        Probability from which a pixel belongs to the mask.
    """
    return [
        score_frame(
            predictor.predict(sample.gray(settings), label) >= threshold,
            sample.masks[label],
            sample.name,
            sample.group,
        )
        for sample in samples
    ]


def summarise(scores: Sequence[FrameScore]) -> dict[str, Any]:
    """Return means over frames as plain values, with the numbers of frames they stand on."""
    dices = [score.dice for score in scores if score.dice is not None]
    errors = [score.centre_line_error for score in scores if score.centre_line_error is not None]
    covered = [score.covered for score in scores if score.covered is not None]
    empty = [score for score in scores if score.dice is None]
    summary: dict[str, Any] = {"frames": len(dices), "groups": len({s.group for s in scores})}
    if dices:
        summary |= {
            "dice_mean": round(float(np.mean(dices)), 3),
            "dice_median": round(float(np.median(dices)), 3),
            "dice_sd": round(float(np.std(dices)), 3),
            "frames_with_dice_above_0.5": int(np.sum(np.array(dices) > 0.5)),
            "covered_mean": round(float(np.mean(covered)), 3),
            "false_components_per_frame": round(
                float(np.mean([s.false_components for s in scores if s.dice is not None])), 2
            ),
        }
    if errors:
        summary["centre_line_error_percent_of_height"] = round(float(np.mean(errors)), 2)
    if empty:
        summary["negatives"] = len(empty)
        summary["negatives_with_anything_found"] = sum(s.false_components > 0 for s in empty)
        summary["false_components_per_negative"] = round(
            float(np.mean([s.false_components for s in empty])), 2
        )
    return summary


def by_group(scores: Sequence[FrameScore]) -> dict[str, dict[str, Any]]:
    """Return the summary of each group."""
    return {
        group: summarise([score for score in scores if score.group == group])
        for group in sorted({score.group for score in scores})
    }


def rows(scores: Sequence[FrameScore]) -> list[dict[str, Any]]:
    """Return one plain row a frame."""
    return [asdict(score) for score in scores]
