"""Real frames that cannot show a structure, on which whatever is found is a false alarm."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.data.groups import join_alike
from training.dataset import Sample, read_gray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIMB_STEP, LIMB_FIRST = 4, 2
"""The rib model learns from every fourth limb frame; these lie between, of the same persons."""


def limb_frames(data: Path, label: str) -> list[Sample]:
    """Return limb frames (``usgra/images``) that no default model learnt from, alike ones in one group.

    Raises
    ------
    LusguiError
        If there are none.
    """
    paths = sorted((data / "usgra" / "images").glob("*.png"))[LIMB_FIRST::LIMB_STEP]
    if not paths:
        raise LusguiError("there are no limb frames", path=data / "usgra" / "images")
    frames = ((path, read_gray(path)) for path in paths)
    found = [
        Sample(path.stem, f"limb-{path.stem}", frame, {label: np.zeros(frame.shape, bool)})
        for path, frame in frames
    ]
    return join_alike(found)


def chest_frames(data: Path, label: str) -> list[Sample]:
    """Return the chest frames drawn for this project, as frames without another structure."""
    from training.recipes.drawn_ribs import load_all_drawn

    return [
        replace(one, name=f"chest-{one.name}", masks={label: np.zeros(one.frame.shape, bool)}, ignored=None)
        for one in load_all_drawn(data)
    ]


def negatives_for(label: str, data: Path, most: int | None = None) -> list[Sample]:
    """Return frames that cannot show a structure: limbs for ribs, limbs and chests for what is in a head.

    Parameters
    ----------
    label : str
        The structure.
    data : Path
        Folder of the data sets.
    most : int, optional
        At most so many of each kind, evenly drawn.
    """
    kinds = [limb_frames(data, label)]
    if label not in ("rib", "pleura"):
        kinds.append(chest_frames(data, label))
    return [sample for kind in kinds for sample in thin_out(kind, most)]


def thin_out(samples: Sequence[Sample], most: int | None) -> list[Sample]:
    """Return at most so many samples, evenly drawn in their order."""
    if most is None or len(samples) <= most:
        return list(samples)
    return [samples[i * len(samples) // most] for i in range(most)]
