import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import write_model

from lusgui.core.annotation import PlaneKey
from lusgui.core.detections import FILE, Detection, Detections
from lusgui.core.learning.result import RunResult
from lusgui.core.learning.status import FinishReason
from lusgui.io import models
from lusgui.io.learn_folder import write_result


def boxes(label, *frames, sure=0.9):
    found = tuple(Detection(1, frame, 1.0, 1.0, 9.0, 9.0, sure) for frame in frames)
    return Detections(label, "yolo 1", 6, found)


def test_what_was_found_is_kept_with_the_study(session):
    assert session.detections(session.key()) == ()
    assert session.take_detections(boxes("rib", 0, 3))
    assert session.take_detections(boxes("cerebellum", 1))
    assert len(session.detections(session.key())) == 1
    assert session.take_detections(boxes("rib", 3))
    assert session.detections(session.key()) == ()
    path = session.study_path
    session.close_study()
    assert session.detections(PlaneKey(1, 3, "rib")) == ()
    session.open_study(path)
    assert len(session.detections(PlaneKey(1, 3, "rib"))) == 1
    assert session.detections_of("cerebellum").frames() == [(1, 1)]


def test_unsure_boxes_are_kept_but_not_shown(session):
    session.take_detections(boxes("rib", 0, sure=0.1))
    assert session.detections(session.key()) == ()
    assert session.work_on_found("rib") == 0


def test_frames_where_something_was_found_become_the_worklist(session):
    session.draw_worklist(every=3)
    before = session.worklist
    assert session.work_on_found("rib") == 0
    assert session.worklist == before
    session.take_detections(boxes("rib", 5, 2, 99))
    assert session.work_on_found("rib") == 2
    assert session.worklist == [(1, 2), (1, 5)]


def test_damaged_detections_are_left_out(session):
    session.take_detections(boxes("rib", 0))
    good = session.detections_of("rib").to_json()
    session.study.settings.set_setting("detections", {"rib": good, "x": {"label": "x"}, "y": 3})
    path = session.study_path
    session.close_study()
    session.open_study(path)
    assert session.detections_of("rib") is not None
    assert session.detections_of("x") is None


def test_a_study_that_may_not_be_written_says_so(session):
    path = session.study_path
    session.close_study()
    assert not session.take_detections(boxes("rib", 0))
    session.open_study(path, read_only=True)
    session.heard.clear()
    assert not session.take_detections(boxes("rib", 0))
    assert "not kept" in session.heard.problems[-1].title


def test_a_run_on_boxes_leaves_what_it_found(session, tmp_path, monkeypatch):
    write_model(tmp_path / "weights" / "rib.safetensors")
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    session.add_box(session.key(), (1, 1), (9, 9))
    job = session.learning.make_job(["rib"], kind="boxes")
    assert [mark.kind for mark in job.marks] == ["box"]
    assert len(job.recordings) == 3  # every recording is looked through
    folder = session.learning.folder(job.run_id)
    (folder / FILE).write_text(boxes("rib", 0, 4).dumps(), encoding="utf-8")
    write_result(folder, RunResult(job.run_id, ("rib",), FinishReason.COMPLETED))
    session.heard.clear()
    assert session.learning.take_result(job.run_id) == []
    assert session.heard.problems == []
    assert session.detections_of("rib").frames() == [(1, 0), (1, 4)]
    path = session.study_path
    session.close_study()
    session.open_study(path)
    assert len(session.detections(PlaneKey(1, 4, "rib"))) == 1


def test_a_run_whose_detections_are_damaged_has_failed(session, tmp_path, monkeypatch):
    write_model(tmp_path / "weights" / "rib.safetensors")
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    session.add_box(session.key(), (1, 1), (9, 9))
    job = session.learning.make_job(["rib"], kind="boxes")
    folder = session.learning.folder(job.run_id)
    (folder / FILE).write_text("{", encoding="utf-8")
    write_result(folder, RunResult(job.run_id, ("rib",), FinishReason.COMPLETED))
    assert session.learning.take_result(job.run_id) == []
    assert session.heard.problems
    assert session.detections_of("rib") is None
