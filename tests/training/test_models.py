from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.despeckle import FAST
from lusgui.nn.checkpoint import load_model
from lusgui.nn.predictor import Predictor, measure_bfloat16_dice
from lusgui.nn.registry import build
from training import models
from training.__main__ import main
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.dataset import groups_of, split_by_group
from training.loop import LoopSettings
from training.recipes.kept_training import Course, run_course


@pytest.fixture
def toy_recipe(toy_samples, monkeypatch):
    """The rib's recipe with a network for toys that tells bright squares after a few steps."""

    def network():
        torch.manual_seed(0)
        return build("lus-unet", base_width=4, out_channels=2)

    def train(data, samples, held_out, seed, work):
        learnt, _ = split_by_group(samples, held_out)
        settings = LoopSettings(25, 5e-3, warm_up=2, bfloat16=False, seed=seed)
        course = Course(f"toy-{'-'.join(held_out)}", settings, {})

        def batches():
            pool = make_pool(learnt, ("rib", "pleura"), (32, 32), FAST)
            return Mixture([pool], (2,), (32, 32), AugmentSettings(gray=0.0, burnt_in=0.0))

        return run_course(course, work, batches, network)

    recipe = replace(
        models.RECIPES["rib"],
        labels=("rib", "pleura"),
        architecture="lus-unet",
        input_shape=(32, 32),
        arguments={"base_width": 4, "norm": "group", "out_channels": 2},
        load=lambda data: toy_samples,
        folds=lambda samples, seed: [[group] for group in groups_of(samples)],
        train=train,
    )
    monkeypatch.setitem(models.RECIPES, "rib", recipe)
    return recipe


def test_unknown_recipes_are_refused():
    with pytest.raises(ModelError, match="no recipe"):
        models.recipe_of("spleen")


def test_a_model_is_made_again_with_its_scores(toy_recipe, tmp_path):
    card = models.rebuild("rib", tmp_path, tmp_path / "out", tmp_path / "work")
    loaded = load_model(tmp_path / "out" / "rib.safetensors")
    assert loaded.card == card
    assert card.labels == ("rib", "pleura")
    assert card.version == models.VERSION
    assert card.seed == 0
    assert "held out: g0" in card.split
    # measured on the two frames held out, rounded down
    unseen = [sample.gray(card.despeckle_settings) for sample in toy_recipe.load(tmp_path)[:2]]
    assert card.bfloat16_dice <= measure_bfloat16_dice(loaded, unseen) < card.bfloat16_dice + 1e-4
    scores = card.scores["cross_validation"]["rib"]
    assert set(scores) == {"despeckled", "raw"}
    assert scores["raw"]["frames"] == 6
    assert scores["raw"]["groups"] == 3
    assert scores["raw"]["dice_low"] <= scores["raw"]["dice_mean"] <= scores["raw"]["dice_high"]
    assert scores["raw"]["dice_mean"] > 0.3
    assert card.scores["held_out_of_these_weights"]["rib"]["raw"]["frames"] == 2
    assert set(card.scores["cross_validation_by_group"]["rib"][card.scores["input"]]) == {"g0", "g1", "g2"}
    assert card.scores["input"] in scores
    assert {row["name"] for row in card.scores["targets"]} >= {"mean Dice of frames"}
    assert [point["held_out"] for point in card.scores["operating_points"]] == [["g0"], ["g1"], ["g2"]]
    assert card.temperature > 0
    detail = json.loads((tmp_path / "out" / "rib.scores.json").read_text())
    assert len(detail["raw"]) == 6


def test_answers_are_kept_as_the_network_gives_them(toy_recipe, toy_samples, tmp_path):
    fold = models.train_fold(toy_recipe, tmp_path, toy_samples, ["g1"], 0, tmp_path / "work")
    predictor = Predictor(fold.model, "cpu", "float32")
    assert [sample.group for sample in fold.test] == ["g1", "g1"]
    for sample, planes in zip(fold.test, fold.answers["raw"], strict=True):
        assert abs(predictor.predict_all(sample.gray()) - planes).max() < 1e-6


def test_frames_are_judged_as_the_window_shows_them(toy_recipe, toy_samples, tmp_path):
    fold = models.train_fold(toy_recipe, tmp_path, toy_samples, ["g1"], 0, tmp_path / "work")
    plain = models.judge_fold(fold, toy_recipe, "raw", models.OperatingPoint())
    nothing = models.judge_fold(fold, toy_recipe, "raw", models.OperatingPoint(least_mass=1.0))
    assert all(row.found_anything for row in plain)
    assert not any(row.found_anything for row in nothing)


def test_finished_folds_are_not_trained_again(toy_recipe, tmp_path, monkeypatch):
    first = models.rebuild("rib", tmp_path, tmp_path / "out", tmp_path / "work", most_folds=1)
    assert "only the first 1 of 3 were run" in first.split

    def refuse(*_, **__):
        raise AssertionError("trained again")

    monkeypatch.setattr("training.loop._follow", refuse)
    again = models.rebuild("rib", tmp_path, tmp_path / "out", tmp_path / "work", most_folds=1)
    assert again.digest == first.digest


def test_the_command_line(toy_recipe, tmp_path, capsys):
    out, work = str(tmp_path / "out"), str(tmp_path / "work")
    arguments = ["models", "--rebuild", "rib", "--data", str(tmp_path), "--out", out, "--work", work]
    assert main([*arguments, "--folds", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "rib"


def test_the_command_line_says_what_is_wrong(tmp_path, capsys):
    (tmp_path / "ribs").mkdir()
    assert main(["models", "--rebuild", "rib", "--data", str(tmp_path)]) == 2
    assert "index" in capsys.readouterr().err
