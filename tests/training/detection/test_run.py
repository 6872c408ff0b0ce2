from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from lusgui.base.errors import CancelledError
from lusgui.nn.checkpoint import load_model
from training.data.boxes import write_yolo
from training.detection.predict import Detector
from training.detection.run import folder_name, run_recipe
from training.detection.watch import Watch
from training.recipe_types import SourceRecipe


def test_a_sweep_ends_in_models_and_a_report(tmp_path, square_samples, small_recipe):
    data = write_yolo(square_samples, tmp_path / "data", ["square"])
    recipe = replace(small_recipe, data=SourceRecipe(data=data), vary={"arguments.grid": (2, 3)})
    told = []
    report = run_recipe(recipe, tmp_path / "out", watch=Watch(told.append))
    page = report.read_text(encoding="utf-8")
    assert "AP as published" in page
    with (tmp_path / "out" / "table.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["grid"] for row in rows] == ["2", "3"]
    assert (tmp_path / "out" / "ap_against_iterations.png").stat().st_size < 200_000
    model = load_model(tmp_path / "out" / "grid-3" / "model.safetensors")
    assert model.card.arguments["grid"] == 3
    Detector(model, "cpu").detect(square_samples[0])
    assert sum("iteration" in line for line in told) == 4


def test_what_is_finished_is_not_trained_again(tmp_path, square_samples, small_recipe):
    data = write_yolo(square_samples, tmp_path / "data", ["square"])
    recipe = replace(
        small_recipe, data=SourceRecipe(data=data), fit=replace(small_recipe.fit, epochs=1, steps_per_epoch=1)
    )
    run_recipe(recipe, tmp_path / "out")
    told = []
    run_recipe(recipe, tmp_path / "out", watch=Watch(told.append))
    assert not any("iteration" in line for line in told)


def test_names_of_folders():
    assert folder_name("learning_rate=0.0005, momentum=0.3") == "learning-rate-0.0005-momentum-0.3"
    assert folder_name("") == "detector"


def test_a_stopped_sweep_says_so_and_goes_on(tmp_path, square_samples, small_recipe):
    data = write_yolo(square_samples, tmp_path / "data", ["square"])
    recipe = replace(small_recipe, data=SourceRecipe(data=data))
    asked = []

    def cancelled():
        asked.append(1)
        return len(asked) > 3

    with pytest.raises(CancelledError, match="goes on"):
        run_recipe(recipe, tmp_path / "out", watch=Watch(cancelled=cancelled))
    assert not (tmp_path / "out" / "detector" / "model.safetensors").exists()
    told = []
    run_recipe(recipe, tmp_path / "out", watch=Watch(told.append))
    assert [line.split(":")[0].split()[-1] for line in told if "iteration" in line] == ["4"]
