"""Frames with their masks, and splits that never put one patient on both sides."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import UnreadableFileError
from lusgui.core.intensity import DisplayMapping
from lusgui.core.pipeline import gray_frame
from lusgui.core.recording import Intensity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from training.data.boxes import Box

DISPLAY_8_BIT = DisplayMapping(Intensity.DISPLAY, 0.0, 255.0)
"""How an 8-bit picture becomes gray: the same mapping the window gives it."""

FETAL_STRUCTURES = ("cerebellum", "vermis", "cisterna_magna", "fourth_ventricle")


@dataclass(frozen=True)
class Sample:
    """One frame with what is known of it.

    Parameters
    ----------
    name : str
        For reports.
    group : str
        Recording, patient or contributor: what must not stand on both sides of a split.
    frame : (H, W) ndarray
        Numbers as stored; uint8 display data unless `mapping` says otherwise.
    masks : mapping of str to (H, W) bool ndarray
        By label. A label that is missing was not looked for, which differs from an empty mask.
    mapping : DisplayMapping
        How the stored numbers become gray.
    spacing_mm : tuple of float, optional
        Rows and columns of one pixel in mm; None where nobody knows.
    boxes : mapping of str to tuple of Box
        Boxes by label, for data that has no masks or as truth of a simulation.
    points : mapping of str to (row, column)
        Centre of each label in pixels.
    facts : mapping of str to float
        Known truth of the frame, e.g. ``tcd_mm``, ``ga_weeks``.
    source : str
        Where it came from, for reports.
    ignored : (H, W) bool ndarray, optional
        Where nobody could tell: neither learnt from nor judged.
    """

    name: str
    group: str
    frame: NDArray[Any]
    masks: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    mapping: DisplayMapping = DISPLAY_8_BIT
    spacing_mm: tuple[float, float] | None = None
    boxes: dict[str, tuple[Box, ...]] = field(default_factory=dict)
    points: dict[str, tuple[float, float]] = field(default_factory=dict)
    facts: dict[str, float] = field(default_factory=dict)
    source: str = ""
    ignored: NDArray[np.bool_] | None = None

    def gray(self, settings: DespeckleSettings | None = None) -> NDArray[np.float32]:
        """Return gray (H, W) in [0, 1] by the one path that window and network use."""
        return gray_frame(self.frame, self.mapping, settings)


def load_ribs(folder: Path) -> list[Sample]:
    """Load ``images/<stem>.png`` with rib masks ``masks/<stem>.png``, listed in ``index.csv``.

    Raises
    ------
    UnreadableFileError
        If the index or a picture is missing or damaged, or mask and image differ in size.
    """
    index = folder / "index.csv"
    try:
        with index.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise UnreadableFileError("the index of the rib masks cannot be read", path=index) from error
    samples = []
    for row in rows:
        if not {"stem", "group"} <= row.keys():
            raise UnreadableFileError("the index lacks the column 'stem' or 'group'", path=index)
        frame = read_gray(folder / "images" / f"{row['stem']}.png")
        mask = read_mask(folder / "masks" / f"{row['stem']}.png", frame.shape)
        samples.append(Sample(row["stem"], row["group"], frame, {"rib": mask}))
    return samples


def load_fetal_planes(folder: Path) -> list[Sample]:
    """Load planes ``pNNN_gaWW_x.jpg`` with ``<stem>.<structure>.png``; the group is the patient."""
    samples = []
    for path in sorted(folder.glob("p*_ga*_*.jpg")):
        frame = read_gray(path)
        masks = {
            structure: read_mask(path.with_name(f"{path.stem}.{structure}.png"), frame.shape)
            for structure in FETAL_STRUCTURES
            if path.with_name(f"{path.stem}.{structure}.png").exists()
        }
        samples.append(Sample(path.stem, path.stem.split("_")[0], frame, masks))
    return samples


def read_gray(path: Path) -> NDArray[np.uint8]:
    """Read a picture as (H, W) uint8."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            return np.asarray(image.convert("L"))
    except (OSError, UnidentifiedImageError) as error:
        raise UnreadableFileError("the picture cannot be read", path=path) from error


def read_mask(path: Path, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Read a 0/255 mask as (H, W) bool and check that it lies on its image."""
    mask = read_gray(path) > 127
    if mask.shape != shape:
        raise UnreadableFileError(
            f"the mask is not as large as its image ({shape[0]} x {shape[1]})", path=path, shape=mask.shape
        )
    return mask


def groups_of(samples: Iterable[Sample]) -> list[str]:
    """Return the groups, sorted."""
    return sorted({sample.group for sample in samples})


def group_folds(samples: Sequence[Sample], folds: int, seed: int) -> list[list[str]]:
    """Deal whole groups into folds of nearly equal numbers of frames.

    Parameters
    ----------
    samples : sequence of Sample
        All frames.
    folds : int
        How many folds, at most the number of groups.
    seed : int
        Decides between groups of equal size.

    Returns
    -------
    list of list of str
        The groups held out in each fold; every group is in exactly one.
    """
    sizes = {group: sum(sample.group == group for sample in samples) for group in groups_of(samples)}
    shuffled = [str(group) for group in np.random.default_rng(seed).permutation(sorted(sizes))]
    dealt: list[list[str]] = [[] for _ in range(folds)]
    for group in sorted(shuffled, key=lambda name: -sizes[name]):
        min(dealt, key=lambda fold: sum(sizes[name] for name in fold)).append(group)
    return [sorted(fold) for fold in dealt]


def split_by_group(samples: Iterable[Sample], held_out: Iterable[str]) -> tuple[list[Sample], list[Sample]]:
    """Return (training, held out)."""
    out = set(held_out)
    training: list[Sample] = []
    test: list[Sample] = []
    for sample in samples:
        (test if sample.group in out else training).append(sample)
    return training, test
