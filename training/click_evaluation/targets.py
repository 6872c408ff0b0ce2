"""What is clicked on: pieces and wholes of structures in frames that no click model learnt from."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.core.click.clicker import stroke_length
from training.click.sources import SEED_OF_SIMULATIONS, held_out_groups, read_real

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from training.dataset import Sample

MOST_TARGETS = 30
"""So many of a structure are judged; of more, these are spread evenly."""

LEAST_PX = 40
"""Smaller pieces are crumbs of a drawing."""

SEED = SEED_OF_SIMULATIONS + 1000
"""Series of the simulations that judge."""

SIMULATED = 60
"""Clips that are simulated of each kind; most have one structure or two, some none."""

AWAY = 0.06
"""A click on nothing is so far from every structure, as a share of the longer side."""

NOWHERE = Path("no such folder")

_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class Structure:
    """A kind of target.

    Parameters
    ----------
    name : str
        Key in tables.
    title : str
        For people.
    source : str
        A real set of `training.click.sources`, or ``simulated KIND``.
    label : str
        Of its masks.
    by_piece : bool
        Whether each piece is a target of its own; else the largest alone, or all together.
    is_whole : bool
        Whether all pieces together are one target.
    is_thin : bool
        Whether Dice and the centre line judge rather than IoU.
    """

    name: str
    title: str
    source: str
    label: str
    by_piece: bool = False
    is_whole: bool = False
    is_thin: bool = False


STRUCTURES: dict[str, Structure] = {
    one.name: one
    for one in (
        Structure(
            "hemisphere", "cerebellum, one hemisphere", "fetal_cerebellum", "cerebellum", by_piece=True
        ),
        Structure(
            "cerebellum", "cerebellum, both hemispheres", "fetal_cerebellum", "cerebellum", is_whole=True
        ),
        Structure("vermis", "vermis", "fetal_cerebellum", "vermis"),
        Structure("cisterna_magna", "cisterna magna", "fetal_cerebellum", "cisterna_magna"),
        Structure("head", "fetal head (HC18)", "hc18", "head"),
        Structure("nerve", "nerve (usgra)", "usgra", "nerve"),
        Structure("vessel", "vessel (usgra)", "usgra", "vessel"),
        Structure("cyst", "simulated cyst", "simulated cyst", "cyst", by_piece=True),
        Structure("simulated_rib", "simulated rib", "simulated lung", "rib", by_piece=True, is_thin=True),
        Structure("rib", "drawn rib", "ribs", "rib", by_piece=True, is_thin=True),
    )
}


@dataclass(frozen=True, eq=False)
class Target:
    """One structure in one frame.

    Parameters
    ----------
    structure : Structure
        Of which kind.
    name, group : str
        Of the frame; patient, clip or series.
    gray : (H, W) float32 ndarray in [0, 1]
        The frame.
    truth : (H, W) bool ndarray
        The structure.
    spacing_ratio : float
        Millimetres a row over millimetres a column; 1 where nobody knows.
    stroke_px : float
        Length of the way that a brush goes to draw it, in pixel widths.
    """

    structure: Structure
    name: str
    group: str
    gray: NDArray[np.float32]
    truth: NDArray[np.bool_]
    spacing_ratio: float = 1.0
    stroke_px: float = 0.0


class Sources:
    """Frames that may be judged on, read or simulated when first asked for.

    Parameters
    ----------
    data : Path or None
        Folder of the real sets; without it the project's own ribs and simulations remain.
    held_out : mapping of str to sequence of str, optional
        Groups that a model never saw, by set; those that `training click` leaves out if not given.
    seed : int
        Of that split.
    """

    def __init__(
        self, data: Path | None, held_out: Mapping[str, Sequence[str]] | None = None, seed: int = 0
    ) -> None:
        self._data = data
        self._held_out = held_out
        self._seed = seed
        self._real: dict[str, list[Sample]] | None = None
        self._simulated: dict[str, list[Sample]] = {}

    def samples(self, source: str) -> list[Sample]:
        """Return the frames of a source that were never learnt from; none where the set is not there."""
        if source.startswith("simulated "):
            return self._clips(source.removeprefix("simulated "))
        if self._real is None:
            real = read_real(self._data if self._data is not None else NOWHERE)
            held = held_out_groups(real, self._seed) if self._held_out is None else self._held_out
            self._real = {
                name: [one for one in samples if one.group in set(held.get(name, ()))]
                for name, samples in real.items()
            }
        return self._real.get(source, [])

    def digest(self) -> str:
        """Return a text that says which frames may be judged on."""
        held = None if self._held_out is None else {k: sorted(v) for k, v in sorted(self._held_out.items())}
        facts = [held, self._seed, self._data is not None, SEED, SIMULATED, LEAST_PX, AWAY]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:12]

    def targets(self, structure: Structure, most: int = MOST_TARGETS) -> list[Target]:
        """Return the targets of a structure, at most so many, in a fixed order."""
        found = [target for one in self.samples(structure.source) for target in targets_of(one, structure)]
        return [
            replace(one, stroke_px=round(stroke_length(one.truth, one.spacing_ratio), 1))
            for one in spread(found, most)
        ]

    def _clips(self, kind: str) -> list[Sample]:
        from training.simulate.clips import simulate_clip

        if kind not in self._simulated:
            self._simulated[kind] = [simulate_clip(kind, SEED, index)[0] for index in range(SIMULATED)]
        return self._simulated[kind]


def targets_of(sample: Sample, structure: Structure) -> list[Target]:
    """Return what may be clicked on in a frame: each piece, the largest, or all together."""
    from scipy import ndimage

    mask = sample.masks.get(structure.label)
    if mask is None or not mask.any():
        return []
    if structure.is_whole:
        pieces = [mask]
    else:
        numbers, count = ndimage.label(mask, structure=_EIGHT)
        areas = np.bincount(numbers.ravel(), minlength=count + 1)[1:]
        order = np.argsort(-areas, kind="stable")
        kept = order if structure.by_piece else order[:1]
        pieces = [numbers == index + 1 for index in kept if areas[index] >= LEAST_PX]
    gray = np.asarray(sample.gray(), dtype=np.float32)
    ratio = 1.0 if sample.spacing_mm is None else sample.spacing_mm[0] / sample.spacing_mm[1]
    return [
        Target(structure, f"{sample.name}#{number}", sample.group, gray, piece, ratio)
        for number, piece in enumerate(pieces)
    ]


def places_of_nothing(sample: Sample, random: np.random.Generator) -> tuple[int, int] | None:
    """Return a pixel far from everything drawn in a frame; None where there is none."""
    from scipy import ndimage

    drawn = np.zeros(sample.frame.shape, dtype=bool)
    for mask in sample.masks.values():
        drawn |= mask
    inside = np.asarray(sample.gray()) > 0.02
    away = ndimage.distance_transform_edt(~drawn) if drawn.any() else np.full(drawn.shape, np.inf)
    places = np.argwhere(inside & (away > AWAY * max(drawn.shape)))
    if not len(places):
        return None
    row, col = places[int(random.integers(len(places)))]
    return int(row), int(col)


def spread(items: list[Target], most: int) -> list[Target]:
    """Return at most so many items, spread evenly over the list."""
    if len(items) <= most:
        return items
    return [items[int(place)] for place in np.linspace(0, len(items) - 1, most).round()]


def wanted(names: Sequence[str]) -> list[Structure]:
    """Return structures by their names; all of them where none is named.

    Raises
    ------
    LusguiError
        If there is none of a name.
    """
    for name in names:
        if name not in STRUCTURES:
            raise LusguiError(
                f"there is no structure '{name[:40]}'", remedy=f"Known: {', '.join(STRUCTURES)}"
            )
    return [STRUCTURES[name] for name in (names or STRUCTURES)]


def groups_in_split(split: str) -> dict[str, tuple[str, ...]] | None:
    """Return the groups that a model never saw, by set, from the words of its card; None if it says nothing.

    A card made by ``python -m training click`` ends with ``Never seen: SET: GROUP, GROUP; SET: ...``.
    """
    _, mark, rest = split.partition("Never seen: ")
    if not mark:
        return None
    found = {}
    for part in rest.strip().rstrip(".").split(";"):
        match = re.fullmatch(r"\s*(\w+): ([\w, -]+)", part)
        if match:
            found[match.group(1)] = tuple(group.strip() for group in match.group(2).split(","))
    return found or None
