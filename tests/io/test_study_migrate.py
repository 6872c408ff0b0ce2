import contextlib
import sqlite3
import zlib

import numpy as np
import pytest

from lusgui.base.errors import StudyError, StudyReadOnlyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.io import study_migrate
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

# The second layout, as SQLite was given it: this text never changes.
LAYOUT_2 = """
CREATE TABLE journal (seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, state INTEGER NOT NULL,
  name TEXT NOT NULL, title TEXT NOT NULL, source TEXT NOT NULL, rater TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX journal_state ON journal (state, seq);
CREATE TABLE labels ("key" TEXT NOT NULL, name TEXT NOT NULL, color TEXT NOT NULL, max_components INTEGER,
  position INTEGER NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE meta ("key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE model_versions ("key" TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, card TEXT NOT NULL,
  added_at TEXT NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE raters (name TEXT NOT NULL, first_seen TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE recordings (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL,
  name TEXT NOT NULL, path TEXT NOT NULL, relative_path TEXT, variable TEXT, sha256 TEXT,
  size_bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, recipe TEXT, frames INTEGER NOT NULL,
  rows INTEGER NOT NULL, cols INTEGER NOT NULL, spacing_row_mm FLOAT, spacing_col_mm FLOAT,
  intensity TEXT NOT NULL, frame_rate_hz FLOAT, frame_numbers TEXT, mapping TEXT, removed_at TEXT,
  CONSTRAINT recordings_have_pixels CHECK (frames > 0 AND rows > 0 AND cols > 0));
CREATE INDEX recordings_by_hash ON recordings (sha256);
CREATE TABLE runs (id INTEGER NOT NULL, kind TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT,
  reason TEXT, detail TEXT NOT NULL, PRIMARY KEY (id));
CREATE TABLE annotations (recording_id INTEGER NOT NULL, frame INTEGER NOT NULL, label TEXT NOT NULL,
  status TEXT NOT NULL, rater TEXT NOT NULL, updated_at TEXT NOT NULL, area_px INTEGER NOT NULL,
  provenance TEXT NOT NULL, mask BLOB, PRIMARY KEY (recording_id, frame, label),
  FOREIGN KEY(recording_id) REFERENCES recordings (id), FOREIGN KEY(label) REFERENCES labels ("key"));
CREATE INDEX annotations_status ON annotations (recording_id, frame, label, status, area_px);
CREATE TABLE journal_patches (seq INTEGER NOT NULL, recording_id INTEGER NOT NULL, frame INTEGER NOT NULL,
  label TEXT NOT NULL, row0 INTEGER, col0 INTEGER, row1 INTEGER, col1 INTEGER, status_before TEXT,
  status_after TEXT, flipped BLOB, PRIMARY KEY (seq, recording_id, frame, label),
  FOREIGN KEY(seq) REFERENCES journal (seq));
CREATE INDEX journal_patches_by_plane ON journal_patches (recording_id, frame, label, seq);
CREATE TABLE predictions (recording_id INTEGER NOT NULL, frame INTEGER NOT NULL, label TEXT NOT NULL,
  despeckle_key TEXT NOT NULL, model_version TEXT NOT NULL, made_at TEXT NOT NULL, probability BLOB NOT NULL,
  PRIMARY KEY (recording_id, frame, label, despeckle_key, model_version),
  FOREIGN KEY(recording_id) REFERENCES recordings (id));
CREATE TABLE worklist (position INTEGER NOT NULL, recording_id INTEGER NOT NULL, frame INTEGER NOT NULL,
  PRIMARY KEY (position), CONSTRAINT worklist_once UNIQUE (recording_id, frame),
  FOREIGN KEY(recording_id) REFERENCES recordings (id));
"""

# The third layout, as SQLite was given it: this text never changes.
LAYOUT_3 = """
CREATE TABLE journal (seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, state INTEGER NOT NULL, name TEXT NOT
  NULL, title TEXT NOT NULL, source TEXT NOT NULL, rater TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX journal_state ON journal (state, seq);
CREATE TABLE labels ("key" TEXT NOT NULL, name TEXT NOT NULL, color TEXT NOT NULL, max_components INTEGER,
  position INTEGER NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE meta ("key" TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE model_versions ("key" TEXT NOT NULL, name TEXT NOT NULL, label TEXT NOT NULL, card TEXT NOT NULL,
  added_at TEXT NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE raters (name TEXT NOT NULL, first_seen TEXT NOT NULL, PRIMARY KEY (name));
CREATE TABLE recordings (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, position INTEGER NOT NULL, name TEXT
  NOT NULL, path TEXT NOT NULL, relative_path TEXT, variable TEXT, sha256 TEXT, size_bytes INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL, recipe TEXT, frames INTEGER NOT NULL, rows INTEGER NOT NULL, cols INTEGER NOT
  NULL, spacing_row_mm FLOAT, spacing_col_mm FLOAT, intensity TEXT NOT NULL, frame_rate_hz FLOAT,
  frame_numbers TEXT, mapping TEXT, removed_at TEXT, CONSTRAINT recordings_have_pixels CHECK (frames > 0 AND
  rows > 0 AND cols > 0));
CREATE INDEX recordings_by_hash ON recordings (sha256);
CREATE TABLE runs (id INTEGER NOT NULL, kind TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, reason
  TEXT, detail TEXT NOT NULL, PRIMARY KEY (id));
CREATE TABLE annotations (recording_id INTEGER NOT NULL, frame INTEGER NOT NULL, label TEXT NOT NULL, status
  TEXT NOT NULL, rater TEXT NOT NULL, updated_at TEXT NOT NULL, area_px INTEGER NOT NULL, provenance TEXT NOT
  NULL, mask BLOB, PRIMARY KEY (recording_id, frame, label), FOREIGN KEY(recording_id) REFERENCES recordings
  (id), FOREIGN KEY(label) REFERENCES labels ("key"));
CREATE INDEX annotations_status ON annotations (recording_id, frame, label, status, area_px);
CREATE TABLE journal_marks (seq INTEGER NOT NULL, position INTEGER NOT NULL, recording_id INTEGER NOT NULL,
  frame INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, "before" TEXT, "after" TEXT, PRIMARY KEY
  (seq, position), FOREIGN KEY(seq) REFERENCES journal (seq));
CREATE INDEX journal_marks_by_plane ON journal_marks (recording_id, frame, label, seq);
CREATE TABLE journal_patches (seq INTEGER NOT NULL, recording_id INTEGER NOT NULL, frame INTEGER NOT NULL,
  label TEXT NOT NULL, row0 INTEGER, col0 INTEGER, row1 INTEGER, col1 INTEGER, status_before TEXT,
  status_after TEXT, flipped BLOB, PRIMARY KEY (seq, recording_id, frame, label), FOREIGN KEY(seq) REFERENCES
  journal (seq));
CREATE INDEX journal_patches_by_plane ON journal_patches (recording_id, frame, label, seq);
CREATE TABLE marks (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, recording_id INTEGER NOT NULL, frame
  INTEGER NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL, row0 FLOAT NOT NULL, col0 FLOAT NOT NULL, row1
  FLOAT NOT NULL, col1 FLOAT NOT NULL, rater TEXT NOT NULL, at TEXT NOT NULL, FOREIGN KEY(recording_id)
  REFERENCES recordings (id), FOREIGN KEY(label) REFERENCES labels ("key"));
CREATE INDEX marks_by_plane ON marks (recording_id, frame, label, kind);
CREATE TABLE predictions (recording_id INTEGER NOT NULL, frame INTEGER NOT NULL, label TEXT NOT NULL,
  despeckle_key TEXT NOT NULL, model_version TEXT NOT NULL, made_at TEXT NOT NULL, probability BLOB NOT NULL,
  PRIMARY KEY (recording_id, frame, label, despeckle_key, model_version), FOREIGN KEY(recording_id) REFERENCES
  recordings (id));
CREATE TABLE versions (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, label TEXT NOT NULL, labels TEXT NOT
  NULL, name TEXT NOT NULL, "key" TEXT NOT NULL, parent_key TEXT NOT NULL, state TEXT NOT NULL, path TEXT NOT
  NULL, sha256 TEXT NOT NULL, created_at TEXT NOT NULL, run_id INTEGER, data TEXT NOT NULL, scores TEXT NOT
  NULL, reason TEXT NOT NULL, card TEXT NOT NULL, replaces INTEGER, deleted_at TEXT, CONSTRAINT
  versions_one_a_run UNIQUE (run_id, label), FOREIGN KEY(run_id) REFERENCES runs (id));
CREATE UNIQUE INDEX versions_one_active ON versions (label) WHERE state = 'active';
CREATE TABLE worklist (position INTEGER NOT NULL, recording_id INTEGER NOT NULL, frame INTEGER NOT NULL,
  PRIMARY KEY (position), CONSTRAINT worklist_once UNIQUE (recording_id, frame), FOREIGN KEY(recording_id)
  REFERENCES recordings (id));
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


@pytest.fixture
def second(tmp_path):
    """Return a study of the second layout with a mask, an entry of the journal and a run."""
    path = tmp_path / "second.lusgui"
    mask = np.zeros(SHAPE, bool)
    mask[2:5, 1:4] = True
    at = "2026-01-02T03:04:05+00:00"
    rows = {
        "recordings": (
            *(1, 0, "a", "/data/a.mat", "a.mat", "ImgData", None, 10, 20, None, 5, 9, 7, 0.1, 0.3),
            *("linear", None, None, None, None),
        ),
        "labels": ("rib", "Rib", "#E69F00", None, 0),
        "annotations": (1, 2, "rib", "edited", "Ada", at, 9, "{}", packed(mask)),
        "journal": (1, 0, "Brush", "Brush", "human", "Ada", at),
        "journal_patches": (1, 1, 2, "rib", 2, 1, 5, 4, "untouched", "edited", packed(np.ones((3, 3), bool))),
        "runs": (7, "masks", at, None, None, '{"labels":["rib"]}'),
        "meta": ("place", "[1,2]"),
    }
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.executescript(LAYOUT_2)
        raw.execute(f"PRAGMA application_id={APPLICATION_ID}")
        raw.execute("PRAGMA user_version=2")
        for table, values in rows.items():
            raw.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(values))})", values)
        raw.commit()
    return path, mask


def test_the_second_layout_gets_models_and_marks(second, tmp_path):
    path, mask = second
    with Study.open(path) as study, Study.create(tmp_path / "new.lusgui") as made:
        assert study.migrated_from.name.startswith("second.layout2-")
        assert np.array_equal(study.mask(KEY, SHAPE), mask)
        assert study.settings.setting("place") == [1, 2]
        assert study.runs.get(7).labels == ("rib",)
        assert study.runs.start("masks", {}) == 8
        assert study.versions.all() == []
        assert study.marks.entries() == []
        assert study.undo().name == "Brush"
        schema = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
        ours, theirs = (set(one._database.raw.execute(schema)) for one in (study, made))
        assert {name for _, name, _ in theirs} == {name for _, name, _ in ours}
        for wanted in ("versions", "marks", "journal_marks", "versions_one_active", "marks_by_plane"):
            assert [s for _, n, s in ours if n == wanted] == [s for _, n, s in theirs if n == wanted]
        assert study.check() == "ok"


def test_every_layout_is_brought_up_to_date_step_by_step(old):
    path, _mask = old
    with Study.open(path) as study:
        study.marks.entries()
        assert study.versions.active("rib") is None


@pytest.fixture
def third(tmp_path):
    """Return a study of the third layout with ten masks, a mark, and all of their history."""
    path = tmp_path / "third.lusgui"
    at = "2026-01-02T03:04:05+00:00"
    chance = np.random.default_rng(3)
    masks = {frame: chance.random(SHAPE) < 0.4 for frame in range(5)}
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.executescript(LAYOUT_3)
        raw.execute(f"PRAGMA application_id={APPLICATION_ID}")
        raw.execute("PRAGMA user_version=3")

        def put(table, *values):
            raw.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(values))})", values)

        put("labels", "rib", "Rib", "#E69F00", None, 0)
        put("labels", "own", "Own label", "#000000", 2, 1)
        put(
            "recordings",
            *(1, 0, "a", "/data/a.mat", "a.mat", "ImgData", "ab" * 32, 10, 20, None, 5, 9, 7, 0.1, 0.3),
            *("linear", None, None, None, None),
        )
        for seq, (frame, mask) in enumerate(masks.items(), start=1):
            for label in ("rib", "own"):
                put(
                    "annotations", 1, frame, label, "accepted", "Ada", at, int(mask.sum()), "{}", packed(mask)
                )
            put("journal", seq, 0, "Brush", f"Brush on rib, frame {frame + 1}", "human", "Ada", at)
            for label in ("rib", "own"):
                said = ("untouched", "accepted", packed(mask))
                put("journal_patches", seq, 1, frame, label, 0, 0, *SHAPE, *said)
        put("marks", 1, 1, 2, "rib", "point", 3.0, 4.0, 3.0, 4.0, "Ada", at)
        put("meta", "place", "[1,2]")
        put("worklist", 0, 1, 4)
        raw.commit()
    return path, masks


def test_the_third_layout_gets_notes_and_readings_and_keeps_every_mask(third, tmp_path):
    path, masks = third
    with contextlib.closing(sqlite3.connect(path)) as raw:
        before = {
            table: raw.execute(f"SELECT * FROM {table}").fetchall()
            for (table,) in raw.execute("SELECT name FROM sqlite_schema WHERE type='table'").fetchall()
            if table != "sqlite_sequence"
        }
    with Study.open(path) as study, Study.create(tmp_path / "new.lusgui") as made:
        assert study.migrated_from.name.startswith("third.layout3-")
        read = study._database.raw.execute
        for table, rows in before.items():
            assert [tuple(row) for row in read(f"SELECT * FROM {table}")] == rows, table
        assert study.notes.all() == []
        assert study.readings.places() == []
        assert len(study.marks.entries()) == 1
        schema = "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name"
        ours, theirs = (
            {n: "".join(sql.split()) for n, sql in one._database.raw.execute(schema)} for one in (study, made)
        )
        assert ours == theirs
        for frame, mask in masks.items():
            for label in ("rib", "own"):
                assert np.array_equal(study.mask(PlaneKey(1, frame, label), SHAPE), mask)
        for frame in reversed(masks):
            assert study.undo().title == f"Brush on 2 labels, frame {frame + 1}"
        assert study.undo() is None
        for _ in masks:
            study.redo()
        for frame, mask in masks.items():
            assert np.array_equal(study.mask(PlaneKey(1, frame, "own"), SHAPE), mask)
        assert study.check() == "ok"
    with contextlib.closing(sqlite3.connect(next(path.parent.glob("third.layout3-*")))) as kept:
        assert kept.execute("PRAGMA user_version").fetchone() == (3,)
        for table, rows in before.items():
            assert kept.execute(f"SELECT * FROM {table}").fetchall() == rows


def test_a_disk_that_fills_during_the_step_leaves_the_third_layout(third, monkeypatch):
    path, _masks = third

    def stop(raw):
        raw.execute("CREATE TABLE notes (half INTEGER)")
        raise ValueError("the power went")

    monkeypatch.setitem(study_migrate._STEPS, 3, stop)
    with pytest.raises(StudyError, match="the power went"):
        Study.open(path)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (3,)
        assert raw.execute("SELECT count(*) FROM annotations").fetchone() == (10,)
        assert not raw.execute("SELECT 1 FROM sqlite_schema WHERE name = 'notes'").fetchall()
