"""Tests of training.click.run."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lusgui.base.errors import CancelledError, LusguiError, ModelError, OverwriteRefusedError
from lusgui.nn.checkpoint import load_model
from lusgui.nn.click.engine import load_engine
from training.click import run
from training.click.course import CourseSettings
from training.click.run import ClickLesson, teach
from training.click.sources import Split

TINY = {"base_width": 2, "fine_width": 2, "coarse_side": 64, "fine_side": 32}
LESSON = ClickLesson(course=CourseSettings(steps=3, looks=1), width=TINY)


@pytest.fixture
def gathered(monkeypatch, make_frame):
    """Count how often frames are prepared."""
    calls = []

    def gather(data, **asked):
        calls.append(asked)
        return Split([make_frame(), make_frame("bb")], {"sets": ("p1", "p2"), "ribs": ()})

    monkeypatch.setattr(run, "gather", gather)
    return calls


def test_a_training_leaves_a_model_that_answers_clicks(gathered, tmp_path):
    taught = teach(tmp_path, LESSON, tmp_path / "out")
    assert taught.reason == "steps"
    assert load_engine(taught.path).name == "click 1.0"
    assert "Never seen: sets: p1, p2" in taught.card.split
    assert "2 frames: sets 2" in taught.card.data
    assert taught.card.labels == ("object",)
    assert (tmp_path / "out" / "curves.csv").read_text().startswith("batch,coarse,fine,")


def test_a_training_that_was_stopped_goes_on_and_another_is_refused(gathered, tmp_path):
    out = tmp_path / "out"
    count = 0

    def cancelled():
        nonlocal count
        count += 1
        return count > 2

    with pytest.raises(CancelledError, match="2 of 3"):
        teach(tmp_path, LESSON, out, cancelled=cancelled)
    lines = []
    in_less = replace(LESSON, course=replace(LESSON.course, minutes=5.0))  # time is no part of what it is
    taught = teach(tmp_path, in_less, out, on_line=lines.append)
    assert lines == ["goes on from step 2"]
    assert taught.state.step == 3
    assert len(gathered) == 1
    for other in (replace(LESSON, seed=1), replace(LESSON, without=("rib",))):
        with pytest.raises(OverwriteRefusedError, match="asked for otherwise"):
            teach(tmp_path, other, out)


def test_a_training_may_begin_with_weights_that_know_nobody_who_is_left_out(
    gathered, monkeypatch, make_frame, tmp_path
):
    first = teach(tmp_path, LESSON, tmp_path / "first")
    more = replace(LESSON, course=replace(LESSON.course, steps=1, rate=1e-9), halvings=2)
    monkeypatch.setattr(
        run,
        "gather",
        lambda data, halvings=1, **asked: Split(
            [make_frame()], {"sets": ("p2",) if halvings > 1 else ("p1", "p2")}
        ),
    )
    second = teach(tmp_path, more, tmp_path / "second", start=first.path)
    assert "One of 4 parts" in second.card.split
    before, after = (load_model(each.path).network.state_dict() for each in (first, second))
    assert all((before[name] - after[name]).abs().max() < 1e-2 for name in before)
    with pytest.raises(ModelError, match="may know sets p1"):
        teach(tmp_path, LESSON, tmp_path / "third", start=second.path)
    other = replace(more, width=TINY | {"base_width": 4})
    with pytest.raises(ModelError, match="another network"):
        teach(tmp_path, other, tmp_path / "fourth", start=first.path)


def test_a_folder_with_something_else_is_refused(gathered, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(OverwriteRefusedError, match="no training of clicks"):
        teach(tmp_path, LESSON, tmp_path)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "lesson.json").write_text("{")
    with pytest.raises(OverwriteRefusedError):
        teach(tmp_path, LESSON, tmp_path / "out")


def test_nothing_to_learn_from_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(run, "gather", lambda data, **asked: Split([], {}))
    with pytest.raises(LusguiError, match="nothing to learn clicks from"):
        teach(tmp_path, LESSON, tmp_path / "out")


def test_what_was_asked_for_is_kept_as_plain_values(gathered, tmp_path):
    teach(tmp_path, replace(LESSON, without=("rib", "cerebellum")), tmp_path / "out")
    kept = json.loads((tmp_path / "out" / "lesson.json").read_text())
    assert kept["without"] == ["cerebellum", "rib"]
    assert "minutes" not in kept["course"]
    assert gathered[0]["without"] == ("rib", "cerebellum")
