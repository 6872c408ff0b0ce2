from __future__ import annotations

import numpy as np
import pytest

from training.dataset import Sample
from training.operating_point import OperatingPoint, choose_operating_point


def _sample(group, with_rib=True):
    mask = np.zeros((60, 60), bool)
    if with_rib:
        mask[20:30, 10:50] = True
    return Sample(group, group, mask.astype(np.uint8), {"rib": mask})


def _answer(sample, inside, outside):
    return np.where(sample.masks["rib"], inside, outside).astype(np.float32)


def test_the_plain_point_changes_nothing():
    p = np.array([[0.0, 0.2], [0.5, 1.0]], np.float32)
    assert np.allclose(OperatingPoint().calibrate(p), p, atol=1e-6)


def test_answers_that_are_too_sure_are_tempered():
    samples = [_sample("a"), _sample("b")]
    answers = []
    for sample in samples:
        answer = _answer(sample, 0.999, 0.001)
        answer[20:30, 10:20] = 0.001  # a quarter is missed
        answers.append(answer)
    point = choose_operating_point(answers, samples, "rib", None)
    assert point.temperature > 1.5
    shown = point.apply(answers[0])
    assert np.array_equal(shown >= 0.5, answers[0] >= 0.5)


def test_specks_are_left_out():
    samples = [_sample("a"), _sample("b"), _sample("c", with_rib=False)]
    answers = [_answer(sample, 0.9, 0.02) for sample in samples]
    for answer in answers:
        answer[50:52, 50:52] = 0.9
    point = choose_operating_point(answers, samples, "rib", None)
    shown = point.apply(answers[2])
    assert shown.max() < 0.5
    assert point.apply(answers[0]).max() > 0.5


def test_what_is_ignored_does_not_count():
    sample = _sample("a")
    ignored = np.zeros((60, 60), bool)
    ignored[40:] = True
    shown = Sample("a", "a", sample.frame, sample.masks, ignored=ignored)
    answer = _answer(sample, 0.9, 0.02)
    answer[45:55] = 0.95
    point = choose_operating_point([answer], [shown], "rib", None)
    assert point.least_mass == pytest.approx(0.0)
