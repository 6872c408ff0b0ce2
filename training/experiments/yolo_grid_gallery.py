"""Test frames with the true box and what detectors with different grids found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from training.experiments.yolo_grid_lab import LABEL, Variant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from training.data.boxes import Box
    from training.experiments.yolo_grid_lab import Lab

COLUMNS = 4
TRUTH_COLOUR = "#E69F00"
FOUND_COLOURS = ("#56B4E9", "#009E73", "#CC79A7", "#FFFFFF")
LINES = ("--", ":", "-.", (0, (1, 2)))


def gallery(lab: Lab, seed: int = 0, most: int = 8) -> Figure | None:
    """Return a figure of test frames, the real ones first.

    Parameters
    ----------
    lab : Lab
        Whose detectors are asked; those that are not trained are left out.
    seed : int
        Which split.
    most : int
        Frames shown.

    Returns
    -------
    Figure or None
        None where no detector is there.
    """
    from lusgui.nn.checkpoint import load_model
    from training.data.boxes import boxes_in
    from training.detection.decode import DecodeSettings
    from training.detection.predict import Detector
    from training.report.figures import new_figure

    detectors = {}
    for grid in lab.settings.grids:
        path = lab.weights(Variant("cells", f"S = {grid}", grid, 2).name, seed)
        if path.exists():
            detectors[f"S = {grid}"] = Detector(load_model(path), "cpu", DecodeSettings(threshold=0.0))
    chosen = [i for part in lab.test_parts(seed).values() for i in part][:most]
    if not detectors or not chosen:
        return None
    rows = -(-len(chosen) // COLUMNS)
    figure = new_figure(rows, COLUMNS, height=2.1 * rows + 0.3)
    for axes in figure.axes:
        axes.set_axis_off()
    for axes, i in zip(figure.axes, chosen, strict=False):
        sample = lab.frames.all[i]
        gray = sample.gray()
        axes.imshow(gray, cmap="gray", vmin=0, vmax=1)
        for box in boxes_in(sample, LABEL) or ():
            _outline(axes, box, TRUTH_COLOUR, "-", "truth")
        for k, (name, detector) in enumerate(detectors.items()):
            found = detector.detect_in(gray)
            if found:
                _outline(axes, found[0].box, FOUND_COLOURS[k % 4], LINES[k % 4], name)
        axes.set_title(sample.name, fontsize=7)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=6, fontsize=8, facecolor="#777777")
    return figure


def _outline(axes: Axes, box: Box, colour: str, line: object, label: str) -> None:
    rows = [box.row0, box.row0, box.row1, box.row1, box.row0]
    columns = [box.col0, box.col1, box.col1, box.col0, box.col0]
    # the middle of the first pixel is drawn at 0, and its edge half a pixel before
    shifted = [[value - 0.5 for value in values] for values in (columns, rows)]
    axes.plot(*shifted, color=colour, linestyle=line, linewidth=1.3, label=label)
