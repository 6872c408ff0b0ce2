from __future__ import annotations

import sys

import psutil
import pytest

from lusgui.core.messages import Dropped, Hello, LoadModel
from lusgui.runtime.worker_process import WorkerProcess, worker_program


@pytest.fixture
def start(fake_worker, qtbot):
    processes = []

    def make(body):
        process = WorkerProcess([*fake_worker(body), "--device", "cpu"])
        process.heard, process.deaths = [], []
        process.received.connect(process.heard.append)
        process.died.connect(process.deaths.append)
        processes.append(process)
        process.start()
        return process

    yield make
    for process in processes:
        process.shutdown(1000)


def test_it_hears_and_is_heard(start, qtbot):
    process = start("for m in messages():\n    say(Dropped(len(m.model_path)))")
    process.send(LoadModel("seven.."))
    qtbot.waitUntil(lambda: len(process.heard) == 2, timeout=10_000)
    assert process.heard == [Hello(process.pid), Dropped(7)]


def test_a_death_is_told_once_with_its_last_words(start, qtbot):
    process = start("print('no such library', file=sys.stderr); say(Dropped(1)); sys.exit(5)")
    qtbot.waitUntil(lambda: bool(process.deaths), timeout=10_000)
    assert process.deaths == ["it ended with status 5"]
    assert process.heard[-1] == Dropped(1)
    assert process.stderr_tail == "no such library"
    process.send(LoadModel("x"))  # nobody is there
    process.shutdown(100)
    assert process.deaths == ["it ended with status 5"]


def test_killing_is_a_crash(start, qtbot):
    process = start("time.sleep(60)")
    qtbot.waitUntil(lambda: bool(process.heard), timeout=10_000)
    process.kill()
    qtbot.waitUntil(lambda: bool(process.deaths), timeout=10_000)
    assert process.deaths == ["it crashed"]


@pytest.mark.parametrize("body", ["for m in messages(): pass", "time.sleep(60)"])
def test_shutting_down_ends_the_willing_and_the_stubborn_in_silence(start, qtbot, body):
    process = start(body)
    qtbot.waitUntil(lambda: bool(process.heard), timeout=10_000)
    pid = process.pid
    process.shutdown(300)
    assert not psutil.pid_exists(pid)
    assert process.deaths == []


def test_a_missing_program_is_a_death(qtbot):
    process = WorkerProcess(["/nonexistent/python"])
    with qtbot.waitSignal(process.died, timeout=5000) as told:
        process.start()
    assert "could not be started" in told.args[0]


def test_the_program_is_this_python_without_the_present_folder():
    assert worker_program() == [sys.executable, "-P", "-m", "lusgui.nn.worker"]
