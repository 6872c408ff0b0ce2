import hashlib
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw, leave_result, write_model

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.learning.held_out import freeze
from lusgui.core.learning.job import Mark
from lusgui.core.learning.policy import LearnPolicy, Reviewed
from lusgui.core.learning.snapshot import unpack_masks
from lusgui.core.learning.status import LearnStatus, RunState
from lusgui.io import models
from lusgui.io.learn_folder import JOB, MASKS, file_sha256, read_job
from lusgui.session.learn_results import HELD_OUT


@pytest.fixture(autouse=True)
def bundled(tmp_path, monkeypatch):
    """Let there be one default model, for ribs."""
    write_model(tmp_path / "weights" / "rib.safetensors")
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    return tmp_path / "weights"


def nothing_here(session, recording_id, frame, label="rib"):
    assert session.nothing_here(PlaneKey(recording_id, frame, label))


def test_without_a_study_there_is_nothing(make_session):
    session = make_session()
    assert session.learning.count("rib") == Reviewed()
    assert session.learning.policy == LearnPolicy()
    assert session.learning.wants_run(1e9, 1e9) is None
    assert session.learning.make_job(["rib"]) is None
    assert session.learning.take_result(1) == []
    assert session.learning.resumable() is None
    assert session.learning.suggestions() == ()
    assert session.learning.held_out("rib") is None
    session.learning.recover()
    session.learning.policy = LearnPolicy("idle")
    assert {problem.remedy for problem in session.heard.problems} == {"Open one first."}


def test_what_there_is_is_counted(session):
    draw(session, 1, 0)
    draw(session, 2, 3)
    nothing_here(session, 1, 1)
    draw(session, 1, 0, "cerebellum")
    reviewed = session.learning.count("rib")
    assert reviewed == Reviewed(3, 2, 2, 1, 0, 0, 3, 0)
    assert session.learning.make_job(["rib"]) is not None
    assert session.learning.count("rib").since_last_run == 0
    assert session.learning.count("cerebellum").since_last_run == 1
    draw(session, 3, 3)
    assert session.learning.count("rib").since_last_run == 1
    session.undo()
    assert session.learning.count("rib").since_last_run == 0


def test_a_job_is_what_was_reviewed_at_that_moment(session):
    draw(session, 1, 0)
    draw(session, 2, 3)
    nothing_here(session, 2, 4)
    nothing_here(session, 1, 0, "cerebellum")
    mask = session.mask(PlaneKey(1, 0, "rib")).copy()
    draft = session.learning.draft_job(["rib"], strategy="19", minutes=2.0, seed=5, started_by="idle")
    draw(session, 1, 1)  # editing goes on
    session.clear_mask(PlaneKey(2, 3, "rib"))
    written = []
    thread = threading.Thread(target=lambda: written.append(draft.write()))
    thread.start()
    thread.join()
    (job,) = written
    assert (draft.run_id, draft.folder) == (1, session.learning.folder(1))
    assert read_job(draft.folder) == job
    assert [frame.key for frame in job.frames] == [(1, 0), (2, 3), (2, 4)]
    assert job.frames[0].statuses == {"rib": Status.EDITED}, "of other labels nothing is said"
    assert job.frames[2].is_negative("rib")
    masks = unpack_masks(draft.folder / MASKS, job)
    assert np.array_equal(masks[PlaneKey(1, 0, "rib")], mask)
    assert masks.keys() == {PlaneKey(1, 0, "rib"), PlaneKey(2, 3, "rib")}
    assert (job.strategy, job.minutes, job.seed, job.started_by) == ("19", 2.0, 5, "idle")
    assert job.base_key == job.active_key == job.parent_key == "rib-1.0"
    assert Path(job.base_path).name == "rib.safetensors"
    assert job.held_out is None
    recording = job.recordings[0]
    assert (recording.id, recording.frames, recording.shape) == (1, 6, (24, 16))
    assert recording.sha256 == file_sha256(Path(recording.path))
    assert recording.spacing_mm == (0.1, 0.2)
    assert (1, 0) not in job.suggest_from
    assert (1, 1) in job.suggest_from
    run = session.learning.runs()[0]
    assert (run.kind, run.labels, run.detail["frames"]) == ("masks", ("rib",), 3)


def test_ignored_pixels_go_along(session):
    session.add_label("Ignore")
    draw(session, 1, 0)
    draw(session, 1, 0, "ignore")
    draw(session, 1, 2, "ignore")
    job = session.learning.make_job(["rib"])
    assert [frame.key for frame in job.frames] == [(1, 0)], "a frame with only ignored pixels says nothing"
    assert job.frames[0].masks.keys() == {"rib", "ignore"}


def test_several_labels_in_one_run(session):
    draw(session, 1, 0)
    draw(session, 1, 1, "cerebellum")
    job = session.learning.make_job(["cerebellum", "rib"], suggest=False)
    assert [frame.statuses for frame in job.frames] == [
        {"rib": Status.EDITED},
        {"cerebellum": Status.EDITED},
    ]
    assert job.active_of("cerebellum") == ("", "")
    assert job.active_of("rib")[1] == "rib-1.0"
    assert job.base_key == "rib-1.0", "a label that no model knows starts from one that is there"
    assert job.suggest_from == ()
    assert [recording.id for recording in job.recordings] == [1]


def test_another_base(session, tmp_path):
    draw(session, 1, 0)
    card = write_model(tmp_path / "own.safetensors", "own", "3.0")
    job = session.learning.make_job(["rib"], base=tmp_path / "own.safetensors")
    assert (job.base_key, job.active_key) == (card.key, "rib-1.0")


def test_no_model_at_all(session, bundled):
    (bundled / "rib.safetensors").unlink()
    draw(session, 1, 0)
    job = session.learning.make_job(["rib"])
    assert (job.base_path, job.base_key, job.active_key) == ("", "", "")


def test_nothing_to_learn_is_said(session):
    assert session.learning.make_job(["rib"]) is None
    assert "No frame was reviewed for Rib yet" in session.heard.problems[-1].message
    nothing_here(session, 1, 0)
    assert session.learning.make_job(["rib"]) is None
    assert "no Rib" in session.heard.problems[-1].message
    assert session.learning.make_job(["rib"], kind="points") is None
    assert "no points of Rib" in session.heard.problems[-1].message
    assert all(problem.remedy for problem in session.heard.problems)
    assert session.learning.runs() == []


def test_marks_go_along_and_are_enough_for_their_kind(session):
    assert session.learning.make_job(["rib"], kind="boxes") is None
    study = session.study
    rows = [("rib", "point", 3, 4, 3, 4), ("cerebellum", "point", 3, 4, 3, 4), ("rib", "box", 1, 1, 5, 6)]
    for label, kind, *corners in rows:
        study._database.raw.execute(
            "INSERT INTO marks (recording_id, frame, label, kind, row0, col0, row1, col1, rater, at)"
            " VALUES (1, 2, ?, ?, ?, ?, ?, ?, '', '')",
            (label, kind, *corners),
        )
    job = session.learning.make_job(["rib"], kind="boxes")
    assert job.marks == (
        Mark(1, 2, "rib", "point", 3.0, 4.0, 3.0, 4.0),
        Mark(1, 2, "rib", "box", 1.0, 1.0, 5.0, 6.0),
    )
    assert session.learning.make_job(["rib"], kind="points") is not None
    assert session.learning.count("rib").points == session.learning.count("rib").boxes == 1


def test_a_look_at_frames_needs_no_masks(session):
    job = session.learning.make_job(["rib"], kind="suggest", suggest=False)
    assert len(job.suggest_from) == 18
    assert session.learning.count("rib").since_last_run == 0


def test_missing_and_changed_files_are_left_out_and_named(session, make_session, write_recording):
    draw(session, 1, 0)
    draw(session, 2, 0)
    path, rows = session.study_path, session.recording_rows()
    session.close_study()
    rows[1].path.unlink()
    later = make_session()
    later.open_study(path)
    later.heard.clear()
    job = later.learning.make_job(["rib"])
    assert {frame.recording_id for frame in job.frames} == {1}
    assert 2 not in {recording.id for recording in job.recordings}
    assert "r1" in later.heard.problems[0].message


def test_a_study_that_may_not_be_changed(session, make_session):
    draw(session, 1, 0)
    second = make_session()
    second.open_study(session.study_path)
    assert second.is_read_only
    assert second.learning.count("rib").frames == 1
    assert second.learning.make_job(["rib"]) is None
    assert "Save a copy" in second.heard.problems[-1].remedy
    assert second.learning.resumable() is None
    assert second.learning.wants_run(1e9, 1e9) is None


def test_a_disk_that_refuses_the_job(session):
    draw(session, 1, 0)
    session.study_path.with_suffix(".models").write_bytes(b"in the way")
    assert session.learning.make_job(["rib"]) is None
    assert session.learning.runs()[0].reason == "failed"
    assert session.heard.problems


def test_options_that_do_not_exist_are_an_error_of_ours(session):
    draw(session, 1, 0)
    with pytest.raises(TypeError):
        session.learning.make_job(["rib"], speed=3)
    assert session.learning.make_job(["rib"], replay=2.0) is None
    assert session.learning.runs() == []


# frames held out


def reviewed_frames(session, *frames, recording_id=1):
    for frame in frames:
        draw(session, recording_id, frame)


def test_what_a_run_held_out_is_held_out_by_the_next(session):
    reviewed_frames(session, 0, 1, 2, 3)
    job = session.learning.make_job(["rib"])
    leave_result(session.learning.folder(1), 1, held_out=((1, 2), (1, 3)), held_out_kind="blocks")
    session.learning.take_result(1)
    assert session.learning.held_out("rib").frames == ((1, 2), (1, 3))
    assert session.learning.count("rib").held_out == 2
    draw(session, 1, 4)
    draw(session, 2, 0)
    job = session.learning.make_job(["rib"])
    assert job.held_out == ((1, 2), (1, 3))
    assert len(job.frames) == 6
    leave_result(session.learning.folder(2), 2, held_out=((1, 0), (1, 1)), held_out_kind="blocks")
    session.learning.take_result(2)
    assert session.learning.held_out("rib").frames == ((1, 2), (1, 3)), "chosen once"


def test_leave_one_out_is_not_kept(session):
    reviewed_frames(session, 0, 1)
    session.learning.make_job(["rib"])
    leave_result(session.learning.folder(1), 1, held_out_kind="leave-one-out")
    session.learning.take_result(1)
    assert session.learning.held_out("rib") is None


def test_what_was_taken_back_is_chosen_anew(session):
    reviewed_frames(session, 0, 1, 2)
    held = freeze("blocks", "How.", [(1, 1), (1, 2)], [1])
    session.study.settings.set_setting(HELD_OUT, {"rib": held.to_json()})
    assert session.learning.make_job(["rib"]).held_out == ((1, 1), (1, 2))
    session.set_status(PlaneKey(1, 2, "rib"), Status.UNTOUCHED)
    assert session.learning.make_job(["rib"]).held_out is None
    assert session.learning.held_out("rib") is None
    session.study.settings.set_setting(HELD_OUT, {"rib": {"kind": "of another version"}})
    assert session.learning.held_out("rib") is None


def test_a_new_recording_may_join_what_is_held_out(session):
    for recording_id in (1, 2, 3):
        reviewed_frames(session, 0, 1, recording_id=recording_id)
    held = freeze("blocks", "How.", [(1, 0), (1, 1)], [1, 9, 10, 11, 12, 13])
    session.study.settings.set_setting(HELD_OUT, {"rib": held.to_json()})
    job = session.learning.make_job(["rib"])
    assert job.held_out == ((1, 0), (1, 1), (3, 0), (3, 1))
    assert session.learning.held_out("rib").recordings == (3,)


def test_a_label_that_joins_another_gets_frames_of_its_own(session):
    reviewed_frames(session, 0, 1, 2, 3)
    for frame in range(6):
        draw(session, 2, frame, "cerebellum")
    held = freeze("blocks", "How.", [(1, 0), (1, 1)], [1])
    session.study.settings.set_setting(HELD_OUT, {"rib": held.to_json()})
    job = session.learning.make_job(["rib", "cerebellum"])
    own = session.learning.held_out("cerebellum").frames
    assert own
    assert set(job.held_out) == {(1, 0), (1, 1)} | set(own)
    assert session.learning.make_job(["cerebellum"]).held_out == own


# when a run starts by itself


def test_when_a_run_is_wanted(session):
    learning = session.learning
    for frame in range(5):
        draw(session, 1, frame)
    assert learning.wants_run(1e9, 1e9) is None
    learning.policy = LearnPolicy("reviewed", every=5)
    assert learning.wants_run(1e9) == "rib"
    draw(session, 2, 0, "cerebellum")
    draw(session, 2, 1, "cerebellum")
    learning.policy = LearnPolicy("idle", idle_s=60)
    session.view.label = "cerebellum"
    assert learning.wants_run(1e9, 59) is None
    assert learning.wants_run(1e9, 60) == "cerebellum", "what one works on comes first"
    learning.set_status(LearnStatus(1, ("rib",), RunState.RUNNING))
    assert learning.wants_run(1e9, 60) is None
    learning.set_status(LearnStatus())
    assert learning.make_job(["cerebellum"]) is not None
    assert learning.wants_run(1e9, 60) == "rib"


def test_a_policy_is_kept_in_the_study(session, make_session):
    session.learning.policy = LearnPolicy("reviewed", every=3, minutes=1.0)
    session.learning.promotes_itself = False
    path = session.study_path
    session.close_study()
    later = make_session()
    later.open_study(path)
    assert later.learning.policy == LearnPolicy("reviewed", every=3, minutes=1.0, promotes_itself=False)
    draw(later, 1, 0)
    assert later.learning.make_job(["rib"]).minutes == 1.0
    later.study.settings.set_setting("learn_policy", {"mode": "of another version"})
    assert later.learning.policy == LearnPolicy()


def test_masks_in_a_job_are_those_of_the_study_to_the_bit(session):
    random = np.random.default_rng(1)
    key = PlaneKey(1, 0, "rib")
    session.push_masks("Import", {key: random.random((24, 16)) > 0.5})
    job = session.learning.make_job(["rib"])
    packed = np.packbits(session.mask(key), axis=None).tobytes()
    assert job.frames[0].masks["rib"] == hashlib.sha256(packed).hexdigest()
    assert (session.learning.folder(1) / JOB).is_file()
    assert replace(job) == job
