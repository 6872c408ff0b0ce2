"""The papers' figures, each a function from plain numbers to a Matplotlib figure; pyplot is never touched."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000", "#8C8C00")
"""Okabe and Ito's colours, told apart with every kind of colour vision; yellow darkened for white paper."""
MARKERS = "osD^vPX*"
LINES = ("-", "--", "-.", ":")
MOST_BYTES = 190_000
WIDTH = 7.5


@dataclass(frozen=True)
class Mean:
    """A mean with its interval.

    Parameters
    ----------
    value, low, high : float
        Mean and the ends of its interval; NaN ends draw no interval.
    """

    value: float
    low: float = math.nan
    high: float = math.nan


def new_figure(rows: int = 1, columns: int = 1, height: float = 3.6, width: float = WIDTH) -> Figure:
    """Return an empty figure with axes (rows, columns), `width` by `height` inches, on no global list."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    figure.subplots(rows, columns, squeeze=False)
    return figure


def png_of(figure: Figure, most_bytes: int = MOST_BYTES) -> bytes:
    """Return a figure as PNG with a palette, of at most `most_bytes` if fewer pixels can bring it there."""
    from PIL import Image

    image = b""
    for dpi in (120, 100, 75, 55):
        stream = io.BytesIO()
        figure.savefig(stream, format="png", dpi=dpi, metadata={"Software": None})
        small = io.BytesIO()
        with Image.open(stream) as picture:
            # 224 colours are more than a drawing has; only photographs lose, and little
            picture.convert("RGB").quantize(224, Image.Quantize.FASTOCTREE).save(small, "PNG", optimize=True)
        image = min(stream.getvalue(), small.getvalue(), key=len)
        if len(image) <= most_bytes:
            return image
    return image


def strategy_bars(
    groups: Mapping[str, Mapping[str, Mean]], ylabel: str = "Dice", *, whole: bool = False
) -> Figure:
    """Draw a bar for each row in each group: strategies by data set.

    Parameters
    ----------
    groups : mapping
        ``groups[data set][strategy]``.
    ylabel : str
        What is measured.
    whole : bool
        Whether the axis starts at 0 rather than just below the least value.
    """
    names = list(dict.fromkeys(name for rows in groups.values() for name in rows))
    figure = new_figure(height=3.8)
    axes = figure.axes[0]
    width = 0.8 / max(len(groups), 1)
    for g, (group, rows) in enumerate(groups.items()):
        at = np.arange(len(names)) + (g - (len(groups) - 1) / 2) * width
        means = [rows.get(name, Mean(math.nan)) for name in names]
        hatch = ("", "//", "..", "xx")[g % 4]
        axes.bar(
            at,
            [mean.value for mean in means],
            width * 0.92,
            color=COLOURS[g % len(COLOURS)],
            edgecolor="white",
            hatch=hatch,
            label=group,
        )
        _whiskers(axes, at, means)
    is_tilted = len(names) > 5 or sum(map(len, names)) > 60
    axes.set_xticks(
        np.arange(len(names)),
        names,
        rotation=25 if is_tilted else 0,
        ha="right" if is_tilted else "center",
    )
    axes.set_ylabel(ylabel)
    values = [m.value if math.isnan(m.low) else m.low for rows in groups.values() for m in rows.values()]
    finite = [value for value in values if math.isfinite(value)]
    if finite and not whole:
        axes.set_ylim(bottom=max(0.0, math.floor((min(finite) - 0.03) * 20) / 20))
    _finish(axes, legend=len(groups) > 1, above=True)
    return figure


def _whiskers(axes: Axes, at: np.ndarray, means: Sequence[Mean]) -> None:
    for x, mean in zip(at, means, strict=True):
        if math.isfinite(mean.low) and math.isfinite(mean.high):
            axes.vlines(x, mean.low, mean.high, color="#222222", linewidth=1.4)


def learning_curves(
    curves: Mapping[str, Sequence[float]], xlabel: str = "epoch", ylabel: str = "validation Dice"
) -> Figure:
    """Draw one line a training, over its epochs; NaN leaves a gap."""
    series = {
        name: [(i + 1.0, Mean(value)) for i, value in enumerate(values)] for name, values in curves.items()
    }
    return lines(series, xlabel, ylabel, markers=False)


def lines(
    series: Mapping[str, Sequence[tuple[float, Mean]]],
    xlabel: str,
    ylabel: str,
    *,
    logarithmic: bool = False,
    markers: bool = True,
) -> Figure:
    """Draw means with their intervals: Dice over the number of masks, AP over iterations.

    Parameters
    ----------
    series : mapping
        By name, points (x, mean) with x ascending.
    xlabel, ylabel : str
        What the axes show.
    logarithmic : bool
        Whether x doubles evenly (numbers of masks).
    markers : bool
        Whether points are marked.
    """
    figure = new_figure()
    axes = figure.axes[0]
    _draw_lines(axes, series, markers=markers)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    if all(float(point[0]).is_integer() for points in series.values() for point in points):
        from matplotlib.ticker import MaxNLocator

        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    ticks = sorted({point[0] for points in series.values() for point in points})
    if logarithmic and ticks and ticks[0] > 0:
        from matplotlib.ticker import NullFormatter

        axes.set_xscale("log", base=2)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.xaxis.set_minor_formatter(NullFormatter())
    _finish(axes, legend=len(series) > 1, above=len(series) > 3)
    return figure


def lines_of(axes: Axes, curves: Mapping[str, Sequence[float]], xlabel: str, ylabel: str) -> None:
    """Draw one line a name into axes, over 1, 2, 3 and so on."""
    series = {
        name: [(i + 1.0, Mean(value)) for i, value in enumerate(values)] for name, values in curves.items()
    }
    _draw_lines(axes, series, markers=False)
    axes.set_xlabel(xlabel)
    axes.set_ylabel(ylabel)
    _finish(axes, legend=len(curves) > 1)


def _draw_lines(axes: Axes, series: Mapping[str, Sequence[tuple[float, Mean]]], *, markers: bool) -> None:
    for i, (name, points) in enumerate(series.items()):
        colour = COLOURS[i % len(COLOURS)]
        x = np.array([point[0] for point in points], float)
        y = np.array([point[1].value for point in points], float)
        low = np.array([point[1].low for point in points], float)
        high = np.array([point[1].high for point in points], float)
        # a line through a single point, or between gaps, would not be seen
        alone = np.isfinite(y).sum() == 1
        marker = MARKERS[i % len(MARKERS)] if markers or alone else None
        line = LINES[(i // len(COLOURS) if markers else i) % len(LINES)]
        axes.plot(x, y, color=colour, marker=marker, linestyle=line, linewidth=1.6, markersize=5, label=name)
        if np.isfinite(low).any():
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)


def ap_against_iterations(series: Mapping[str, Sequence[tuple[float, float]]], ylabel: str = "AP") -> Figure:
    """Draw average precision at each checkpoint, as Ramos et al. 2020 do; points are (iteration, AP)."""
    return lines(
        {name: [(x, Mean(y)) for x, y in points] for name, points in series.items()}, "iterations", ylabel
    )


def reliability_diagram(
    bins: Mapping[str, Sequence[tuple[float, float, int]]], notes: Mapping[str, str] | None = None
) -> Figure:
    """Draw how often pixels of a stated probability are true.

    Parameters
    ----------
    bins : mapping
        By model, (mean probability, share that is true, pixels) of each bin; empty bins are left out.
    notes : mapping, optional
        By model, what its name is followed by in the legend, e.g. its ECE.
    """
    figure = new_figure(height=4.2, width=5.4)
    axes = figure.axes[0]
    axes.plot([0, 1], [0, 1], color="#888888", linestyle=":", linewidth=1.2, label="perfect")
    for i, (name, points) in enumerate(bins.items()):
        kept = [point for point in points if point[2] > 0]
        total = max(sum(point[2] for point in kept), 1)
        colour = COLOURS[i % len(COLOURS)]
        note = (notes or {}).get(name, "")
        x, y = [p[0] for p in kept], [p[1] for p in kept]
        axes.plot(x, y, color=colour, linewidth=1.4, linestyle=LINES[i % len(LINES)])
        # the area of a point grows with the share of pixels it stands for
        sizes = [12 + 160 * math.sqrt(p[2] / total) for p in kept]
        label = f"{name} ({note})" if note else name
        axes.scatter(x, y, s=sizes, color=colour, marker=MARKERS[i % len(MARKERS)], alpha=0.75, label=label)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="stated probability", ylabel="share that is true")
    axes.set_aspect("equal")
    _finish(axes, legend=True)
    return figure


def fold_boxes(values: Mapping[str, Mapping[str, Sequence[float]]], ylabel: str = "Dice") -> Figure:
    """Draw a box a fold and model, with the images as points.

    Parameters
    ----------
    values : mapping
        ``values[model][fold]`` are the scores of that fold's test images.
    ylabel : str
        What is measured.
    """
    folds = list(dict.fromkeys(fold for rows in values.values() for fold in rows))
    figure = new_figure(height=3.8)
    axes = figure.axes[0]
    width = 0.8 / max(len(values), 1)
    for i, (model, rows) in enumerate(values.items()):
        colour = COLOURS[i % len(COLOURS)]
        for f, fold in enumerate(folds):
            points = np.asarray([v for v in rows.get(fold, ()) if np.isfinite(v)], float)
            if not len(points):
                continue
            at = f + (i - (len(values) - 1) / 2) * width
            axes.boxplot(
                points,
                positions=[at],
                widths=width * 0.75,
                showfliers=False,
                manage_ticks=False,
                patch_artist=True,
                boxprops={"facecolor": colour, "alpha": 0.35, "edgecolor": colour},
                medianprops={"color": "#111111"},
                whiskerprops={"color": colour},
                capprops={"color": colour},
            )
            # a spread that is the same each time the page is made
            spread = np.random.default_rng(f).uniform(-0.2, 0.2, len(points)) * width
            axes.scatter(at + spread, points, s=7, color=colour, alpha=0.7, linewidths=0)
        axes.plot([], [], color=colour, linewidth=6, alpha=0.5, label=model)
    axes.set_xticks(range(len(folds)), folds)
    axes.set_xlim(-0.6, len(folds) - 0.4)
    axes.set_ylabel(ylabel)
    _finish(axes, legend=len(values) > 1, above=True)
    return figure


def forest(rows: Mapping[str, Mean], xlabel: str, reference: float = 0.0) -> Figure:
    """Draw differences with their intervals, one under the other, and a line where there is none."""
    figure = new_figure(height=1.1 + 0.34 * max(len(rows), 1))
    axes = figure.axes[0]
    axes.axvline(reference, color="#888888", linestyle=":", linewidth=1.2)
    for y, mean in enumerate(rows.values()):
        excludes = math.isfinite(mean.low) and (mean.low > reference or mean.high < reference)
        colour = COLOURS[0] if excludes else "#777777"
        if math.isfinite(mean.low):
            axes.hlines(y, mean.low, mean.high, color=colour, linewidth=2)
        axes.plot(
            [mean.value], [y], marker="o" if excludes else "s", color=colour, markersize=6, linestyle=""
        )
    axes.set_yticks(range(len(rows)), list(rows))
    # long names leave little room for numbers
    axes.locator_params(axis="x", nbins=5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel(xlabel)
    _finish(axes, legend=False)
    return figure


def _finish(axes: Axes, *, legend: bool, above: bool = False) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    if legend and above:
        # as many columns as names of this length have room for
        longest = max(map(len, axes.get_legend_handles_labels()[1]), default=1)
        columns = min(4, max(1, 96 // (longest + 8)))
        axes.legend(frameon=False, fontsize=9, ncols=columns, loc="lower left", bbox_to_anchor=(0, 1.0))
    elif legend:
        axes.legend(frameon=False, fontsize=9)
