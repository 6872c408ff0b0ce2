from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.core.contrast import ContrastSettings
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.freezing import fingerprint
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build
from training.data.splits import Fold
from training.localization.pipeline import (
    LOCALIZED,
    SCRATCH,
    TUNED,
    MovingStatistics,
    few_masks,
    segmenter_trial,
    train_localizer,
    train_segmenter,
)
from training.localization.points import LocalizationError

FOLD = Fold(tuple(range(8)), (8, 9), (10, 11))
SMALL = {"base_width": 1, "norm": "batch"}


@pytest.fixture
def localizer(square_samples, short_fit):
    fit = replace(short_fit, optimiser="rmsprop")
    return train_localizer(square_samples, FOLD, "square", fit, arguments=SMALL, side=32)


def trial(way, localizer, short_fit, **other):
    return segmenter_trial(way, localizer.base, "square", short_fit, arguments=SMALL, side=32, **other)


def test_localizer_with_its_scores(localizer):
    assert set(localizer.scores) == {"loss", "distance_px", "mse_px2"}
    assert localizer.history[0]["val_distance_px"] > 0
    assert localizer.model.card.labels == ("square",)
    assert "8 frames with a centre, of 4 groups" in localizer.model.card.data


def test_nothing_to_learn_from_is_said(square_samples, short_fit):
    with pytest.raises(LocalizationError, match="circle"):
        train_localizer(square_samples, FOLD, "circle", short_fit, arguments=SMALL, side=32)


def test_frozen_encoder_is_the_localizers_to_the_last_bit(square_samples, localizer, short_fit):
    result = train_segmenter(square_samples, FOLD, trial(LOCALIZED, localizer, short_fit))
    assert fingerprint(result.model.network.encoder) == fingerprint(localizer.model.network.encoder)


def test_statistics_move_when_they_are_not_frozen(square_samples, localizer, short_fit):
    frozen = trial(LOCALIZED, localizer, short_fit)
    result = train_segmenter(square_samples, FOLD, frozen, freeze_statistics=False)
    before, after = localizer.model.network.encoder.state_dict(), result.model.network.encoder.state_dict()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert all("running" in name or "num_batches" in name for name in moved)


@pytest.mark.parametrize("way", [SCRATCH, TUNED])
def test_unfrozen_encoders_learn(square_samples, localizer, short_fit, way):
    result = train_segmenter(square_samples, FOLD, trial(way, localizer, short_fit))
    assert fingerprint(result.model.network.encoder) != fingerprint(localizer.model.network.encoder)
    assert set(result.dice) == {"f10", "f11"}


def test_contrast_goes_with_the_model(tmp_path, square_samples, localizer, short_fit):
    settings = ContrastSettings(clip=0.02)
    result = train_segmenter(square_samples, FOLD, trial(LOCALIZED, localizer, short_fit, contrast=settings))
    save_model(tmp_path / "model.safetensors", result.model.network, result.model.card)
    model = load_model(tmp_path / "model.safetensors")
    assert model.card.contrast_settings == settings
    gray = square_samples[10].gray()
    found = Predictor(model, "cpu", "float32").predict(gray) >= 0.5
    truth = square_samples[10].masks["square"]
    dice = 2 * (found & truth).sum() / (found.sum() + truth.sum())
    assert dice == pytest.approx(result.dice["f10"], abs=0.02)


def test_few_masks_are_part_of_more(square_samples):
    few, more, every = (few_masks(square_samples, FOLD, "square", n, 3) for n in (2, 5, 0))
    assert len(few.train) == 2
    assert set(few.train) < set(more.train) < set(every.train)
    assert every.train == FOLD.train
    assert (few.validation, few.test) == (FOLD.validation, FOLD.test)
    assert few_masks(square_samples, FOLD, "square", 2, 4).train != few.train


def test_frames_without_a_mask_are_left_out(square_samples):
    samples = [replace(s, masks={}) if i % 2 else s for i, s in enumerate(square_samples)]
    part = few_masks(samples, FOLD, "square", 0, 0)
    assert part.train == (0, 2, 4, 6)
    assert part.validation == (8,)
    assert part.test == (10,)


def test_moving_statistics_pass_everything_on():
    class Inner:
        steps_per_epoch = 7

        def batch(self, step, size, generator, device):
            return step, size

        def loss(self, network, batch):
            return torch.tensor(float(network.encoder.e1[0][1].training))

        def validate(self, network, device):
            return {"loss": 1.0}

        def weight(self, batch):
            return 2.0

    network = build("hu-unet", base_width=1)
    network.encoder.requires_grad_(False)
    task = MovingStatistics(Inner())
    assert task.steps_per_epoch == 7
    assert task.batch(1, 2, torch.Generator(), torch.device("cpu")) == (1, 2)
    assert float(task.loss(network, None)) == 1.0
    assert task.validate(network, torch.device("cpu")) == {"loss": 1.0}
    assert task.weight(None) == 2.0
    assert np.isfinite(task.steps_per_epoch)
