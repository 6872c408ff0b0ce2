from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from lusgui.core.despeckle import FAST
from lusgui.core.surface_distance import hd95
from training.dataset import Sample
from training.judging_defaults import JudgedFrame, judge_frames, judge_mask, summarise_judged, targets
from training.metrics.calibration import ReliabilityBin, ece, pool
from training.metrics.calibration import band as band_of

SHAPE = (60, 80)


def _disks(*centres, radius=10, shape=SHAPE):
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    mask = np.zeros(shape, bool)
    for row, column in centres:
        mask |= np.hypot(rows - row, columns - column) <= radius
    return mask


def _sample(mask, label="cerebellum", name="a", group="p1", **more):
    frame = np.full(mask.shape, 100, np.uint8)
    return Sample(name, group, frame, {label: mask}, **more)


def _judge(probability, *samples, label="cerebellum", **more):
    settings = {"settings": None, "network_shape": SHAPE} | more
    return judge_frames(lambda gray: np.float32(probability), samples, label, **settings)


def test_a_perfect_answer():
    truth = _disks((30, 25), (30, 55))
    (row,) = _judge(truth.astype(np.float32), _sample(truth))
    assert row == replace(
        row,
        name="a",
        group="p1",
        label="cerebellum",
        is_there=True,
        found_anything=True,
        dice=1.0,
        hd95=0.0,
        hd95_mm=None,
        tcd_relative_error=0.0,
        centre_line_error=None,
        false_components=0,
        ece_band=0.0,
    )
    assert sum(part.pixels for part in row.curve) == np.count_nonzero(band_of(truth, 5))


def test_the_transverse_diameter_is_that_of_the_two_largest_components():
    truth = _disks((30, 25), (30, 55))  # 51 pixels wide
    shorter = _disks((30, 25), (30, 52)) | _disks((3, 78), radius=1)
    (row,) = _judge(shorter.astype(np.float32), _sample(truth))
    assert row.tcd_relative_error == pytest.approx(3 / 51)
    assert row.false_components == 1
    (row,) = _judge(shorter.astype(np.float32), _sample(truth), most_components=2)
    assert row.false_components == 0
    (row,) = _judge(shorter.astype(np.float32), _sample(truth), least_area=10 / truth.size)
    assert row.false_components == 0
    (row,) = _judge(np.zeros(SHAPE), _sample(truth))
    assert (row.tcd_relative_error, row.hd95, row.found_anything, row.dice) == (1.0, None, False, 0.0)


def test_the_diameter_is_free_of_scale_but_not_of_shape():
    truth = _disks((30, 25), (30, 55))
    found = np.roll(truth, 2, axis=0)
    tall = _sample(truth, spacing_mm=(0.9, 0.3))
    (row,) = _judge((truth | found).astype(np.float32), tall)
    (twice,) = _judge((truth | found).astype(np.float32), replace(tall, spacing_mm=(1.8, 0.6)))
    assert row.tcd_relative_error == pytest.approx(twice.tcd_relative_error)
    assert row.hd95_mm == pytest.approx(hd95(truth | found, truth, (0.9, 0.3)))
    assert twice.hd95_mm == pytest.approx(2 * row.hd95_mm)
    (plain,) = _judge((truth | found).astype(np.float32), _sample(truth))
    assert plain.tcd_relative_error < row.tcd_relative_error


@pytest.mark.parametrize(("network", "factor"), [((60, 80), 1), ((120, 80), 2), ((15, 160), 0.25)])
def test_the_centre_line_is_measured_in_pixels_of_the_network(network, factor):
    truth = np.zeros(SHAPE, bool)
    truth[20:24, 10:70] = True
    found = np.roll(truth, 4, axis=0)
    sample = _sample(truth, "rib", spacing_mm=(0.2, 0.5))
    (row,) = _judge(found.astype(np.float32), sample, label="rib", network_shape=network)
    assert row.centre_line_error == pytest.approx(4 * factor, abs=0.02)
    assert row.centre_line_error_mm == pytest.approx(0.8, abs=0.01)
    assert row.tcd_relative_error is None
    assert row.hd95 == pytest.approx(4 * factor)


def test_a_negative():
    nothing = np.zeros(SHAPE, bool)
    false = _disks((10, 10), (40, 60), radius=4).astype(np.float32)
    (row,) = _judge(false, _sample(nothing, "rib"), label="rib")
    assert (row.is_there, row.found_anything, row.false_components) == (False, True, 2)
    assert {row.dice, row.hd95, row.centre_line_error, row.tcd_relative_error, row.ece_band} == {None}
    assert row.curve == ()
    (row,) = _judge(np.zeros(SHAPE), _sample(nothing, "rib"), label="rib")
    assert (row.found_anything, row.false_components) == (False, 0)


def test_what_is_to_be_ignored_is_neither_found_nor_missed_nor_calibrated():
    truth = _disks((30, 25))
    doubtful = _disks((30, 60), radius=12)
    probability = (truth | doubtful).astype(np.float32)
    (without,) = _judge(probability, _sample(truth, "rib"), label="rib")
    assert without.false_components == 1
    (row,) = _judge(probability, _sample(truth, "rib", ignored=doubtful), label="rib")
    assert (row.dice, row.false_components, row.hd95) == (1.0, 0, 0.0)
    # the larger one would have been kept in place of the true one
    (row,) = _judge(probability, _sample(truth, "rib", ignored=doubtful), label="rib", most_components=1)
    assert row.dice == 1.0
    half = np.zeros(SHAPE, bool)
    half[:, :25] = True
    cut = judge_mask(truth, probability, _sample(truth, "rib", ignored=half), "rib", SHAPE)
    assert sum(part.pixels for part in cut.curve) == np.count_nonzero(band_of(truth, 5) & ~half)
    assert cut.dice == 1.0


def test_frames_are_fed_as_asked_and_unknown_labels_left_out():
    truth = _disks((30, 40))
    random = np.random.default_rng(0)
    sample = replace(_sample(truth, "rib"), frame=random.integers(0, 255, SHAPE).astype(np.uint8))
    seen = []

    def predict(gray):
        seen.append(gray)
        return truth.astype(np.float32) * 0.4

    rows = judge_frames(
        predict, [sample, _sample(truth)], "rib", settings=FAST, threshold=0.4, network_shape=SHAPE
    )
    assert [row.dice for row in rows] == [1.0]
    assert np.array_equal(seen[0], sample.gray(FAST))
    assert rows[0].ece_band == pytest.approx(ece(truth * 0.4, truth, where=band_of(truth, 5)))


def _row(group="p1", **values):
    curve = (ReliabilityBin(0.25, 0.5, 10), ReliabilityBin(0.75, 0.75, 30))
    row = JudgedFrame("x", group, "rib", True, True, 0.8, 2.0, None, None, 0.5, None, 0, 0.0625, curve)
    return replace(row, **values)


def _negative(group="n1", **values):
    row = _row(group, is_there=False, dice=None, hd95=None, centre_line_error=None, ece_band=None, curve=())
    return replace(row, **({"found_anything": False} | values))


def test_means_medians_groups_and_negatives():
    rows = [
        _row("a", dice=0.9),
        _row("a", dice=0.7, centre_line_error=1.5),
        _row("b", dice=0.5, false_components=3),
        _negative(),
        _negative("n2", found_anything=True, false_components=1),
    ]
    summary = summarise_judged(rows, resamples=200)
    assert (summary["frames"], summary["negatives"], summary["groups"], summary["missed"]) == (3, 2, 4, 0)
    dices = summary["measures"]["dice"]
    assert (dices["mean"], dices["median"], dices["n"]) == (pytest.approx(0.7), 0.7, 3)
    assert (dices["worst"], dices["worst_group"]) == (0.5, "b")
    assert summary["dice_of_groups"]["value"] == pytest.approx((0.8 + 0.5) / 2)
    assert summary["false_components_per_frame"]["value"] == pytest.approx(4 / 5)
    assert summary["false_alarm_rate"]["value"] == 0.5
    assert summary["false_alarm_rate"]["n"] == 2
    lines = summary["measures"]["centre_line_error"]
    assert (lines["worst"], lines["worst_group"]) == (pytest.approx(1.0), "a")
    assert summary["by_group"]["a"]["dice"] == pytest.approx(0.8)
    assert summary["by_group"]["n2"]["negatives_with_anything_found"] == 1
    assert "tcd_relative_error" not in summary["measures"]
    json.dumps(summary, allow_nan=False)


def test_the_calibration_error_of_all_bands_is_that_of_the_pooled_curve():
    other = (ReliabilityBin(0.25, 0.0, 30), ReliabilityBin(0.75, 1.0, 10))
    rows = [_row("a"), _row("b", curve=other), _negative()]
    pooled = summarise_judged(rows, resamples=500)["ece_band_pooled"]
    curve = pool([row.curve for row in rows if row.curve])
    expected = sum(p.pixels * abs(p.mean_probability - p.share_true) for p in curve) / 80
    assert pooled["value"] == pytest.approx(expected)
    assert pooled["low"] <= pooled["value"] <= pooled["high"]
    assert pooled["n"] == 2


def test_missed_frames_are_infinitely_far_in_the_median():
    missed = _row(found_anything=False, dice=0.0, hd95=None, centre_line_error=None)
    some = summarise_judged(
        [_row("a"), _row("b", centre_line_error=0.7), replace(missed, group="c")], resamples=50
    )
    lines = some["measures"]["centre_line_error"]
    assert (lines["mean"], lines["median"], lines["n"]) == (pytest.approx(0.6), 0.7, 2)
    assert some["missed"] == 1
    most = summarise_judged([_row("a"), replace(missed, group="b"), replace(missed, group="c")], resamples=50)
    assert most["measures"]["centre_line_error"]["median"] is None
    assert "hd95_mm" not in most["measures"]
    json.dumps(most, allow_nan=False)
    for summary in (most, summarise_judged([missed], resamples=50)):
        row = next(row for row in targets("rib", summary) if "centre line" in row.name)
        assert row.met is False


def test_nothing_at_all():
    summary = summarise_judged([])
    assert (summary["frames"], summary["measures"]) == (0, {})
    assert {row.met for row in targets("rib", summary)} == {None}
