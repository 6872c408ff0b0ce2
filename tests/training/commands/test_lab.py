from __future__ import annotations

import csv

from lusgui.core.strategies import AMIRI
from training.__main__ import main
from training.data.splits import amiri_counts
from training.recipe_file import load_recipe
from training.recipe_types import LabRecipe


def test_the_recipe_of_amiri_runs_end_to_end(tmp_path, capsys):
    assert main(["lab", "--tiny", "--out", str(tmp_path), "--device", "cpu"]) == 0
    assert "3 trainings" in capsys.readouterr().out
    assert (tmp_path / "report.html").is_file()
    with (tmp_path / "scores.csv").open(newline="") as stream:
        assert {row["strategy"] for row in csv.DictReader(stream)} == {"all", "9", "scratch"}


def test_the_published_values_are_in_the_recipe():
    recipe = load_recipe("amiri2020_sus", LabRecipe)
    assert recipe.strategies == AMIRI
    assert recipe.fractions == (0.8, 0.5, 0.05)
    assert (recipe.fit.batch_size, recipe.fit.learning_rate, recipe.fit.optimiser) == (2, 1e-4, "adam")
    assert recipe.fit.patience == 20
    assert recipe.loss == "bce"
    assert recipe.augment == "amiri"
    assert recipe.pretrain.augment == "none"
    assert recipe.input_shape == (256, 256)
    assert [amiri_counts(recipe.data.count, fraction) for fraction in recipe.fractions] == [
        (54, 14, 17),
        (34, 9, 17),
        (3, 1, 17),
    ]


def test_options_choose_part_of_the_grid(tmp_path, capsys):
    call = ["lab", "--tiny", "--strategy", "scratch", "--fraction", "0.8", "--seed", "4", "--device", "cpu"]
    assert main([*call, "--scale", "2", "--out", str(tmp_path)]) == 0
    assert "1 trainings" in capsys.readouterr().out
    assert main(["lab", "--tiny", "--strategy", "most", "--out", str(tmp_path / "x")]) == 2
    assert "no strategy" in capsys.readouterr().err
