import contextlib
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import disk, draw, folder_as_it_is, key, make, recording
from test_study_migrate import LAYOUT_3, packed

from lusgui.core.progress import no_progress
from lusgui.io.hashing import content_hash
from lusgui.io.join_sources import Source, find_same, name_readers, open_copy, rows_of_recordings
from lusgui.io.study_schema import APPLICATION_ID, SCHEMA_VERSION


def row(**changes):
    base = {
        "frames": 5,
        "rows": 9,
        "cols": 7,
        "variable": None,
        "frame_numbers": None,
        "recipe": None,
        "sha256": None,
        "size_bytes": 10,
        "mtime_ns": 20,
        "path": "/data/a.mat",
    }
    return base | changes


@pytest.mark.parametrize(
    ("changes", "is_same"),
    [
        ({}, True),
        ({"path": "/elsewhere/a.mat"}, True),
        ({"path": "/data/b.mat"}, False),
        ({"mtime_ns": 21}, False),
        ({"frames": 6}, False),
        ({"variable": "Img"}, False),
        ({"frame_numbers": "[1,2,3,4,6]"}, False),
        ({"sha256": "a" * 64}, True),
        ({"recipe": '{"axes":"hwt"}'}, True),
        ({"recipe": "null"}, True),
    ],
)
def test_what_is_the_same_recording(changes, is_same):
    known = row()
    assert (find_same(row(**changes), [known]) is known) is is_same


def test_the_hash_decides_and_a_doubt_keeps_recordings_apart():
    a, b = row(sha256="a" * 64), row(sha256="b" * 64)
    assert find_same(a, [b]) is None
    assert find_same(row(sha256="a" * 64, path="/x/y.mat", mtime_ns=1), [a]) is a
    turned = [row(recipe=f'{{"axes":"{axes}"}}') for axes in ("hwt", "wht")]
    assert find_same(turned[0], [turned[1]]) is None
    square = {"rows": 9, "cols": 9, "sha256": "a" * 64}
    assert find_same(row(**square), [row(**square, recipe='{"axes":"wht"}')]) is None
    assert find_same(row(size_bytes=0), [row(size_bytes=0)]) is None


def test_an_older_study_is_read_from_a_copy_and_stays_old(tmp_path):
    folder, scratch = tmp_path / "work", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    path, mask = folder / "old.lusgui", np.eye(9, 7, dtype=bool)
    with contextlib.closing(sqlite3.connect(path)) as raw:
        raw.executescript(LAYOUT_3)
        raw.execute(f"PRAGMA application_id={APPLICATION_ID}")
        raw.execute("PRAGMA user_version=3")
        raw.execute("INSERT INTO labels VALUES ('rib', 'Rib', '#E69F00', NULL, 0)")
        raw.execute(
            "INSERT INTO recordings VALUES (1, 0, 'a', '/d/a', NULL, NULL, NULL, 1, 2, NULL, 5, 9, 7, NULL,"
            " NULL, 'linear', NULL, NULL, NULL, NULL)"
        )
        values = (1, 2, "rib", "edited", "Ada", "2026", 7, "{}", packed(mask))
        raw.execute("INSERT INTO annotations VALUES (?,?,?,?,?,?,?,?,?)", values)
        raw.commit()
    before = folder_as_it_is(folder)
    with open_copy(path, scratch) as copy:
        assert copy.database.pragma("user_version") == SCHEMA_VERSION
        assert np.array_equal(copy.mask(key(2)), mask)
    assert folder_as_it_is(folder) == before


def test_a_log_that_was_left_behind_is_part_of_the_study(tmp_path):
    (tmp_path / "scratch").mkdir()
    study = make(tmp_path / "a.lusgui")
    draw(study, key(0), disk(5, 5))
    assert (tmp_path / "a.lusgui-wal").stat().st_size > 0
    with open_copy(study.path, tmp_path / "scratch") as copy:
        assert np.array_equal(copy.mask(key(0)), disk(5, 5))
    study.close()


def test_readers_are_named_by_who_drew_and_never_alike(tmp_path):
    sources = []
    for name, raters in {"a": ["Ada"], "b": ["Ada"], "c": ["Bea", "Cy"], "d": []}.items():
        study = make(tmp_path / f"{name}.lusgui")
        for frame, rater in enumerate(raters):
            draw(study, key(frame), disk(5, 5), rater)
        sources.append(Source(study.path, study))
    name_readers(sources)
    assert [source.reader for source in sources] == ["Ada (a)", "Ada (b)", "c", "d"]
    for source in sources:
        source.study.close()


def test_a_file_that_is_still_what_it_was_is_hashed(tmp_path):
    file = tmp_path / "a.mat"
    file.write_bytes(b"pixels")
    state = {"size_bytes": 6, "mtime_ns": file.stat().st_mtime_ns}
    with make(tmp_path / "a.lusgui", recording(tmp_path, sha=None, **state)) as study:
        source = Source(study.path, study)
        assert rows_of_recordings(source, no_progress)[0]["sha256"] == content_hash(file)
        file.write_bytes(b"others")
        assert rows_of_recordings(source, no_progress)[0]["sha256"] is None
        file.unlink()
        assert rows_of_recordings(source, no_progress)[0]["sha256"] is None


def test_what_is_written_ahead_is_found_through_a_link_too(tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "copy").mkdir()
    link = tmp_path / "near.lusgui"
    with make(tmp_path / "far" / "study.lusgui") as study:
        try:
            link.symlink_to(study.path)
        except OSError:
            pytest.skip("links cannot be made here")
        draw(study, key(2), disk(6, 5))  # in the log beside the file itself
        with open_copy(link, tmp_path / "copy") as copy:
            assert np.array_equal(copy.mask(key(2)), disk(6, 5))
