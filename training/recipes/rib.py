"""The default rib model: drawn ribs of other groups, simulated chests and ribs put into real frames."""

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
        "119 frames with ribs and 39 without, drawn by an AI assistant without clinical training"
        " and checked by"
        " nobody (resources/datasets/ribs and ribs_more; frames: Born et al., COVID-19 lung"
        " ultrasound dataset,"
        " doi 10.3390/app11020672, CC BY 4.0 or 2.0 by file: Tsung, Kessler and Shah 2012, doi"
        " 10.1186/2036-7902-4-16; Oliveira et al. 2020, doi 10.1590/0100-3984.2020.0051); limb"
        " frames as frames"
        " without ribs, and with ribs put into them (Timm Kandaouroff, CC BY 4.0); simulated chest walls"
        " (training/simulate)"
    ),
    licence="CC BY 4.0",
    notes=(
        "Research use only, not a medical device. Finds the bright surface of a rib seen across by a linear"
        " probe, as a thin arc. Only three recordings or contributors with ribs were at hand, so"
        " what it does on"
        " another machine or person is hardly known: look at every frame."
    ),
)
