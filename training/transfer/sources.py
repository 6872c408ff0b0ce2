"""Frames to learn from, of folders and simulators, alone or together, their masks united under one label."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from lusgui.base.errors import LusguiError
from training.recipe_types import Simulation, SourceRecipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from training.dataset import Sample

SIMULATED = "simulated:"
IGNORED = "ignore"
DEFAULT_COUNT = 100
_SIZED = ("cyst", "head", "salient")


class SourceError(LusguiError):
    """Frames to learn from cannot be had as asked."""


def parse_source(text: str) -> tuple[str, SourceRecipe]:
    """Read ``NAME=FOLDER``, ``FOLDER``, ``simulated:KIND`` or ``simulated:KIND=COUNT``.

    Returns
    -------
    tuple
        Name and recipe.

    Raises
    ------
    SourceError
        If it is none of these.
    """
    if text.startswith(SIMULATED):
        kind, _, count = text.removeprefix(SIMULATED).partition("=")
        if kind not in get_args(Simulation):
            raise SourceError(
                f"nothing called '{kind[:40]}' is simulated",
                remedy=f"Known: {', '.join(get_args(Simulation))}",
            )
        if count and (not count.isdecimal() or int(count) < 1):
            raise SourceError(f"'{count[:40]}' is no count of frames", remedy="Write simulated:lung=200")
        return kind, SourceRecipe(simulated=kind, count=int(count) if count else None)  # type: ignore[arg-type]
    name, sign, folder = text.partition("=")
    if not sign:
        name, folder = Path(text).name or "data", text
    if not folder or not name:
        raise SourceError(f"'{text[:80]}' is no source", remedy="Write NAME=FOLDER or simulated:lung=200")
    return name, SourceRecipe(data=Path(folder))


def load_source(recipe: SourceRecipe, label: str, seed: int = 0) -> list[Sample]:
    """Return the frames of one source with one mask each, called `label`.

    Parameters
    ----------
    recipe : SourceRecipe
        Where from, and which masks are united. If it names none, the mask of that very label is taken where
        a frame has one, and the union of all its masks otherwise.
    label : str
        What the mask is called afterwards.
    seed : int
        Added to the recipe's own, for simulation and drawing.

    Raises
    ------
    SourceError
        If there is nothing, or no frame with such a mask.
    UnreadableFileError
        If a file of the folder cannot be read.
    """
    if recipe.simulated is None and recipe.data is None:
        raise SourceError("no data were named", remedy="Give --data FOLDER, or 'simulated' in the recipe")
    samples = _simulate(recipe, seed) if recipe.simulated else _read(recipe, label, seed)
    united = [unite(sample, recipe.labels, label) for sample in samples]
    kept = [sample for sample in united if label in sample.masks]
    if not kept:
        known = sorted({name for sample in samples for name in sample.masks} - {IGNORED})
        wanted = " or ".join(recipe.labels) if recipe.labels else label
        raise SourceError(
            f"no frame has a mask of '{wanted}'", path=recipe.data, remedy=f"There are: {', '.join(known)}"
        )
    return kept


def load_sources(sources: Mapping[str, SourceRecipe], label: str, seed: int = 0) -> list[Sample]:
    """Return the frames of several sources together, named and grouped apart by the source's name.

    Raises
    ------
    SourceError
        If there is no source, or nothing in one.
    """
    if not sources:
        raise SourceError("no source was named", remedy="Give --source, e.g. simulated:lung=200")
    together = []
    for name, recipe in sources.items():
        together += [
            replace(s, name=f"{name}/{s.name}", group=f"{name}/{s.group}", source=s.source or name)
            for s in load_source(recipe, label, seed)
        ]
    return together


def unite(sample: Sample, labels: Sequence[str], label: str) -> Sample:
    """Return the sample with the union of some of its masks as its only mask; without one if it has none.

    Pixels to be ignored stay ignored.
    """
    if labels:
        chosen = [name for name in labels if name in sample.masks]
    else:
        others = [name for name in sample.masks if name != IGNORED]
        chosen = [label] if label in sample.masks else others
    kept = {IGNORED: sample.masks[IGNORED]} if IGNORED in sample.masks else {}
    if not chosen:
        return replace(sample, masks=kept)
    union = np.logical_or.reduce([sample.masks[name] for name in chosen])
    return replace(sample, masks={label: union} | kept)


def describe(samples: Sequence[Sample]) -> str:
    """Return how many frames of how many groups there are, for a card."""
    groups = len({sample.group for sample in samples})
    return f"{len(samples)} frame{_s(len(samples))} of {groups} group{_s(groups)}"


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _simulate(recipe: SourceRecipe, seed: int) -> list[Sample]:
    from training.simulate import cyst, head, lung, salient

    makers: dict[str, Callable[..., list[Sample]]] = {
        "lung": lung.simulate_samples,
        "cyst": cyst.simulate_samples,
        "head": head.simulate_samples,
        "salient": salient.simulate_samples,
    }
    kind = str(recipe.simulated)
    count = recipe.count or DEFAULT_COUNT
    if kind in _SIZED:
        return makers[kind](count, recipe.seed + seed, shape=(recipe.side, recipe.side))
    return makers[kind](count, recipe.seed + seed)


def _read(recipe: SourceRecipe, label: str, seed: int) -> list[Sample]:
    from training.data.open import open_dataset

    assert recipe.data is not None
    samples = open_dataset(recipe.data, layout=recipe.layout)
    if recipe.labels or any(label in sample.masks for sample in samples):
        wanted = set(recipe.labels or (label,))
        samples = [sample for sample in samples if wanted & sample.masks.keys()]
    samples.sort(key=lambda sample: natural(sample.name))
    if recipe.count is not None and recipe.count < len(samples):
        random = np.random.default_rng((recipe.seed + seed, len(samples)))
        samples = [samples[i] for i in sorted(random.permutation(len(samples))[: recipe.count])]
    return samples


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a key that sorts ``frame2`` before ``frame10``."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", text) if part)
