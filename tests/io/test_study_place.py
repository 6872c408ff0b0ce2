from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lusgui.base.errors import OverwriteRefusedError, StudyLockedError, WriteFailedError
from lusgui.io.study import Study
from lusgui.io.study_lock import lock_path
from lusgui.io.study_place import hold_place, without_link

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import disk, draw, key, make

needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


@pytest.fixture
def ward(tmp_path):
    """Return a study with one mask, closed."""
    path = tmp_path / "ward.lusgui"
    with make(path) as study:
        draw(study, key(0), disk(6, 5))
    return path


@needs_links
def test_a_study_is_the_same_through_a_link_and_by_relative_ways(ward, tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "shortcut.lusgui"
    link.symlink_to(Path("..") / ward.name)
    chain = tmp_path / "elsewhere" / "again.lusgui"
    chain.symlink_to(link)
    (tmp_path / "folder").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path / "elsewhere")
    ways = (link, chain, tmp_path / "folder" / ward.name, Path("..") / "ward.lusgui", Path("shortcut.lusgui"))
    for first in (ward, *ways):
        with Study.open(first) as held:
            assert not held.is_read_only
            assert held.path.samefile(ward)
            for way in (ward, *ways):
                with Study.open(way) as second:
                    assert second.is_read_only, (first, way)
                    assert "has it open" in second.read_only_reason
            draw(held, key(1), disk(8, 6))
        assert sorted(p.name for p in tmp_path.iterdir()) == ["elsewhere", "folder", ward.name]
        assert sorted(p.name for p in (tmp_path / "elsewhere").iterdir()) == [chain.name, link.name]


@needs_links
def test_only_links_are_followed(tmp_path):
    plain = tmp_path / "a.lusgui"
    assert without_link(plain) == plain
    link = tmp_path / "b.lusgui"
    link.symlink_to("a.lusgui")
    assert without_link(link) == plain


def test_two_never_write_the_same_name(tmp_path):
    target = tmp_path / "new.lusgui"
    with hold_place(target), pytest.raises(StudyLockedError), hold_place(target):
        pass
    assert not lock_path(target).exists()


def test_what_was_left_half_written_goes_and_nothing_else(ward, tmp_path):
    part = ".ward.0a1b2c3d.part.lusgui"
    left = [part, f"{part}-journal", f"{part}-wal"]
    others = [".wards.0a1b2c3d.part.lusgui", ".ward.0a1b2c3d.part.tif", ".ward.nothex00.part.lusgui"]
    for name in (*left, *others):
        (tmp_path / name).write_bytes(b"x")
    with hold_place(ward, overwrite=True):
        pass
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([ward.name, *others])


def test_an_empty_log_is_in_nobodys_way(ward):
    for end in ("-wal", "-journal"):
        ward.with_name(ward.name + end).touch()
    with hold_place(ward, overwrite=True):
        assert [p.name for p in ward.parent.glob("ward.lusgui-*")] == []


LEFT_A_LOG = """
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from join_kit import disk, draw, key
from lusgui.io.study import Study
study = Study.open(Path(sys.argv[1]))
draw(study, key(1), disk(8, 6))
os._exit(1)
"""


def test_the_log_of_a_study_that_was_killed_is_folded_in_first(ward):
    here = str(Path(__file__).parent)
    subprocess.run([sys.executable, "-c", LEFT_A_LOG, str(ward), here], check=False)
    log = ward.with_name(ward.name + "-wal")
    assert log.stat().st_size > 0
    with hold_place(ward, overwrite=True):
        assert not log.exists()
    with Study.open(ward) as study:
        assert study.mask(key(1)).any()


def test_the_log_of_a_study_that_is_not_there_is_left_alone(tmp_path):
    log = tmp_path / "gone.lusgui-wal"
    log.write_bytes(b"somebody's strokes")
    with (
        pytest.raises(OverwriteRefusedError, match="parts of another study"),
        hold_place(tmp_path / "gone.lusgui"),
    ):
        pass
    assert log.exists()


def test_a_copy_never_replaces_a_study_that_somebody_draws_in(ward, tmp_path):
    with Study.create(tmp_path / "own.lusgui") as own, Study.open(ward) as held:
        with pytest.raises(StudyLockedError):
            own.save_copy(ward, overwrite=True)
        draw(held, key(2), disk(6, 6))
    with Study.open(ward) as still:
        assert still.mask(key(2)).any()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is forbidden here")
def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with (
            pytest.raises(WriteFailedError, match="you may not write there"),
            hold_place(tmp_path / "a.lusgui"),
        ):
            pass
    finally:
        tmp_path.chmod(0o755)
