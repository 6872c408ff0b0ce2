"""The figure of mean agreement after each click, one panel a structure, one line an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.atomic import atomic_path
from training.click_evaluation.targets import STRUCTURES
from training.report.figures import COLOURS, LINES, new_figure, png_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

HAND = "centre"
COLUMNS = 5
TICKS = (1, 3, 5, 10, 15, 20)


def draw_curves(rows: Sequence[Mapping[str, str]], hand: str = HAND) -> Figure:
    """Return the figure.

    Parameters
    ----------
    rows : sequence of mapping
        Of ``curves.csv``: engine, structure, hand, clicks, iou, dice.
    hand : str
        Who clicks.
    """
    mine = [row for row in rows if row["hand"] == hand]
    names = [name for name in STRUCTURES if any(row["structure"] == name for row in mine)]
    engines = list(dict.fromkeys(row["engine"] for row in mine))
    columns = min(COLUMNS, max(len(names), 1))
    lines = -(-len(names) // columns) or 1
    figure = new_figure(lines, columns, height=2.0 * lines + 0.6, width=10.0)
    for i, axes in enumerate(figure.axes):
        if i >= len(names):
            axes.set_visible(False)
            continue
        structure = STRUCTURES[names[i]]
        measure = "dice" if structure.is_thin else "iou"
        for number, engine in enumerate(engines):
            points = [
                (int(row["clicks"]), float(row[measure]))
                for row in mine
                if row["engine"] == engine and row["structure"] == names[i]
            ]
            if points:
                axes.plot(
                    *zip(*sorted(points), strict=True),
                    color=COLOURS[number % len(COLOURS)],
                    linestyle=LINES[number % len(LINES)],
                    label=engine,
                    linewidth=1.4,
                )
        axes.set_title(structure.title, fontsize=8)
        axes.set_ylim(0, 1)
        axes.set_xlim(1, TICKS[-1])
        axes.set_xticks(TICKS)
        axes.tick_params(labelsize=7)
        axes.grid(alpha=0.3, linewidth=0.5)
        if i % columns == 0:
            axes.set_ylabel("IoU (ribs: Dice)", fontsize=8)
        if i >= len(names) - columns:
            axes.set_xlabel("clicks", fontsize=8)
    known = {
        label: line
        for axes in figure.axes
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    if known:
        figure.legend(
            known.values(), known.keys(), loc="outside lower center", ncols=min(len(known), 5), fontsize=8
        )
    return figure


def write_figure(rows: Sequence[Mapping[str, str]], path: Path, hand: str = HAND) -> Path:
    """Write the figure as PNG; return its path."""
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(png_of(draw_curves(rows, hand)))
    return path
