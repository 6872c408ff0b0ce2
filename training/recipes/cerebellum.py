"""The default cerebellum model: transcerebellar planes of the fetal head, split by patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.despeckle import FAST
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.dataset import group_folds, load_fetal_planes, split_by_group
from training.recipes.recipe import Recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.dataset import Sample

CANVAS = (240, 240)
FOLDS = 5
VIEWS = AugmentSettings(
    rotation_deg=15.0,
    zoom=(0.75, 1.4),
    stretch=1.3,
    shear=0.1,
    shift=0.12,
    elastic=0.01,
    gray=0.6,
    burnt_in=0.1,
)


def load(data: Path) -> list[Sample]:
    """Return the transcerebellar planes; the group is the patient."""
    return load_fetal_planes(data / "fetal_cerebellum")


def folds(samples: Sequence[Sample], seed: int) -> list[list[str]]:
    """Deal patients into folds; the first holds the patient of the bundled sample out."""
    dealt = group_folds(samples, FOLDS, seed)
    return sorted(dealt, key=lambda fold: "p060" not in fold)


def batches(data: Path, samples: Sequence[Sample], held_out: Sequence[str], seed: int) -> Mixture:
    """Return batches of six planes, drawn evenly over patients."""
    planes, _ = split_by_group(samples, held_out)
    pool = make_pool(planes, RECIPE.labels, CANVAS, FAST)
    return Mixture([pool], (6,), RECIPE.input_shape, VIEWS)


RECIPE = Recipe(
    name="cerebellum",
    label="cerebellum",
    labels=("cerebellum",),
    input_shape=(192, 192),
    arguments={"base_width": 16, "norm": "group"},
    steps=800,
    load=load,
    folds=folds,
    batches=batches,
    data=(
        "23 transcerebellar planes of 15 patients with the cerebellum drawn as two hemispheres (Eira"
        " Rodriguez Martin, CC0 1.0; its annotation file says CC BY 4.0)"
    ),
    licence="CC BY 4.0",
    notes=(
        "Research use only, not a medical device. For transcerebellar planes of the second trimester: 14 of"
        " the 15 patients were between 19 and 22 weeks of gestation, one was at 27. The mask is the union of"
        " the two hemispheres without the vermis; keep the two largest components. Other planes of the head"
        " and other organs were never shown; what it marks there means nothing."
    ),
)
