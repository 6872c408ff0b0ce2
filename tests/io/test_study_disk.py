"""Disks that are full, read-only, shared or go away under an open study."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lusgui.base.errors import (
    StudyReadOnlyError,
    WriteFailedError,
)
from lusgui.core.edits import Edit, MaskPatch, now_utc
from lusgui.core.geometry import Box
from lusgui.io import study as study_module
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

sys.path.insert(0, str(Path(__file__).parent))
from study_kit import KEYS, SHAPE, brush


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "ward.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        yield made


def test_full_disk_changes_nothing_and_undo_goes_on(study):
    study.push(brush())
    pages = study._database.pragma("page_count")
    study._database.pragma(f"max_page_count={pages}")
    chance = np.random.default_rng(1)
    noise = MaskPatch(KEYS[1], Box(0, 0, *SHAPE), chance.random(SHAPE) < 0.5)

    def fill():
        for number in range(2000):
            before = None if study.mask(KEYS[1]) is None else study.mask(KEYS[1]).copy()
            try:
                study.push(Edit(f"Noise {number}", (noise,), (), "Ada", now_utc()))
            finally:
                held.append((number, before))

    held = []
    with pytest.raises(WriteFailedError, match="disk is full"):
        fill()
    assert study.check() == "ok"
    number, before = held[-1]
    assert len(study.journal.entries(5000)) == number + 1
    assert before is None or np.array_equal(study.mask(KEYS[1]), before)
    study._database.pragma("max_page_count=1000000")
    study.push(Edit("Noise", (noise,), (), "Ada", now_utc()))
    while study.undo() is not None:
        pass
    assert study.mask(KEYS[1]) is None


def test_network_folder_gets_rollback_journal_and_lease(tmp_path, monkeypatch):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 4, *SHAPE))
        assert made._database.pragma("journal_mode") == "wal"
    monkeypatch.setattr(study_module, "is_network_folder", lambda folder: True)
    with Study.open(tmp_path / "a.lusgui") as opened:
        assert opened._database.pragma("journal_mode") == "delete"
        assert opened._database.pragma("synchronous") == 3
        opened.push(brush())
        assert not (tmp_path / "a.lusgui-wal").exists()
        with Study.open(tmp_path / "a.lusgui") as second:
            assert second.is_read_only
            assert second.mask(KEYS[0]).sum() == 20
        (tmp_path / ".a.lusgui.lock").write_text("{}")  # somebody took the lease over
        with pytest.raises(StudyReadOnlyError, match="somebody else"):
            opened.push(brush(KEYS[1]))
    (tmp_path / ".a.lusgui.lock").unlink()


needs_rights = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or sys.platform != "linux",
    reason="becomes another person, which only root can",
)

_AS_NOBODY = """
import os, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
import lusgui.io.study, lusgui.io.study_recordings, sqlalchemy.dialects.sqlite
from lusgui.core.annotation import PlaneKey
from lusgui.core.recipe import Recipe
os.setgid(65534); os.setuid(65534)
study = lusgui.io.study.Study.open(Path(sys.argv[1]))
sys.stdout.write(f"{study.read_only_reason}|{study.mask(PlaneKey(1, 0, 'rib')).sum()}|{study.check()}")
study.close()
"""


@needs_rights
@pytest.mark.parametrize("has_log", [False, True])
def test_read_only_folder_opens_for_reading(tmp_path, has_log):
    import shutil
    import tempfile
    from pathlib import Path

    folder = Path(tempfile.mkdtemp(prefix="readonly"))
    try:
        with Study.create(folder / "a.lusgui") as made:
            made.add_recording(NewRecording(folder / "a.mat", 4, *SHAPE))
            made.push(brush())
            if has_log:
                shutil.copy(folder / "a.lusgui", folder / "b.lusgui")
                shutil.copy(folder / "a.lusgui-wal", folder / "b.lusgui-wal")
            else:
                made.close()
                shutil.copy(folder / "a.lusgui", folder / "b.lusgui")
        for file in folder.iterdir():
            file.chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
        folder.chmod(0o555)
        root = Path(study_module.__file__).parents[2]
        shown = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder / "b.lusgui"), str(root)],
            capture_output=True,
            text=True,
            timeout=60,
        )
        if "Permission" in shown.stderr and "lusgui" not in shown.stdout and "ModuleNotFound" in shown.stderr:
            pytest.skip("nobody may not read this checkout")
        assert shown.stderr == ""
        reason, area, check = shown.stdout.split("|")
        assert "nothing can be written into its folder" in reason
        assert (area, check) == ("20", "ok")
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_copy_onto_a_full_disk_says_where(study, tmp_path, monkeypatch):
    def refuse(self, target):
        raise WriteFailedError("the disk is full", path=target)

    monkeypatch.setattr(study_module.Database, "backup_to", refuse)
    with pytest.raises(WriteFailedError, match=r"copy\.lusgui: the disk is full"):
        study.save_copy(tmp_path / "copy.lusgui")
    assert not (tmp_path / "copy.lusgui").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let an open file go")
def test_file_replaced_while_open_is_not_written(study):
    study.push(brush())
    other = study.path.with_name("other.lusgui")
    study.save_copy(other)
    other.replace(study.path)
    with pytest.raises(WriteFailedError, match="replaced"):
        study.push(brush(KEYS[1]))
