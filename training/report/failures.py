"""The worst frames of a judged model, side by side with the truth, and what people saw in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.report.gallery import FOUND_COLOUR, TRUTH_COLOUR, draw_outline, shrink
from training.report.tables import read_csv, write_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure
    from numpy.typing import NDArray

WORST = 20
WORDS_COLUMNS = ("stem", "group", "dice", "words")


@dataclass(frozen=True)
class Failure:
    """One frame with what was found in it.

    Parameters
    ----------
    name, group : str
        The frame, and what it belongs to.
    gray : (H, W) ndarray in [0, 1]
        As the network saw it.
    truth, found : (H, W) bool ndarray
        Masks on its grid.
    dice : float or None
        Their Dice coefficient; None where the truth is empty.
    words : str
        What a person saw in it; empty if nobody has said so far.
    """

    name: str
    group: str
    gray: NDArray[np.floating]
    truth: NDArray[np.bool_]
    found: NDArray[np.bool_]
    dice: float | None
    words: str = ""

    @property
    def is_false_alarm(self) -> bool:
        """Whether something was found in a frame that shows nothing."""
        return self.dice is None and bool(self.found.any())


ORDER = (
    "Worst first: by Dice; a frame without the structure in which something is found counts as 0, and among"
    " equals the one with more wrong pixels, in parts of the frame, is the worse."
)


def worst(frames: Sequence[Failure], count: int = WORST) -> list[Failure]:
    """Return the worst frames in the order of `ORDER`; frames rightly left empty are never among them."""
    judged = [frame for frame in frames if frame.dice is not None or frame.is_false_alarm]
    return sorted(judged, key=_rank)[:count]


def _rank(frame: Failure) -> tuple[float, float, str]:
    wrong = float(np.mean(frame.truth ^ frame.found))
    return (0.0 if frame.dice is None else frame.dice, -wrong, frame.name)


def failure_gallery(frames: Sequence[Failure], columns: int = 4) -> Figure:
    """Draw frames with the outlines of truth and answer, numbered, in the order given.

    Parameters
    ----------
    frames : sequence of Failure
        At least one.
    columns : int
        Frames a row; each takes two places, plain and with outlines.

    Returns
    -------
    matplotlib.figure.Figure
        The truth is orange and whole, what was found blue and dashed.
    """
    from matplotlib.lines import Line2D

    from training.report.figures import new_figure

    rows = -(-len(frames) // columns)
    side = 1.35
    figure = new_figure(rows, 2 * columns, height=1.25 * side * rows + 0.4, width=2 * side * columns)
    for axes in figure.axes:
        axes.set_axis_off()
    for i, frame in enumerate(frames):
        gray = shrink(frame.gray)
        plain, marked = figure.axes[2 * i : 2 * i + 2]
        for axes in (plain, marked):
            axes.imshow(gray, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
        draw_outline(marked, shrink(frame.truth.astype(np.float32)), TRUTH_COLOUR, "solid")
        draw_outline(marked, shrink(frame.found.astype(np.float32)), FOUND_COLOUR, "dashed")
        score = "false alarm" if frame.dice is None else f"Dice {frame.dice:.2f}"
        plain.set_title(f"{i + 1}  {frame.group}"[:24], fontsize=8, loc="left")
        marked.set_title(score, fontsize=8, loc="left")
    handles = [
        Line2D([], [], color=TRUTH_COLOUR, linewidth=2, label="truth"),
        Line2D([], [], color=FOUND_COLOUR, linewidth=2, linestyle="dashed", label="found"),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return figure


def failure_rows(frames: Sequence[Failure]) -> list[dict[str, object]]:
    """Return the table under the gallery: ``number stem group dice words``."""
    return [
        {
            "number": i,
            "stem": frame.name,
            "group": frame.group,
            "dice": "false alarm" if frame.dice is None else round(frame.dice, 3),
            "words": frame.words,
        }
        for i, frame in enumerate(frames, 1)
    ]


def read_words(path: Path) -> dict[str, str]:
    """Return what people wrote about frames, by stem; nothing if the file is not there.

    Raises
    ------
    UnreadableFileError
        If it is there and cannot be read.
    """
    if not path.exists():
        return {}
    return {
        row["stem"]: " ".join((row.get("words") or "").split()) for row in read_csv(path) if row.get("stem")
    }


def write_words(path: Path, frames: Sequence[Failure], kept: Mapping[str, str]) -> None:
    """Write a CSV to fill in, keeping what is written already, also of frames no longer among the worst."""
    rows: list[dict[str, object]] = [
        {
            "stem": frame.name,
            "group": frame.group,
            "dice": None if frame.dice is None else round(frame.dice, 3),
            "words": kept.get(frame.name, ""),
        }
        for frame in frames
    ]
    shown = {frame.name for frame in frames}
    rows += [{"stem": stem, "words": words} for stem, words in kept.items() if stem not in shown and words]
    write_csv(path, rows, WORDS_COLUMNS)
