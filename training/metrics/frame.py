"""The one row of measures a frame, and what many rows say together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.overlap import components, dice, false_components, iou, precision, recall
from lusgui.core.surface_distance import measure_surfaces, roughness
from training.metrics.calibration import band, brier, ece, nll
from training.statistics.bootstrap import RESAMPLES, bootstrap_interval
from training.statistics.values import finite, to_array

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.dataset import Sample

TOLERANCE_MM = 1.0
TOLERANCE_PX = 2.0
BAND_PX = 5.0
IDENTITY = ("model", "fold", "seed", "name", "group", "label")
"""Columns that say which frame a row is about; all others are measures."""


def score_mask(
    found: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    probability: NDArray[Any] | None,
    sample: Sample | None = None,
    *,
    tolerance_mm: float = TOLERANCE_MM,
    tolerance_px: float = TOLERANCE_PX,
) -> dict[str, float | None]:
    """Measure one frame.

    Parameters
    ----------
    found, truth : (H, W) bool ndarray
        Masks on the raw grid.
    probability : (H, W) ndarray in [0, 1] or None
        What the found mask was made of; without it calibration is None.
    sample : Sample, optional
        For its spacing. Where that is known distances are in mm, else in pixels; the key says which, and
        the key of the other unit is None.
    tolerance_mm, tolerance_px : float
        Of the surface Dice; they are part of its key.

    Returns
    -------
    dict of str to float or None
        The same keys for every frame. ``dice iou precision recall`` (None where the truth is empty: such
        frames are judged by ``false_components`` and ``found_px``), ``true_px found_px``, ``components``,
        ``false_components`` (found ones that touch no true pixel), ``hausdorff_* hd95_* assd_*`` (None
        where a mask is empty), ``nsd_1mm nsd_2px`` (0 where nothing is found), ``roughness`` and
        ``roughness_true``, ``ece``, ``ece_band`` (within 5 pixels of the true outline), ``brier``, ``nll``.
        Defined in ``lusgui.core.overlap``, ``lusgui.core.surface_distance`` and
        ``training.metrics.calibration``.
    """
    spacing = sample.spacing_mm if sample is not None else None
    is_there = bool(truth.any())
    row: dict[str, float | None] = {
        "dice": dice(found, truth) if is_there else None,
        "iou": iou(found, truth) if is_there else None,
        "precision": precision(found, truth) if is_there else None,
        "recall": recall(found, truth),
        "true_px": int(np.count_nonzero(truth)),
        "found_px": int(np.count_nonzero(found)),
        "components": components(found),
        "false_components": false_components(found, truth),
    }
    row |= _distances(found, truth, spacing, tolerance_mm, tolerance_px)
    row["roughness"] = roughness(found, spacing)
    row["roughness_true"] = roughness(truth, spacing)
    if probability is None:
        return row | {"ece": None, "ece_band": None, "brier": None, "nll": None}
    near = band(truth, BAND_PX)
    return row | {
        "ece": ece(probability, truth),
        "ece_band": ece(probability, truth, where=near) if near.any() else None,
        "brier": brier(probability, truth),
        "nll": nll(probability, truth),
    }


def _distances(
    found: NDArray[np.bool_],
    truth: NDArray[np.bool_],
    spacing: tuple[float, float] | None,
    tolerance_mm: float,
    tolerance_px: float,
) -> dict[str, float | None]:
    surfaces = measure_surfaces(found, truth, spacing)
    is_known = spacing is not None
    tolerance = tolerance_mm if is_known else tolerance_px
    values = {
        "hausdorff": surfaces.hausdorff(),
        "hd95": surfaces.hausdorff(95.0),
        "assd": surfaces.assd(),
    }
    # a frame without truth has no surface to hit
    share = surfaces.nsd(tolerance) if truth.any() else None
    row: dict[str, float | None] = {}
    for name, value in values.items():
        row[f"{name}_mm"] = value if is_known else None
        row[f"{name}_px"] = None if is_known else value
    row[f"nsd_{tolerance_mm:g}mm"] = share if is_known else None
    row[f"nsd_{tolerance_px:g}px"] = None if is_known else share
    return row


def measures_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the columns of rows that are measures, in order of appearance."""
    names = dict.fromkeys(name for row in rows for name in row)
    return [
        name
        for name in names
        if name not in IDENTITY
        and all(_is_measure(row.get(name)) for row in rows)
        and any(row.get(name) is not None for row in rows)
    ]


def _is_measure(value: object) -> bool:
    return value is None or (isinstance(value, (int, float, np.number)) and not isinstance(value, bool))


def summarise_rows(
    rows: Sequence[Mapping[str, Any]], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Any]:
    """Summarise rows of measures.

    Parameters
    ----------
    rows : sequence of mapping
        With ``group`` and measures; None and NaN are left out of the measure they stand in.
    resamples, seed : int
        Of the bootstrap.

    Returns
    -------
    dict
        ``frames``, ``groups``, ``negatives`` (frames whose truth is empty),
        ``negatives_with_anything_found``, and ``metrics``: for each measure ``mean``, ``sd`` (n - 1; None for
        one value), ``median``, ``n`` (frames it is defined in), ``groups``, and ``low``, ``high``: the 95 %
        BCa interval of the mean that draws whole groups (None with one group).
    """
    groups = [str(row.get("group", i)) for i, row in enumerate(rows)]
    empty = [row for row in rows if row.get("true_px") == 0]
    metrics: dict[str, dict[str, Any]] = {}
    for name in measures_of(rows):
        values = to_array([row.get(name) for row in rows])
        interval = bootstrap_interval(list(values), groups, resamples=resamples, seed=seed)
        known = finite(values)
        metrics[name] = {
            "mean": interval.estimate,
            "sd": float(known.std(ddof=1)) if known.size > 1 else None,
            "median": float(np.median(known)) if known.size else None,
            "n": interval.n,
            "groups": interval.groups,
            "low": interval.low,
            "high": interval.high,
        }
    return {
        "frames": len(rows),
        "groups": len(set(groups)),
        "negatives": len(empty),
        "negatives_with_anything_found": sum(bool(row.get("found_px")) for row in empty),
        "metrics": metrics,
    }
