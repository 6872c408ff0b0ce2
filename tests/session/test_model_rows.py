from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw, leave_result, write_model

from lusgui.io import models
from lusgui.io.learn_folder import CANDIDATE
from lusgui.io.model_defaults import set_default
from lusgui.session.model_rows import Origin, model_rows


@pytest.fixture(autouse=True)
def bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    return write_model(tmp_path / "weights" / "rib.safetensors")


@pytest.fixture
def learnt(session):
    draw(session, 1, 0)
    job = session.learning.make_job(["rib"])
    leave_result(session.learning.folder(job.run_id), job.run_id)
    session.learning.take_result(job.run_id)
    return session


def by_origin(session, origin):
    return [row for row in model_rows(session) if row.origin is origin]


def test_every_kind_is_listed_in_order(learnt, bundled):
    own = write_model(models.own_models_dir() / "mine.safetensors", "mine")
    (models.own_models_dir() / "bad.safetensors").write_bytes(b"nothing")
    rows = model_rows(learnt)
    assert [row.origin for row in rows] == [Origin.STUDY, Origin.OWN, Origin.OWN, Origin.BUNDLED]
    assert [row.key for row in rows] == [learnt.models.active("rib").key, "", own.key, bundled.key]
    assert [row.can_be_used for row in rows] == [True, False, True, True]
    assert len({row.id for row in rows}) == 4


def test_a_version_says_how_good_it_is(learnt):
    (row,) = by_origin(learnt, Origin.STUDY)
    assert row.dice("rib") == pytest.approx(0.8)
    assert row.describe_score("rib") == "Dice 0.80 on this study's held-out frames (the model before: 0.60)"
    assert row.dice("vermis") is None
    assert by_origin(learnt, Origin.BUNDLED)[0].describe_score("rib") == ""


def test_what_answers_and_what_is_default_is_known(learnt, bundled):
    version = learnt.models.active("rib")
    learnt.set_active_model("rib", version.name, version.key)
    set_default("rib", bundled.key)
    (row,) = by_origin(learnt, Origin.STUDY)
    (other,) = by_origin(learnt, Origin.BUNDLED)
    assert (row.answers_for, row.default_for) == (("rib",), ())
    assert (other.answers_for, other.default_for) == ((), ("rib",))


def test_a_missing_file_is_told(learnt):
    (learnt.learning.folder(1) / CANDIDATE).unlink()
    (row,) = by_origin(learnt, Origin.STUDY)
    assert (row.path, row.can_be_used) == (None, False)
    assert "missing or damaged" in row.problem


def test_a_model_of_several_labels_is_one_row(session):
    draw(session, 1, 0)
    draw(session, 1, 0, "cerebellum")
    job = session.learning.make_job(["rib", "cerebellum"])
    leave_result(session.learning.folder(job.run_id), job.run_id, labels=("rib", "cerebellum"))
    session.learning.take_result(job.run_id)
    (row,) = by_origin(session, Origin.STUDY)
    assert row.labels == ("rib", "cerebellum")
    assert {version.label for version in row.versions} == {"rib", "cerebellum"}


def test_without_a_study_the_others_are_listed(make_session):
    assert [row.origin for row in model_rows(make_session())] == [Origin.BUNDLED]
