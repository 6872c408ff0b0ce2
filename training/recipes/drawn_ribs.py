"""The rib frames drawn for this project, with what was doubtful set apart."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import UnreadableFileError
from training.dataset import load_ribs

if TYPE_CHECKING:
    from pathlib import Path

    from training.dataset import Sample

SETS = ("ribs", "ribs_more")
FOLDS = (["g_oliviera", "g_vir2"], ["g_reg"], ["g_pneu3", "g_vir1"])
"""Each of the three groups with ribs is held out once, and two without. The three limb frames of ``g_usgra``
are never judged: other frames of those recordings are what implants are put into."""


def load_drawn(folder: Path) -> list[Sample]:
    """Load a set of drawn ribs; frames that are doubtful as a whole stay out.

    Boxes of ``ignore.json`` (row0, row1, column0, column1, ends excluded), in which a further rib is likely
    but could not be drawn, come as `Sample.ignored`.

    Raises
    ------
    UnreadableFileError
        If the index, a picture or the boxes are missing or damaged.
    """
    samples = load_ribs(folder)
    index = folder / "index.csv"
    with index.open(encoding="utf-8", newline="") as stream:
        doubtful = {row["stem"] for row in csv.DictReader(stream) if row.get("doubtful") == "yes"}
    boxes: dict[str, list[list[int]]] = {}
    path = folder / "ignore.json"
    if path.exists():
        try:
            boxes = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnreadableFileError("the list of ignored boxes cannot be read", path=path) from error
    kept = []
    for sample in samples:
        if sample.name in doubtful:
            continue
        if sample.name in boxes:
            ignored = np.zeros(sample.frame.shape, bool)
            for row0, row1, col0, col1 in boxes[sample.name]:
                ignored[row0:row1, col0:col1] = True
            # what is drawn is known, wherever the box lies
            sample = replace(sample, ignored=ignored & ~sample.masks["rib"])
        kept.append(sample)
    return kept


def load_all_drawn(data: Path, sets: tuple[str, ...] = SETS) -> list[Sample]:
    """Load the sets from the data folder, or from where the project ships them."""
    from lusgui.base.paths import resources_dir

    shipped = resources_dir() / "datasets"
    return [
        sample
        for name in sets
        for sample in load_drawn(data / name if (data / name).is_dir() else shipped / name)
    ]
