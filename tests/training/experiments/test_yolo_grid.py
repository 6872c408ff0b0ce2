from __future__ import annotations

from dataclasses import replace

import pytest

from training.experiments import yolo_grid
from training.experiments.yolo_grid import TINY, Frames, Settings, gather, split_of, variants


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny, monkeypatch):
    trained = []
    train = yolo_grid.Lab._train

    def counted(self, variant, seed):
        trained.append(variant.name)
        return train(self, variant, seed)

    monkeypatch.setattr(yolo_grid.Lab, "_train", counted)
    text, results, table, out = run_tiny(yolo_grid, TINY)
    assert trained == ["S = 3", "S = 5", "S = 5, frozen, then 3", "B = 1"]
    assert {row["study"] for row in table} == {"cells", "many first", "boxes", "masks"}
    assert {row["model"] for row in results} == {
        *trained,
        "whole image",
        "inside the box found",
        "inside the true box",
    }
    assert "AP as published" in text
    assert (out / "cells_ap50.png").exists()


def test_published_numbers_of_cells_and_each_training_once():
    names = [variant.name for variant in variants(Settings())]
    assert names[:4] == ["S = 7", "S = 9", "S = 11", "S = 13"]
    assert len(set(names)) == len(names) == 8
    assert "B = 2" not in names  # it is S = 11


@pytest.fixture(scope="module")
def heads():
    return gather(TINY, None)


def test_no_patient_is_learnt_from_and_judged(toy_samples, heads):
    frames = Frames(tuple(toy_samples), heads.simulated, "")
    judged = []
    for seed in range(3):
        fold = split_of(TINY, frames, seed)
        groups = [{frames.all[i].group for i in side} for side in (fold.train, fold.validation, fold.test)]
        assert not groups[0] & groups[2]
        assert not groups[1] & (groups[0] | groups[2])
        judged += [i for i in fold.test if i < len(toy_samples)]
    assert sorted(judged) == list(range(len(toy_samples)))


def test_simulated_heads_lie_as_planes_are_stored(heads):
    assert all(abs(s.facts["angle_deg"] % 180 - 90) > 60 for s in heads.simulated)


def test_frozen_variant_waits_for_the_detector_with_many_cells(tmp_path, heads):
    from training.experiments.budget import Budget
    from training.experiments.trial_cache import TrialCache

    lab = yolo_grid.Lab(TINY, heads, TrialCache(tmp_path), Budget(0.0))
    (frozen,) = [variant for variant in variants(TINY) if variant.is_frozen]
    assert lab.detector(frozen, 0) is None
    assert lab.start(frozen, 0) is None


@pytest.mark.parametrize("change", [{"steps": 9}, {"jitter": 0.3}])
def test_other_settings_are_other_weights(tmp_path, change):
    from training.experiments.budget import Budget
    from training.experiments.trial_cache import TrialCache

    frames = Frames((), (), "x")
    first = yolo_grid.Lab(TINY, frames, TrialCache(tmp_path), Budget(None))
    other = yolo_grid.Lab(replace(TINY, **change), frames, TrialCache(tmp_path), Budget(None))
    same = yolo_grid.Lab(replace(TINY, minutes=7.0, seeds=9), frames, TrialCache(tmp_path), Budget(None))
    assert first.weights("S = 3", 0) != other.weights("S = 3", 0)
    assert first.weights("S = 3", 0) == same.weights("S = 3", 0)
