from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lusgui.base import atomic as atomic_module
from lusgui.base.atomic import atomic_path, clear_half_written, explain_os_error, make_folder, sync_folder
from lusgui.base.errors import OverwriteRefusedError, WriteFailedError


def test_file_appears_whole(tmp_path):
    with atomic_path(tmp_path / "new" / "a.bin") as temporary:
        temporary.write_bytes(b"whole")
        assert not (tmp_path / "new" / "a.bin").exists()
    assert (tmp_path / "new" / "a.bin").read_bytes() == b"whole"


def test_failure_leaves_the_old_file_and_no_rubbish(tmp_path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def write_half():
        with atomic_path(target, overwrite=True) as temporary:
            temporary.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert target.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_nothing_is_overwritten_silently(tmp_path):
    (tmp_path / "a.bin").touch()
    with pytest.raises(OverwriteRefusedError, match=r"a\.bin"), atomic_path(tmp_path / "a.bin"):
        pass


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_refusals_are_explained(code):
    error = explain_os_error(OSError(code, "x"), Path("m.tif"))
    assert isinstance(error, WriteFailedError)
    assert error.remedy


def test_full_disk_is_said(tmp_path, monkeypatch):
    def refuse(self, target):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(WriteFailedError, match="disk is full"), atomic_path(tmp_path / "a") as temporary:
        temporary.write_bytes(b"x")


def test_a_short_write_of_numpy_is_a_full_disk():
    error = explain_os_error(OSError("6144 requested and 3932 written"), Path("m.tif"))
    assert "disk is full" in error.message


@pytest.mark.parametrize("inside", [".", "deeper"])
def test_a_file_in_the_place_of_a_folder_is_said(tmp_path, inside):
    (tmp_path / "a").touch()
    with pytest.raises(WriteFailedError, match="a file is where a folder should be"):
        make_folder(tmp_path / "a" / inside)
    make_folder(tmp_path / "b" / inside)
    assert (tmp_path / "b" / inside).is_dir()


def test_names_in_a_folder_are_put_on_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr("os.fsync", synced.append)
    sync_folder(tmp_path)
    assert len(synced) == 1
    sync_folder(tmp_path / "none")  # where a folder cannot be opened the system is left to itself
    assert len(synced) == 1


def test_what_a_killed_process_left_goes_after_a_day(tmp_path, monkeypatch):
    left = [".clip_rib.0a1b2c3d.part.tif", ".notes.0a1b2c3d.part"]
    others = ["clip.part.tif", ".clip.part.tif", ".clip.nothexed.part.tif"]
    for name in (*left, *others):
        (tmp_path / name).write_bytes(b"x")
    clear_half_written(tmp_path)
    assert len(list(tmp_path.iterdir())) == 5  # another export may be writing these now
    monkeypatch.setattr(atomic_module, "STALE_SECONDS", -1.0)
    clear_half_written(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)
    clear_half_written(tmp_path / "not there")
