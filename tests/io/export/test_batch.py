import pytest

from lusgui.base.errors import OverwriteRefusedError, WriteFailedError
from lusgui.io.export.batch import FileBatch


def test_all_files_appear_together(tmp_path):
    targets = [tmp_path / "a.txt", tmp_path / "b.txt"]
    with FileBatch(targets) as batch:
        for target in targets:
            batch.path(target).write_text("x")
            assert not target.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "b.txt"]


def test_nothing_appears_when_one_fails(tmp_path):
    targets = [tmp_path / "a.txt", tmp_path / "b.txt"]

    def write():
        with FileBatch(targets) as batch:
            batch.path(targets[0]).write_text("x")
            batch.path(targets[1])
            raise OSError(28, "No space left on device")

    with pytest.raises(WriteFailedError, match=r"disk is full; nothing was written"):
        write()
    assert not list(tmp_path.iterdir())


def test_twice_the_same_name_is_refused(tmp_path):
    with pytest.raises(OverwriteRefusedError):
        FileBatch([tmp_path / "a.txt", tmp_path / "A.txt"])


def test_only_planned_files(tmp_path):
    with FileBatch([tmp_path / "a.txt"]) as batch, pytest.raises(ValueError, match="planned"):
        batch.path(tmp_path / "b.txt")
