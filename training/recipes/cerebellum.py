"""The default cerebellum model: transcerebellar planes of the fetal head, split by patient."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np

from training.dataset import group_folds, groups_of, load_fetal_planes
from training.recipes.cerebellum_options import CerebellumOptions, train_cerebellum
from training.recipes.default_model import DefaultModel
from training.recipes.drawn_ribs import load_all_drawn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from training.dataset import Sample

FOLDS = 5
OPTIONS = CerebellumOptions()
"""What the ablation kept."""


LUNG = "lung"
"""Start of the groups of frames without a cerebellum."""


def load(data: Path) -> list[Sample]:
    """Return the transcerebellar planes, the group is the patient, and lung frames as frames without.

    The lung frames are judged and never learnt from; limbs are what the network learns of nothing.
    """
    planes = load_fetal_planes(data / "fetal_cerebellum")
    frames = [sample for sample in load_all_drawn(data) if sample.group != "g_usgra"]
    empty = [
        replace(
            sample,
            group=f"{LUNG} {sample.group}",
            masks={label: np.zeros(sample.frame.shape, bool) for label in OPTIONS.labels},
            ignored=None,
        )
        for sample in frames[::5]
    ]
    return planes + empty


def folds(samples: Sequence[Sample], seed: int) -> list[list[str]]:
    """Deal patients into folds; what ships is the training without the patient of the bundled sample.

    Frames without a cerebellum are judged by what ships.
    """
    planes = [sample for sample in samples if not sample.group.startswith(LUNG)]
    # dealt once and for all: another seed is another training, not other folds
    dealt = group_folds(planes, min(FOLDS, len(groups_of(planes))), 0)
    first, *others = sorted(dealt, key=lambda fold: "p060" not in fold)
    return [first + [group for group in groups_of(samples) if group.startswith(LUNG)], *others]


def train(data: Path, samples: Sequence[Sample], held_out: Sequence[str], seed: int, work: Path) -> nn.Module:
    """Train without some patients."""
    return train_cerebellum(OPTIONS, data, samples, held_out, seed, work)


RECIPE = DefaultModel(
    name="cerebellum",
    labels=OPTIONS.labels,
    architecture=OPTIONS.architecture,
    arguments=OPTIONS.arguments,
    input_shape=OPTIONS.frame_shape,
    load=load,
    folds=folds,
    train=train,
    options=asdict(OPTIONS),
    data=(
        "23 transcerebellar planes of 15 patients with cerebellum (two hemispheres), vermis and"
        " cisterna magna"
        " drawn (Eira Rodriguez Martin, CC0 1.0; its annotation file says CC BY 4.0); limb"
        " frames as frames without (Timm Kandaouroff, CC BY 4.0)"
    ),
    licence="CC BY 4.0",
    notes=(
        "Research use only, not a medical device. For transcerebellar planes of the second"
        " trimester: 14 of the"
        " 15 patients were between 19 and 22 weeks of gestation, one was at 27. The cerebellum is"
        " the union of"
        " the two hemispheres without the vermis. Other planes of the head and other organs were never shown;"
        " what it marks there means nothing. On oblique planes through the base of the skull other"
        " dark round fields are taken for the cerebellum."
    ),
)
