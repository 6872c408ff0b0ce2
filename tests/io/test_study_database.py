import os
import sqlite3
import threading

import pytest
from sqlalchemy import select

from lusgui.base.errors import StudyError, StudyLockedError, StudyReadOnlyError, WriteFailedError
from lusgui.io import study_database
from lusgui.io.study import Study
from lusgui.io.study_database import Database, explain
from lusgui.io.study_schema import meta


@pytest.fixture
def path(tmp_path):
    with Study.create(tmp_path / "a study #1 100%?.lusgui") as study:
        return study.path


def test_names_with_signs_of_their_own_meaning(path):
    assert path.exists()
    with Study.open(path) as study:
        assert len(study.labels()) == 2


def test_a_block_is_written_whole_or_not_at_all(path):
    database = Database(path)

    def write_and_fail():
        with database.writing() as connection:
            connection.execute(meta.insert().values(key="a", value="1"))
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert database.one(select(meta)) is None
    with database.writing() as connection:
        connection.execute(meta.insert().values(key="a", value="1"))
    assert database.one(select(meta)).value == "1"
    database.close()
    database.close()


def test_read_only_connection_cannot_write(path):
    database = Database(path, read_only=True)
    with pytest.raises(StudyReadOnlyError), database.writing():
        pass
    with pytest.raises(sqlite3.OperationalError):
        database.raw.execute("DELETE FROM labels")
    database.close()


def test_another_program_that_writes_is_waited_for_then_named(path, monkeypatch):
    monkeypatch.setattr(study_database, "BUSY_SECONDS", 0.05)
    database = Database(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StudyLockedError, match="another program"), database.writing():
        pass
    other.execute("ROLLBACK")
    other.close()
    with database.writing():
        pass
    database.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_FULL, WriteFailedError),
        (sqlite3.SQLITE_IOERR_FSYNC, WriteFailedError),
        (sqlite3.SQLITE_CANTOPEN, WriteFailedError),
        (sqlite3.SQLITE_READONLY_DBMOVED, StudyReadOnlyError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StudyLockedError),
        (sqlite3.SQLITE_CORRUPT, StudyError),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, StudyError),
    ],
)
def test_refusals_in_our_words(tmp_path, code, kind):
    error = sqlite3.OperationalError("no")
    error.sqlite_errorcode = code
    told = explain(error, tmp_path / "a.lusgui")
    assert type(told) is kind
    assert "a.lusgui" in told.message
    assert told.remedy


def test_threads_take_turns(path):
    database = Database(path)

    def write(number):
        for step in range(20):
            with database.writing() as connection:
                connection.execute(meta.insert().values(key=f"{number}-{step}", value="1"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(database.rows(select(meta))) == 80
    database.close()


def test_what_is_no_file_is_refused_rather_than_waited_for(tmp_path):
    (tmp_path / "folder").mkdir()
    odd = [tmp_path / "folder"]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        odd.append(tmp_path / "pipe")
    for path in odd:
        with pytest.raises(StudyError, match="this is no file"):
            Study.open(path)
