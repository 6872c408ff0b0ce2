import contextlib
import sqlite3

from lusgui.io.study import Study
from lusgui.io.study_schema import describe_ddl, metadata


def test_described_statements_make_the_same_tables(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study, contextlib.closing(sqlite3.connect(":memory:")) as raw:
        raw.executescript(describe_ddl())

        def shape(connection):
            found = {}
            for table in metadata.tables:
                found[table] = connection.execute(f"PRAGMA table_info({table})").fetchall()
            return found

        assert shape(raw) == shape(study._database.raw)


def test_statuses_are_read_from_the_index_alone(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as study:
        plan = study._database.raw.execute(
            "EXPLAIN QUERY PLAN SELECT frame, label, status FROM annotations WHERE recording_id = 1"
        ).fetchall()
        assert "COVERING INDEX annotations_status" in plan[0][3]
