"""The default rib model: simulated chests, then real frames without ribs; drawn ribs judge it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from training.dataset import groups_of
from training.recipes.default_model import DefaultModel
from training.recipes.drawn_ribs import FOLDS, load_all_drawn
from training.recipes.rib_options import RibOptions, train_rib

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from training.dataset import Sample

OPTIONS = RibOptions(
    side=192,
    base_width=16,
    steps_before=1400,
    simulated_plain=500,
    simulated_wide=500,
    implanted=0,
    steps=200,
    learning_rate=5e-4,
    with_rib=0,
    without_rib=3,
    made=5,
    share_of_drawn=0.6,
)
"""What the ablation kept."""


def folds(samples: Sequence[Sample], seed: int) -> list[list[str]]:
    """Return the groups held out in each training; nothing is left to the seed.

    What ships is the training without g_reg, the group of the bundled sample clip: so the first thing that
    a person sees of the model is on a recording it never saw.
    """
    present = set(groups_of(samples))
    kept = ([group for group in fold if group in present] for fold in FOLDS)
    return sorted((fold for fold in kept if fold), key=lambda fold: "g_reg" not in fold)


def train(data: Path, samples: Sequence[Sample], held_out: Sequence[str], seed: int, work: Path) -> nn.Module:
    """Train without some groups."""
    return train_rib(OPTIONS, data, samples, held_out, seed, work)


RECIPE = DefaultModel(
    name="rib",
    labels=("rib",),
    architecture="lus-unet",
    arguments=OPTIONS.arguments,
    input_shape=OPTIONS.input_shape,
    load=load_all_drawn,
    folds=folds,
    train=train,
    options=asdict(OPTIONS),
    data=(
        "1000 simulated chest walls (training/simulate/lung.py, lung_wide.py), limb frames as frames without"
        " ribs (Timm Kandaouroff, CC BY 4.0), and the lung frames without ribs of the groups that"
        " are not held"
        " out. No drawn rib was learnt: in every way that was tried the ribs of two groups made"
        " the third worse."
        " The 119 frames with a drawn rib and 36 without are what the model is judged on, and what"
        " temperature,"
        " least mass and recipe were chosen on; they were drawn by an AI assistant without clinical training"
        " and checked by nobody (resources/datasets/ribs and ribs_more; frames: Born et al., COVID-19 lung"
        " ultrasound dataset, doi 10.3390/app11020672, CC BY 4.0 or 2.0 by file: Tsung, Kessler"
        " and Shah 2012,"
        " doi 10.1186/2036-7902-4-16; Oliveira et al. 2020, doi 10.1590/0100-3984.2020.0051)"
    ),
    licence="CC BY 4.0",
    notes=(
        "Research use only, not a medical device. Finds the bright surface of a rib seen across by a linear"
        " probe, as a thin arc. Only three recordings or contributors with ribs were at hand, so what it does"
        " on another machine or person is hardly known: look at every frame. Faint ribs and ribs cut by the"
        " border are missed; on most frames without ribs something small is marked, above all on"
        " pleura and on"
        " bright rims over dark tissue. The bundled sample clip is of the group g_reg, which these"
        " weights never"
        " saw."
    ),
)
