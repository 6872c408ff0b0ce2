from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.despeckle import FAST
from lusgui.nn.checkpoint import load_model
from lusgui.nn.predictor import measure_bfloat16_dice
from lusgui.nn.registry import build
from training import models
from training.__main__ import main
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.dataset import groups_of, split_by_group


@pytest.fixture
def toy_recipe(toy_samples, monkeypatch):
    def mixture(samples):
        return Mixture(
            [make_pool(samples, ("pleura", "rib"), (32, 32), FAST)], (2,), (32, 32), AugmentSettings()
        )

    recipe = replace(
        models.RECIPES["rib"],
        labels=("pleura", "rib"),
        input_shape=(32, 32),
        arguments=MappingProxyType({"base_width": 4, "norm": "group"}),
        steps=3,
        steps_before=2,
        before=lambda seed: mixture(toy_samples[:2]),
        load=lambda data: toy_samples,
        folds=lambda samples, seed: [[group] for group in groups_of(samples)],
        batches=lambda data, samples, out, seed: mixture(split_by_group(samples, out)[0]),
    )
    monkeypatch.setitem(models.RECIPES, "rib", recipe)
    return recipe


def test_one_label_is_kept():
    torch.manual_seed(0)
    network = build("lus-unet", base_width=4, out_channels=3).eval()
    x = torch.rand(1, 1, 32, 32)
    kept = models.keep_label(network, 2)
    assert torch.allclose(kept(x), network(x)[:, 2:], atol=1e-6)
    assert kept.init_args["out_channels"] == 1


def test_unknown_recipes_are_refused():
    with pytest.raises(ModelError, match="no recipe"):
        models.recipe_of("spleen")


def test_a_model_is_made_again_with_its_scores(toy_recipe, tmp_path):
    card = models.rebuild("rib", tmp_path, tmp_path / "out", tmp_path / "work")
    loaded = load_model(tmp_path / "out" / "rib.safetensors")
    assert loaded.card == card
    assert card.labels == ("rib",)
    assert card.seed == 0
    assert "held out: g0" in card.split
    # measured on the two frames held out, rounded down
    unseen = [sample.gray(card.despeckle_settings) for sample in toy_recipe.load(tmp_path)[:2]]
    assert card.bfloat16_dice <= measure_bfloat16_dice(loaded, unseen) < card.bfloat16_dice + 1e-4
    scores = card.scores["cross_validation"]
    assert set(scores) == {"despeckled", "raw"}
    assert scores["raw"]["frames"] == 6
    assert scores["raw"]["groups"] == 3
    assert card.scores["held_out_of_these_weights"]["raw"]["frames"] == 2
    detail = json.loads((tmp_path / "out" / "rib.scores.json").read_text())
    assert len(detail["raw"]) == 6


def test_finished_folds_are_not_trained_again(toy_recipe, tmp_path, monkeypatch):
    first = models.rebuild("rib", tmp_path, tmp_path / "out", tmp_path / "work", most_folds=1)
    assert "only the first 1 of 3 were run" in first.split

    def refuse(*_, **__):
        raise AssertionError("trained again")

    monkeypatch.setattr(models, "train", refuse)
    again = models.rebuild("rib", tmp_path, tmp_path / "out", tmp_path / "work", most_folds=1)
    assert again.digest == first.digest


def test_the_command_line(toy_recipe, tmp_path, capsys):
    out, work = str(tmp_path / "out"), str(tmp_path / "work")
    arguments = ["models", "--rebuild", "rib", "--data", str(tmp_path), "--out", out, "--work", work]
    assert main([*arguments, "--steps", "1", "--folds", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "rib"


def test_the_command_line_says_what_is_wrong(tmp_path, capsys):
    (tmp_path / "ribs").mkdir()
    assert main(["models", "--rebuild", "rib", "--data", str(tmp_path)]) == 2
    assert "index" in capsys.readouterr().err
