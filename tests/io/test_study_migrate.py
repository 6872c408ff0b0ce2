import contextlib
import sqlite3
import zlib

import numpy as np
import pytest

from lusgui.base.errors import StudyError, StudyReadOnlyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.io.study import Study
from lusgui.io.study_schema import APPLICATION_ID, SCHEMA_VERSION

SHAPE = (9, 7)
KEY = PlaneKey(1, 2, "rib")

# The first layout, as it was written by hand: this text never changes.
LAYOUT_1 = """
CREATE TABLE recordings (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL,
  name TEXT NOT NULL, path TEXT NOT NULL, relative_path TEXT, variable TEXT, sha256 VARCHAR(64),
  size_bytes BIGINT NOT NULL, mtime_ns BIGINT NOT NULL, recipe TEXT, frames INTEGER NOT NULL,
  rows INTEGER NOT NULL, cols INTEGER NOT NULL, spacing_row_mm FLOAT, spacing_col_mm FLOAT,
  intensity TEXT NOT NULL, frame_rate_hz FLOAT);
CREATE TABLE labels (key TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, color VARCHAR(7) NOT NULL,
  max_components INTEGER, position INTEGER NOT NULL);
CREATE TABLE annotations (recording_id INTEGER NOT NULL, frame INTEGER NOT NULL, label TEXT NOT NULL,
  status TEXT NOT NULL, rater TEXT NOT NULL, updated_at TEXT NOT NULL, provenance TEXT NOT NULL, mask BLOB,
  PRIMARY KEY (recording_id, frame, label));
CREATE TABLE journal (seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, undone INTEGER NOT NULL,
  name TEXT NOT NULL, source TEXT NOT NULL, rater TEXT NOT NULL, at TEXT NOT NULL);
CREATE TABLE journal_patches (seq INTEGER NOT NULL, recording_id INTEGER NOT NULL, frame INTEGER NOT NULL,
  label TEXT NOT NULL, row0 INTEGER, col0 INTEGER, row1 INTEGER, col1 INTEGER, status_before TEXT,
  status_after TEXT, flipped BLOB, PRIMARY KEY (seq, recording_id, frame, label));
CREATE TABLE raters (name TEXT NOT NULL PRIMARY KEY, first_seen TEXT NOT NULL);
CREATE TABLE model_versions (key TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, label TEXT NOT NULL,
  card TEXT NOT NULL, added_at TEXT NOT NULL);
CREATE TABLE runs (id INTEGER NOT NULL PRIMARY KEY, kind TEXT NOT NULL, started_at TEXT NOT NULL,
  finished_at TEXT, reason TEXT, detail TEXT NOT NULL);
CREATE TABLE worklist (position INTEGER NOT NULL PRIMARY KEY, recording_id INTEGER NOT NULL,
  frame INTEGER NOT NULL);
CREATE TABLE meta (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO recordings VALUES (1, 0, 'a', '/data/a.mat', 'a.mat', 'ImgData', NULL, 10, 20, NULL, 5, 9, 7,
  0.1, 0.3, 'linear', NULL);
INSERT INTO labels VALUES ('rib', 'Rib', '#E69F00', NULL, 0);
"""


def packed(mask):
    return zlib.compress(np.packbits(mask).tobytes())


@pytest.fixture
def old(tmp_path):
    path = tmp_path / "old.lusgui"
    mask = np.zeros(SHAPE, bool)
    mask[2:5, 1:4] = True
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.executescript(LAYOUT_1)
        raw.execute(f"PRAGMA application_id={APPLICATION_ID}")
        raw.execute("PRAGMA user_version=1")
        at = "2026-01-02T03:04:05+00:00"
        raw.execute(
            "INSERT INTO annotations VALUES (1, 2, 'rib', 'edited', 'Ada', ?, '{\"source\":\"human\"}', ?)",
            (at, packed(mask)),
        )
        raw.execute("INSERT INTO journal VALUES (1, 0, 'Brush', 'human', 'Ada', ?)", (at,))
        raw.execute("INSERT INTO journal VALUES (2, 1, 'Eraser', 'human', 'Ada', ?)", (at,))
        raw.execute(
            "INSERT INTO journal_patches VALUES (1, 1, 2, 'rib', 2, 1, 5, 4, 'untouched', 'edited', ?)",
            (packed(np.ones((3, 3), bool)),),
        )
        raw.execute(
            "INSERT INTO journal_patches VALUES (2, 1, 2, 'rib', 2, 1, 3, 4, NULL, NULL, ?)",
            (packed(np.ones((1, 3), bool)),),
        )
        raw.commit()
    return path, mask


def test_older_study_is_kept_and_brought_up_to_date(old):
    path, mask = old
    before = path.read_bytes()
    with Study.open(path) as study:
        assert study._database.pragma("user_version") == SCHEMA_VERSION
        assert np.array_equal(study.mask(KEY, SHAPE), mask)
        assert study.annotation(KEY).area_px == 9
        assert study.recordings()[0].spacing_mm == (0.1, 0.3)
        assert study.recordings()[0].frame_numbers == ()
        assert study.migrated_from is not None
        assert study.redo().name == "Eraser"
        assert study.mask(KEY).sum() == 6
        assert study.undo().name == "Eraser"
        assert study.undo().name == "Brush"
        assert study.status(KEY) is Status.UNTOUCHED
        assert study.check() == "ok"
        backup = study.migrated_from
    assert backup.parent == path.parent
    assert backup.suffix == ".lusgui-backup"
    with (
        contextlib.closing(sqlite3.connect(backup)) as kept,
        contextlib.closing(sqlite3.connect(":memory:")) as was,
    ):
        was.deserialize(before)
        assert list(kept.iterdump()) == list(was.iterdump())
        assert kept.execute("PRAGMA user_version").fetchone() == (1,)
    with Study.open(path) as again:
        assert again.migrated_from is None
    assert len(list(path.parent.glob("*.lusgui-backup"))) == 1


def test_a_step_that_fails_leaves_the_study_as_it_was(old):
    path, _mask = old
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("UPDATE annotations SET mask = x'00'")
        raw.commit()
        before = list(raw.iterdump())
    with pytest.raises(StudyError):
        Study.open(path)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert list(raw.iterdump()) == before
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)


def test_older_study_is_not_changed_when_opened_for_reading(old):
    path, _mask = old
    with pytest.raises(StudyReadOnlyError, match="older"):
        Study.open(path, read_only=True)
    assert not list(path.parent.glob("*.lusgui-backup"))


def test_unknown_layout(old):
    path, _mask = old
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA user_version=0")
    with pytest.raises(StudyError, match="unknown"):
        Study.open(path)


def test_new_and_migrated_studies_have_the_same_columns(old, tmp_path):
    path, _mask = old

    def columns(study):
        tables = [
            r[0] for r in study._database.raw.execute("SELECT name FROM sqlite_schema WHERE type='table'")
        ]
        info = study._database.raw.execute
        return {t: {row[1] for row in info(f"PRAGMA table_info({t})")} for t in tables}

    with Study.open(path) as migrated, Study.create(tmp_path / "new.lusgui") as made:
        assert columns(migrated) == columns(made)
