"""Masks through time in threads: lusgui.runtime.carry_jobs."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from psygnal import Signal

from lusgui.base.errors import StudyError
from lusgui.runtime.carry_jobs import CarryJobs
from lusgui.runtime.jobs import JobRunner
from lusgui.session.carrying import Found
from lusgui.session.through_time import TimeAsk

MASK = np.ones((3, 4), bool)


class Times:
    asked = Signal(TimeAsk)
    stop_asked = Signal(int)

    def __init__(self):
        self.taken, self.ends = [], []

    def take(self, token, found):
        self.taken.append((token, found.frame, threading.current_thread()))

    def ended(self, token, words):
        self.ends.append((token, words))


@pytest.fixture
def times(qapp):
    made = Times()
    runner = JobRunner()
    made.problems = []
    runner.problem.connect(made.problems.append)
    jobs = CarryJobs(SimpleNamespace(times=made), runner)
    made.runner = runner
    yield made
    jobs.shutdown()
    assert runner.shutdown()


def test_masks_arrive_one_by_one_in_the_windows_thread_then_the_end(qtbot, times):
    def work(give, progress):
        for frame in range(3):
            progress(frame, 3)
            give(Found(frame, MASK))
        return "3 frames"

    times.asked.emit(TimeAsk(7, "Fill", work))
    qtbot.waitUntil(lambda: times.ends == [(7, "3 frames")], timeout=5000)
    assert [each[:2] for each in times.taken] == [(7, 0), (7, 1), (7, 2)]
    assert {each[2] for each in times.taken} == {threading.main_thread()}


def test_stopping_keeps_what_came_and_says_so(qtbot, times):
    go_on = threading.Event()

    def work(give, progress):
        give(Found(0, MASK))
        go_on.wait(5)
        progress(1, 2)
        give(Found(1, MASK))
        return "2 frames"

    times.asked.emit(TimeAsk(1, "Fill", work))
    qtbot.waitUntil(lambda: len(times.taken) == 1, timeout=5000)
    times.stop_asked.emit(1)
    go_on.set()
    qtbot.waitUntil(lambda: bool(times.ends), timeout=5000)
    assert "stay until" in times.ends[0][1]
    assert len(times.taken) == 1
    assert times.problems == []


def test_a_file_closed_under_it_is_no_problem_after_a_stop(qtbot, times):
    go_on = threading.Event()

    def work(give, progress):
        go_on.wait(5)
        raise StudyError("the file is closed")

    times.asked.emit(TimeAsk(1, "Fill", work))
    times.stop_asked.emit(1)
    go_on.set()
    qtbot.waitUntil(lambda: bool(times.ends), timeout=5000)
    assert times.problems == []


def test_a_failure_is_told_and_ends_it(qtbot, times):
    def work(give, progress):
        raise StudyError("frame 3 cannot be read")

    times.asked.emit(TimeAsk(1, "Fill", work))
    qtbot.waitUntil(lambda: bool(times.ends), timeout=5000)
    assert times.ends == [(1, "")]
    assert len(times.problems) == 1
