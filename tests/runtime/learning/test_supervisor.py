from __future__ import annotations

import json

import psutil
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.learning.status import FinishReason, RunState


def ended(supervisor):
    return lambda: supervisor.status.state is RunState.FINISHED and not supervisor.is_running


def is_learning(supervisor):
    return lambda: supervisor.status.step > 0


def states_of(supervisor):
    return list(dict.fromkeys(status.state for status in supervisor.told))


def test_a_run_ends_with_a_promoted_model(supervisor, session, reviewed, qtbot):
    heard = []
    session.learn_status_changed.connect(heard.append)
    promoted = []
    session.version_promoted.connect(lambda version, label: promoted.append((version.key, label)))
    assert supervisor.start(("rib",))
    assert supervisor.is_running
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    states = [state for state in RunState if state not in (RunState.IDLE, RunState.STOPPING)]
    assert states_of(supervisor) == states
    assert supervisor.status.reason is FinishReason.COMPLETED
    assert heard == supervisor.told
    active = session.models.active("rib")
    assert promoted == [(active.key, "rib")]
    assert session.models.entry(active).path.is_file()
    assert active.dice == pytest.approx(0.8)
    assert session.problems == []


def test_a_worse_model_stays_a_candidate(supervisor, session, reviewed, playing, qtbot):
    supervisor.program = playing("complete", dice=0.3)
    assert supervisor.start(("rib",))
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert session.models.active("rib") is None
    (candidate,) = session.models.versions("rib")
    assert "Worse" in candidate.reason


def test_drawing_goes_on_while_it_learns(supervisor, session, reviewed, review, playing, qtbot):
    supervisor.program = playing("complete", steps=40)
    supervisor.start(("rib",))
    qtbot.waitUntil(is_learning(supervisor), timeout=20_000)
    review(reviewed, 9)
    assert session.undo()
    assert session.redo()
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert session.mask(PlaneKey(reviewed, 9, "rib")).any()
    job = json.loads((session.study_path.with_name("a.models") / "run-0001" / "job.json").read_text())
    assert sorted(frame["frame"] for frame in job["frames"]) == [0, 1, 2, 3, 4]  # a snapshot


def test_nothing_reviewed_is_told_and_no_run_begins(supervisor, session, study):
    assert not supervisor.start(("rib",))
    assert not supervisor.is_running
    assert supervisor.status.state is RunState.IDLE
    assert [problem.title for problem in session.problems] == ["Learning did not start"]


def test_without_a_study_no_run_begins(supervisor, session):
    assert not supervisor.start(("rib",))
    assert session.problems


def test_stop_and_keep_keeps_the_model(supervisor, session, reviewed, playing, qtbot):
    supervisor.program = playing("complete", steps=10_000)
    supervisor.start(("rib",))
    qtbot.waitUntil(is_learning(supervisor), timeout=20_000)
    supervisor.stop_and_keep()
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert supervisor.status.reason is FinishReason.STOPPED_AND_KEPT
    assert RunState.STOPPING in states_of(supervisor)
    assert session.models.active("rib") is not None


def test_cancelling_keeps_nothing(supervisor, session, reviewed, playing, qtbot):
    supervisor.program = playing("complete", steps=10_000)
    supervisor.start(("rib",))
    qtbot.waitUntil(is_learning(supervisor), timeout=20_000)
    supervisor.cancel()
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert supervisor.status.reason is FinishReason.CANCELLED
    assert session.models.versions("rib") == ()
    assert session.learning.resumable() is None
    assert not (session.study_path.with_name("a.models") / "run-0001" / "job.json").exists()
    assert session.problems == []


def test_what_goes_wrong_is_told_and_the_next_run_can_begin(supervisor, session, reviewed, playing, qtbot):
    supervisor.program = playing("crash")
    supervisor.start(("rib",))
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert supervisor.status.reason is FinishReason.CRASHED
    assert supervisor.status.problem.title == "The run did not finish"
    assert supervisor.status.problem.remedy
    assert session.problems == []  # a note says so, and no dialog comes up before a hand that draws
    supervisor.program = playing("complete")
    assert supervisor.start(("rib",))
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert session.models.active("rib") is not None


def test_further_labels_queue_and_the_same_one_does_not(
    supervisor, session, reviewed, review, playing, qtbot
):
    review(reviewed, 6, "cerebellum")
    supervisor.program = playing("complete", steps=30)
    queues = []
    supervisor.queue_changed.connect(queues.append)
    assert supervisor.start(("rib",))
    assert supervisor.start(("cerebellum",))
    assert not supervisor.start(("rib",))
    assert not supervisor.start(("cerebellum",))
    assert [problem.title for problem in session.problems] == ["Already learning"] * 2
    assert supervisor.queue == (("cerebellum",),)
    qtbot.waitUntil(lambda: session.models.active("cerebellum") is not None, timeout=20_000)
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert session.models.active("rib") is not None
    assert queues == [(("cerebellum",),), ()]


def test_what_waits_can_be_taken_back(supervisor, session, reviewed, review, playing, qtbot):
    review(reviewed, 6, "cerebellum")
    supervisor.program = playing("complete", steps=10_000)
    supervisor.start(("rib",))
    supervisor.start(("cerebellum",))
    supervisor.unqueue(("cerebellum",))
    supervisor.cancel()
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    qtbot.wait(50)
    assert not supervisor.is_running


def test_closing_the_window_lets_the_run_go_on_at_the_next_opening(
    supervisor, session, reviewed, playing, qtbot
):
    supervisor.program = playing("complete", steps=10_000)
    supervisor.start(("rib",))
    qtbot.waitUntil(is_learning(supervisor), timeout=20_000)
    pid, path = supervisor.pid, session.study_path
    supervisor.shutdown()
    supervisor.shutdown()
    assert not psutil.pid_exists(pid)
    assert not supervisor.start(("rib",))
    session.close_study()
    assert session.open_study(path)
    folder = session.learning.resumable()
    assert (folder / "state" / "step").read_text() == "3"
    again = type(supervisor)(session, program=playing("complete"), patience=supervisor.patience)
    assert again.resume(folder)
    assert again.status.labels == ("rib",)
    qtbot.waitUntil(ended(again), timeout=20_000)
    assert session.models.active("rib") is not None
    assert session.learning.resumable() is None
    again.shutdown()


def test_a_run_that_ends_while_the_window_closes_is_taken(supervisor, session, reviewed, playing, qtbot):
    supervisor.program = playing("linger")
    supervisor.start(("rib",))
    folder = session.study_path.with_name("a.models") / "run-0001"
    qtbot.waitUntil(lambda: (folder / "result.json").exists(), timeout=20_000)
    supervisor.shutdown()
    assert session.models.active("rib") is not None


def test_another_study_ends_the_run_and_its_result_waits_at_home(
    supervisor, session, reviewed, playing, qtbot, tmp_path
):
    supervisor.program = playing("complete", steps=10_000)
    supervisor.start(("rib",))
    qtbot.waitUntil(is_learning(supervisor), timeout=20_000)
    path = session.study_path
    assert session.new_study(tmp_path / "b.lusgui")
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert supervisor.status.reason is FinishReason.INTERRUPTED
    assert session.learning.runs() == []
    assert session.open_study(path)
    assert session.learning.resumable() is not None


def test_a_run_goes_on_with_a_copy_of_the_study(supervisor, session, reviewed, playing, qtbot, tmp_path):
    supervisor.program = playing("complete", steps=50)
    supervisor.start(("rib",))
    qtbot.waitUntil(is_learning(supervisor), timeout=20_000)
    assert session.save_copy_to(tmp_path / "elsewhere" / "copy.lusgui")
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert supervisor.status.reason is FinishReason.COMPLETED
    assert session.study_path.name == "copy.lusgui"
    assert session.models.entry(session.models.active("rib")) is not None


def test_a_full_disk_is_told(supervisor, session, reviewed, qtbot, monkeypatch):
    from lusgui.base.errors import WriteFailedError
    from lusgui.session.learn_draft import JobDraft

    def refuse(draft):
        raise WriteFailedError("the disk is full", path=draft.folder, remedy="Free some space")

    monkeypatch.setattr(JobDraft, "write", refuse)
    supervisor.start(("rib",))
    qtbot.waitUntil(ended(supervisor), timeout=20_000)
    assert supervisor.status.reason is FinishReason.FAILED
    assert supervisor.status.problem.remedy == "Free some space."
