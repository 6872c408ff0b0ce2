"""Which frames clicks are learnt from: the project's real sets and simulations, split by patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from training.click.frames import prepare
from training.dataset import group_folds, groups_of, split_by_group

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from training.click.frames import Frame
    from training.dataset import Sample

REAL = ("fetal_cerebellum", "hc18", "usgra")
"""Folders of the data folder."""

RIBS = ("ribs", "ribs_more")
"""Folders of the program's own data sets."""

CEREBELLAR = ("cerebellum", "vermis", "cisterna_magna", "fourth_ventricle")
"""What belongs to the cerebellum and is left out with it."""

SIMULATED = {"lung": 420, "cyst": 260, "head": 260, "salient": 160}
"""How many frames of each simulation."""

SEED_OF_SIMULATIONS = 6000
"""Tests draw theirs elsewhere."""

FOLDS = 2
"""Each halving deals the groups to so many parts and leaves one of them out."""


@dataclass(frozen=True)
class Split:
    """Frames to learn from, and what was left out.

    Parameters
    ----------
    training : list of Frame
        To learn from.
    held_out : dict of str to tuple of str
        Groups never learnt from, by source.
    """

    training: list[Frame]
    held_out: dict[str, tuple[str, ...]]


def read_real(data: Path) -> dict[str, list[Sample]]:
    """Return the samples of every real set that is there, by source; groups are those of a split."""
    from lusgui.base.paths import resources_dir
    from training.data.groups import join_alike
    from training.data.open import open_dataset

    found = {name: open_dataset(data / name) for name in REAL if (data / name).is_dir()}
    if "usgra" in found:
        found["usgra"] = join_alike(found["usgra"])  # neighbours of one clip come shuffled
    ribs: list[Sample] = []
    for name in RIBS:
        folder = resources_dir() / "datasets" / name
        if folder.is_dir():
            # frames of usgra without ribs belong to that set and its split
            ribs += [
                replace(sample, name=f"{name}/{sample.name}")
                for sample in open_dataset(folder, layout="ribs")
                if sample.group != "g_usgra" and sample.masks["rib"].any()
            ]
    if ribs:
        found["ribs"] = ribs
    return found


def held_out_groups(
    samples: dict[str, list[Sample]], seed: int, fold: int = 0, halvings: int = 1
) -> dict[str, tuple[str, ...]]:
    """Return the groups of every set that are to be judged on: never learn from them.

    Parameters
    ----------
    samples : dict
        Of every set.
    seed, fold : int
        Which of the possible splits.
    halvings : int
        1 leaves half of the groups out, 2 half of those: a network that began without the half may go on with
        more patients and still know none of the quarter.
    """
    held: dict[str, tuple[str, ...]] = {}
    for source, of_set in samples.items():
        groups: tuple[str, ...] = ()
        left = of_set
        for _ in range(halvings):
            if len(groups_of(left)) < FOLDS:
                break  # the last group is not learnt from either
            groups = tuple(group_folds(left, FOLDS, seed)[fold])
            left = [sample for sample in left if sample.group in groups]
        held[source] = groups
    return held


def gather(
    data: Path,
    *,
    seed: int,
    without: Collection[str] = (),
    learns_all: bool = False,
    halvings: int = 1,
    simulated: dict[str, int] | None = None,
    on_progress: Callable[[str], None] | None = None,
) -> Split:
    """Read the real sets, simulate the rest, and leave out what is judged on.

    Parameters
    ----------
    data : Path
        Folder with the sets named in `REAL`; those that are not there are left out.
    seed : int
        Decides which groups are left out.
    without : collection of str
        Labels that are never a target; ``cerebellum`` takes what belongs to it along, see `CEREBELLAR`.
    learns_all : bool
        Whether every patient is learnt from.
    halvings : int
        See `held_out_groups`.
    simulated : dict, optional
        How many frames of each simulation, if not as in `SIMULATED`.
    on_progress : callable, optional
        Told in words what is done.
    """
    from training.simulate.clips import simulate_clip

    left_out = set(without) | (set(CEREBELLAR) if "cerebellum" in without else set())
    real = read_real(data)
    held_out: dict[str, tuple[str, ...]] = dict.fromkeys(real, ())
    if not learns_all:
        held_out = held_out_groups(real, seed, halvings=halvings)
    frames: list[Frame] = []
    for source, samples in real.items():
        training, _ = split_by_group(samples, held_out[source])
        frames += prepare(training, source, left_out)
        if on_progress:
            on_progress(f"{source}: {len(training)} of {len(samples)} frames")
    for kind, count in (SIMULATED if simulated is None else simulated).items():
        made = [simulate_clip(kind, SEED_OF_SIMULATIONS, index)[0] for index in range(count)]
        frames += prepare(made, f"simulated {kind}", left_out, is_complete=kind in ("lung", "cyst"))
        if on_progress:
            on_progress(f"simulated {kind}: {count} frames")
    return Split(frames, held_out)
