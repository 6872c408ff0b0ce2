from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from lusgui.base.errors import ModelError
from lusgui.core.click.messages import Embedded, EngineReady, ForgetFrames, Hello
from lusgui.runtime.click_process import ClickProcess, Death, click_program
from lusgui.runtime.inference import WorkerState

TALK = """
say(EngineReady("fake " + model, bool(model)))
for m in messages():
    say(Embedded(1, 0.0, 1))
"""


class Log:
    """Everything it says."""

    def __init__(self, process):
        self.launches, self.heard, self.deaths, self.statuses, self.problems = 0, [], [], [], []
        process.launched.connect(self._launched)
        process.received.connect(self.heard.append)
        process.died.connect(self.deaths.append)
        process.status_changed.connect(self.statuses.append)
        process.problem.connect(self.problems.append)

    def _launched(self):
        self.launches += 1

    @property
    def states(self):
        return [status.state for status in self.statuses]


@pytest.fixture
def make(fake_clicker, qtbot):
    processes = []

    def do(body=TALK, find=lambda: None, program=None):
        process = ClickProcess(program or fake_clicker(body), find, (10, 20, 30))
        processes.append(process)
        return process, Log(process)

    yield do
    for process in processes:
        process.end(1000)


def test_it_starts_once_is_heard_and_ends(make, qtbot):
    process, log = make(find=lambda: Path("w.safetensors"))
    process.send(ForgetFrames())  # nobody is there
    process.start()
    process.start()
    qtbot.waitUntil(lambda: process.status.state is WorkerState.READY, timeout=20_000)
    assert process.is_there
    assert process.has_model
    assert process.status.device == "fake w.safetensors"
    process.show_activity(True, True)
    assert process.status.state is WorkerState.BUSY
    process.show_activity(False, False)
    process.send(ForgetFrames())
    qtbot.waitUntil(lambda: len(log.heard) == 3, timeout=10_000)
    pid = process.pid
    assert log.heard == [Hello(pid), EngineReady("fake w.safetensors", True), Embedded(1, 0.0, 1)]
    process.end(1000)
    assert not psutil.pid_exists(pid)
    assert (log.launches, process.is_there, process.has_model) == (1, False, False)
    assert log.states == [
        WorkerState.STARTING,
        WorkerState.READY,
        WorkerState.BUSY,
        WorkerState.READY,
        WorkerState.OFF,
    ]
    assert (log.deaths, log.problems) == ([], [])


def test_a_death_is_told_with_last_words_and_another_one_is_started(make, qtbot):
    process, log = make("say(EngineReady('a', False)) if life else None\nlife or os._exit(7)\n" + TALK)
    process.start()
    qtbot.waitUntil(lambda: process.status.state is WorkerState.READY, timeout=20_000)
    assert log.deaths == [Death("it ended with status 7", "", was_ready=False, is_final=False)]
    process._process.kill()
    qtbot.waitUntil(lambda: len(log.deaths) == 2 and process.is_there, timeout=20_000)
    assert log.deaths[1] == Death("it crashed", "", was_ready=True, is_final=False)
    assert log.launches == 3


def test_after_too_many_deaths_it_is_given_up_said_once_and_can_be_tried_again(make, qtbot):
    process, log = make(
        "if life < 4:\n    print('no libfoo', file=sys.stderr, flush=True); os._exit(3)\n" + TALK
    )
    process.start()
    qtbot.waitUntil(lambda: bool(log.problems), timeout=20_000)
    assert [death.is_final for death in log.deaths] == [False, False, False, True]
    (problem,) = log.problems
    assert "4 times in a row" in problem.message
    assert "no libfoo" in problem.detail
    assert process.has_failed
    process.start()
    assert not process.is_there
    process.retry()
    qtbot.waitUntil(lambda: process.status.state is WorkerState.READY, timeout=20_000)
    process.retry()
    assert log.launches == 5


def test_what_is_useful_in_between_makes_deaths_single_ones(make, qtbot):
    process, log = make("say(Embedded(1, 0.0, 1)); os._exit(1) if life < 6 else None\n" + TALK)
    process.start()
    qtbot.waitUntil(lambda: process.status.state is WorkerState.READY, timeout=30_000)
    assert len(log.deaths) == 6
    assert log.problems == []


def test_a_model_that_kills_it_twice_is_left_out(make, qtbot):
    process, log = make("os._exit(9) if model else None\n" + TALK, find=lambda: Path("w.safetensors"))
    process.start()
    qtbot.waitUntil(lambda: process.status.state is WorkerState.READY, timeout=20_000)
    assert len(log.deaths) == 2
    assert not process.has_model
    assert process.status.device == "fake "
    assert "without it" in process.status.note


def test_why_there_is_no_model_is_said(make, qtbot):
    def find():
        raise ModelError("it is damaged", path=Path("w.safetensors"))

    process, log = make('say(EngineReady("plain", False, "the weights are of another kind"))', find)
    process.start()
    qtbot.waitUntil(lambda: len(log.problems) == 2, timeout=20_000)
    assert log.problems[0].message == "w.safetensors: it is damaged."
    assert log.problems[1].message == "the weights are of another kind"


def test_a_process_that_owes_something_and_says_nothing_is_taken_for_dead(make, qtbot):
    process, log = make("say(EngineReady('a', False))\nif life == 0:\n    time.sleep(60)\n" + TALK)
    process.start()
    qtbot.waitUntil(lambda: process.status.state is WorkerState.READY, timeout=20_000)
    process.show_activity(False, False)
    assert not process._silence.isActive()
    process._silence.setInterval(50)
    process.show_activity(True, True)
    qtbot.waitUntil(lambda: len(log.deaths) == 1, timeout=10_000)
    process._silence.setInterval(60_000)
    qtbot.waitUntil(lambda: log.launches == 2, timeout=10_000)


def test_a_program_that_is_not_there_is_given_up(make, qtbot):
    process, log = make(program=["/nonexistent/python"])
    process.start()
    qtbot.waitUntil(lambda: process.has_failed, timeout=10_000)
    assert "could not be started" in log.problems[0].message


def test_the_program_is_this_python_or_that_of_the_frozen_application(monkeypatch):
    assert click_program() == [sys.executable, "-P", "-m", "lusgui.nn.click_worker"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    (program,) = click_program()
    assert Path(program).stem == "lusgui-clicks"
