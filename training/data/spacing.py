"""The size of pixels where the pictures cannot say it: the table of a simulation knows."""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.dataset import Sample

TRUTH_FILE = "truth.csv"
COLUMNS = ("name", "row_mm", "column_mm")


def assign_spacing(samples: Sequence[Sample], folder: Path) -> list[Sample]:
    """Give samples without a spacing the one that ``truth.csv`` in the folder states, if it states any.

    Parameters
    ----------
    samples : sequence of Sample
        Of any layout.
    folder : Path
        Of the data set. ``python -m training simulate`` writes the table: columns ``name`` (of the frame),
        ``row_mm`` and ``column_mm``. A table of another kind is somebody else's and says nothing here.

    Returns
    -------
    list of Sample
        In the same order.
    """
    known = _read(folder / TRUTH_FILE) if any(one.spacing_mm is None for one in samples) else {}
    return [
        replace(one, spacing_mm=known[one.name]) if one.spacing_mm is None and one.name in known else one
        for one in samples
    ]


def _read(path: Path) -> dict[str, tuple[float, float]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if not set(COLUMNS) <= set(rows.fieldnames or ()):
                return {}
            found = {row["name"]: (_number(row["row_mm"]), _number(row["column_mm"])) for row in rows}
    except (OSError, UnicodeDecodeError, csv.Error):
        return {}  # the pictures and masks are readable without it
    return {name: size for name, size in found.items() if min(size) > 0}


def _number(text: str | None) -> float:
    try:
        value = float(text or "")
    except ValueError:
        return 0.0
    return value if math.isfinite(value) else 0.0
