import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw, leave_result, scores, write_model

from lusgui.core.annotation import PlaneKey
from lusgui.core.learning.gate import decide
from lusgui.core.learning.result import Suggestion
from lusgui.core.learning.status import FinishReason
from lusgui.io import models
from lusgui.io.learn_folder import CANDIDATE, RESULT, STATE, run_folder


@pytest.fixture(autouse=True)
def bundled(tmp_path, monkeypatch):
    write_model(tmp_path / "weights" / "rib.safetensors")
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")


@pytest.fixture
def running(session):
    """Return a session in which a run goes on, and what is said about models."""
    draw(session, 1, 0)
    draw(session, 1, 1)
    assert session.learning.make_job(["rib"]).run_id == 1
    session.said = []
    session.version_promoted.connect(lambda version, label: session.said.append((version, label)))
    session.versions_changed.connect(lambda label: session.said.append(label))
    session.suggestions_changed.connect(lambda: session.said.append("suggestions"))
    session.heard.clear()
    return session


def test_a_better_model_takes_over(running):
    folder = running.learning.folder(1)
    (folder / STATE).mkdir()
    result = leave_result(folder, 1)
    mask = running.mask(PlaneKey(1, 0, "rib")).copy()
    (version,) = running.learning.take_result(1, result)
    assert version.is_active
    assert running.models.active("rib") == version
    assert (version.dice, version.dice_before) == (pytest.approx(0.8), pytest.approx(0.6))
    assert version.reason.startswith("Better than the model in use: Dice 0.60 → 0.80")
    assert version.parent_key == ""
    assert version.data["held_out_how"] == "Judged on some."
    assert version.data["active_key"] == "rib-1.0"
    assert len(version.scores["candidate"]) == 3
    assert version.card["name"] == "rib"
    assert running.said == ["rib", (version, "rib"), "suggestions"]
    run = running.learning.runs()[0]
    assert (run.reason, run.is_open) == ("completed", False)
    assert not (folder / STATE).exists()
    assert (running.mask(PlaneKey(1, 0, "rib")) == mask).all(), "no mask is ever touched"
    assert running.learning.take_result(1) == [version], "once"
    assert running.learning.take_result(1, result) == [version]
    assert len(running.models.versions("rib")) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"before": 0.8, "after": 0.6}, "Worse than the model in use"),
        ({"n": 1}, "only one frame"),
        ({"n": 0, "held_out": ()}, "no frame was held out"),
        ({"active_scores": {}}, "no frame was held out"),
    ],
)
def test_a_model_that_may_be_worse_waits(running, changes, words):
    leave_result(running.learning.folder(1), 1, **changes)
    (version,) = running.learning.take_result(1)
    assert not version.is_active
    assert words in version.reason
    assert running.said[0] == "rib"
    assert running.models.active("rib") is None
    assert running.models.promote(version.id), "by hand it can be tried"


def test_the_trainers_word_is_not_enough(running):
    lie = {"rib": decide(scores([0.9, 0.9]), scores([0.1, 0.1]))}
    leave_result(running.learning.folder(1), 1, before=0.8, after=0.6, gate=lie)
    (version,) = running.learning.take_result(1)
    assert not version.is_active


def test_the_trainers_doubt_is(running):
    doubt = {"rib": decide(scores([0.1, 0.1]), scores([0.9, 0.9]))}
    leave_result(running.learning.folder(1), 1, gate=doubt)
    (version,) = running.learning.take_result(1)
    assert not version.is_active
    assert version.reason == doubt["rib"].reason


def test_by_hand_where_the_study_says_so(running):
    running.learning.promotes_itself = False
    leave_result(running.learning.folder(1), 1)
    (version,) = running.learning.take_result(1)
    assert not version.is_active
    assert "by hand" in version.reason


def test_another_model_was_chosen_meanwhile(running):
    running.learning.make_job(["rib"])
    leave_result(running.learning.folder(2), 2)
    assert running.learning.take_result(2)[0].is_active
    leave_result(running.learning.folder(1), 1, before=0.1, after=0.9)
    (late,) = running.learning.take_result(1)
    assert not late.is_active
    assert "chosen while it learnt" in late.reason
    assert running.models.active("rib").run_id == 2


def test_the_first_model_of_a_new_label(session):
    draw(session, 1, 0, "cerebellum")
    session.learning.make_job(["cerebellum"])
    leave_result(session.learning.folder(1), 1, labels=("cerebellum",), active_scores={})
    (version,) = session.learning.take_result(1)
    assert version.is_active
    assert version.name == "Cerebellum 1"
    assert "first model" in version.reason


def test_labels_are_judged_apart(session):
    draw(session, 1, 0)
    draw(session, 1, 0, "cerebellum")
    labels = ("rib", "cerebellum")
    session.learning.make_job(labels)
    own = {"rib": scores([0.3] * 3), "cerebellum": scores([0.9] * 3, "cerebellum")}
    active = {"rib": scores([0.8] * 3)}
    leave_result(session.learning.folder(1), 1, labels=labels, scores=own, active_scores=active)
    rib, cerebellum = session.learning.take_result(1)
    assert (rib.is_active, cerebellum.is_active) == (False, True)
    assert rib.path == cerebellum.path
    assert session.models.answering("rib").card.key == "rib-1.0"
    assert session.models.answering("cerebellum").card.labels == labels
    assert session.models.delete(rib.id)
    assert session.models.entry(cerebellum) is not None, "its file is still wanted"


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / CANDIDATE).write_bytes(b"x"), "not what the run wrote"),
        (lambda folder: (folder / CANDIDATE).unlink(), "cannot be read"),
        (lambda folder: (folder / RESULT).write_bytes(b"{"), "no JSON"),
        (lambda folder: (folder / RESULT).unlink(), "no result"),
    ],
)
def test_what_is_not_sound_is_not_taken(running, spoil, words):
    folder = running.learning.folder(1)
    leave_result(folder, 1)
    spoil(folder)
    assert running.learning.take_result(1) == []
    assert words in running.heard.problems[-1].message
    assert running.learning.runs()[0].reason == "failed"
    assert running.models.versions("rib") == ()
    assert running.said == []


def test_a_result_of_another_run_or_label(running, tmp_path):
    folder = running.learning.folder(1)
    leave_result(folder, 2)
    assert running.learning.take_result(1) == []
    assert running.learning.take_result(77) == []
    assert "no run 77" in running.heard.problems[-1].message
    running.learning.make_job(["rib"])
    other = running.learning.folder(2)
    result = leave_result(other, 2, labels=("vessel",), active_scores={})
    assert running.learning.take_result(2, result)[0].name == "vessel 1", "a label may be removed meanwhile"


def test_a_model_that_is_none(running):
    folder = running.learning.folder(1)
    folder.mkdir(parents=True, exist_ok=True)
    import hashlib

    (folder / CANDIDATE).write_bytes(b"no model")
    digest = hashlib.sha256(b"no model").hexdigest()
    result = leave_result(folder, 1)
    (folder / CANDIDATE).write_bytes(b"no model")
    from dataclasses import replace

    assert running.learning.take_result(1, replace(result, sha256=digest)) == []
    assert "cannot be used" in running.heard.problems[-1].message


def test_a_run_without_a_model(running):
    leave_result(running.learning.folder(1), 1, candidate=None, reason=FinishReason.STOPPED_AND_KEPT)
    assert running.learning.take_result(1) == []
    assert running.learning.runs()[0].reason == "stopped and kept"
    assert running.learning.suggestions("rib")[0].reasons == ("the versions disagree",)
    assert not running.heard.problems


def test_how_runs_end(running):
    folder = running.learning.folder(1)
    (folder / STATE).mkdir()
    running.learning.finish_run(1, FinishReason.OUT_OF_MEMORY, "No memory.")
    run = running.learning.runs()[0]
    assert (run.reason, run.detail["text"]) == ("out of memory", "No memory.")
    assert not (folder / STATE).exists()
    running.learning.finish_run(1, FinishReason.CANCELLED)
    assert folder.exists(), "a run that is done stays as it is"
    running.learning.make_job(["rib"])
    running.learning.finish_run(2, FinishReason.CANCELLED)
    assert not run_folder(running.study_path, 2).exists()
    assert running.learning.resumable() is None


@pytest.mark.parametrize("reason", [FinishReason.INTERRUPTED, FinishReason.CRASHED])
def test_a_run_that_can_go_on(running, make_session, reason):
    folder, path = running.learning.folder(1), running.study_path
    (folder / STATE).mkdir()
    running.learning.finish_run(1, reason)
    assert running.learning.resumable() == folder
    running.close_study()
    later = make_session()
    later.open_study(path)
    assert later.learning.resumable() == folder
    assert (folder / STATE).exists()
    job = later.learning.resume(folder)
    assert job.run_id == 1
    assert later.learning.resumable() is None, "it goes on"
    leave_result(folder, 1)
    assert later.learning.take_result(1)[0].is_active
    assert later.learning.resume(folder) is None
    assert "done" in later.heard.problems[-1].message


def test_an_interrupted_run_that_nobody_wants(running):
    folder = running.learning.folder(1)
    running.learning.finish_run(1, FinishReason.INTERRUPTED)
    running.learning.decline_resume(folder)
    assert running.learning.resumable() is None
    assert running.learning.runs()[0].reason == "cancelled"
    assert not folder.exists()


def test_a_later_run_of_the_label_makes_an_older_one_stale(running):
    running.learning.finish_run(1, FinishReason.INTERRUPTED)
    running.learning.make_job(["rib"])
    leave_result(running.learning.folder(2), 2)
    running.learning.take_result(2)
    assert running.learning.resumable() is None


def test_what_was_left_is_found_at_the_next_opening(running, make_session):
    path, folder = running.study_path, running.learning.folder(1)
    running.learning.make_job(["rib"])
    running.learning.draft_job(["rib"])
    running.discard_and_close()
    leave_result(folder, 1)
    later = make_session()
    later.open_study(path)
    assert later.models.active("rib").run_id == 1
    reasons = {run.id: run.reason for run in later.learning.runs()}
    assert reasons == {1: "completed", 2: "interrupted", 3: "interrupted"}
    assert later.learning.resumable() == run_folder(path, 2), "the third has no job"
    assert not later.heard.problems


def test_a_result_that_came_after_all(running, make_session):
    path, folder = running.study_path, running.learning.folder(1)
    running.learning.finish_run(1, FinishReason.INTERRUPTED)
    running.close_study()
    leave_result(folder, 1)
    later = make_session()
    later.open_study(path)
    assert later.models.active("rib").run_id == 1


def test_what_was_left_in_pieces_is_told(running, make_session):
    path, folder = running.study_path, running.learning.folder(1)
    running.close_study()
    leave_result(folder, 1)
    (folder / RESULT).write_bytes(b"{")
    later = make_session()
    later.open_study(path)
    assert "run 1" in later.heard.problems[0].title
    assert later.learning.runs()[0].reason == "failed"
    again = make_session()
    later.close_study()
    again.open_study(path)
    assert not again.heard.problems, "told once"


def test_a_run_that_an_interrupted_process_left(running, make_session):
    leave_result(running.learning.folder(1), 1, reason=FinishReason.INTERRUPTED, candidate=None)
    (running.learning.folder(1) / STATE).mkdir()
    assert running.learning.take_result(1) == []
    assert running.learning.resumable() == running.learning.folder(1)
    assert (running.learning.folder(1) / STATE).exists()


def test_a_run_goes_on_while_the_study_moves(running, tmp_path):
    before = running.learning.folder(1)
    assert running.save_copy_to(tmp_path / "home" / "mine.lusgui")
    assert running.learning.folder(1) == before, "where its process writes"
    leave_result(before, 1)
    (version,) = running.learning.take_result(1)
    assert version.is_active
    assert running.models.path(version).is_relative_to(tmp_path / "home" / "mine.models")
    shutil.rmtree(before)
    assert running.models.entry(version) is not None


def test_suggestions_of_other_labels_stay(running):
    running.learning.set_suggestions(
        [Suggestion(2, 1, 0.5, ("x",), None, "cerebellum"), Suggestion(2, 2, 0.5, ("old",), None, "rib")]
    )
    leave_result(running.learning.folder(1), 1)
    running.learning.take_result(1)
    assert [one.reasons for one in running.learning.suggestions("cerebellum")] == [("x",)]
    assert [one.reasons for one in running.learning.suggestions("rib")] == [("the versions disagree",)]
