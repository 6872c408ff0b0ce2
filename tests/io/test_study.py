"""The study file: made, opened, drawn in, copied."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

from lusgui.base.errors import (
    OverwriteRefusedError,
    StudyError,
    StudyReadOnlyError,
)
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, now_utc
from lusgui.core.geometry import Box
from lusgui.core.label import Label
from lusgui.io.learn_folder import CANDIDATE, file_sha256, find_file, make_run_folder, run_folder
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.io.study_schema import APPLICATION_ID, SCHEMA_VERSION
from lusgui.io.study_versions import NewVersion

sys.path.insert(0, str(Path(__file__).parent))
from study_kit import KEYS, SHAPE, brush


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "ward.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        yield made


def test_an_edit_is_on_disk_when_push_returns(study):
    study.push(brush())
    other = sqlite3.connect(study.path)
    with contextlib.closing(other):
        assert other.execute("SELECT count(*) FROM annotations").fetchone() == (1,)
        assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert other.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    assert study._database.pragma("synchronous") == 2
    assert study._database.pragma("journal_mode") == "wal"


def test_masks_cannot_be_written_from_outside(study):
    study.push(brush())
    with pytest.raises(ValueError, match="read-only"):
        study.mask(KEYS[0])[0, 0] = True


def test_new_study_never_replaces_a_file(tmp_path):
    (tmp_path / "a.lusgui").write_text("mine")
    with pytest.raises(OverwriteRefusedError):
        Study.create(tmp_path / "a.lusgui")
    assert (tmp_path / "a.lusgui").read_text() == "mine"


def test_suffix_is_added(tmp_path):
    with Study.create(tmp_path / "dr. m") as made:
        assert made.path.name == "dr. m.lusgui"


def test_nothing_is_left_beside_a_closed_study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        made.push(brush())
    assert [p.name for p in tmp_path.iterdir()] == ["a.lusgui"]


def test_missing_study(tmp_path):
    with pytest.raises(StudyError, match="no such file"):
        Study.open(tmp_path / "gone.lusgui")


def test_second_opener_reads_and_is_told_who_writes(study):
    study.push(brush())
    with Study.open(study.path) as second:
        assert second.is_read_only
        assert "has it open on this computer since" in second.read_only_reason
        assert second.mask(KEYS[0]).sum() == 20
        with pytest.raises(StudyReadOnlyError):
            second.push(brush(KEYS[1]))
        study.push(brush(KEYS[1]))
        assert second.status(KEYS[1]) is Status.EDITED
    study.close()
    with Study.open(study.path) as third:
        assert not third.is_read_only


def test_an_edit_outside_its_frame_changes_nothing(study):
    outside = MaskPatch(KEYS[0], Box(18, 0, 22, 2), np.ones((4, 2), bool))
    beyond = MaskPatch(PlaneKey(1, 4, "rib"), Box(0, 0, 1, 1), np.ones((1, 1), bool))
    for patch in (outside, beyond):
        with pytest.raises(StudyError):
            study.push(Edit("Brush", (patch,), (), "", now_utc()))
    assert study.journal.next_undo() is None
    assert study.statuses(1) == {}


def test_provenance_follows_what_is_in_force(study):
    study.push(brush())
    model = MaskPatch(KEYS[0], Box(0, 0, 1, 1), np.ones((1, 1), bool))
    study.push(Edit("Accept model", (model,), (), "Bo", now_utc(), None, "model:rib@1"))
    said = study.annotation(KEYS[0])
    assert (said.rater, said.area_px) == ("Bo", 21)
    assert said.provenance == {
        "source": "model:rib@1",
        "edit": "Accept model",
        "sources": ["human", "model:rib@1"],
    }
    study.undo()
    said = study.annotation(KEYS[0])
    assert (said.rater, said.provenance["sources"]) == ("Ada", ["human"])
    study.undo()
    assert study.annotation(KEYS[0]) is None


def test_copy_is_whole_and_independent(study, tmp_path):
    study.push(brush())
    (tmp_path / "other").mkdir()
    copy = study.save_copy(tmp_path / "other" / "copy")
    study.push(brush(KEYS[1]))
    with Study.open(copy) as copied:
        assert copied.mask(KEYS[0]).sum() == 20
        assert copied.status(KEYS[1]) is Status.UNTOUCHED
        assert copied.recordings()[0].relative_path == "../a.mat"
        assert copied.undo().name == "Brush"
    with pytest.raises(OverwriteRefusedError):
        study.save_copy(copy)
    (tmp_path / "left.lusgui-wal").write_bytes(b"of another study")
    with pytest.raises(OverwriteRefusedError, match="parts"):
        study.save_copy(tmp_path / "left.lusgui")


def test_labels_can_be_given_at_the_start(tmp_path):
    with Study.create(tmp_path / "a.lusgui", [Label("pleura", "Pleura", "#009E73")]) as made:
        assert [label.key for label in made.labels()] == ["pleura"]


def learnt(study):
    """Put a version with its file beside a study."""
    folder = run_folder(study.path, 1)
    make_run_folder(folder)
    (folder / CANDIDATE).write_bytes(b"weights")
    digest = file_sha256(folder / CANDIDATE)
    return study.versions.add(
        NewVersion("rib", ("rib",), "Rib 1", "k", "p", f"run-0001/{CANDIDATE}", digest, promotes=True)
    )


def test_models_go_along_with_a_copy(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        version = learnt(study)
        copy = study.save_copy(tmp_path / "other" / "b")
        assert study.models_left_behind is None
    with Study.open(copy) as study:
        assert study.versions.active("rib") == version
        assert find_file(copy, version.path, version.sha256) == run_folder(copy, 1) / CANDIDATE


def test_masks_are_saved_where_models_cannot_go_along(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        learnt(study)
        (tmp_path / "b.models").write_bytes(b"in the way")
        copy = study.save_copy(tmp_path / "b")
        assert "b.models" in study.models_left_behind or "run-0001" in study.models_left_behind
    assert Study.open(copy, read_only=True).close() is None


def test_a_refused_copy_leaves_the_models_of_another_alone(tmp_path):
    Study.create(tmp_path / "b.lusgui").close()
    with Study.create(tmp_path / "a.lusgui") as study:
        learnt(study)
        with pytest.raises(OverwriteRefusedError):
            study.save_copy(tmp_path / "b.lusgui")
    assert not (tmp_path / "b.models").exists()
