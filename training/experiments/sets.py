"""The data sets of the experiments, made or read once, with the digest that results are kept under."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import UnreadableFileError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.dataset import Sample


FOLDS = {"ribs": 3, "cerebellum": 5}
"""Real sets with the number of folds: as many as there are clips with ribs, and five by patient."""


@dataclass(frozen=True)
class DataSet:
    """Frames with one label that is learnt and judged.

    Parameters
    ----------
    name : str
        For tables.
    label : str
        Which masks.
    samples : tuple of Sample
        All know the label.
    what : str
        One sentence: what it is, how many, where from.
    """

    name: str
    label: str
    samples: tuple[Sample, ...]
    what: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of names, groups, pixels and the masks of the label."""
        from training.engine.run_folder import digest, hash_array

        return digest(
            [
                [sample.name, sample.group, hash_array(sample.frame), hash_array(sample.masks[self.label])]
                for sample in self.samples
            ]
        )

    def facts(self) -> dict[str, object]:
        """Return what a report states of it."""
        groups = len({sample.group for sample in self.samples})
        return {
            f"data, {self.name}": f"{self.what} {len(self.samples)} frames of {groups} groups,"
            f" label '{self.label}', SHA-256 {self.digest[:16]}"
        }


def cysts(count: int, seed: int, side: int) -> DataSet:
    """Return simulated cysts in the number of Amiri et al.'s SUS set, which is 85."""
    from training.simulate.cyst import LABEL, simulate_samples

    samples = simulate_samples(count, seed, (side, side))
    return DataSet("cyst", LABEL, tuple(samples), f"Simulated cysts (seed {seed}), a stand-in for SUS.")


def salient(count: int, seed: int, side: int) -> DataSet:
    """Return made-up pictures with objects that stand out, a stand-in for XPIE."""
    from training.simulate.salient import LABEL, simulate_samples

    samples = simulate_samples(count, seed, (side, side))
    return DataSet("salient", LABEL, tuple(samples), f"Made-up salient objects (seed {seed}), for XPIE.")


def lungs(count: int, seed: int) -> DataSet:
    """Return simulated lung frames with ribs."""
    from training.simulate.lung import simulate_samples

    samples = simulate_samples(count, seed)
    return DataSet("lung", "rib", tuple(samples), f"Simulated lung frames (seed {seed}).")


def simulated_heads(count: int, seed: int, side: int) -> DataSet:
    """Return simulated fetal heads with the cerebellum as label."""
    from training.simulate.head import simulate_samples

    samples = simulate_samples(count, seed, (side, side))
    return DataSet(
        "simulated heads", "cerebellum", tuple(samples), f"Simulated heads with cerebellum (seed {seed})."
    )


def heads(data: Path, longest: int) -> DataSet:
    """Return the fetal heads of HC18, shrunk to at most `longest` rows or columns; group: fetus."""
    from training.data.open import open_dataset

    samples = _labelled(open_dataset(data / "hc18"), "head", data / "hc18")
    return DataSet(
        "hc18",
        "head",
        tuple(shrink(sample, longest) for sample in samples),
        f"Fetal heads of HC18 (van den Heuvel et al., CC BY 4.0), shrunk to {longest} pixels.",
    )


def cerebella(data: Path, longest: int) -> DataSet:
    """Return the transcerebellar planes, by patient, shrunk to at most `longest` rows or columns."""
    from training.dataset import load_fetal_planes

    folder = data / "fetal_cerebellum"
    samples = _labelled(load_fetal_planes(folder), "cerebellum", folder)
    return DataSet(
        "cerebellum",
        "cerebellum",
        tuple(shrink(sample, longest) for sample in samples),
        f"Transcerebellar planes (Rodriguez Martin, CC0), shrunk to {longest} pixels; group: patient.",
    )


def ribs(data: Path) -> DataSet:
    """Return the drawn rib frames that come with the program, by clip."""
    from training.recipes.drawn_ribs import load_all_drawn

    samples = _labelled(load_all_drawn(data, ("ribs",)), "rib", data)
    return DataSet(
        "ribs",
        "rib",
        tuple(samples),
        "Lung frames (Born et al. 2021, doi:10.3390/app11020672), ribs drawn by the project; group: clip.",
    )


def real_sets(names: Sequence[str], data: Path | None, longest: int, frames: int | None) -> list[DataSet]:
    """Return the real sets that are judged by group; only ribs, which come with the program, need no data.

    Parameters
    ----------
    names : sequence of str
        Some of `FOLDS`.
    data : Path or None
        Folder of the data sets.
    longest : int
        Rows or columns that cerebella are shrunk to.
    frames : int or None
        About so many of each, evenly over the set so that every group stays; None for all.
    """
    from pathlib import Path

    made = []
    for name in names:
        if name == "ribs":
            part = ribs(data or Path("ribs"))
        elif data is not None:
            part = cerebella(data, longest)
        else:
            continue
        step = 1 if frames is None else max(len(part.samples) // frames, 1)
        made.append(DataSet(part.name, part.label, part.samples[::step], part.what))
    return made


def nerves(data: Path, longest: int) -> DataSet:
    """Return limb frames with vessels and nerves as one label, for pre-training only."""
    from training.dataset import Sample, read_gray

    folder = data / "usgra"
    samples = []
    for path in sorted((folder / "images").glob("*.png")):
        mask = folder / "masks" / path.name
        if mask.exists():
            frame = read_gray(path)
            found = read_gray(mask) > 0  # dark red and dark green are gray levels below one half
            if found.shape != frame.shape:
                raise UnreadableFileError("the mask is not as large as its image", path=mask)
            samples.append(shrink(Sample(path.stem, path.stem, frame, {"vessel or nerve": found}), longest))
    if not samples:
        raise UnreadableFileError("there are no limb frames with masks", path=folder)
    return DataSet(
        "usgra",
        "vessel or nerve",
        tuple(samples),
        "Limb frames with vessels and nerves (Kandaouroff, CC BY 4.0).",
    )


def joined(name: str, label: str, sets: Sequence[DataSet], what: str) -> DataSet:
    """Return several sets as one whose single label is whatever each of them calls foreground."""
    samples = tuple(
        replace(
            sample,
            name=f"{part.name}/{sample.name}",
            group=f"{part.name}/{sample.group}",
            masks={label: sample.masks[part.label]},
            boxes={},
            points={},
        )
        for part in sets
        for sample in part.samples
    )
    return DataSet(name, label, samples, what)


def shrink(sample: Sample, longest: int) -> Sample:
    """Return a sample averaged down to at most `longest` rows or columns; boxes and points are dropped.

    A pixel belongs to a mask where more than half of it did.
    """
    side = max(sample.frame.shape)
    if side <= longest:
        return sample
    scale = longest / side
    shape = (max(round(sample.frame.shape[0] * scale), 1), max(round(sample.frame.shape[1] * scale), 1))
    frame = np.round(_averaged(sample.frame, shape)).astype(sample.frame.dtype)
    masks = {label: _averaged(mask, shape) > 0.5 for label, mask in sample.masks.items()}
    spacing = sample.spacing_mm
    if spacing is not None:
        rows, columns = sample.frame.shape
        spacing = (spacing[0] * rows / shape[0], spacing[1] * columns / shape[1])
    return replace(sample, frame=frame, masks=masks, spacing_mm=spacing, boxes={}, points={})


def _averaged(plane: NDArray[np.generic], shape: tuple[int, int]) -> NDArray[np.float32]:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    return np.asarray(image.resize(shape[::-1], Image.Resampling.BOX), np.float32)


def _labelled(samples: Sequence[Sample], label: str, folder: Path) -> list[Sample]:
    kept = [sample for sample in samples if label in sample.masks]
    if not kept:
        raise UnreadableFileError(f"no frame here has a mask of '{label}'", path=folder)
    return kept
