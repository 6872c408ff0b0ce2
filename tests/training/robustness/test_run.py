from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import FAST, OFF
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build
from training.dataset import Sample
from training.robustness.every import perturbations_for
from training.robustness.perturbation import PLAIN, gray_of
from training.robustness.run import run_robustness, sample_predictor


def bright(sample, settings):
    """Finds what is bright, as long as nobody turns black and white around."""
    return np.where(gray_of(sample) > 0.5, 0.9, 0.1)


def nothing(sample, settings):
    return np.zeros(sample.frame.shape)


def everything(sample, settings):
    return np.ones(sample.frame.shape)


def some(*names):
    return perturbations_for("rib", names)


def table_of(result):
    return {row["perturbation"]: row for row in result.table()}


def test_dice_and_difference_under_each_change(toy_samples):
    table = table_of(
        run_robustness(bright, toy_samples, [], "rib", perturbations=some("mirrored", "inverted_unnoticed"))
    )
    assert list(table) == [PLAIN, "inverted_unnoticed", "mirrored"]
    assert table[PLAIN]["dice"] == table["mirrored"]["dice"] == 1
    assert table[PLAIN]["difference"] == 0
    inverted = table["inverted_unnoticed"]
    assert inverted["dice"] == 0
    assert inverted["difference"] == -1
    assert (inverted["frames"], inverted["groups"]) == (6, 3)
    assert (inverted["difference_low"], inverted["difference_high"]) == (-1, -1)
    assert inverted["false_alarms"] is None
    assert inverted["negatives"] == 0


def test_every_frame_is_judged_by_the_model_that_never_saw_its_group(toy_samples):
    asked = []

    def model(name):
        def predict(sample, settings):
            asked.append((name, sample.group))
            return bright(sample, settings)

        return predict

    folds = {("g0", "g2"): model("first"), ("g1",): model("second")}
    others = [Sample(f"n{i}", f"far{i}", np.zeros((20, 20), np.uint8)) for i in range(4)]
    known = Sample("n", "g1", np.zeros((20, 20), np.uint8))
    run_robustness(folds, toy_samples, [*others, known], "rib", perturbations=some("noise"))
    assert {pair for pair in asked if pair[1].startswith("g")} == {
        ("first", "g0"), ("first", "g2"), ("second", "g1"),
    }  # fmt: skip
    dealt = dict(pair[::-1] for pair in asked if pair[1].startswith("far"))
    assert dealt == {"far0": "first", "far1": "second", "far2": "first", "far3": "second"}
    with pytest.raises(LusguiError, match="without the group 'g2'"):
        run_robustness({("g0", "g1"): bright}, toy_samples, [], "rib")
    with pytest.raises(LusguiError, match="by two models"):
        run_robustness({("g0", "g1", "g2"): bright, ("g1",): bright}, toy_samples, [], "rib")


def test_false_alarms_count_frames_without_the_structure(toy_samples):
    empty = replace(toy_samples[0], masks={"rib": np.zeros(toy_samples[0].frame.shape, bool)}, name="empty")
    dark = Sample("dark", "h", np.full((30, 30), 20, np.uint8))
    result = run_robustness(
        bright, [*toy_samples, empty], [dark], "rib", perturbations=some("inverted_unnoticed")
    )
    table = table_of(result)
    assert table[PLAIN]["negatives"] == 2
    assert table[PLAIN]["false_alarms"] == 0.5
    assert table["inverted_unnoticed"]["false_alarms"] == 1
    assert table[PLAIN]["frames"] == 6
    alone = [row for row in result.rows if row["is_negative"]]
    assert all(row["dice"] is None for row in alone)


def test_nothing_found_and_everything_found(toy_samples):
    for model, found, dice in ((nothing, 0, 0), (everything, 1, None)):
        table = table_of(run_robustness(model, toy_samples, [], "rib", perturbations=some("zoom")))
        assert table["zoom"]["found"] == found
        if dice is not None:
            assert table["zoom"]["dice"] == dice


def test_a_view_without_the_structure_is_not_judged(toy_samples):
    mask = np.zeros((100, 100), bool)
    mask[10:90, 2:8] = True
    sample = Sample("edge", "g", np.where(mask, 200, 30).astype(np.uint8), {"rib": mask})
    result = run_robustness(
        bright, [sample], [], "rib", perturbations=some("crop_left", "tall", "margins_all")
    )
    rows = {row["perturbation"]: row for row in result.rows}
    assert rows["crop_left"]["dice"] is None
    assert rows["crop_left"]["left"] == 0
    assert rows["tall"]["left"] == pytest.approx(1, abs=0.05)
    assert rows["margins_all"]["left"] == 1
    assert table_of(result)["crop_left"]["difference"] is None


def test_ignored_pixels_are_neither_found_nor_missed(toy_samples):
    frame = toy_samples[0].frame.copy()
    frame[40:46, 2:30] = 250
    ignored = np.zeros(frame.shape, bool)
    ignored[38:48] = True
    sample = replace(toy_samples[0], frame=frame, ignored=ignored)
    truth = sample.masks["rib"] & ~ignored
    result = run_robustness(bright, [sample], [], "rib", perturbations=some("mirrored"))
    assert [row["dice"] for row in result.rows] == [1, 1]
    assert {row["true_px"] for row in result.rows} == {int(truth.sum())}


def test_small_components_and_all_but_the_largest_are_left_out(toy_samples):
    frame = toy_samples[0].frame.copy()
    frame[45:47, 36:38] = 250
    speck = replace(toy_samples[0], frame=frame)
    assert not speck.masks["rib"][44:, 35:].any()
    plain = some()
    for more, components in (({}, 1), ({"least_area": 0.01}, 0), ({"keep_largest": 1}, 0)):
        result = run_robustness(bright, [speck], [], "rib", perturbations=plain, **more)
        assert result.rows[0]["false_components"] == components


def test_what_cannot_be_judged_is_said(toy_samples):
    with pytest.raises(LusguiError, match="nobody looked for 'pleura'"):
        run_robustness(bright, toy_samples, [], "pleura")
    with pytest.raises(LusguiError, match="nothing to compare"):
        run_robustness(bright, toy_samples, [], "rib", perturbations=some("noise")[1:])


def test_progress_is_told(toy_samples):
    told = []
    run_robustness(
        bright, toy_samples[:2], [], "rib", perturbations=some("noise"), progress=lambda *a: told.append(a)
    )
    assert told == [(0, 4, PLAIN), (1, 4, "noise"), (2, 4, PLAIN), (3, 4, "noise")]


def test_the_predictor_is_fed_as_in_the_window(toy_samples):
    torch.manual_seed(0)
    network = build("lus-unet", base_width=4).eval()
    arguments = dict(network.init_args)
    card = ModelCard("tiny", "1.0", "lus-unet", ("rib",), (32, 32), arguments, despeckle=FAST.to_json())
    predictor = Predictor(LoadedModel(network, card), "cpu")
    predict = sample_predictor(predictor, "rib")
    sample = toy_samples[0]
    np.testing.assert_array_equal(predict(sample, None), predictor.predict(sample.gray(FAST), "rib"))
    np.testing.assert_array_equal(predict(sample, OFF), predictor.predict(sample.gray(), "rib"))
