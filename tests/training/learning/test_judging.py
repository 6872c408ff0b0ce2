import math
from dataclasses import replace

import numpy as np
import pytest

from training.learning.judging import judge_mask, judge_samples, mean_dice, summary


def test_the_true_mask_is_right_and_the_empty_one_is_not(discs, empty):
    sample = discs(1)[0]
    right = judge_mask(sample, "disc", sample.masks["disc"])
    assert (right.dice, right.hd95, right.false_components, right.hd95_unit) == (1.0, 0.0, 0, "px")
    missed = judge_mask(sample, "disc", empty)
    assert (missed.dice, missed.hd95) == (0.0, None)


def test_lengths_are_in_mm_where_the_spacing_is_known(discs):
    sample = replace(discs(1)[0], spacing_mm=(0.5, 0.5))
    moved = np.roll(sample.masks["disc"], 4, axis=1)
    row = judge_mask(sample, "disc", moved)
    assert row.hd95_unit == "mm"
    assert row.hd95 == pytest.approx(2.0, abs=0.3)


def test_ignored_pixels_count_for_nothing(discs, empty):
    sample = discs(1)[0]
    wrong = sample.masks["disc"].copy()
    wrong[:8, :8] = True
    ignored = empty.copy()
    ignored[:8, :8] = True
    assert judge_mask(sample, "disc", wrong).false_components == 1
    row = judge_mask(replace(sample, ignored=ignored), "disc", wrong)
    assert (row.dice, row.false_components) == (1.0, 0)


def test_frames_without_are_right_when_nothing_is_found(discs, empty):
    sample = replace(discs(1)[0], masks={"disc": empty})
    row = judge_mask(sample, "disc", empty)
    assert row.dice == 1.0
    assert not row.is_there


def test_means_are_over_frames_that_show_it(discs, empty):
    sample = discs(1)[0]
    shown = judge_mask(sample, "disc", empty)
    negative = judge_mask(replace(sample, masks={"disc": empty}), "disc", empty)
    assert mean_dice([shown, negative]) == 0.0
    assert mean_dice([negative]) == 1.0
    assert math.isnan(mean_dice([]))
    assert math.isnan(summary([shown])["hd95"])


def test_only_what_was_looked_for_is_judged(tiny, discs):
    samples = discs(2)
    samples[1] = replace(samples[1], masks={"other": samples[1].masks["disc"]})
    rows = judge_samples(tiny(), samples, ["disc", "other"], "cpu")
    assert [(row.name, row.label) for row in rows] == [
        (samples[0].name, "disc"),
        (samples[1].name, "other"),
    ]
    assert rows[1].dice == 0.0  # a label that the model does not know is not found


def test_it_stops_when_told(tiny, discs):
    assert judge_samples(tiny(), discs(3), ["disc"], "cpu", stop=lambda: True) == []
