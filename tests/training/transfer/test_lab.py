from __future__ import annotations

from dataclasses import replace

import pytest

from training.transfer import stages
from training.transfer.lab import cells_of, columns_of, run_lab, steps_of, times_of
from training.transfer.sources import load_source
from training.transfer.stages import Bench


def test_the_grid(lab_recipe):
    samples = load_source(lab_recipe.data, "cyst")
    cells = list(cells_of(replace(lab_recipe, first_folds=None, seeds=(0, 1)), samples))
    assert len(cells) == 2 * 2 * 5 * (2 * 2 + 1)
    assert {cell.model for cell in cells} == {
        "all from salient",
        "all from head",
        "9 from salient",
        "9 from head",
        "scratch",
    }


@pytest.mark.parametrize(("frames", "steps"), [(85, 27), (163, 52), (805, 258), (240, 77)])
def test_steps_are_equal_across_fractions_as_published(lab_recipe, frames, steps):
    free = replace(lab_recipe, fit=replace(lab_recipe.fit, steps_per_epoch=None))
    assert {steps_of(free, frames, fraction) for fraction in (0.8, 0.5, 0.05)} == {steps}
    assert steps_of(replace(free, equal_steps=False), 85, 0.05) == 2


def test_the_lab_runs_and_goes_on(lab_recipe, lab_done, monkeypatch):
    folder, result = lab_done
    assert len(result.trials) == 10
    assert result.counts == {0.8: (6, 2, 2), 0.5: (4, 1, 2)}
    columns = columns_of(lab_recipe, result)
    assert set(columns) == {"salient, 80%", "salient, 50%", "head, 80%", "head, 50%"}
    # what needs no source was trained once and stands in both columns
    assert columns["salient, 80%"]["scratch"] == columns["head, 80%"]["scratch"]
    assert len(columns["salient, 80%"]["all"]) == 2
    assert sum(row["trainings"] for row in times_of(result)) == 10
    assert (folder / "scores.csv").is_file()

    def refuse(*_, **__):
        raise AssertionError("trained again")

    monkeypatch.setattr(stages, "run_trial", refuse)
    again = run_lab(lab_recipe, folder, Bench(folder, keep_weights=False), "cpu")
    assert again.rows == result.rows
