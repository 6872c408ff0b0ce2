from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.core.despeckle import FAST, OFF
from lusgui.core.intensity import DisplayMapping
from lusgui.core.model_card import ModelCard
from lusgui.core.recording import Intensity
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build
from training.data.boxes import Box
from training.dataset import Sample
from training.metrics.evaluation import (
    EvaluationError,
    EvaluationSettings,
    choose_labels,
    evaluate_model,
    gray_of,
    knows,
)
from training.metrics.frame import score_mask

CPU = EvaluationSettings(device="cpu")


@pytest.fixture
def segmenter():
    torch.manual_seed(0)
    network = build("lus-unet", base_width=4, out_channels=2).eval()
    card = ModelCard("m", "1", "lus-unet", ("rib", "pleura"), (32, 32), network.init_args, threshold=0.4)
    return LoadedModel(network, card)


@pytest.fixture
def detector():
    """Answers every frame with the box (0.55, 0.15, 0.95, 0.35) of the frame, as sure as 0.72."""
    from training.detection.grid import join_output, split_output
    from training.detection.predict import grid_shape

    network = build("yolo-tiny", grid=2, boxes=2, classes=1, base_width=1, input_side=32)
    card = ModelCard("d", "1", "yolo-tiny", ("rib",), (32, 32), network.init_args, threshold=0.2)
    shape = grid_shape(card)
    answer = split_output(torch.zeros(1, shape.outputs), shape)
    answer.classes[0, 1, 0, 0] = 0.9
    answer.confidence[0, 1, 0, 1] = 0.8
    answer.boxes[0, 1, 0, 1] = torch.tensor([0.5, 0.5, 0.4**0.5, 0.2**0.5])
    (last,) = (m for m in network.head.modules() if isinstance(m, torch.nn.Linear))
    torch.nn.init.zeros_(last.weight)
    last.bias.data = join_output(answer)[0]
    return LoadedModel(network.eval(), card)


@pytest.fixture
def localizer():
    """Answers every frame with its point (0.5, 0.25)."""
    network = build("hu-localizer", out_channels=1, base_width=1, input_side=32)
    torch.nn.init.zeros_(network.head.weight)
    network.head.bias.data = torch.tensor([0.5, 0.25])
    return LoadedModel(
        network.eval(), ModelCard("l", "1", "hu-localizer", ("rib",), (32, 32), network.init_args)
    )


def test_masks_are_judged_as_the_predictor_gives_them(segmenter, toy_samples):
    seen = []
    result = evaluate_model(segmenter, toy_samples, CPU, lambda *step: seen.append(step))
    assert seen[0] == (0, 6, "f0")
    assert seen[-1] == (6, 6, "")
    assert result.labels == ("rib",)
    assert (result.threshold, result.left_out) == (0.4, 0)
    sample, row = toy_samples[4], result.rows[4]
    probability = Predictor(segmenter, "cpu").predict(sample.gray(OFF), "rib")
    wanted = score_mask(probability >= np.float32(0.4), sample.masks["rib"], probability, sample)
    assert row == {"name": "f4", "group": "g2", "label": "rib", **wanted}
    assert "pixels of the raw grid" in result.notes[0]


def test_settings_change_what_is_judged(segmenter, toy_samples):
    plain = evaluate_model(segmenter, toy_samples, CPU)
    everything = evaluate_model(segmenter, toy_samples, replace(CPU, threshold=0.0))
    assert {row["found_px"] for row in everything.rows} == {48 * 40}
    filtered = evaluate_model(segmenter, toy_samples, replace(CPU, despeckle=FAST))
    assert filtered.despeckle["method"] == "fast"
    assert filtered.rows[0]["nll"] != plain.rows[0]["nll"]


def test_the_largest_pieces_are_kept_where_a_label_has_few(segmenter, toy_samples):
    card = replace(segmenter.card, labels=("cerebellum", "rib"))
    samples = [replace(s, masks={"cerebellum": s.masks["rib"]}) for s in toy_samples]
    # a threshold in the middle of what a random network says leaves crumbs
    probability = Predictor(LoadedModel(segmenter.network, card), "cpu").predict(samples[0].gray(OFF))
    settings = replace(CPU, threshold=float(np.median(probability)))
    crumbs = evaluate_model(LoadedModel(segmenter.network, card), samples, settings)
    clean = evaluate_model(
        LoadedModel(segmenter.network, card), samples, replace(settings, keeps_largest=True)
    )
    assert crumbs.rows[0]["components"] > 2 >= clean.rows[0]["components"]


def test_summary_and_payload_are_plain(segmenter, toy_samples):
    samples = [replace(s, spacing_mm=(0.1, 0.2)) for s in toy_samples]
    samples += [Sample("nobody looked", "g9", samples[0].frame, {})]
    samples += [
        Sample(
            "negative",
            "g8",
            samples[0].frame,
            {"rib": np.zeros((48, 40), bool), "pleura": samples[0].masks["rib"]},
            spacing_mm=(0.1, 0.2),
        )
    ]
    result = evaluate_model(segmenter, samples, CPU)
    assert result.labels == ("rib", "pleura")
    payload = json.loads(json.dumps(result.to_json(), allow_nan=False))
    assert (payload["frames"], payload["groups"], payload["left_out"]) == (7, 4, 1)
    assert payload["summary"]["rib"]["frames"] == 7
    assert payload["summary"]["rib"]["negatives"] == 1
    assert payload["summary"]["pleura"]["frames"] == 1
    dices = [row["dice"] for row in payload["images"] if row["dice"] is not None]
    assert len(dices) == 7
    assert payload["mean"]["dice"] == pytest.approx(np.mean(dices))
    assert payload["mean"]["hd95_px"] is None
    assert payload["notes"] == []
    bins = payload["summary"]["rib"]["reliability"]
    assert sum(pixels for _, _, pixels in bins) == 7 * 48 * 40
    every = np.mean([row["ece"] for row in result.rows if row["label"] == "rib"])
    assert 0 < payload["summary"]["rib"]["overall"]["ece_of_all_pixels"] <= every + 1e-12


def test_linear_data_are_compressed_as_the_card_says(segmenter):
    card = replace(segmenter.card, dynamic_range_db=30.0)
    mapping = DisplayMapping(Intensity.LINEAR, 0.0, 1.0, dynamic_range_db=60.0)
    frame = np.linspace(0.001, 1, 48 * 40, dtype=np.float32).reshape(48, 40)
    sample = Sample("a", "g", frame, mapping=mapping)
    wanted = replace(sample, mapping=replace(mapping, dynamic_range_db=30.0)).gray(None)
    assert (gray_of(sample, card, None) == wanted).all()
    assert (wanted != sample.gray(None)).any()


def test_boxes(detector):
    frame = np.full((40, 20), 7, np.uint8)
    found = Box(22.0, 3.0, 38.0, 7.0)
    samples = [
        Sample("hit", "a", frame, boxes={"rib": (found,)}),
        Sample("half", "a", frame, boxes={"rib": (Box(22.0, 3.0, 38.0, 11.0),)}),
        Sample("none", "b", frame, boxes={"rib": ()}),
        Sample("unknown", "b", frame),
    ]
    result = evaluate_model(detector, samples, CPU)
    assert [row["name"] for row in result.rows] == ["hit", "half", "none"]
    assert [row["iou"] for row in result.rows] == [
        pytest.approx(1, abs=1e-4),
        pytest.approx(0.5, abs=1e-4),
        None,
    ]
    assert [(row["right"], row["wrong"], row["missed"]) for row in result.rows][2] == (0, 1, 0)
    overall = result.overall["rib"]
    assert overall["ap_as_ramos"] == pytest.approx(0.75, abs=1e-4)
    assert overall["f1_as_published"] == pytest.approx(4 / 5)
    assert overall["images"] == 3
    assert result.summary()["rib"]["overall"] == overall
    json.dumps(result.to_json(), allow_nan=False)
    silent = evaluate_model(detector, samples, replace(CPU, threshold=0.8))
    assert (silent.overall["rib"]["precision"], silent.rows[0]["found"]) == (None, 0)


def test_boxes_of_masks_one_or_a_piece_each(detector):
    mask = np.zeros((40, 20), bool)
    mask[22:38, 3:7] = mask[2:5, 10:12] = True
    samples = [Sample("a", "g", mask.astype(np.uint8), {"rib": mask})]
    whole = evaluate_model(detector, samples, CPU)
    pieces = evaluate_model(detector, samples, replace(CPU, one_box=False))
    assert (whole.rows[0]["boxes"], whole.rows[0]["right"]) == (1, 0)
    assert (pieces.rows[0]["boxes"], pieces.rows[0]["right"], pieces.rows[0]["missed"]) == (2, 1, 1)
    assert "at most 1 box" in whole.notes[0]
    assert "at most 20 box" in pieces.notes[0]


def test_points(localizer):
    frame = np.zeros((40, 20), np.uint8)
    mask = np.zeros((40, 20), bool)
    mask[10:12, 4:6] = True
    samples = [
        Sample("exact", "a", frame, points={"rib": (19.5, 4.5)}, spacing_mm=(0.1, 0.1)),
        Sample("off", "b", frame, points={"rib": (15.5, 4.5)}, spacing_mm=(0.1, 0.1)),
        Sample("mask", "b", frame, {"rib": mask}, spacing_mm=(0.1, 0.1)),
        Sample("empty", "b", frame, {"rib": np.zeros((40, 20), bool)}),
    ]
    result = evaluate_model(localizer, samples, CPU)
    assert [row["error_px"] for row in result.rows] == pytest.approx([0, 4, 9], abs=1e-4)
    assert result.rows[1]["error_mm"] == pytest.approx(0.4, abs=1e-4)
    assert result.left_out == 1
    assert result.overall["rib"]["within_5px"] == pytest.approx(2 / 3)
    assert result.overall["rib"]["mse_px2"] == pytest.approx((16 + 81) / 6, abs=1e-3)


def test_what_cannot_be_judged_is_said(segmenter, toy_samples):
    with pytest.raises(EvaluationError, match="no frame to judge"):
        evaluate_model(segmenter, [], CPU)
    with pytest.raises(EvaluationError, match=r"m knows no label 'liver'\. It knows: rib, pleura"):
        evaluate_model(segmenter, toy_samples, replace(CPU, labels=("liver",)))
    with pytest.raises(EvaluationError, match=r"has the label 'pleura'\. The data know: rib"):
        evaluate_model(segmenter, toy_samples, replace(CPU, labels=("rib", "pleura")))


def test_what_a_sample_knows(segmenter, toy_samples):
    sample = replace(toy_samples[0], boxes={"b": ()}, points={"p": (1.0, 1.0)})
    assert [knows(sample, label, "detect") for label in ("rib", "b", "p")] == [True, True, False]
    assert [knows(sample, label, "locate") for label in ("rib", "b", "p")] == [True, False, True]
    assert [knows(sample, label, "segment") for label in ("rib", "b", "p")] == [True, False, False]
    assert choose_labels(segmenter.card, [sample], ["rib", "rib"]) == ("rib",)
