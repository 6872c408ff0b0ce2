from __future__ import annotations

import json

import numpy as np
import pytest

from lusgui.core.click.answer import ClickAnswer
from lusgui.core.click.clicker import Hand
from lusgui.core.click.prompt import Box, Click
from training.click_evaluation.trials import Trial, click_all, click_on_nothing, click_through


def test_a_disc_takes_one_click(discs, make_target, disc):
    trial = click_through(discs, make_target(disc(30, 40, 10)), Hand.CENTRE)
    assert trial.signs == "+"
    assert trial.ious[0] > 0.9
    assert len(trial.ious) == len(trial.dices) == len(trial.seconds) == 1
    assert trial.first_found
    assert trial.stroke_px == 30.0
    assert trial.view_px == 42  # zoomed in to twice its 21 pixels
    assert trial.line_good is None


def test_clicking_goes_on_until_it_is_good(discs, make_target, disc):
    long = disc(30, 30, 10) | disc(30, 48, 10)
    trial = click_through(discs, make_target(long), Hand.CENTRE)
    assert len(trial.ious) > 1
    assert trial.ious[-1] >= 0.9
    assert set(trial.signs) <= {"+", "-"}


def test_an_engine_that_finds_nothing_is_given_up(make_target, disc, Discs):
    trial = click_through(Discs(blind=True), make_target(disc(30, 40, 10)), Hand.CENTRE)
    assert not trial.first_found
    assert set(trial.ious) == {0.0}
    assert len(trial.ious) < 20


def test_the_same_hand_clicks_alike(make_target, disc, Discs):
    target = make_target(disc(30, 40, 18))
    once, again = (click_through(Discs(6), target, Hand.RANDOM) for _ in range(2))
    assert once.ious == again.ious
    assert once.ious != click_through(Discs(6), target, Hand.CENTRE).ious


def test_thin_structures_have_a_centre_line(make_target, Discs):
    rows, cols = np.ogrid[:60, :80]
    rib = (abs(rows - 30) <= 2) & (cols > 30) & (cols < 44)
    trial = click_through(Discs(6), make_target(rib, structure="rib"), Hand.CENTRE)
    assert trial.line_first is not None
    assert trial.line_good is not None


def test_a_frame_is_embedded_once_for_all_its_targets(discs, make_target, disc):
    first = make_target(disc(30, 40, 10), "a")
    second = make_target(disc(30, 40, 9), "b")
    object.__setattr__(second, "gray", first.gray)
    told = []
    trials = click_all(
        discs, [first, second, make_target(disc(20, 20, 9), "c")], Hand.CENTRE, 20, lambda *a: told.append(a)
    )
    assert discs.embedded == 2
    assert [one.name for one in trials] == ["a", "b", "c"]
    assert told[-1][:2] == (2, 3)


def test_a_trial_survives_json(discs, make_target, disc):
    trial = click_through(discs, make_target(disc(30, 40, 10)), Hand.JITTERED)
    assert Trial.from_json(json.loads(json.dumps(trial.to_json()))) == trial


def test_clicks_on_nothing(sample, Discs):
    found = click_on_nothing(Discs(), [sample, sample], 1)
    assert len(found) == 1
    assert found[0]["found"]
    assert found[0]["share"] == pytest.approx(np.pi * 100 / sample.frame.size, rel=0.5)
    assert not click_on_nothing(Discs(blind=True), [sample], 5)[0]["found"]


def test_a_hand_that_boxes_begins_with_a_box_that_counts_as_a_click(make_target, disc):
    class Boxes:
        name = "boxes"

        def __init__(self):
            self.marks = []

        def embed(self, gray, spacing_ratio=1.0):
            return gray

        def answer(self, embedding, prompt, previous, *, is_preview=False):
            self.marks.append(prompt.marks[-1])
            half = disc(30, 40, 10) & (np.arange(len(embedding))[:, None] < 30)
            mask = half if len(prompt.marks) == 1 else disc(30, 40, 10)
            return ClickAnswer(mask, mask.astype(np.float32), True, "", 0.01, "boxes")

    engine = Boxes()
    trial = click_through(engine, make_target(disc(30, 40, 10)), Hand.BOX)
    assert [type(mark) for mark in engine.marks] == [Box, Click]
    assert trial.signs == "++"
    assert trial.ious[0] < 0.6 < trial.ious[1]
