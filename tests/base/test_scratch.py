from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest

from lusgui.base import scratch as scratch_module
from lusgui.base.scratch import LOCK, Scratch, clear_left_behind


@pytest.fixture(autouse=True)
def own_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_there_for_a_block_and_gone_after_it(tmp_path):
    with Scratch("try") as folder:
        (folder / "a.bin").write_bytes(b"a")
        assert folder.parent == tmp_path
        assert folder.name.startswith("lusgui-try-")
    assert list(tmp_path.iterdir()) == []


def test_closing_twice_does_nothing(tmp_path):
    made = Scratch("try")
    made.close()
    made.close()
    assert list(tmp_path.iterdir()) == []


KILLED = """
import os, signal, tempfile, sys
tempfile.tempdir = sys.argv[1]
from lusgui.base.scratch import Scratch
made = Scratch("try")
(made.path / "copy of a study").write_bytes(b"patients")
os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


def test_what_a_killed_process_left_goes_with_the_next(tmp_path):
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    (left,) = tmp_path.iterdir()
    assert (left / "copy of a study").exists()
    with Scratch("other"):
        assert left.exists()
    with Scratch("try"):
        assert not left.exists()


def test_what_is_in_use_stays():
    with Scratch("try") as first, Scratch("try") as second:
        assert first.is_dir()
        assert second.is_dir()


def test_a_folder_of_an_older_lusgui_stays_for_a_day(tmp_path, monkeypatch):
    older = tmp_path / "lusgui-try-old"
    older.mkdir()
    clear_left_behind("lusgui-try-")
    assert older.exists()
    monkeypatch.setattr(scratch_module, "STRANGE_SECONDS", -1.0)
    clear_left_behind("lusgui-try-")
    assert not older.exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no such links")
def test_neither_links_nor_folders_of_others_are_touched(tmp_path, monkeypatch):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / LOCK).touch()
    (tmp_path / "lusgui-try-link").symlink_to(outside)
    theirs = tmp_path / "lusgui-try-theirs"
    theirs.mkdir()
    (theirs / LOCK).touch()
    monkeypatch.setattr(os, "getuid", lambda: theirs.stat().st_uid + 1)
    clear_left_behind("lusgui-try-")
    assert (outside / LOCK).exists()
    assert theirs.exists()
