"""The default models against their targets: one row a frame, what the rows say together, and what is met.

Masks are judged on the raw grid, as the window makes them of a probability: threshold, least area, so many of
the largest components as the label can have. Lengths are in pixels of the network's grid, which makes frames
of all sizes comparable, and in mm too where the spacing is known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.calliper import largest_calliper
from lusgui.core.centre_line import centre_lines, line_distance
from lusgui.core.overlap import dice, false_components
from lusgui.core.surface_distance import hd95
from lusgui.core.threshold import ThresholdSettings, apply_threshold, keep_components
from training.default_targets import TargetRow, targets
from training.metrics.calibration import ReliabilityBin, band, ece_of, pool, reliability
from training.metrics.frame import BAND_PX
from training.statistics.bootstrap import RESAMPLES, Interval, bootstrap_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from training.dataset import Sample

    Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]

__all__ = ["JudgedFrame", "TargetRow", "judge_frames", "judge_mask", "summarise_judged", "targets"]

HEMISPHERES = 2
"""Components of the cerebellum that its transverse diameter is taken over."""

ARCS = ("rib",)
"""Labels that are thin enough to have a centre line."""

MEASURES = (
    "dice",
    "hd95",
    "hd95_mm",
    "tcd_relative_error",
    "centre_line_error",
    "centre_line_error_mm",
    "false_components",
    "ece_band",
)
"""Columns of a row that are summarised."""


@dataclass(frozen=True)
class JudgedFrame:
    """What a model made of one frame.

    Parameters
    ----------
    name, group : str
        The frame, and the patient or recording that it belongs to.
    label : str
        What was looked for.
    is_there : bool
        Whether the truth holds any of it; a frame without is a negative.
    found_anything : bool
        Whether anything was found.
    dice : float or None
        In [0, 1]; None for negatives.
    hd95, hd95_mm : float or None
        95 % Hausdorff distance in pixels of the network's grid, and in mm; None where a mask is empty.
    tcd_relative_error : float or None
        Of the cerebellum: how far the largest calliper of the two largest components is from the true one, as
        a share of that; 1 where nothing is found, None for other labels and negatives.
    centre_line_error, centre_line_error_mm : float or None
        Of `ARCS`: mean symmetric distance of the centre lines of everything found and everything true, in
        pixels of the network's grid, and in mm; None where a mask is empty, and for other labels.
    false_components : int
        Components found that touch no true pixel.
    ece_band : float or None
        Calibration error within five pixels of the raw grid of the true outline; None for negatives.
    curve : tuple of ReliabilityBin
        What `ece_band` was computed of, so that frames can be pooled; empty for negatives.
    """

    name: str
    group: str
    label: str
    is_there: bool
    found_anything: bool
    dice: float | None
    hd95: float | None
    hd95_mm: float | None
    tcd_relative_error: float | None
    centre_line_error: float | None
    centre_line_error_mm: float | None
    false_components: int
    ece_band: float | None
    curve: tuple[ReliabilityBin, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a table, without the curve."""
        return {name: value for name, value in vars(self).items() if name != "curve"}


def judge_frames(
    predict: Predict,
    samples: Iterable[Sample],
    label: str,
    *,
    settings: DespeckleSettings | None,
    threshold: float = 0.5,
    network_shape: tuple[int, int],
    most_components: int | None = None,
    least_area: float = 0.0,
) -> list[JudgedFrame]:
    """Judge a model on every frame in which the label was looked for.

    Parameters
    ----------
    predict : callable
        ``predict(gray)`` returns the label's probability (H, W) in [0, 1] for gray (H, W) in [0, 1].
    samples : iterable of Sample
        Frames on their raw grid; those that do not know the label are left out.
    label : str
        Which mask.
    settings : DespeckleSettings or None
        What is done to a frame first; None for nothing.
    threshold : float
        Probability from which a pixel belongs to the mask.
    network_shape : tuple of int
        Rows and columns of the network's input: lengths are given in its pixels.
    most_components : int or None
        So many of the largest components are kept; None for all.
    least_area : float
        Components of less than this share of the frame are left out.

    Returns
    -------
    list of JudgedFrame
        In the order of the samples.
    """
    rows = []
    for sample in samples:
        if label not in sample.masks:
            continue
        probability = predict(sample.gray(settings))
        if sample.ignored is not None:
            probability = np.where(sample.ignored, np.float32(0), probability)
        least = math.ceil(least_area * probability.size)
        found = apply_threshold(
            probability, ThresholdSettings(threshold, least_area_px=least, keep_largest=most_components)
        )
        rows.append(judge_mask(found, probability, sample, label, network_shape))
    return rows


def judge_mask(
    found: NDArray[np.bool_],
    probability: NDArray[Any],
    sample: Sample,
    label: str,
    network_shape: tuple[int, int],
) -> JudgedFrame:
    """Judge one mask (H, W) and the probability (H, W) it was made of; see `judge_frames`.

    Where a sample is to be ignored nothing is true and nothing found, and no probability is judged.
    """
    truth = sample.masks[label]
    near = band(truth, BAND_PX)
    if sample.ignored is not None:
        found, truth, near = (mask & ~sample.ignored for mask in (found, truth, near))
    is_there = bool(truth.any())
    # a pixel of the raw grid in pixels of the network's
    step = (network_shape[0] / truth.shape[0], network_shape[1] / truth.shape[1])
    lines = [centre_lines(mask, step) if label in ARCS else [] for mask in (found, truth)]
    curve = tuple(reliability(probability, truth, where=near)) if is_there else ()
    spacing = sample.spacing_mm
    return JudgedFrame(
        name=sample.name,
        group=sample.group,
        label=label,
        is_there=is_there,
        found_anything=bool(found.any()),
        dice=dice(found, truth) if is_there else None,
        hd95=hd95(found, truth, step),
        hd95_mm=None if spacing is None else hd95(found, truth, spacing),
        tcd_relative_error=tcd_relative_error(found, truth, spacing) if label == "cerebellum" else None,
        centre_line_error=line_distance(lines[0], lines[1], step),
        centre_line_error_mm=None if spacing is None else line_distance(lines[0], lines[1], spacing),
        false_components=false_components(found, truth),
        ece_band=ece_of(curve),
        curve=curve,
    )


def tcd_relative_error(
    found: NDArray[np.bool_], truth: NDArray[np.bool_], spacing_mm: tuple[float, float] | None = None
) -> float | None:
    """Return how far a cerebellum's transverse diameter is from the true one, as a share; None without truth.

    Of the found mask (H, W) the two largest components are measured. Square pixels need no spacing.
    """
    wanted = largest_calliper(truth, spacing_mm)
    if wanted is None:
        return None
    got = largest_calliper(keep_components(found, keep_largest=HEMISPHERES), spacing_mm)
    return abs((got.length if got else 0.0) - wanted.length) / wanted.length


def summarise_judged(
    rows: Sequence[JudgedFrame], *, resamples: int = RESAMPLES, seed: int = 0
) -> dict[str, Any]:
    """Say what rows of one label say together, as plain values.

    Parameters
    ----------
    rows : sequence of JudgedFrame
        Of one label.
    resamples, seed : int
        Of the bootstrap, that draws whole groups.

    Returns
    -------
    dict
        ``frames`` (with the structure), ``negatives``, ``groups``, ``missed`` (frames with it where nothing
        is found). ``measures``: for each of `MEASURES` that is defined anywhere, over frames with the
        structure, ``mean`` (interval ``low`` to ``high``), ``median`` (``median_low`` to ``median_high``),
        ``n``, and ``worst``, the worst mean of a group, which is ``worst_group``. Missed frames count in the
        medians of distances in pixels as infinitely far (None where that is the median), not in the means.
        ``false_components_per_frame`` over all frames, ``false_alarm_rate`` (negatives with anything found),
        ``ece_band_pooled`` (of all pixels of the bands together), ``dice_of_groups`` (mean over groups of
        their means): each ``value``, ``low``, ``high``, ``n``. ``by_group``: means of each group.
    """
    positive = [row for row in rows if row.is_there]
    negative = [row for row in rows if not row.is_there]
    false = _interval([row.false_components for row in rows], rows, resamples, seed)
    alarms = _interval([float(row.found_anything) for row in negative], negative, resamples, seed)
    of_groups = [_mean([row.dice for row in part]) for part in _groups(positive).values()]
    return {
        "frames": len(positive),
        "negatives": len(negative),
        "groups": len({row.group for row in rows}),
        "missed": sum(not row.found_anything for row in positive),
        "measures": {
            name: found
            for name in MEASURES
            if (found := _measure(name, positive, resamples, seed)) is not None
        },
        "false_components_per_frame": _value(false),
        "false_alarm_rate": _value(alarms),
        "ece_band_pooled": _pooled(positive, resamples, seed),
        "dice_of_groups": _value(bootstrap_interval(of_groups, resamples=resamples, seed=seed)),
        "by_group": {group: _of_group(part) for group, part in sorted(_groups(rows).items())},
    }


def _groups(rows: Sequence[JudgedFrame]) -> dict[str, list[JudgedFrame]]:
    found: dict[str, list[JudgedFrame]] = {}
    for row in rows:
        found.setdefault(row.group, []).append(row)
    return found


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _interval(
    values: Sequence[float | None], rows: Sequence[JudgedFrame], resamples: int, seed: int, of: str = "mean"
) -> Interval:
    groups = [row.group for row in rows]
    return bootstrap_interval(values, groups, of, resamples=resamples, seed=seed)


def _value(found: Interval) -> dict[str, Any]:
    return {"value": found.estimate, "low": found.low, "high": found.high, "n": found.n}


FAR = 1e9
"""Stands for infinitely far among distances, of which medians are taken."""


def _measure(name: str, rows: Sequence[JudgedFrame], resamples: int, seed: int) -> dict[str, Any] | None:
    """Return what frames with the structure say of one measure; None where it is defined nowhere."""
    values: list[float | None] = [getattr(row, name) for row in rows]
    if all(value is None for value in values):
        return None
    mean = _interval(values, rows, resamples, seed)
    if name in ("hd95", "hd95_mm", "centre_line_error", "centre_line_error_mm"):
        # where the spacing is not known the frame is no miss in mm
        values = [
            FAR if value is None and not row.found_anything and not name.endswith("_mm") else value
            for value, row in zip(values, rows, strict=True)
        ]
    median = _interval(values, rows, max(resamples // 4, 1), seed, "median")
    is_better_high = name == "dice"
    of_groups = {group: _mean([getattr(row, name) for row in part]) for group, part in _groups(rows).items()}
    ordered = sorted(
        ((value, group) for group, value in of_groups.items() if value is not None),
        reverse=not is_better_high,
    )
    worst, group = ordered[0]
    return {
        "mean": mean.estimate,
        "low": mean.low,
        "high": mean.high,
        "n": mean.n,
        "median": _near(median.estimate),
        "median_low": _near(median.low),
        "median_high": _near(median.high),
        "worst": worst,
        "worst_group": group,
    }


def _near(value: float | None) -> float | None:
    return None if value is None or value > FAR / 4 else value


def _pooled(rows: Sequence[JudgedFrame], resamples: int, seed: int) -> dict[str, Any]:
    """Return the calibration error of all bands together, its interval by percentiles over whole groups."""
    parts = [
        pool([row.curve for row in part if row.curve])
        for part in _groups(rows).values()
        if any(row.curve for row in part)
    ]
    if not parts:
        return {"value": None, "low": None, "high": None, "n": 0}
    pixels = np.array([[bin_.pixels for bin_ in curve] for curve in parts], np.float64)  # (groups, bins)
    stated = np.array([[bin_.pixels * bin_.mean_probability for bin_ in curve] for curve in parts])
    true = np.array([[bin_.pixels * bin_.share_true if bin_.pixels else 0.0 for bin_ in c] for c in parts])

    def error(times: NDArray[np.float64]) -> NDArray[np.float64]:
        gaps = np.abs(times @ stated - times @ true).sum(axis=1)
        return np.asarray(gaps / (times @ pixels).sum(axis=1))

    count = len(parts)
    low = high = None
    if count > 1:
        drawn = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), resamples)
        low, high = (float(end) for end in np.quantile(error(drawn.astype(np.float64)), [0.025, 0.975]))
    value = float(error(np.ones((1, count)))[0])
    return {"value": value, "low": low, "high": high, "n": sum(bool(row.curve) for row in rows)}


def _of_group(rows: Sequence[JudgedFrame]) -> dict[str, Any]:
    positive = [row for row in rows if row.is_there]
    negative = [row for row in rows if not row.is_there]
    means = {name: _mean([getattr(row, name) for row in positive]) for name in MEASURES}
    return {
        "frames": len(positive),
        "negatives": len(negative),
        "missed": sum(not row.found_anything for row in positive),
        "negatives_with_anything_found": sum(row.found_anything for row in negative),
        **{name: value for name, value in means.items() if value is not None},
    }
