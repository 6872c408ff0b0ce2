from __future__ import annotations

import json

import numpy as np
import pytest

from training.experiments.bridge_judge import answer, frames_of, judge, judge_frame, predictor_of, stretch
from training.experiments.bridge_variants import PLAIN, Inference
from training.experiments.cells import unpack_mask
from training.judging_defaults import summarise_judged


def test_frames_of_the_fold_are_judged_raw_and_despeckled(fakes, tmp_path):
    maker, judged = fakes.maker(), fakes.judged()
    network = maker.train(fakes.options(), tmp_path, [], ["g0", "g2"], 0, tmp_path)
    result = judge(maker, network, fakes.options(), judged, 0, PLAIN)
    rows = result["rows"]
    assert [(row["name"], row["input"]) for row in rows] == [
        (name, kind) for name in ("f0", "f1", "f4", "f5") for kind in ("raw", "despeckled")
    ]
    assert all(row["dice"] > 0.9 for row in rows if row["name"] in ("f0", "f1"))
    # the bright box of f0 counts for nothing
    assert not unpack_mask(result["masks"]["f0"])[40, 34]
    assert rows[0]["false_components"] == 0
    assert all(
        row["dice"] is None and not row["found_anything"] for row in rows if row["name"] in ("f4", "f5")
    )


def test_ignored_places_count_neither_for_nor_against(fakes):
    sample = fakes.judged().data.samples[0]
    right = sample.masks["rib"].astype(np.float32)
    wrong = np.where(sample.ignored, 1 - right, right)
    rows = [judge_frame(found, sample, "rib", (32, 32))[0].to_json() for found in (right, wrong)]
    assert rows[0] == rows[1]
    right[0:3, 0:3] = 1
    assert judge_frame(right, sample, "rib", (32, 32))[0].false_components == 1


def test_kept_rows_become_judged_frames_again(fakes, tmp_path):
    maker, judged = fakes.maker(), fakes.judged()
    network = maker.train(fakes.options(), tmp_path, [], [], 0, tmp_path)
    result = judge(maker, network, fakes.options(), judged, 1, PLAIN)
    kept = json.loads(json.dumps(result))["rows"]
    frames = frames_of(row for row in kept if row["input"] == "raw")
    summary = summarise_judged(frames, resamples=50)
    assert summary["frames"] == 2
    assert summary["ece_band_pooled"]["value"] is not None


@pytest.mark.parametrize("inference", [Inference(mirrored=True), Inference(mirrored=True, flipped=True)])
def test_answers_to_turned_frames_lie_in_register(fakes, tmp_path, inference):
    maker, sample = fakes.maker(), fakes.judged().data.samples[1]
    predictor = predictor_of(
        maker, maker.train(fakes.options(), tmp_path, [], [], 0, tmp_path), fakes.options()
    )
    plain = answer(predictor, sample.gray(), "rib", PLAIN)
    np.testing.assert_allclose(answer(predictor, sample.gray(), "rib", inference), plain, atol=1e-4)


def test_gray_is_stretched_whatever_gain_and_offset_were():
    gray = np.random.default_rng(0).random((30, 40)).astype(np.float32)
    np.testing.assert_allclose(stretch(gray * 0.3 + 0.2), stretch(gray), atol=1e-5)
    assert stretch(gray).min() == 0
    assert stretch(gray).max() == 1
    flat = np.full((5, 5), 0.4, np.float32)
    np.testing.assert_array_equal(stretch(flat), flat)
