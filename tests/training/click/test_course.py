"""Tests of training.click.course."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lusgui.core.overlap import dice
from lusgui.nn.registry import build
from training.click.batches import Quest
from training.click.clicking import start_marks
from training.click.course import Course, CourseSettings, _go_on, sample_view

TINY = {"base_width": 4, "fine_width": 4, "coarse_side": 64, "fine_side": 32}


def course_of(frames, **settings):
    torch.manual_seed(0)
    settings = {"steps": 4, "looks": 2, "rate": 3e-3} | settings
    return Course(build("click-net", **TINY), frames, CourseSettings(**settings))


def test_it_learns_to_answer(make_frame, monkeypatch):
    course = course_of([make_frame(places=((60, 50, 20),))], steps=1000, iterations=0, rate=1e-2, looks=1)
    draw = course._drawer.draw
    monkeypatch.setattr(course._drawer, "draw", lambda number: draw(0))
    course.state.step = 100  # beyond the slow start
    course.run(cancelled=lambda: course.state.step == 122)
    first, last = course.state.history[:5], course.state.history[-5:]
    for part in ("coarse_dice", "fine_dice"):
        assert np.mean([row[part] for row in last]) > 0.1 + np.mean([row[part] for row in first])


def test_a_course_taken_up_again_goes_the_same_way(make_frame, tmp_path):
    frames = [make_frame()]
    whole = course_of(frames)
    whole.run()
    first = course_of(frames)
    first.run(cancelled=lambda: first.state.step == 2)
    first.save(tmp_path / "state.pt")
    second = course_of(frames)
    second.restore(tmp_path / "state.pt")
    assert second.run() == "steps"
    for name, value in whole.mean.items():
        assert torch.allclose(value, second.mean[name], atol=1e-6)
    assert second.state.step == 4
    assert [row["clicks"] for row in second.state.history] == [row["clicks"] for row in whole.state.history]


def test_it_can_be_stopped_by_hand_and_by_time(make_frame):
    course = course_of([make_frame()])
    assert course.run(cancelled=lambda: course.state.step == 1) == "cancelled"
    assert course.state.step == 1
    assert course_of([make_frame()], minutes=1e-9).run() == "time"


def test_without_iterations_every_quest_keeps_its_first_marks(make_frame):
    course = course_of([make_frame()], iterations=0)
    drawn = course._drawer.draw(0)
    clicks = course.step()["clicks"]
    assert clicks == np.mean([len(quest.marks.clicks) for quest in drawn.quests])


def test_a_round_adds_a_click_into_the_mistake_and_keeps_the_other_masks(make_disk):
    shape = (32, 32)
    truth, other = make_disk(shape, 10, 10, 6), make_disk(shape, 25, 25, 4)
    random = np.random.default_rng(0)
    quest = Quest(0, 1, truth, start_marks(truth, random, only_clicks=True), other, other)
    before = len(quest.marks.clicks)
    _go_on(quest, other | make_disk(shape, 10, 20, 5), random)
    assert len(quest.marks.clicks) == before + 1
    assert dice(quest.previous, other | make_disk(shape, 10, 20, 5)) == 1
    _go_on(quest, truth, random)
    assert len(quest.marks.clicks) == before + 1


def test_views_of_planes_lie_where_they_should():
    planes = torch.arange(64.0).reshape(1, 1, 8, 8)
    assert torch.allclose(sample_view(planes, (0.0, 0.0, 1.0, 1.0), 8), planes)
    assert torch.allclose(sample_view(planes, (0.25, 0.5, 0.75, 1.0), 4), planes[..., 2:6, 4:8])


def test_the_rate_warms_up_and_falls(make_frame):
    course = course_of([make_frame()], steps=1000)
    rates = []
    for step in (0, 99, 500, 999):
        course.state.step = step
        rates.append(course._rate())
    assert rates[0] == pytest.approx(3e-5, rel=0.01)
    assert rates[1] > rates[2] > rates[3] > 0
