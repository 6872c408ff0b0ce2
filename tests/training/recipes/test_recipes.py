"""Is about training.recipes.recipe, training.recipes.rib and training.recipes.cerebellum."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from lusgui.core.networks import check_arguments, check_input_shape
from training.dataset import Sample, groups_of
from training.models import RECIPES
from training.recipes import cerebellum, rib

BLANK = np.zeros((24, 24), np.uint8)


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_a_recipe_is_complete(recipe):
    assert recipe.label in recipe.labels
    check_input_shape(recipe.input_shape)
    check_arguments("lus-unet", recipe.arguments)
    assert recipe.data
    assert "Research use only" in recipe.notes
    assert recipe.licence == "CC BY 4.0"


def test_ribs_hold_every_group_out_once():
    samples = rib.load(Path("no such folder"))  # the frames that the project ships
    folds = rib.folds(samples, 0)
    assert sorted(group for fold in folds for group in fold) == groups_of(samples)
    with_rib = {sample.group for sample in samples if sample.masks["rib"].any()}
    assert all(len(with_rib & set(fold)) == 1 for fold in folds)  # two groups with ribs to learn from
    assert sum(sample.masks["rib"].any() for sample in samples) >= 40
    assert sum(not sample.masks["rib"].any() for sample in samples) >= 20


def test_no_limb_frame_is_learnt_where_limbs_are_judged(tmp_path, monkeypatch):
    monkeypatch.setattr(rib, "simulate_samples", lambda count, seed: [])
    folder = tmp_path / "usgra" / "images"
    folder.mkdir(parents=True)
    Image.fromarray(BLANK).save(folder / "0000.png")
    mask = BLANK > 0
    drawn = mask.copy()
    drawn[3:6] = True
    samples = [
        Sample("a", "g_reg", BLANK, {"rib": drawn}),
        Sample("b", "g_pneu3", BLANK, {"rib": mask}),
    ]
    with_limbs = rib.batches(tmp_path, samples, ["g_vir1"], 0)
    without = rib.batches(tmp_path, samples, ["g_usgra"], 0)
    assert [len(pool.raw) for pool in with_limbs.pools] == [1, 2]
    assert [len(pool.raw) for pool in without.pools] == [1, 1]


def test_the_first_training_sees_only_simulations(monkeypatch):
    monkeypatch.setattr(rib, "SIMULATED", 3)
    mixture = rib.before(0)
    images, masks, known = mixture(0, torch.Generator().manual_seed(0))
    assert images.shape == (6, 1, *rib.RECIPE.input_shape)
    assert masks.shape == images.shape
    assert known.min() == 1


def test_cerebella_are_not_learnt_from_who_is_held_out(tmp_path):
    mask = BLANK > 0
    samples = [Sample(f"p{i:03}", f"p{i:03}", BLANK, {"cerebellum": mask}) for i in (1, 2, 60)]
    mixture = cerebellum.batches(tmp_path, samples, ["p060"], 0)
    assert [len(pool.raw) for pool in mixture.pools] == [2]
    images, masks, known = mixture(0, torch.Generator().manual_seed(0))
    assert images.shape == masks.shape == (6, 1, *cerebellum.RECIPE.input_shape)
    assert known.min() == 1


def test_the_patient_of_the_sample_is_held_out_first():
    samples = [Sample(f"p{i:03}", f"p{i:03}", BLANK) for i in (1, 2, 3, 4, 5, 6, 60)]
    folds = cerebellum.folds(samples, 0)
    assert "p060" in folds[0]
    assert sorted(group for fold in folds for group in fold) == groups_of(samples)
