import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw, leave_result, write_model

from lusgui.core.annotation import PlaneKey, Status
from lusgui.io import models
from lusgui.io.study_ledger import LedgerRow
from lusgui.session.ledger import frame_costs


def row(seq, second, frame, px=4, label="rib", source="human"):
    at = f"2026-01-01T10:{second // 60:02d}:{second % 60:02d}.000+00:00"
    return LedgerRow(seq, at, source, 1, frame, label, px)


def test_time_runs_from_the_edit_before():
    costs = frame_costs([row(1, 0, 5), row(2, 4, 5), row(3, 10, 6), row(4, 13, 6, px=0)], "rib")
    assert [(one.frame, one.strokes, one.changed_px) for one in costs] == [(5, 2, 8), (6, 1, 4)]
    # the first edit has none before it and counts as a usual one, the median of 4, 6 and 3
    assert [one.seconds for one in costs] == [8.0, 9.0]
    assert costs[1].began_at == "2026-01-01T10:00:10.000+00:00"


def test_a_pause_is_no_work():
    rows = [row(1, 0, 5), row(2, 5, 5), row(3, 10, 5), row(4, 1800, 6)]
    assert [one.seconds for one in frame_costs(rows, "rib")] == [15.0, 5.0]


def test_another_label_takes_its_own_time():
    rows = [row(1, 0, 5), row(2, 10, 5, label="pleura"), row(3, 12, 5)]
    assert frame_costs(rows, "pleura")[0].seconds == 10.0
    assert frame_costs(rows, "rib")[0].seconds == 8.0


def test_imports_are_no_work_and_the_model_makes_no_strokes():
    rows = [row(1, 0, 5, source="import:a.tif"), row(2, 3, 6, source="model:rib-2.0"), row(3, 9, 6)]
    costs = frame_costs(rows, "rib")
    assert [(one.frame, one.strokes, one.changed_px) for one in costs] == [(6, 1, 4)]


def test_an_edit_of_many_frames_takes_its_time_once():
    rows = [row(1, 0, 5), row(2, 8, 6), row(2, 8, 7)]
    assert sum(one.seconds for one in frame_costs(rows, "rib")) == 16.0


def test_a_time_that_is_none_counts_as_usual():
    rows = [row(1, 0, 5), row(2, 6, 6), replace(row(3, 0, 7), at="yesterday"), row(4, 12, 8)]
    assert [one.seconds for one in frame_costs(rows, "rib")] == [6.0, 6.0, 6.0, 6.0]


def test_without_a_study_everything_is_empty(make_session):
    ledger = make_session().ledger
    assert ledger.costs("rib") == ()
    assert ledger.frames_left("rib") == 0
    assert ledger.advice("rib").goes_on is None


def test_strokes_of_a_session_are_counted(session):
    draw(session, 1, 0)
    draw(session, 1, 2)
    assert session.accept(PlaneKey(1, 2, "rib"))
    costs = session.ledger.costs("rib")
    assert [(one.recording_id, one.frame, one.strokes, one.changed_px) for one in costs] == [
        (1, 0, 1, 16),
        (1, 2, 1, 16),
    ]
    assert session.undo()
    assert session.undo()
    assert len(session.ledger.costs("rib")) == 1


def test_frames_left_are_those_of_the_worklist_if_there_is_one(session):
    draw(session, 1, 0)
    assert session.ledger.frames_left("rib") == 17
    assert session.ledger.frames_left("cerebellum") == 18
    session.draw_worklist(every=3)
    assert session.ledger.frames_left("rib") == len(session.worklist) - 1
    session.set_status(PlaneKey(1, 3, "rib"), Status.REJECTED)
    assert session.ledger.frames_left("rib") == len(session.worklist) - 2


@pytest.fixture
def learnt(session, tmp_path, monkeypatch):
    """Return a session in which three frames were drawn, learnt, and the model taken into use."""
    write_model(tmp_path / "weights" / "rib.safetensors")
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    for frame in range(3):
        draw(session, 1, frame)
    job = session.learning.make_job(["rib"])
    assert job is not None
    result = leave_result(session.learning.folder(job.run_id), job.run_id)
    (version,) = session.learning.take_result(job.run_id, result)
    assert session.models.active("rib") == version
    return session


def test_frames_after_a_promotion_are_a_round_of_their_own(learnt):
    for recording_id, frame in ((2, 0), (2, 1), (2, 2)):
        draw(learnt, recording_id, frame)
    first, second = learnt.ledger.rounds("rib")
    assert (first.frames, second.frames) == (3, 3)
    assert second.model == learnt.models.active("rib").name
    advice = learnt.ledger.advice("rib")
    assert advice.goes_on is False
    assert second.model in advice.text
