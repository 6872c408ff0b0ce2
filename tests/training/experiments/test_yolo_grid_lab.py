from __future__ import annotations

from dataclasses import replace

import pytest

from training.experiments.budget import Budget
from training.experiments.trial_cache import TrialCache
from training.experiments.yolo_grid import TINY, variants
from training.experiments.yolo_grid_lab import Frames, Lab, gather, split_of


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
    lab = Lab(TINY, heads, TrialCache(tmp_path), Budget(0.0))
    (frozen,) = [variant for variant in variants(TINY) if variant.is_frozen]
    assert lab.detector(frozen, 0) is None
    assert lab.start(frozen, 0) is None


@pytest.mark.parametrize("change", [{"steps": 9}, {"jitter": 0.3}])
def test_other_settings_are_other_weights(tmp_path, change):
    frames = Frames((), (), "x")
    first = Lab(TINY, frames, TrialCache(tmp_path), Budget(None))
    other = Lab(replace(TINY, **change), frames, TrialCache(tmp_path), Budget(None))
    same = Lab(replace(TINY, minutes=7.0, seeds=9), frames, TrialCache(tmp_path), Budget(None))
    assert first.weights("S = 3", 0) != other.weights("S = 3", 0)
    assert first.weights("S = 3", 0) == same.weights("S = 3", 0)
