"""The weights that ship: small, complete, and at work on the bundled samples."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from lusgui.base.paths import resources_dir
from lusgui.core.despeckle import DespeckleSettings
from lusgui.core.intensity import measure_mapping
from lusgui.core.model_card import parse_card
from lusgui.core.pipeline import gray_frame
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from lusgui.io.open import open_recording
from lusgui.nn.checkpoint import load_model
from lusgui.nn.predictor import Predictor
from training.evaluate import dice, score_frame

NAMES = ("rib", "cerebellum")
SAMPLES = resources_dir() / "samples"
WEIGHTS = resources_dir() / "weights"
RIBS = resources_dir() / "datasets" / "ribs"


@pytest.fixture(scope="module", params=NAMES)
def model(request):
    return load_model(WEIGHTS / f"{request.param}.safetensors")


def _frame_of(name, index):
    recording = open_recording(SAMPLES / name)
    try:
        return recording.frame(index), measure_mapping(recording)
    finally:
        recording.close()


def _predict(model, frame, mapping):
    settings = model.card.despeckle
    gray = gray_frame(frame, mapping, None if settings is None else DespeckleSettings.from_json(settings))
    return Predictor(model, "cpu").predict(gray, model.card.labels[0])


def test_weights_are_small_and_the_card_beside_them_is_theirs(model):
    path = WEIGHTS / f"{model.card.name}.safetensors"
    assert path.stat().st_size <= 10_000_000
    assert parse_card(path.with_suffix(".json").read_text(encoding="utf-8")) == model.card


def test_cards_are_complete(model):
    card = model.card
    assert card.name in NAMES
    assert card.labels[0] == card.name
    assert card.data
    assert "held out" in card.split
    assert card.seed is not None
    assert card.date >= "2026-11-21"
    assert "CC BY" in card.licence
    assert "Research use only" in card.notes
    for label in card.labels:
        for kind in ("despeckled", "raw"):
            judged = card.scores["cross_validation"][label][kind]
            assert judged["frames"] > 0
            assert 0 <= judged["dice_low"] <= judged["dice_mean"] <= judged["dice_high"] <= 1
            assert card.scores["held_out_of_these_weights"][label][kind]["frames"] > 0
    assert card.scores["cross_validation_by_group"][card.name][card.scores["input"]]
    assert card.scores["targets"]
    # every frame is judged by weights that never saw its group
    held_out = [group for point in card.scores["operating_points"] for group in point["held_out"]]
    assert len(held_out) == len(set(held_out))


def test_scores_are_those_of_the_frames(model):
    detail = json.loads((WEIGHTS / f"{model.card.name}.scores.json").read_text(encoding="utf-8"))
    for kind, summary in model.card.scores["cross_validation"][model.card.name].items():
        dices = [row["dice"] for row in detail[kind] if row["dice"] is not None]
        assert len(dices) == summary["frames"]
        assert np.mean(dices) == pytest.approx(summary["dice_mean"], abs=1e-3)


def test_the_cerebellum_of_the_sample_is_found():
    model = load_model(WEIGHTS / "cerebellum.safetensors")
    assert "p060" in model.card.split.split("held out:")[1].split(".")[0]  # its patient was not learnt from
    probability = _predict(model, *_frame_of("fetal_cerebellum.png", 0))
    with Image.open(SAMPLES / "reference" / "fetal_cerebellum_cerebellum.png") as image:
        truth = np.asarray(image) > 127
    assert probability.shape == truth.shape
    found = apply_threshold(probability, ThresholdSettings(model.card.threshold, keep_largest=2))
    assert dice(found, truth) > 0.8


def test_the_rib_of_the_sample_is_found():
    model = load_model(WEIGHTS / "rib.safetensors")
    assert "g_reg" in model.card.split.split("held out:")[1].split(".")[0]  # its group was not learnt from
    # frame 137 of the clip, for which a mask was drawn
    probability = _predict(model, *_frame_of("lung_linear_v5.mat", 17))
    assert probability.shape == (960, 128)
    with Image.open(RIBS / "masks" / "Reg_Image_18122_crop_00137.png") as image:
        drawn = image.convert("L")
    with Image.open(RIBS / "images" / "Reg_Image_18122_crop_00137.png") as image:
        lit = np.flatnonzero(np.asarray(image.convert("L")).max(0) > 40)
    box = (int(lit[0]) + 1, 0, int(lit[-1]), drawn.height)
    truth = np.asarray(drawn.crop(box).resize((128, 960))) > 127
    score = score_frame(probability >= model.card.threshold, truth, "sample", "g_reg")
    assert score.covered > 0.5
