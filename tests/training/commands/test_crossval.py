from __future__ import annotations

import csv
from pathlib import Path

import pytest

from training.__main__ import main
from training.commands.crossval import experiment_overrides, load, own_recipe, with_epochs
from training.recipe_file import RecipeError


@pytest.mark.parametrize("name", ["cheng2021_xunet", "cheng2021_vunet"])
def test_the_recipes_of_cheng_and_lam_run_end_to_end(name, tmp_path, capsys):
    assert main(["crossval", "--recipe", name, "--tiny", "--out", str(tmp_path), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert "all fine-tuned" in said
    assert (tmp_path / "report.html").is_file()
    with (tmp_path / "scores.csv").open(newline="") as stream:
        stages = {row["stage"] for row in csv.DictReader(stream)}
    assert {"tl", "ft_all"} <= stages


def test_the_published_values_are_in_the_recipes():
    x, v = (load(f"cheng2021_{name}", [], tiny=False) for name in ("xunet", "vunet"))
    for recipe in (x, v):
        assert recipe.input_shape == (256, 256)
        assert recipe.arguments["base_width"] == 64
        assert recipe.folds == 5
        assert recipe.stages["tl"].fit.learning_rate == 1e-5
        assert recipe.stages["tl"].strategy == "encoder-frozen"
        assert recipe.stages["ft_all"].fit.learning_rate == 5e-6
        assert all(stage.fit.batch_size == 20 for stage in recipe.stages.values())
        assert all(stage.fit.optimiser == "adam" for stage in recipe.stages.values())
        assert recipe.mirrored == (True, False)
        assert recipe.data.count == 200
    assert x.stages["ft_but_bottleneck"].strategy == "except-5"
    assert v.pretrain.vgg16 is None


def test_options_change_the_recipe(tmp_path):
    overrides = experiment_overrides(tmp_path, "rib", 16, [1, 2], 3)
    recipe = load("cheng2021_xunet", [*overrides, "stages.ft_all.fit.schedule=plateau"], tiny=False)
    assert recipe.data.data == tmp_path
    assert recipe.data.simulated is None
    assert recipe.arguments["base_width"] == 16
    assert recipe.seeds == (1, 2)
    assert recipe.first_folds == 3
    assert recipe.stages["ft_all"].fit.schedule == "plateau"
    assert {stage.fit.epochs for stage in with_epochs(recipe, 2).stages.values()} == {2}
    v = load("cheng2021_vunet", ["pretrain.vgg16=/x/vgg.pth", "pretrain.sources.salient=null"], tiny=False)
    assert v.pretrain.chosen == {}
    assert v.pretrain.vgg16.name == "vgg.pth"


def test_own_frames_need_no_recipe(tmp_path):
    recipe = own_recipe(tmp_path, "rib", "x-unet", None, "all", ["folds=3"])
    assert recipe.architecture == "x-unet"
    assert recipe.folds == 3
    assert recipe.pretrain is None
    tuned = own_recipe(tmp_path, "rib", None, "rib", "except-5", [])
    assert tuned.architecture == "lus-unet"
    assert tuned.pretrain.base == "rib"
    assert tuned.stages["model"].strategy == "except-5"
    with pytest.raises(RecipeError, match="nothing was said"):
        own_recipe(None, None, None, None, "all", [])


def test_own_frames_are_cross_validated(tmp_path, toy_samples, capsys):
    import numpy as np
    from PIL import Image

    for sample in toy_samples:
        for part, plane in (("images", sample.frame), ("masks", sample.masks["rib"] * np.uint8(255))):
            (tmp_path / "mine" / part).mkdir(parents=True, exist_ok=True)
            Image.fromarray(plane).save(tmp_path / "mine" / part / f"{sample.name}.png")
    lines = ["file,group", *(f"{sample.name},{sample.group}" for sample in toy_samples)]
    (tmp_path / "mine" / "groups.csv").write_text("\n".join(lines) + "\n")
    call = ["crossval", "--data", str(tmp_path / "mine"), "--label", "rib", "--architecture", "lus-unet"]
    call += ["--scale", "4", "--folds", "3", "--epochs", "1", "--by", "both", "--drop-weights"]
    call += ["--set", "stages.model.fit.steps_per_epoch=1", "--set", "input_shape=[32, 32]"]
    call += ["--set", "stages.model.loss=bce", "--device", "cpu", "--out", str(tmp_path / "out")]
    assert main(call) == 0
    said = capsys.readouterr().out
    assert "split by image scores" in said
    assert "6 frames of 3 groups" in said
    assert not list((tmp_path / "out").glob("runs/*/*.safetensors"))


def test_what_is_wrong_is_one_sentence(tmp_path, capsys):
    for more, words in (
        (["--recipe", "cheng2021_xunet", "--tiny", "--set", "stages.tl.loss=hope"], "no loss"),
        (["--recipe", "cheng2021_xunet", "--tiny", "--set", "stages.ft_all.after=later"], "no earlier stage"),
        (["--recipe", "nobody"], "no such recipe"),
        ([], "nothing was said of what to train"),
    ):
        assert main(["crossval", "--out", str(tmp_path / "out"), *more]) == 2
        assert words in capsys.readouterr().err


def test_options_that_would_change_nothing_are_refused(tmp_path, capsys):
    own = ["--data", str(tmp_path), "--label", "rib", "--architecture", "lus-unet", "--tiny"]
    for more, words in (
        (own, "--tiny needs a recipe"),
        (["--recipe", "cheng2021_xunet", "--base", "rib"], "--base is for a training without a recipe"),
        (["--recipe", "cheng2021_xunet", "--architecture", "v-unet"], "--architecture is for"),
    ):
        assert main(["crossval", "--out", str(tmp_path / "out"), *more]) == 2
        assert words in capsys.readouterr().err


def test_a_start_that_fails_leaves_no_folder(tmp_path, capsys, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    out = tmp_path / "out"
    for more in (["--folds", "9999"], ["--device", "cuda"]):
        assert main(["crossval", "--recipe", "cheng2021_xunet", "--tiny", "--out", str(out), *more]) == 2
        assert capsys.readouterr().err
        assert not out.exists()


def test_a_stage_that_is_misspelt_is_refused():
    with pytest.raises(RecipeError, match=r"no 'stages\.ft_al'\. Known: .*ft_all"):
        load("cheng2021_xunet", ["stages.ft_al.fit.epochs=3"], tiny=False)
    with pytest.raises(RecipeError, match=r"no 'pretrain\.sources\.salent'\. Known: .*salient"):
        load("cheng2021_vunet", ["pretrain.sources.salent=null"], tiny=True)
    with pytest.raises(RecipeError, match=r"no 'stages\.mdoel'\. Known: model"):
        own_recipe(Path("mine"), "rib", "lus-unet", None, "all", ["stages.mdoel.fit.epochs=3"])
