from __future__ import annotations

import os
import sqlite3

import numpy as np
import pytest
import scipy.io as sio
from PIL import Image

from lusgui.base.errors import LusguiError, UnreadableFileError, UnsupportedFileError
from lusgui.core.recording import Intensity
from lusgui.io.open import FileKind, file_kind, find_recordings, open_recording


def mat(path):
    sio.savemat(path, {"Img": np.arange(40 * 50.0).reshape(40, 50)}, appendmat=False)
    return path


def png(path):
    Image.fromarray(np.arange(1600, dtype=np.uint32).reshape(40, 40).astype(np.uint8)).save(
        path, format="png"
    )
    return path


def test_content_decides_and_not_the_extension(tmp_path):
    assert file_kind(mat(tmp_path / "a.png")) is FileKind.MAT
    assert file_kind(png(tmp_path / "b.mat")) is FileKind.IMAGE
    with open_recording(tmp_path / "a.png") as recording:
        assert recording.shape == (1, 40, 50)
    with open_recording(tmp_path / "b.mat") as recording:
        assert recording.intensity is Intensity.DISPLAY
        assert recording.shape == (1, 40, 40)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (bytes(128) + b"DICM" + bytes(80), FileKind.DICOM),
        (b"RIFF\0\0\0\0AVI LIST", FileKind.VIDEO),
        (b"\0\0\0\x18ftypmp42" + bytes(30), FileKind.VIDEO),
        (b"\xff\xd8\xff\xe0" + bytes(30), FileKind.IMAGE),
        (b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(30), FileKind.IMAGE),
        (b"MM\0*" + bytes(30), FileKind.IMAGE),
        (b"hello", FileKind.OTHER),
    ],
)
def test_first_bytes(tmp_path, head, kind):
    (tmp_path / "x").write_bytes(head)
    assert file_kind(tmp_path / "x") is kind


def test_what_cannot_be_opened(tmp_path):
    (tmp_path / "empty.mat").write_bytes(b"")
    (tmp_path / "text.txt").write_text("hello")
    connection = sqlite3.connect(tmp_path / "a.lusgui")
    connection.execute("create table t (x)")
    connection.commit()
    connection.close()
    for name, kind, words in (
        ("empty.mat", UnreadableFileError, "empty"),
        ("text.txt", UnsupportedFileError, "MAT, PNG"),
        ("a.lusgui", UnsupportedFileError, "study"),
        ("gone.mat", UnreadableFileError, "no such file"),
        (".", UnreadableFileError, "folder"),
    ):
        with pytest.raises(kind, match=words):
            open_recording(tmp_path / name)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.mat")
    with pytest.raises(LusguiError):
        open_recording(tmp_path / "pipe.mat")


def test_folders_are_searched(tmp_path):
    (tmp_path / "b" / ".hidden").mkdir(parents=True)
    wanted = [mat(tmp_path / name) for name in ("s2.mat", "s10.mat")]
    inside = png(tmp_path / "b" / "ä.png")
    mat(tmp_path / "b" / ".hidden" / "x.mat")
    mat(tmp_path / ".x.mat")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "noise").write_bytes(bytes(400))
    dicom = tmp_path / "zz.1.2.840"
    dicom.write_bytes(bytes(128) + b"DICM" + bytes(80))
    (tmp_path / "fake.png").write_text("hello")
    (tmp_path / "empty.mat").write_bytes(b"")
    found = find_recordings([tmp_path])
    assert found == [tmp_path / "empty.mat", *wanted, dicom, inside]
    assert find_recordings([inside, tmp_path, inside])[0] == inside
    assert len(find_recordings([inside, tmp_path, inside])) == 5
    with pytest.raises(UnreadableFileError, match="gone"):
        find_recordings([tmp_path / "gone"])


def test_a_loop_of_links_ends(tmp_path):
    mat(tmp_path / "a.mat")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "self.mat").symlink_to(tmp_path / "self.mat")
    assert tmp_path / "a.mat" in find_recordings([tmp_path])


def test_a_file_that_may_not_be_read_is_said_in_plain_words(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    path.write_bytes(b"x")

    def refuse(self, *arguments, **more):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(UnreadableFileError, match=r"^a\.png: you may not read it\. Ask"):
        file_kind(path)
