"""The default cerebellum model: fetal planes with four structures, and head planes for context.

The other structures of the plane, and the head in a second data set, are learnt beside the cerebellum, for
twenty planes alone say little about where to look; only the cerebellum is kept in the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.despeckle import FAST
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.dataset import (
    FETAL_STRUCTURES,
    group_folds,
    load_fetal_heads,
    load_fetal_planes,
    split_by_group,
)
from training.recipes.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.dataset import Sample

CANVAS = (240, 240)
FOLDS = 5
VIEWS = AugmentSettings(
    rotation_deg=35.0, zoom=(0.7, 1.5), stretch=1.3, shear=0.15, shift=0.15, elastic=0.015, burnt_in=0.2
)


def load(data: Path) -> list[Sample]:
    """Return the transcerebellar planes; the group is the patient."""
    return load_fetal_planes(data / "fetal_cerebellum")


def folds(samples: Sequence[Sample], seed: int) -> list[list[str]]:
    """Deal patients into folds; the first holds the patient of the bundled sample out."""
    dealt = group_folds(samples, FOLDS, seed)
    return sorted(dealt, key=lambda fold: "p060" not in fold)


def batches(data: Path, samples: Sequence[Sample], held_out: Sequence[str], seed: int) -> Mixture:
    """Return batches of three planes and one head."""
    planes, _ = split_by_group(samples, held_out)
    heads = load_fetal_heads(data / "hc18")
    pools = [make_pool(part, RECIPE.labels, CANVAS, FAST) for part in (planes, heads) if part]
    return Mixture(pools, (3, 1)[: len(pools)], RECIPE.input_shape, VIEWS)


RECIPE = Recipe(
    name="cerebellum",
    label="cerebellum",
    labels=(*FETAL_STRUCTURES, "head"),
    input_shape=(192, 192),
    arguments={"base_width": 16, "norm": "group"},
    steps=1200,
    load=load,
    folds=folds,
    batches=batches,
    data=(
        "23 transcerebellar planes of 15 patients (Eira Rodriguez Martin, CC0 1.0; its annotation file says"
        " CC BY 4.0) with masks of cerebellum, vermis, cisterna magna and fourth ventricle; 173 fetal head"
        " planes with the head's outline (van den Heuvel et al., HC18, CC BY 4.0, doi"
        " 10.5281/zenodo.1322001) to teach where the head is"
    ),
    licence="CC BY 4.0",
    notes=(
        "Research use only, not a medical device. For transcerebellar planes of the second trimester: all but"
        " one training patient were between 19 and 22 weeks of gestation, on one maker's machine. The mask is"
        " the union of the two hemispheres without the vermis. Other planes of the head and other organs"
        " were never shown; what it marks there means nothing."
    ),
)
