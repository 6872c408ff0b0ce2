from __future__ import annotations

from pathlib import Path

from training.recipes import rib


def test_the_group_of_the_sample_is_held_out_first():
    samples = rib.RECIPE.load(Path("no such folder"))  # the frames that the project ships
    folds = rib.folds(samples, 0)
    assert folds[0] == ["g_reg"]
    assert len(folds) == 3


def test_absent_groups_are_left_out_of_the_folds(toy_samples):
    assert rib.folds(toy_samples, 0) == []
