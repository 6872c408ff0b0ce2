"""Files that are no studies, or damaged ones: our errors only, and the file is left alone."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

from lusgui.base.errors import (
    LusguiError,
    StudyError,
    StudyTooNewError,
)
from lusgui.core.annotation import Status
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.io.study_schema import SCHEMA_VERSION

sys.path.insert(0, str(Path(__file__).parent))
from study_kit import KEYS, SHAPE, brush


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "ward.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        yield made


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"SQLite format 3\x00" + bytes(200), os.urandom(5000), bytes(100)]
)
def test_what_is_no_study_is_refused_and_left_alone(tmp_path, content):
    path = tmp_path / "x.lusgui"
    path.write_bytes(content)
    with pytest.raises(StudyError, match=r"x\.lusgui"):
        Study.open(path)
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["x.lusgui"]


def test_newer_study_is_refused_and_left_alone(study):
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    before = study.path.read_bytes()
    with pytest.raises(StudyTooNewError, match="newer"):
        Study.open(study.path)
    assert study.path.read_bytes() == before


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON journal BEGIN DELETE FROM annotations; END",
        "CREATE VIEW v AS SELECT 1",
        "DROP TABLE worklist",
    ],
)
def test_a_schema_that_acts_by_itself_is_refused(study, statement):
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute(statement)
        raw.commit()
    with pytest.raises(StudyError, match=r"strange part|lacks the table"):
        Study.open(study.path)


def test_damaged_pages_give_our_error(study):
    for row in range(0, 12, 2):
        study.push(brush(row=row, rows=3, before=Status.UNTOUCHED if row == 0 else Status.EDITED))
    study.close()
    data = bytearray(study.path.read_bytes())
    for at in range(4096, len(data), 4096):
        data[at : at + 3000] = os.urandom(3000)
    study.path.write_bytes(bytes(data))

    def read_everything():
        with Study.open(study.path) as opened:
            opened.recordings()
            opened.statuses(1)
            opened.undo()

    with pytest.raises(StudyError):
        read_everything()


@pytest.mark.parametrize("blob", [b"junk", b"", "text"])
def test_damaged_mask_gives_our_error(study, blob):
    study.push(brush())
    study.close()
    with contextlib.closing(sqlite3.connect(study.path)) as raw:
        raw.execute("UPDATE annotations SET mask = ?", (blob,))
        raw.commit()
    with Study.open(study.path) as opened, pytest.raises(StudyError, match=r"mask|wrong kind"):
        opened.mask(KEYS[0])


@pytest.mark.parametrize("seed", range(40))
def test_flipped_bytes_give_our_errors_only(study, seed):
    for row in range(0, 10, 2):
        study.push(brush(row=row, before=Status.UNTOUCHED if row == 0 else Status.EDITED))
    study.undo()
    study.close()
    chance = np.random.default_rng(seed)
    data = bytearray(study.path.read_bytes())
    for at in chance.integers(100, len(data), chance.choice([1, 5, 60])):
        data[at] = chance.integers(256)
    study.path.write_bytes(bytes(data))
    with contextlib.suppress(LusguiError), Study.open(study.path) as opened:
        for act in (opened.recordings, opened.labels, opened.undo, opened.redo, opened.redo, opened.check):
            with contextlib.suppress(LusguiError):
                act()
        for key in KEYS:
            with contextlib.suppress(LusguiError):
                opened.mask(key)
            with contextlib.suppress(LusguiError):
                opened.annotation(key)
