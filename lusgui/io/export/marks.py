"""Centre points and boxes as a table: one line a mark, in pixels of the raw grid and in mm where known."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lusgui.core.geometry import Spacing
    from lusgui.io.study_marks import MarkEntry

COLUMNS = ("recording", "frame", "label", "kind", "row0", "col0", "row1", "col1", "rater", "at")
COLUMNS_MM = ("row0_mm", "col0_mm", "row1_mm", "col1_mm")


def write_marks_csv(
    path: Path, recording: str, marks: Sequence[MarkEntry], numbers: Sequence[int], spacing_mm: Spacing | None
) -> None:
    """Write the marks of a recording.

    Parameters
    ----------
    path : Path
        The file.
    recording : str
        What the recording is called.
    marks : sequence of MarkEntry
        Written by frame, label and kind.
    numbers : sequence of int
        For every frame of the recording its 1-based number in the source variable.
    spacing_mm : tuple of float or None
        (row, column); without it the columns in mm are empty.

    Notes
    -----
    Rows and columns count from 0 in the middle of the first pixel; a box reaches from edge to edge, so one
    that covers the first pixel alone lies between -0.5 and 0.5. Of a point both corners are the same. In mm
    the first pixel's middle is 0 as well.
    """
    order = sorted(marks, key=lambda one: (one.mark.frame, one.mark.label, one.mark.kind))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([*COLUMNS, *COLUMNS_MM])
        for entry in order:
            mark = entry.mark
            corners = (mark.row0, mark.col0, mark.row1, mark.col1)
            in_mm = ["", "", "", ""]
            if spacing_mm is not None:
                in_mm = [
                    f"{value * step:.4f}"
                    for value, step in zip(corners, (*spacing_mm, *spacing_mm), strict=True)
                ]
            head = (recording, numbers[mark.frame], mark.label, mark.kind)
            writer.writerow([*head, *(f"{value:g}" for value in corners), entry.rater, entry.at, *in_mm])
