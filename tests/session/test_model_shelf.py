from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from learn_kit import draw, leave_result, write_model

from lusgui.io import models
from lusgui.io.model_defaults import read_defaults
from lusgui.session.model_rows import Origin
from lusgui.session.model_shelf import ModelShelf


@pytest.fixture(autouse=True)
def bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "weights")
    return write_model(tmp_path / "weights" / "rib.safetensors")


@pytest.fixture
def own():
    return write_model(models.own_models_dir() / "mine.safetensors", "mine")


def learn(session, after=0.8):
    draw(session, 1, len(session.learning.runs()))
    job = session.learning.make_job(["rib"])
    leave_result(session.learning.folder(job.run_id), job.run_id, after=after)
    session.learning.take_result(job.run_id)


@pytest.fixture
def shelf(session):
    return ModelShelf(session)


def one(shelf, origin):
    return next(row for row in shelf.rows() if row.origin is origin)


def test_own_models_are_renamed_deleted_and_brought_back(shelf, own):
    row = one(shelf, Origin.OWN)
    row_id = shelf.rename(row, "ward-7")
    row = shelf.find(row_id)
    assert row.name == "ward-7 1.0"
    removed = shelf.delete(row)
    assert not [each for each in shelf.rows() if each.origin is Origin.OWN]
    assert shelf.restore(removed)
    assert shelf.find(row_id) == row
    removed = shelf.delete(row)
    shelf.forget_removed()
    assert not shelf.restore(removed)


def test_a_refused_name_is_told(shelf, session, own):
    assert shelf.rename(one(shelf, Origin.OWN), "a/b") == ""
    assert session.heard.problems[-1].title == "The model was not renamed"


def test_versions_are_renamed_deleted_and_brought_back(shelf, session):
    learn(session)
    learn(session, after=0.1)
    row = next(row for row in shelf.rows() if row.origin is Origin.STUDY and not row.versions[0].is_active)
    assert shelf.rename(row, "the weak one") == row.id
    row = shelf.find(row.id)
    assert row.name == "the weak one"
    removed = shelf.delete(row)
    assert shelf.find(row.id) is None
    assert row.path is not None
    assert not row.path.exists()
    assert shelf.restore(removed)
    assert shelf.find(row.id).can_be_used


def test_what_cannot_be_done_is_said_beforehand(shelf, session, own):
    learn(session)
    version = session.models.active("rib")
    session.set_active_model("rib", version.name, version.key)
    assert "came with lusgui" in shelf.why_not_deleted(one(shelf, Origin.BUNDLED))
    assert "came with lusgui" in shelf.why_not_renamed(one(shelf, Origin.BUNDLED))
    assert "answers now" in shelf.why_not_deleted(one(shelf, Origin.STUDY))
    assert shelf.why_not_renamed(one(shelf, Origin.STUDY)) == ""
    assert shelf.why_not_deleted(one(shelf, Origin.OWN)) == ""
    session.set_active_model("rib", "mine", own.key)
    assert "answers now" in shelf.why_not_renamed(one(shelf, Origin.OWN))


def test_a_default_is_set_and_taken_back(shelf, session, own):
    told = []
    session.version_promoted.connect(lambda version, label: told.append((version, label)))
    assert shelf.set_default(one(shelf, Origin.OWN), "rib")
    assert read_defaults() == {"rib": own.key}
    assert session.models.answering("rib").card.key == own.key
    assert told == [(None, "rib")]
    assert one(shelf, Origin.OWN).default_for == ("rib",)
    assert not shelf.set_default(one(shelf, Origin.OWN), "vermis")
    assert shelf.set_default(None, "rib")
    assert read_defaults() == {}


def test_a_model_of_the_study_becomes_ones_own_when_it_is_made_default(shelf, session, monkeypatch):
    from lusgui.io import model_install

    monkeypatch.setattr(model_install, "check_weights", lambda raw: None)  # the kit's have none
    learn(session)
    row = one(shelf, Origin.STUDY)
    assert shelf.set_default(row, "rib")
    assert read_defaults() == {"rib": row.key}
    assert one(shelf, Origin.OWN).key == row.key


def test_a_model_is_exported_with_its_card(shelf, session, own, tmp_path):
    model, card = shelf.export(one(shelf, Origin.OWN), tmp_path / "out" / "handed-on")
    assert model.name == "handed-on.safetensors"
    assert json.loads(card.read_text(encoding="utf-8"))["name"] == "mine"
    learn(session)
    row = one(shelf, Origin.STUDY)
    row.path.unlink()
    assert shelf.export(one(shelf, Origin.STUDY), tmp_path / "gone") is None
    assert "missing" in session.heard.problems[-1].message


def test_rows_of_a_label(shelf, own):
    write_model(models.own_models_dir() / "v.safetensors", "v", labels=("vermis",))
    assert [row.name for row in shelf.rows("vermis")] == ["v 1.0"]
    assert [row.name for row in shelf.rows("rib")] == ["mine 1.0", "rib 1.0"]
