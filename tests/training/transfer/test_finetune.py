from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.base.errors import CancelledError, LusguiError, ModelError, OverwriteRefusedError
from lusgui.core.despeckle import FAST
from lusgui.core.intensity import DisplayMapping
from lusgui.core.model_card import ModelCard
from lusgui.core.recording import Intensity
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.registry import build
from training.bases import find_base
from training.recipe_types import SourceRecipe
from training.transfer import finetune as work
from training.transfer.finetune import (
    FinetuneJob,
    default_fit,
    finetune,
    how_to_use,
    load_job_samples,
    make_trial,
    safe_name,
    summarise,
)
from training.trials import TrialError

SMALL = {"base_width": 4, "norm": "group"}


@pytest.fixture
def base_file(tmp_path):
    """A small model for ribs that wants its input in a way of its own."""
    torch.manual_seed(0)
    card = ModelCard(
        "parent", "2.1", "lus-unet", ("rib",), (32, 48), mean=0.25, std=0.5, despeckle=FAST.to_json()
    )
    path = tmp_path / "parent.safetensors"
    save_model(path, build("lus-unet", **SMALL), card)
    return path


@pytest.fixture
def job(rib_folder, base_file, tmp_path, tiny_fit):
    return FinetuneJob(
        {"data": SourceRecipe(data=rib_folder)}, "rib", str(base_file), tmp_path / "out", fit=tiny_fit
    )


def test_a_model_is_fine_tuned_and_says_from_what(job):
    rows = []
    result = finetune(job, on_epoch=rows.append)
    assert [row["epoch"] for row in rows] == [1, 2]
    model = load_model(job.out / "model.safetensors")
    card = model.card
    assert card == result.card
    assert card.parent.startswith("parent-2.1-")
    assert (card.name, card.labels, card.seed) == ("out", ("rib",), 0)
    # how frames are fed is the base's
    assert (card.input_shape, card.mean, card.std) == ((32, 48), 0.25, 0.5)
    assert card.despeckle_settings == FAST
    assert card.intensity is Intensity.DISPLAY
    assert "6 frames of 3 groups" in card.data
    assert "whole groups" in card.split
    assert card.scores["kept_aside"]["frames"] == 2
    assert card.scores["kept_aside"]["groups"] == 1
    assert "Fine-tuned from parent-2.1" in card.notes
    assert {row["name"] for row in result.rows} < {f"f{i}" for i in range(6)}
    assert result.summary["learned_from"] == 4
    json.dumps(result.summary, allow_nan=False)
    assert "--model" in how_to_use(result)
    for name in ("config.yaml", "curves.csv", "best.safetensors", "last.safetensors", "data.json"):
        assert (job.out / name).is_file(), name


def test_stopped_and_given_again_it_ends_as_if_never_stopped(job, tmp_path):
    whole = finetune(replace(job, name="m"))
    stopped = replace(job, out=tmp_path / "again", name="m")
    asked = iter(range(100))
    with pytest.raises(CancelledError, match="same command again to go on"):
        finetune(stopped, cancelled=lambda: next(asked) >= 3)
    assert not (stopped.out / "model.safetensors").exists()
    done = finetune(replace(stopped, fit=replace(stopped.fit, minutes=10.0)))
    assert done.card.digest == whole.card.digest
    # finished, it says the same again
    assert finetune(stopped).card.digest == whole.card.digest


def test_a_folder_of_another_run_is_left_alone(job):
    finetune(job)
    before = (job.out / "model.safetensors").read_bytes()
    with pytest.raises(OverwriteRefusedError, match="other settings"):
        finetune(replace(job, fit=replace(job.fit, learning_rate=1.0)))
    with pytest.raises(OverwriteRefusedError):
        finetune(replace(job, fit=replace(job.fit, seed=3)))
    assert (job.out / "model.safetensors").read_bytes() == before


def test_only_the_chosen_blocks_change(job, base_file):
    finetune(replace(job, strategy="9"))
    before = load_model(base_file).network.state_dict()
    after = load_model(job.out / "model.safetensors").network.state_dict()
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed <= {"b9", "head"}
    assert changed


def test_what_is_wrong_is_said_before_a_folder_is_made(job, rib_folder, tmp_path):
    wrong = [
        replace(job, label="nerve", base="nobody"),
        replace(job, base="scratch:yolo-tiny"),
        replace(job, strategy="most"),
        replace(job, arguments={"base_width": 8}),
        replace(job, input_shape=(33, 48)),
        replace(job, base="scratch:v-unet", arguments={"norm": "none", "in_channels": 2}),
        replace(job, vgg16=tmp_path / "vgg.pth"),
        replace(job, sources={"data": SourceRecipe(data=tmp_path / "nothing")}),
    ]
    for one in wrong:
        with pytest.raises(LusguiError):
            finetune(one)
        assert not job.out.exists()


def test_a_mask_of_another_size_is_named(job, rib_folder):
    from PIL import Image

    Image.fromarray(np.zeros((5, 5), np.uint8)).save(rib_folder / "masks" / "f2.png")
    with pytest.raises(LusguiError, match="f2"):
        finetune(job)
    assert not job.out.exists()


def test_weights_that_are_no_numbers_are_named(job, base_file):
    from safetensors.torch import load, save_file

    from lusgui.core.model_card import CARD_KEY

    card = load_model(base_file).card
    state = load(base_file.read_bytes())
    state["b2.0.0.weight"][0] = float("nan")
    save_file(state, base_file, metadata={"format": "pt", CARD_KEY: card.dumps()})
    with pytest.raises(ModelError, match="not a finite number"):
        finetune(job)


def test_a_loss_or_view_that_is_not_there(job):
    with pytest.raises(TrialError, match="no loss"):
        finetune(replace(job, loss="hope"))
    with pytest.raises(LusguiError, match="no augmentation"):
        finetune(replace(job, augment="upside"))
    assert not job.out.exists()


def test_from_scratch_with_sources_mixed(tmp_path, tiny_fit):
    job = FinetuneJob(
        {
            "a": SourceRecipe(simulated="cyst", count=3, side=48),
            "b": SourceRecipe(simulated="salient", count=3, side=48),
        },
        "object",
        "scratch:lus-unet",
        tmp_path / "pre",
        fit=tiny_fit,
        loss="bce",
        arguments=SMALL,
        input_shape=(32, 32),
        unites=True,
    )
    result = finetune(job)
    assert result.card.parent == ""
    assert "Learnt from random weights" in result.card.notes
    assert "simulated cyst" in result.card.data
    assert result.card.labels == ("object",)
    # and ribs from that
    trial = make_trial(
        replace(job, base=str(result.path), arguments={}, label="rib"), find_base(str(result.path))
    )
    assert trial.input_shape == (32, 32)


def test_a_localizer_becomes_a_network_for_masks(tmp_path, job):
    path = tmp_path / "loc.safetensors"
    network = build("hu-localizer", base_width=4, input_side=32)
    save_model(path, network, ModelCard("loc", "1", "hu-localizer", ("rib",), (32, 32), {"input_side": 32}))
    result = finetune(replace(job, base=str(path), strategy="encoder-frozen"))
    assert result.card.architecture == "hu-unet"
    assert "taken from the base" in result.summary["taken"]


def test_loops_for_bases():
    rib = find_base("rib")
    assert default_fit(rib, "lus-unet", rib.arguments).learning_rate == 3e-4
    scratch = find_base("scratch:x-unet")
    assert default_fit(scratch, "x-unet", {}).learning_rate == 3e-4
    assert default_fit(find_base("scratch:lus-unet"), "lus-unet", {}).learning_rate == 1e-3


def test_names_and_summaries():
    assert safe_name("my ribs (2)") == "my-ribs-2"
    assert safe_name("___") == "model"
    assert summarise([]) == {"frames": 0, "groups": 0, "frames_with_label": 0}
    rows = [{"name": "a", "group": "g", "dice": 0.5}, {"name": "b", "group": "g", "dice": None}]
    assert summarise(rows) == {"frames": 2, "groups": 1, "frames_with_label": 1, "dice_mean": 0.5}


def test_one_source_keeps_its_names(job):
    assert [sample.name for sample in load_job_samples(job)] == [f"f{i}" for i in range(6)]


def test_one_of_several_processes_writes(job, monkeypatch):
    monkeypatch.setattr(work, "leads_here", lambda: False)
    result = finetune(job)
    assert result.summary == {}
    assert not result.path.exists()


def test_time_runs_out_and_the_model_is_there(job):
    result = finetune(replace(job, fit=replace(job.fit, minutes=0.0)))
    assert result.summary["reason"] == "time"
    assert result.path.is_file()
    assert finetune(job).summary["reason"] == "finished"


def test_a_short_training_warms_up_in_time(job):
    result = finetune(replace(job, fit=replace(job.fit, warm_up=20, steps_per_epoch=10)))
    assert "warm_up: 2\n" in (job.out / "config.yaml").read_text()
    assert result.summary["epochs"] == 2


def test_linear_recordings_are_compressed_as_the_base_was_taught(job, base_file, monkeypatch, toy_samples):
    linear = [replace(s, mapping=DisplayMapping(Intensity.LINEAR, 0.0, 255.0)) for s in toy_samples]
    card = replace(load_model(base_file).card, dynamic_range_db=42.0)
    save_model(base_file, load_model(base_file).network, card, overwrite=True)
    monkeypatch.setattr(work, "load_job_samples", lambda job: linear)
    seen = []

    def watch(trial, samples, fold, run, **more):
        seen.extend(samples)
        raise CancelledError("enough")

    monkeypatch.setattr(work, "run_trial", watch)
    with pytest.raises(CancelledError):
        finetune(job)
    assert {sample.mapping.dynamic_range_db for sample in seen} == {42.0}


def test_the_base_is_judged_on_what_is_kept_aside_before_it_learns(job):
    told = []
    result = finetune(job, on_start=told.append, on_epoch=lambda row: told.append("epoch"))
    assert told[0].startswith("6 frames of 3 groups: 4 to learn from, 2 kept aside (g")
    assert "The base scores Dice" in told[0]
    assert told[1:] == ["epoch", "epoch"]
    scores = result.summary["base_scores"]
    assert scores["frames"] == 2
    assert f"Dice {scores['dice_mean']:.3f}" in told[0]
    assert result.card.scores["base_kept_aside"] == scores
    assert load_model(result.path).card.scores["base_kept_aside"] == scores


def test_masks_that_show_nothing_are_refused_before_a_folder_is_made(job, rib_folder):
    from PIL import Image

    for path in (rib_folder / "masks").iterdir():
        Image.fromarray(np.zeros((48, 40), np.uint8)).save(path)
    with pytest.raises(LusguiError, match=r"none of the 4 frames to learn from shows 'rib'"):
        finetune(job)
    assert not job.out.exists()


def test_a_device_that_is_not_there_is_said_before_a_folder_is_made(job, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ModelError, match=r"no cuda device|without CUDA"):
        finetune(replace(job, fit=replace(job.fit, device="cuda")))
    assert not job.out.exists()


def test_time_that_runs_out_within_an_epoch_is_told_as_it_is(job, monkeypatch):
    trial = work.run_trial
    monkeypatch.setattr(
        work, "run_trial", lambda *a, **more: replace(trial(*a, **more), epochs=1, best_epoch=2)
    )
    assert "1 epoch and part of the next, whose weights these are." in finetune(job).card.notes
