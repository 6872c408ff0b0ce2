"""The default rib model: drawn rib surfaces of three groups, ribless frames, and simulated chests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.despeckle import FAST
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.dataset import Sample, load_ribs, read_gray, split_by_group
from training.recipes.recipe import Recipe
from training.simulate.lung import simulate_samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CANVAS = (208, 208)
SIMULATED = 900
VIEWS = AugmentSettings(
    rotation_deg=10.0, zoom=(0.75, 1.5), stretch=1.6, shear=0.12, shift=0.15, elastic=0.015, burnt_in=0.25
)
FOLDS = (["g_oliviera", "g_vir2"], ["g_reg", "g_usgra"], ["g_pneu3", "g_vir1"])
"""Each of the three groups with ribs is held out once, and with it a group without, so that every frame is
judged once. What ships is the first: it learnt from the two groups that differ most, one of which (g_reg) is
that of the bundled sample clip."""


def load(data: Path) -> list[Sample]:
    """Return the drawn frames: ``ribs`` in the data folder, or where the project ships them."""
    from lusgui.base.paths import resources_dir

    own = data / "ribs"
    return load_ribs(own if own.is_dir() else resources_dir() / "datasets" / "ribs")


def folds(samples: Sequence[Sample], seed: int) -> list[list[str]]:
    """Return the groups held out in each training; nothing is left to the seed."""
    present = {sample.group for sample in samples}
    kept = ([group for group in fold if group in present] for fold in FOLDS)
    return [fold for fold in kept if fold]


def limbs(data: Path) -> list[Sample]:
    """Return limb frames of the same kind of probe, which show no rib."""
    folder = data / "usgra" / "images"
    samples = []
    for path in sorted(folder.glob("*.png"))[::4]:
        frame = read_gray(path)
        samples.append(Sample(path.stem, "limbs", frame, {"rib": np.zeros(frame.shape, bool)}))
    return samples


def before(seed: int) -> Mixture:
    """Return batches of simulated chests alone."""
    pool = make_pool(simulate_samples(SIMULATED, seed), RECIPE.labels, CANVAS, FAST)
    return Mixture([pool], (6,), RECIPE.input_shape, VIEWS)


def batches(data: Path, samples: Sequence[Sample], held_out: Sequence[str], seed: int) -> Mixture:
    """Return batches of three frames with ribs, two without, and two simulated ones."""
    learnt, _ = split_by_group(samples, held_out)
    with_rib = [sample for sample in learnt if sample.masks["rib"].any()]
    without = [sample for sample in learnt if not sample.masks["rib"].any()]
    if "g_usgra" not in held_out:
        without += limbs(data)
    simulated = simulate_samples(SIMULATED // 2, seed + 1)
    used = [(part, count) for part, count in ((with_rib, 3), (without, 2), (simulated, 2)) if part]
    pools = [make_pool(part, RECIPE.labels, CANVAS, FAST) for part, _ in used]
    return Mixture(pools, [count for _, count in used], RECIPE.input_shape, VIEWS)


RECIPE = Recipe(
    name="rib",
    label="rib",
    labels=("rib",),
    input_shape=(160, 160),
    arguments={"base_width": 16, "norm": "group"},
    steps=500,
    before=before,
    steps_before=900,
    load=load,
    folds=folds,
    batches=batches,
    data=(
        "61 frames with one rib each and 24 ribless frames, drawn by an AI assistant without"
        " clinical training and checked by nobody (resources/datasets/ribs; frames: Born et al.,"
        " COVID-19 lung ultrasound dataset, doi 10.3390/app11020672, CC BY 4.0 or 2.0 by file: Tsung,"
        " Kessler and Shah 2012, doi 10.1186/2036-7902-4-16; Oliveira et al. 2020, doi"
        " 10.1590/0100-3984.2020.0051); limb frames as frames without ribs (Timm Kandaouroff, CC BY 4.0);"
        " 1350 simulated chest walls (training/simulate/lung.py)"
    ),
    licence="CC BY 4.0",
    notes=(
        "Research use only, not a medical device. Finds the bright surface of a rib seen across by a"
        " linear probe, as a thin arc. With three recording groups that show ribs, what it does on another"
        " machine or person is hardly known: look at every frame. Bright pleura and fascia are at times taken"
        " for ribs, ribs with a grey shadow are missed, and something small is found on nearly every frame"
        " without ribs: set a least area. The bundled sample clip is of the group g_reg, which these weights"
        " learnt from: that its rib is found proves nothing. With g_reg held out the same recipe misses it."
    ),
)
