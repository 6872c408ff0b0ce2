"""One run with a training program that plays every part there is."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil
import pytest

from lusgui.base.errors import WriteFailedError
from lusgui.base.paths import resources_dir
from lusgui.core.learning.job import LearnJob, LearnRecording
from lusgui.core.learning.messages import Finished, Progress, encode
from lusgui.core.learning.status import FinishReason, LearnStatus, RunState
from lusgui.session.learn_child import PROCESS_FILE
from lusgui.session.learn_process import LearnProcess, Patience

FAKE = Path(__file__).parents[1] / "runtime" / "learning" / "fake_trainer.py"
PATIENT = Patience(report_s=0.0)
"""For those who obey, however busy the machine is."""
SHORT = Patience(cancel_s=0.2, terminate_s=0.2, close_s=0.3, stop_s=0.3, report_s=0.0)
"""For those who do not."""


class Run:
    """A run and everything it reported."""

    def __init__(self, folder, play, patience=PATIENT, program=None, **values):
        words = [f"{name}={value}" for name, value in values.items()]
        self.told = []
        self.process = LearnProcess(
            folder,
            LearnStatus(run_id=7, labels=("rib",)),
            self.told.append,
            program=program or [sys.executable, "-I", str(FAKE), play, *words],
            patience=patience,
        )

    def begin(self):
        self.process.start()
        return self

    def until(self, is_true, timeout_s=20.0):
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            if is_true(self.process.status):
                return self
            time.sleep(0.01)
        raise AssertionError(self.process.status)

    def end(self, timeout_s=30.0):
        assert self.process.wait(timeout_s)
        assert not psutil.pid_exists(self.process.pid)
        assert not (self.process.folder / PROCESS_FILE).exists()
        assert self.told[-1] is self.process.status
        assert self.process.status.state is RunState.FINISHED
        return self.process.status


@pytest.fixture
def run(tmp_path):
    clip = LearnRecording(1, "clip", str(tmp_path / "clip.mat"), None, None, None, 0, 9, (8, 6))
    base = str(resources_dir() / "weights" / "rib.safetensors")
    job = LearnJob(7, ("rib",), "masks", base, "rib", base, "rib", "rib", (clip,), ())
    (tmp_path / "run-0007").mkdir()
    (tmp_path / "run-0007" / "job.json").write_text(job.dumps(), encoding="utf-8")
    begun = []

    def make(play, **options):
        begun.append(Run(tmp_path / "run-0007", play, **options))
        return begun[-1]

    yield make
    for one in begun:
        one.process.cancel()
        one.process.wait(20)


def is_learning(status):
    return status.step > 0


def test_a_run_ends_with_its_result(run):
    one = run("complete").begin()
    status = one.end()
    assert one.told[0].state is RunState.STARTING
    assert status.reason is FinishReason.COMPLETED
    assert one.process.result.candidate == "candidate.safetensors"
    assert status.problem is None
    assert (status.base_dice, status.active_dice, status.candidate_dice) == (0.4, 0.5, 0.8)
    assert [step for step, _ in status.loss_curve] == [1, 2, 3, 4, 5]
    assert status.device == "cpu (a pretended processor)"
    assert "Everything fits into the memory." in status.log


def test_stop_and_keep_ends_early_with_a_result(run):
    one = run("complete", steps=1000).begin().until(is_learning)
    one.process.stop_and_keep()
    one.until(lambda status: status.state in (RunState.STOPPING, RunState.FINISHED))
    status = one.end()
    assert status.reason is FinishReason.STOPPED_AND_KEPT
    assert one.process.result is not None


def test_a_run_that_goes_on_remembers_its_curves(run):
    one = run("complete")
    record = [Progress("learning", step, 9, loss=2.0) for step in (1, 2)] + [Finished(FinishReason.CRASHED)]
    (one.process.folder / "progress.jsonl").write_bytes(b"".join(map(encode, record)) + b"cut sho")
    status = one.begin().end()
    assert status.loss_curve[:3] == ((1, 2.0), (2, 2.0), (1, 1.0))
    assert status.reason is FinishReason.COMPLETED
    assert status.problem is None


def test_cancelling_keeps_nothing(run):
    one = run("complete", steps=1000).begin().until(is_learning)
    one.process.cancel()
    one.process.stop_and_keep()  # the stronger word stays
    status = one.end()
    assert (status.reason, one.process.result, status.problem) == (FinishReason.CANCELLED, None, None)
    assert not (one.process.folder / "result.json").exists()


def test_cancelling_what_has_just_finished_keeps_nothing(run):
    one = run("linger", patience=SHORT).begin()
    one.until(lambda _: (one.process.folder / "result.json").exists())
    one.process.cancel()
    assert one.end().reason is FinishReason.CANCELLED
    assert not (one.process.folder / "result.json").exists()


def test_closing_the_window_lets_it_go_on_later(run):
    one = run("complete", steps=1000).begin().until(is_learning)
    one.process.close()
    status = one.end()
    assert status.reason is FinishReason.INTERRUPTED
    assert (one.process.folder / "state" / "step").read_text() == "3"
    assert status.problem is None


@pytest.mark.parametrize(
    ("ask", "reason"), [("cancel", FinishReason.CANCELLED), ("close", FinishReason.INTERRUPTED)]
)
@pytest.mark.parametrize("play", ["silent", "mute", "stubborn", "family"])
def test_who_does_not_obey_is_ended(run, play, ask, reason):
    one = run(play, patience=SHORT).begin()
    one.until(lambda _: (one.process.folder / "played").exists())
    if play == "family":
        one.until(is_learning)
    getattr(one.process, ask)()
    assert one.end().reason is reason
    if play == "family":
        pid = int((one.process.folder / "grandchild").read_text())
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_stopping_what_says_nothing_fails_and_says_so(run):
    one = run("mute", patience=SHORT).begin().until(lambda status: status.state is RunState.RUNNING)
    one.process.stop_and_keep()
    status = one.end()
    assert status.reason is FinishReason.FAILED
    assert "said nothing" in status.problem.message


def test_silence_is_told_and_in_the_end_taken_for_death(run):
    one = run("mute", patience=Patience(silence_s=0.6, note_s=0.1, terminate_s=0.2)).begin()
    one.until(lambda status: status.text.startswith("Nothing heard"))
    status = one.end()
    assert status.reason is FinishReason.FAILED
    assert status.problem.remedy


def test_the_files_are_written_before_the_process_begins(run, tmp_path):
    one = run("complete")
    one.process._prepare = lambda: (tmp_path / "prepared").write_text("yes")
    assert one.begin().end().reason is FinishReason.COMPLETED
    assert (tmp_path / "prepared").exists()


def test_files_that_cannot_be_written_are_a_failure(run, tmp_path):
    def refuse():
        raise WriteFailedError("the disk is full", path=tmp_path / "masks.npz", remedy="Free some space")

    one = run("complete")
    one.process._prepare = refuse
    status = one.begin().end()
    assert (status.reason, one.process.pid) == (FinishReason.FAILED, 0)
    assert status.problem.message == "masks.npz: the disk is full."
    assert status.problem.remedy == "Free some space."


def test_what_was_asked_before_the_start_counts(run):
    one = run("complete", steps=1000)
    one.process.cancel()
    one.begin()
    assert one.end().reason is FinishReason.CANCELLED
    assert one.process.pid == 0


@pytest.mark.parametrize(
    ("play", "reason", "words"),
    [
        ("crash", FinishReason.CRASHED, "a pointer led nowhere"),
        ("no_finished", FinishReason.CRASHED, "ended with status 0"),
        ("fail", FinishReason.FAILED, "clip.mat: the file is gone"),
        ("out_of_memory", FinishReason.OUT_OF_MEMORY, "Not enough memory for one frame"),
        ("memory_error", FinishReason.OUT_OF_MEMORY, "not enough memory"),
        ("lie", FinishReason.FAILED, "without writing its result"),
        ("bad_result", FinishReason.FAILED, ""),
    ],
)
def test_every_bad_end_has_a_reason_and_a_way_out(run, play, reason, words):
    one = run(play).begin()
    status = one.end()
    assert status.reason is reason
    assert one.process.result is None
    assert words.lower() in status.problem.message.lower()
    assert status.problem.title
    assert status.text == status.problem.message


@pytest.mark.parametrize("play", ["garbage", "huge", "back_off", "linger", "late_death"])
def test_bad_manners_cost_no_result(run, play):
    one = run(play, patience=SHORT if play == "linger" else PATIENT).begin()
    status = one.end()
    assert status.reason is FinishReason.COMPLETED
    assert one.process.result is not None
    if play == "huge":
        assert any("MB, skipped" in line for line in status.log)
    if play == "back_off":
        assert any("4 frames a step" in line for line in status.log)


def test_a_flood_of_messages_is_thinned(run):
    one = run("flood", patience=Patience(report_s=0.1)).begin()
    assert one.end().reason is FinishReason.COMPLETED
    assert len(one.told) < 200
    assert one.process.status.steps in (5, 5000)


def test_a_program_that_is_not_there_is_a_failure_with_a_way_out(run, tmp_path):
    one = run("", program=[str(tmp_path / "nothing")]).begin()
    one.process.wait(10)
    status = one.process.status
    assert status.reason is FinishReason.FAILED
    assert "could not be started" in status.problem.message
    assert "doctor" in status.problem.remedy


def test_a_listener_that_fails_does_not_stop_the_run(run):
    one = run("complete")

    def complain(status):
        raise RuntimeError("the window has gone")

    one.process._report = complain
    one.begin()
    one.process.wait(20)
    assert one.process.status.reason is FinishReason.COMPLETED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_killed_trainer_is_a_crash_that_names_memory(run):
    one = run("complete", steps=1000).begin().until(is_learning)
    psutil.Process(one.process.pid).kill()
    status = one.end()
    assert status.reason is FinishReason.CRASHED
    assert "signal 9" in status.problem.message


def test_the_process_of_a_dead_window_is_ended_before_another_begins(run):
    first = run("stubborn", patience=SHORT).begin().until(is_learning)
    pid = first.process.pid
    assert json.loads((first.process.folder / PROCESS_FILE).read_text())["pid"] == pid
    second = run("complete", patience=PATIENT).begin()
    assert second.process.wait(30)
    assert second.process.status.reason is FinishReason.COMPLETED
    assert not psutil.pid_exists(pid)
    assert first.process.wait(20)
