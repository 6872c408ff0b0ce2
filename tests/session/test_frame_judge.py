from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import SQUARE, draw

from lusgui.core.annotation import PlaneKey
from lusgui.core.geometry import Box
from lusgui.core.learning.held_out import HeldOut
from lusgui.session.frame_judge import held_out_places, judge_answer

KEY = PlaneKey(1, 0, "rib")


def square(rows=slice(2, 6), cols=slice(3, 7), shape=(24, 16)):
    values = np.zeros(shape, np.float32)
    values[rows, cols] = 0.9
    return values


def test_a_right_answer_is_right(session):
    draw(session, 1, 0)
    row = judge_answer(session, KEY, square(), 0.5)
    assert (row.dice, row.hd95, row.hd95_unit, row.false_components) == (1.0, 0.0, "mm", 0.0)
    row = judge_answer(session, KEY, square(), 0.95)
    assert (row.dice, row.hd95) == (0.0, None)


def test_what_nobody_can_tell_counts_for_nothing(session):
    draw(session, 1, 0)
    session.add_label("Ignore")
    assert session.label("ignore") is not None
    found = square(cols=slice(3, 11))
    assert judge_answer(session, KEY, found, 0.5).dice == pytest.approx(2 / 3)
    session.stroke(PlaneKey(1, 0, "ignore"), Box(2, 7, 6, 11), SQUARE, True)
    assert judge_answer(session, KEY, found, 0.5).dice == 1.0


def test_what_was_never_reviewed_is_not_judged(session):
    assert judge_answer(session, KEY, square(), 0.5) is None
    draw(session, 1, 0)
    assert judge_answer(session, KEY, square(shape=(10, 10)), 0.5) is None
    assert judge_answer(session, PlaneKey(99, 0, "rib"), square(), 0.5) is None


def test_only_reviewed_frames_that_are_held_out_count(session, monkeypatch):
    assert held_out_places(session, "rib") == ()
    for frame in range(3):
        draw(session, 1, frame)
    draw(session, 2, 4)
    held = HeldOut("blocks", "Some.", ((1, 1), (1, 5), (2, 4)))
    monkeypatch.setattr(session.learning, "held_out", lambda label: held)
    assert held_out_places(session, "rib") == ((1, 1), (2, 4))
