from __future__ import annotations

import threading

import pytest

from lusgui.base.errors import WriteFailedError
from lusgui.runtime.jobs import JobRunner
from lusgui.session.jobs import FinishReason, JobState


@pytest.fixture
def runner(qtbot):
    runner = JobRunner()
    yield runner
    assert runner.shutdown()


@pytest.fixture
def seen(runner):
    class Seen:
        statuses, ends, problems, threads = [], [], [], set()

    log = Seen()
    log.statuses, log.ends, log.problems, log.threads = [], [], [], set()
    runner.status_changed.connect(lambda s: (log.statuses.append(s), log.threads.add(threading.get_ident())))
    runner.finished.connect(lambda s, r: log.ends.append((s, r)))
    runner.problem.connect(log.problems.append)
    return log


def test_a_job_runs_elsewhere_and_brings_its_result_here(runner, seen, qtbot):
    def work(progress):
        for done in range(1000):
            progress(done, 1000, f"file {done}")
        return threading.get_ident()

    job_id = runner.start("Count", work)
    assert [s.id for s in runner.active()] == [job_id]
    qtbot.waitUntil(lambda: bool(seen.ends), timeout=5000)
    status, result = seen.ends[0]
    assert result != threading.get_ident()
    assert seen.threads == {threading.get_ident()}
    assert (status.state, status.reason) == (JobState.FINISHED, FinishReason.COMPLETED)
    assert (status.done, status.total, status.text) == (999, 1000, "file 999")
    assert seen.statuses[0].state is JobState.RUNNING
    assert seen.statuses[-1] == status
    assert len(seen.statuses) < 100  # thinned
    assert runner.active() == []


def endless(started):
    def work(progress):
        while True:
            progress(1, 0, "busy")
            started.set()

    return work


def test_a_cancelled_job_ends_at_its_next_report(runner, seen, qtbot):
    started = threading.Event()
    job_id = runner.start("Endless", endless(started))
    assert started.wait(5)
    runner.cancel(job_id)
    runner.cancel("nobody")
    qtbot.waitUntil(lambda: bool(seen.ends), timeout=5000)
    assert seen.ends[0][0].reason is FinishReason.CANCELLED
    assert seen.problems == []


def test_a_failed_job_says_why(runner, seen, qtbot, tmp_path):
    def work(_progress):
        raise WriteFailedError("the disk is full", path=tmp_path / "out.mat", remedy="Free some space")

    runner.start("Export", work)
    qtbot.waitUntil(lambda: bool(seen.ends), timeout=5000)
    assert seen.ends[0][0].reason is FinishReason.FAILED
    (problem,) = seen.problems
    assert problem.title == "Export did not finish"
    assert "out.mat: the disk is full" in problem.message


def test_the_end_is_told_even_of_an_error_nobody_thought_of(runner, seen, qtbot):
    def work(_progress):
        raise SystemExit(3)

    runner.start("Strange", work)
    qtbot.waitUntil(lambda: bool(seen.ends), timeout=5000)
    assert seen.ends[0][0].reason is FinishReason.FAILED


def test_a_job_of_the_same_name_replaces_the_one_before(runner, seen, qtbot):
    started = threading.Event()
    first = runner.start("Search", endless(started), "search")
    assert started.wait(5)
    second = runner.start("Search", lambda _progress: 5, "search")
    assert first != second
    qtbot.waitUntil(lambda: len(seen.ends) == 2, timeout=5000)
    assert {s.id: s.reason for s, _ in seen.ends} == {
        first: FinishReason.CANCELLED,
        second: FinishReason.COMPLETED,
    }


def test_shutting_down_cancels_and_waits(qtbot):
    runner = JobRunner()
    started = threading.Event()
    runner.start("Endless", endless(started))
    assert started.wait(5)
    assert runner.shutdown(5)
    assert not [t for t in threading.enumerate() if t.name.startswith("job ")]
