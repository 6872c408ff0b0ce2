"""Frames to learn from, of folders and simulators, alone or together, their masks united under one label."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np

from lusgui.base.errors import LusguiError
from training.dataset import Sample
from training.recipe_types import Simulation, SourceRecipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings

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


def parse_sources(
    sources: Sequence[str], takes: Sequence[str] = (), limits: Sequence[str] = ()
) -> dict[str, SourceRecipe]:
    """Read several sources, which masks of each are taken, and how many frames of each at most.

    Parameters
    ----------
    sources : sequence of str
        As `parse_source` reads them; two of one name are numbered.
    takes : sequence of str
        ``NAME=LABEL,LABEL``.
    limits : sequence of str
        ``NAME=COUNT``.

    Raises
    ------
    SourceError
        If one cannot be read, or names a source that is not there.
    """
    named: dict[str, SourceRecipe] = {}
    for text in sources:
        name, recipe = parse_source(text)
        free = name
        while free in named:
            free = f"{name}{len(named) + 1}"
        named[free] = recipe
    for text in takes:
        name, recipe = _named(text, named)
        labels = tuple(label.strip() for label in text.partition("=")[2].split(",") if label.strip())
        if not labels:
            raise SourceError(f"'{text[:80]}' names no label", remedy="Write NAME=LABEL,LABEL")
        named[name] = replace(recipe, labels=labels)
    for text in limits:
        name, recipe = _named(text, named)
        count = text.partition("=")[2]
        if not count.isdecimal() or int(count) < 1:
            raise SourceError(f"'{text[:80]}' gives no count of frames", remedy="Write NAME=COUNT")
        named[name] = replace(recipe, count=int(count))
    return named


def _named(text: str, named: Mapping[str, SourceRecipe]) -> tuple[str, SourceRecipe]:
    name = text.partition("=")[0]
    if name not in named:
        raise SourceError(f"there is no source called '{name[:40]}'", remedy=f"Known: {', '.join(named)}")
    return name, named[name]


def load_source(recipe: SourceRecipe, label: str, seed: int = 0, *, unites: bool = False) -> list[Sample]:
    """Return the frames of one source with one mask each, called `label`.

    Parameters
    ----------
    recipe : SourceRecipe
        Where from, and which masks are united into one.
    label : str
        What the mask is called afterwards; the one that is taken if the recipe names none.
    seed : int
        Added to the recipe's own, for simulation and drawing.
    unites : bool
        If the recipe names no masks, take the union of all that a frame has, whatever they are called.

    Raises
    ------
    SourceError
        If there is nothing, or no frame with such a mask.
    UnreadableFileError
        If a file of the folder cannot be read.
    """
    if recipe.simulated is None and recipe.data is None:
        raise SourceError("no data were named", remedy="Give --data FOLDER, or 'simulated' in the recipe")
    wanted = recipe.labels or (() if unites else (label,))
    samples = _simulate(recipe, seed) if recipe.simulated else _read(recipe, wanted, seed)
    united = [unite(sample, wanted, label) for sample in samples]
    kept = [sample for sample in united if label in sample.masks]
    if not kept:
        raise _no_mask(recipe, samples, " or ".join(wanted) or label)
    return kept


def _no_mask(recipe: SourceRecipe, samples: Sequence[Sample], wanted: str) -> SourceError:
    from training.data.open import masks_beside_boxes

    known = sorted({name for sample in samples for name in sample.masks} - {IGNORED})
    if known or recipe.data is None or not any(sample.boxes for sample in samples):
        remedy = f"There are: {', '.join(known) or 'none'}"
        return SourceError(f"no frame has a mask of '{wanted}'", path=recipe.data, remedy=remedy)
    return SourceError(
        f"only boxes were read, no mask of '{wanted}'",
        path=recipe.data,
        remedy=masks_beside_boxes(recipe.data)
        or "Masks are needed, e.g. in a folder 'masks' beside 'images'; from boxes 'detect' learns",
    )


def load_sources(sources: Mapping[str, SourceRecipe], label: str, seed: int = 0) -> list[Sample]:
    """Return the frames of several sources together, named and grouped apart by the source's name.

    All masks of a source are united into one, called `label`, unless its recipe names some.

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
            for s in load_source(recipe, label, seed, unites=True)
        ]
    return together


def unite(sample: Sample, labels: Sequence[str], label: str) -> Sample:
    """Return the sample with the union of some of its masks as its only mask; without one if it has none.

    Without `labels` all masks are united. Pixels to be ignored stay ignored.
    """
    wanted = labels or [name for name in sample.masks if name != IGNORED]
    chosen = [name for name in wanted if name in sample.masks]
    kept = {IGNORED: sample.masks[IGNORED]} if IGNORED in sample.masks else {}
    if not chosen:
        return replace(sample, masks=kept)
    union = np.logical_or.reduce([sample.masks[name] for name in chosen])
    return replace(sample, masks={label: union} | kept)


@dataclass(frozen=True)
class RememberedSample(Sample):
    """A sample that despeckles its frame once, however many folds and stages ask for it."""

    _grays: dict[str, NDArray[np.float32]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def gray(self, settings: DespeckleSettings | None = None) -> NDArray[np.float32]:
        """Return gray (H, W) in [0, 1], not to be written to."""
        key = "" if settings is None else settings.key
        if key not in self._grays:
            made = super().gray(settings)
            made.setflags(write=False)
            self._grays[key] = made
        return self._grays[key]


def remember(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples so that each frame is despeckled once."""
    return [RememberedSample(**{f.name: getattr(s, f.name) for f in fields(Sample)}) for s in samples]


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


def _read(recipe: SourceRecipe, labels: Sequence[str], seed: int) -> list[Sample]:
    from training.data.open import open_dataset

    assert recipe.data is not None
    # a single label also names masks that have no name of their own, and says itself when it is missing
    samples = open_dataset(recipe.data, labels[0] if len(labels) == 1 else None, recipe.layout)
    samples = [sample for sample in samples if not labels or set(labels) & sample.masks.keys()] or samples
    samples.sort(key=lambda sample: natural(sample.name))
    if recipe.count is not None and recipe.count < len(samples):
        random = np.random.default_rng((recipe.seed + seed, len(samples)))
        samples = [samples[i] for i in sorted(random.permutation(len(samples))[: recipe.count])]
    return samples


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a key that sorts ``frame2`` before ``frame10``."""
    return tuple((0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", text) if part)
