"""The rib set of this project, and fetal planes named by patient and week."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.base.errors import UnreadableFileError
from training.data.pair_layouts import pair_folders
from training.data.pictures import files_in, first_problem
from training.dataset import load_fetal_planes, load_ribs

if TYPE_CHECKING:
    from pathlib import Path

    from training.dataset import Sample

_FETAL_NAME = re.compile(r"p\d+_ga(\d+)_\w+")


def fits_ribs(folder: Path) -> bool:
    """Whether an ``index.csv`` names stem and group of ``images/`` and ``masks/``."""
    index = folder / "index.csv"
    if not index.is_file() or not pair_folders(folder):
        return False
    try:
        with index.open(encoding="utf-8", newline="") as stream:
            return {"stem", "group"} <= set(next(csv.reader(stream), []))
    except (OSError, ValueError, csv.Error):
        return False


def read_ribs(folder: Path) -> list[Sample]:
    """Read this project's rib set; see `training.dataset.load_ribs`."""
    samples = load_ribs(folder)
    listed = {sample.name for sample in samples}
    for kind in ("images", "masks"):
        left = [path for path in files_in(folder / kind, (".png",)) if path.stem not in listed]
        if left:
            raise UnreadableFileError(
                f"index.csv does not list it, nor {len(left) - 1} more",
                path=left[0],
                remedy="Add it, or take it out",
            )
    return [replace(sample, source=f"images/{sample.name}.png") for sample in samples]


def fits_fetal(folder: Path) -> bool:
    """Whether there are planes ``pNNN_gaWW_x.jpg``."""
    return folder.is_dir() and any(_FETAL_NAME.fullmatch(path.stem) for path in files_in(folder, (".jpg",)))


def read_fetal(folder: Path) -> list[Sample]:
    """Read planes ``pNNN_gaWW_x.jpg`` with ``<stem>.<structure>.png``: patient NNN in week WW.

    Raises
    ------
    LusguiError
        If a plane has no mask, or a mask no plane.
    """
    samples = load_fetal_planes(folder)
    stems = {sample.name for sample in samples}
    left = [path for path in files_in(folder, (".png",)) if path.stem.rpartition(".")[0] not in stems]
    lonely = [folder / f"{sample.name}.jpg" for sample in samples if not sample.masks]
    if left or lonely:
        raise first_problem(folder, lonely, left)
    found = []
    for sample in samples:
        match = _FETAL_NAME.fullmatch(sample.name)
        facts = {"ga_weeks": float(match.group(1))} if match else {}
        found.append(replace(sample, facts=facts, source=f"{sample.name}.jpg"))
    return found
