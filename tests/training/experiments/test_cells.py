import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as hnp

from training.data.splits import Fold
from training.engine.settings import FitSettings, TrainingError
from training.experiments import cells
from training.experiments.budget import Budget
from training.experiments.cells import Cell, Done, by_variant, pack_mask, pretrained, run_cells, unpack_mask
from training.experiments.sets import DataSet
from training.experiments.trial_cache import TrialCache
from training.trials import Trial


@pytest.fixture
def cell(toy_samples):
    fit = FitSettings(epochs=1, steps_per_epoch=2, precision="float32", device="cpu")
    trial = Trial("lus-unet", "rib", (32, 32), {"base_width": 2}, fit=fit)
    data = DataSet("toy", "rib", tuple(toy_samples))
    return Cell(data, "all", "0", 0, trial, Fold((0, 1, 2), (), (4, 5)), shown=("f4",))


def test_a_cell_is_trained_once_and_its_masks_are_kept(cell, tmp_path, monkeypatch):
    done, missing = run_cells("test", [cell], TrialCache(tmp_path), Budget(None))
    assert missing == 0
    assert set(done[0].dice) == {"f4", "f5"}
    assert done[0].result["seconds"] > 0
    found = unpack_mask(done[0].result["masks"]["f4"])
    assert found.shape == cell.data.samples[4].frame.shape
    assert set(done[0].result["masks"]) == {"f4"}
    assert cells.to_sample_masks(done, cell.data.samples[4])["all"].shape == found.shape
    row = done[0].rows()[0]
    assert (row["data"], row["variant"], row["name"], row["learnt_from"]) == ("toy", "all", "f4", 3)
    monkeypatch.setattr(cells, "run_cell", lambda _: pytest.fail("it was kept"))
    again, _ = run_cells("test", [cell], TrialCache(tmp_path), Budget(0.0))
    assert again[0].result == done[0].result


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 1},
        {"variant": "scratch"},
        {"fold": "1"},
        {"fraction": 0.5},
        {"split": Fold((0, 1), (), (4, 5))},
        {"shown": ()},
    ],
)
def test_every_part_of_a_cell_counts(cell, change):
    assert replace(cell, **change).key("test") != cell.key("test")


def test_pixels_count(cell, toy_samples):
    before = cell.key("test")
    toy_samples[0].frame[0, 0] += 1
    assert replace(cell, data=DataSet("toy", "rib", tuple(toy_samples))).key("test") != before


def test_without_time_nothing_is_begun(cell, tmp_path):
    done, missing = run_cells("test", [cell, replace(cell, seed=1)], TrialCache(tmp_path), Budget(0.0))
    assert (done, missing) == ([], 2)


def test_a_loss_that_is_no_number_is_a_failure_and_not_the_end(cell, tmp_path, monkeypatch):
    def diverge(*_):
        raise TrainingError("the loss is no number")

    monkeypatch.setattr("training.trials.run_trial", diverge)
    done, _ = run_cells("test", [cell], TrialCache(tmp_path), Budget(None))
    assert done[0].failed
    assert done[0].mean_dice == 0
    assert done[0].result["reason"] == "the loss is no number."


@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=20)))
def test_masks_survive_packing(mask):
    assert np.array_equal(unpack_mask(pack_mask(mask)), mask)


def test_what_was_learnt_before_is_read_back(cell, tmp_path):
    base, result = pretrained("toy", cell.trial, cell.data, cell.split, tmp_path)
    again, kept = pretrained("toy", cell.trial, cell.data, cell.split, tmp_path)
    assert base.name == again.name
    assert result == kept
    assert 0 <= result["dice"] <= 1
    assert all(np.array_equal(base.state[key], again.state[key]) for key in base.state)
    started = replace(cell, trial=replace(cell.trial, base=base))
    assert started.key("test") != cell.key("test")


def test_scores_are_sorted_by_variant_and_block(cell):
    row = {"name": "f4", "group": "g", "dice": 0.5}
    empty = {"name": "f5", "group": "g", "dice": None}
    done = [Done(cell, {"rows": [row, empty], "failed": False})]
    assert by_variant(done) == {"all": {"0/0": {"f4": 0.5}}}
    assert math.isnan(Done(cell, {"rows": [empty]}).mean_dice)
