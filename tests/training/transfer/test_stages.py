from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch

from lusgui.base.errors import CancelledError, ModelError
from lusgui.core.despeckle import FAST
from lusgui.core.model_card import ModelCard
from lusgui.nn.registry import build
from training.bases import Base
from training.data.splits import Fold
from training.recipe_types import PretrainRecipe, SourceRecipe
from training.transfer import stages
from training.transfer.stages import Bench, describe_start, fed_as, plain_numbers, pretrained
from training.trials import Trial

FOLD = Fold((0, 1, 2), (3,), (4, 5))
NAMES = {"experiment": "test", "fold": 0, "seed": 0}
SMALL = {"base_width": 4, "norm": "group"}


@pytest.fixture
def trial(tiny_fit):
    return Trial("lus-unet", "rib", (32, 32), arguments=SMALL, fit=tiny_fit)


def _refuse(*_, **__):
    raise AssertionError("trained again")


def test_a_finished_trial_is_not_run_again(trial, toy_samples, tmp_path, monkeypatch):
    bench = Bench(tmp_path)
    first = bench.run("one", trial, toy_samples, FOLD, NAMES)
    assert [row["name"] for row in first["rows"]] == ["f4", "f5"]
    run = tmp_path / "runs" / first["run"]
    assert (run / "best.safetensors").is_file()
    assert (run / "curves.csv").is_file()
    assert not (run / "state.pt").exists()
    monkeypatch.setattr(stages, "run_trial", _refuse)
    assert Bench(tmp_path).run("one", trial, toy_samples, FOLD, NAMES) == first


@pytest.mark.parametrize(
    "change", [{"loss": "dice"}, {"strategy": "scratch"}, {"augment": "mirror"}, {"threshold": 0.4}]
)
def test_what_differs_is_run(change, trial, toy_samples, tmp_path):
    bench = Bench(tmp_path, keep_weights=False)
    one = bench.run("one", trial, toy_samples, FOLD, NAMES)
    two = bench.run("two", replace(trial, **change), toy_samples, FOLD, NAMES)
    assert one["run"] != two["run"]
    assert not list(tmp_path.glob("runs/*/*.safetensors"))


def test_other_bases_and_other_folds_are_other_trials(trial, toy_samples, tmp_path):
    bench = Bench(tmp_path)
    runs = set()
    for seed in (1, 2):
        torch.manual_seed(seed)
        base = Base("same name", build("lus-unet", **SMALL).state_dict(), "lus-unet", SMALL)
        runs.add(bench.run("x", replace(trial, base=base), toy_samples, FOLD, NAMES)["run"])
    runs.add(bench.run("x", trial, toy_samples, replace(FOLD, test=(4,)), NAMES)["run"])
    assert len(runs) == 3


def test_a_stop_keeps_what_is_finished_and_the_state(trial, toy_samples, tmp_path):
    asked = iter(range(100))
    bench = Bench(tmp_path, cancelled=lambda: next(asked) > 3)
    with pytest.raises(CancelledError, match="same command again"):
        bench.run("one", trial, toy_samples, FOLD, NAMES)
    assert list(tmp_path.glob("runs/*/state.pt"))
    done = Bench(tmp_path).run("one", trial, toy_samples, FOLD, NAMES)
    whole = Bench(tmp_path / "other").run("one", trial, toy_samples, FOLD, NAMES)
    assert [row["loss"] for row in done["history"]] == [row["loss"] for row in whole["history"]]


def test_weights_go_from_stage_to_stage_unrounded(trial, toy_samples, tmp_path):
    bench = Bench(tmp_path, keep_weights=False)
    found = bench.run("one", trial, toy_samples, FOLD, NAMES, is_base=True)
    base = bench.base_of(found, "one", trial)
    assert all(value.dtype == torch.float32 for value in base.state.values())
    assert not base.is_scratch
    (tmp_path / "runs" / found["run"] / "best.safetensors").unlink()
    with pytest.raises(ModelError, match="earlier stage"):
        bench.base_of(found, "one", trial)
    # gone, they are made again
    again = bench.run("one", trial, toy_samples, FOLD, NAMES, is_base=True)
    state = bench.base_of(again, "one", trial).state
    assert all(torch.equal(state[name], base.state[name]) for name in state)


def test_pre_training_on_sources_a_model_or_nothing(trial, tmp_path, tiny_fit):
    bench = Bench(tmp_path)
    source = {"salient": SourceRecipe(simulated="salient", count=4, side=40)}
    recipe = PretrainRecipe(source, fit=tiny_fit)
    base = pretrained(bench, recipe, trial, source, NAMES)
    assert base is not None
    assert base.name == "pre-trained on salient"
    assert pretrained(bench, replace(recipe, sources={}), trial, {}, NAMES) is None
    named = pretrained(bench, replace(recipe, base="rib"), trial, source, NAMES)
    assert named is not None
    assert named.card.name == "rib"


def test_results_are_json():
    values = {"a": float("nan"), "b": (1.5, float("inf")), 3: {"c": torch.tensor(2.0)}}
    assert (
        json.dumps(plain_numbers(values), allow_nan=False) == '{"a": null, "b": [1.5, null], "3": {"c": 2.0}}'
    )


def test_what_a_report_says_of_the_start(tmp_path):
    source = {"a": SourceRecipe(simulated="lung"), "b": SourceRecipe(data=tmp_path, count=3), "c": None}
    assert describe_start(None) == "random weights"
    assert describe_start(PretrainRecipe()) == "random weights"
    said = describe_start(PretrainRecipe(source, vgg16=tmp_path / "v.pth"))
    assert said == f"VGG16 (v.pth); a (simulated lung, 100 frames); b (folder {tmp_path}, 3 frames)"
    assert "if it learnt from these frames" in describe_start(PretrainRecipe(base="rib"))


def test_the_input_follows_the_model_that_is_started_from(trial):
    card = ModelCard("m", "1", "lus-unet", ("rib",), (32, 32), mean=0.2, std=0.5, despeckle=FAST.to_json())
    base = Base("m", {}, "lus-unet", {}, card)
    assert fed_as(trial, None) is trial
    assert (fed_as(trial, base).mean, fed_as(trial, base).std) == (0.2, 0.5)
    assert fed_as(trial, base).despeckle is None
    gentle = replace(FAST, strength=0.5)
    exact = Base("m", {}, "lus-unet", {}, replace(card, despeckle=gentle.to_json()))
    assert fed_as(replace(trial, despeckle=FAST), exact).despeckle == gentle
