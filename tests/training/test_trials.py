from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.contrast import ContrastSettings
from lusgui.core.despeckle import FAST
from lusgui.core.model_card import ModelCard
from lusgui.core.recording import Intensity
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.conv_lora import has_adapters
from lusgui.nn.freezing import block_fingerprints
from lusgui.nn.predictor import Predictor
from lusgui.nn.preprocess import Preprocess
from lusgui.nn.registry import build
from training.bases import Base
from training.data.splits import Fold
from training.engine.run_folder import RunFolder
from training.engine.settings import FitSettings
from training.trials import (
    Trial,
    TrialError,
    make_card,
    make_task,
    prepare_network,
    run_trial,
)

FOLD = Fold((0, 1, 2), (3,), (4, 5))
SMALL = {"base_width": 4, "norm": "group"}
FIT = FitSettings(epochs=2, steps_per_epoch=2, learning_rate=1e-3, device="cpu", precision="float32")


def _trial(**changes):
    return Trial(**({"architecture": "lus-unet", "label": "rib", "input_shape": (32, 32), "arguments": SMALL,
                     "fit": FIT} | changes))  # fmt: skip


def _base(**changes):
    torch.manual_seed(3)
    network = build("lus-unet", **SMALL)
    card = replace(ModelCard("m", "1", "lus-unet", ("rib",), (32, 32), SMALL), **changes)
    return Base("m-1", network.state_dict(), "lus-unet", SMALL, card)


def test_a_trial_trains_and_judges_on_the_raw_grid(toy_samples):
    fit = replace(FIT, epochs=6, steps_per_epoch=20, learning_rate=5e-3)
    result = run_trial(_trial(fit=fit, loss="dice-ce"), toy_samples, FOLD)
    assert [row["name"] for row in result.rows] == ["f4", "f5"]
    assert [row["group"] for row in result.rows] == ["g2", "g2"]
    assert result.mean() > 0.5
    assert not result.failed
    assert result.reason == "finished"
    assert result.epochs == 6
    assert len(result.history) == 6
    assert result.card.labels == ("rib",)
    # the scores are those of the predictor that the window uses
    probability = Predictor(result.model, "cpu").predict(toy_samples[4].gray())
    found, truth = probability >= 0.5, toy_samples[4].masks["rib"]
    assert found.shape == toy_samples[4].frame.shape
    assert result.rows[0]["dice"] == pytest.approx(2 * (found & truth).sum() / (found.sum() + truth.sum()))


def test_a_trial_is_a_function_of_its_seed(toy_samples):
    one, two = (run_trial(_trial(augment="strong"), toy_samples, FOLD) for _ in range(2))
    other = run_trial(_trial(augment="strong", fit=replace(FIT, seed=1)), toy_samples, FOLD)
    for a, b in zip(one.network.state_dict().values(), two.network.state_dict().values(), strict=True):
        assert torch.equal(a, b)
    assert not torch.equal(one.network.head.weight, other.network.head.weight)


def test_frozen_blocks_stay_the_base(toy_samples):
    base = _base()
    reference = build("lus-unet", **SMALL)
    reference.load_state_dict(base.state)
    before = block_fingerprints(reference)
    after = block_fingerprints(run_trial(_trial(base=base, strategy="34"), toy_samples, FOLD).network)
    assert {name for name in before if before[name] != after[name]} == {"b3", "b4"}


def test_adapters_end_as_a_plain_network(toy_samples, tmp_path):
    result = run_trial(_trial(base=_base(), strategy="convlora"), toy_samples, FOLD)
    assert not has_adapters(result.network)
    save_model(tmp_path / "m.safetensors", result.network, result.card)
    assert load_model(tmp_path / "m.safetensors").card.architecture == "lus-unet"


def test_scratch_takes_nothing_from_a_base():
    _, taken = prepare_network(_trial(base=_base(), strategy="scratch"))
    assert not taken.loaded
    _, taken = prepare_network(_trial(base=_base(), strategy="all"))
    assert not taken.fresh


def test_what_fine_tunes_needs_a_base():
    with pytest.raises(TrialError, match="strategy '5' keeps weights of a base"):
        prepare_network(_trial(strategy="5"))
    with pytest.raises(ModelError, match="no strategy called"):
        prepare_network(_trial(strategy="most"))
    with pytest.raises(ModelError, match="made to locate"):
        prepare_network(_trial(architecture="hu-localizer", arguments={}))


def test_a_base_may_be_a_file(tmp_path):
    base = _base()
    network = build("lus-unet", **SMALL)
    network.load_state_dict(base.state)
    path = tmp_path / "base.safetensors"
    save_model(path, network, base.card)
    made, taken = prepare_network(_trial(base=path))
    assert not taken.fresh
    assert torch.allclose(made.b1[0][0].weight, network.b1[0][0].weight, atol=1e-3)


def test_frames_without_the_mask_are_named(toy_samples):
    samples = [*toy_samples, replace(toy_samples[0], name="bare", masks={})]
    with pytest.raises(TrialError, match="'bare' has no mask of 'rib'"):
        make_task(_trial(), samples, Fold((0, 6), (), ()), 1)
    with pytest.raises(TrialError, match="no frame to learn from"):
        make_task(_trial(), samples, Fold((), (), (1,)), 1)


def test_input_follows_the_card(toy_samples):
    trial = _trial(mean=0.3, std=0.5, despeckle=FAST, intensity=Intensity.DISPLAY)
    task = make_task(trial, toy_samples, FOLD, 3)
    batch = task.batch(0, 2, torch.Generator().manual_seed(0), torch.device("cpu"))
    raw = task.train.select(task._choose(0, 2, torch.Generator())).images
    assert batch.images.shape == (2, 3, 32, 32)
    assert torch.allclose(batch.images, (raw - 0.3) / 0.5)


def test_a_trial_goes_on_where_it_stopped(toy_samples, tmp_path):
    trial = _trial(fit=replace(FIT, epochs=3))
    whole = run_trial(trial, toy_samples, FOLD)
    run = RunFolder.create(tmp_path / "run", trial.to_json(), 0, toy_samples)
    asked = iter(range(100))
    stopped = run_trial(trial, toy_samples, FOLD, run, cancelled=lambda: next(asked) >= 3)
    assert stopped.reason == "cancelled"
    again = RunFolder.create(tmp_path / "run", trial.to_json(), 0, toy_samples)
    done = run_trial(trial, toy_samples, FOLD, again)
    assert [row["loss"] for row in done.history] == [row["loss"] for row in whole.history]
    assert done.rows == whole.rows


def test_contrast_is_the_same_in_training_and_in_the_predictor(toy_samples):
    contrast = ContrastSettings(gamma=0.5)
    trial = _trial().fed_like(replace(_base().card, contrast=contrast.to_json()))
    assert trial.contrast == contrast
    task = make_task(trial, toy_samples, FOLD, 1)
    network, _ = prepare_network(trial)
    card = make_card(trial, network)
    assert card.contrast_settings == contrast
    seen = Preprocess.from_card(card).forward(toy_samples[0].gray())
    assert torch.allclose(task.train.images[:1], seen, atol=1e-6)
    plain = make_task(_trial(), toy_samples, FOLD, 1)
    assert not torch.allclose(plain.train.images[:1], seen, atol=1e-3)
