"""Frames by models with the truth's outline, as Figures 5 to 7 of Cheng & Lam 2021 show them."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from training.report.figures import new_figure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

TRUTH_COLOUR = "#E69F00"
FOUND_COLOUR = "#56B4E9"
MOST_PIXELS = 224
"""Longer side of a frame in the gallery."""


@dataclass(frozen=True)
class GalleryRow:
    """One frame with what each model found in it.

    Parameters
    ----------
    name : str
        Of the frame.
    gray : (H, W) ndarray in [0, 1]
        As people see it.
    truth : (H, W) bool ndarray
        Drawn by a person, or simulated.
    found : mapping of str to (H, W) bool ndarray
        By model.
    pixel_aspect : float
        Height of a pixel over its width, in mm by mm.
    """

    name: str
    gray: NDArray[np.floating]
    truth: NDArray[np.bool_]
    found: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    pixel_aspect: float = 1.0


def gallery(rows: Sequence[GalleryRow], models: Sequence[str] | None = None) -> Figure:
    """Draw rows of frames and columns of truth and models.

    Parameters
    ----------
    rows : sequence of GalleryRow
        At least one.
    models : sequence of str, optional
        Columns, in order; by default those of the first row.

    Returns
    -------
    matplotlib.figure.Figure
        The truth's outline is orange and whole; a model's is blue and dashed. Dice stands in each corner.
    """
    from matplotlib.lines import Line2D

    chosen = list(models) if models is not None else list(rows[0].found)
    columns = 2 + len(chosen)
    side = 1.75
    figure = new_figure(len(rows), columns, height=side * len(rows) + 0.5, width=side * columns)
    grid = np.array(figure.axes, dtype=object).reshape(len(rows), columns)
    for r, row in enumerate(rows):
        gray, truth = shrink(row.gray), shrink(row.truth.astype(np.float32))
        for c, axes in enumerate(grid[r]):
            axes.imshow(gray, cmap="gray", vmin=0, vmax=1, interpolation="nearest", aspect=row.pixel_aspect)
            axes.set_xticks([])
            axes.set_yticks([])
            if r == 0:
                axes.set_title(_folded(["frame", "truth", *chosen][c]), fontsize=9)
            if c >= 1:
                draw_outline(axes, truth, TRUTH_COLOUR, "solid")
            if c >= 2:
                found = row.found.get(chosen[c - 2])
                if found is None:
                    continue
                draw_outline(axes, shrink(found.astype(np.float32)), FOUND_COLOUR, "dashed")
                axes.text(
                    0.03,
                    0.03,
                    f"{_dice(found, row.truth):.2f}",
                    transform=axes.transAxes,
                    color="white",
                    fontsize=8,
                    bbox={"facecolor": "black", "alpha": 0.6, "linewidth": 0, "pad": 1.5},
                )
        grid[r][0].set_ylabel(row.name[:28], fontsize=7)
    handles = [
        Line2D([], [], color=TRUTH_COLOUR, linewidth=2, label="truth"),
        Line2D(
            [], [], color=FOUND_COLOUR, linewidth=2, linestyle="dashed", label="found (Dice in the corner)"
        ),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def _folded(name: str) -> str:
    return textwrap.fill(name, 18)


def draw_outline(axes: Axes, coverage: NDArray[np.float32], colour: str, style: str) -> None:
    """Draw the outline of coverage (H, W) in [0, 1] into axes; nothing where it is empty."""
    # a border of zeros closes outlines that run along the frame's edge
    padded = np.pad(coverage, 1)
    if padded.max() < 0.5:
        return
    at = [np.arange(-1, size + 1) for size in coverage.shape]
    axes.contour(at[1], at[0], padded, levels=[0.5], colors=[colour], linewidths=1.3, linestyles=style)
    axes.set_xlim(-0.5, coverage.shape[1] - 0.5)
    axes.set_ylim(coverage.shape[0] - 0.5, -0.5)


def shrink(plane: NDArray[np.floating]) -> NDArray[np.float32]:
    """Average (H, W) down to at most `MOST_PIXELS` on its longer side."""
    from PIL import Image

    values = np.ascontiguousarray(plane, np.float32)
    longest = max(values.shape)
    if longest <= MOST_PIXELS:
        return values
    scale = MOST_PIXELS / longest
    size = (max(round(values.shape[1] * scale), 1), max(round(values.shape[0] * scale), 1))
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BOX), np.float32)


def _dice(found: NDArray[np.bool_], truth: NDArray[np.bool_]) -> float:
    total = int(found.sum()) + int(truth.sum())
    return 2 * int((found & truth).sum()) / total if total else 1.0
