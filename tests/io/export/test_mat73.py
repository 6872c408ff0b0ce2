import errno
import io

import h5py
import numpy as np
import pytest

from lusgui.io.export.mat import FrameStack
from lusgui.io.export.mat73 import header, write_mat73

NOISE = np.random.default_rng(0)


def test_header_is_the_one_matlab_looks_for():
    assert len(header()) == 128
    assert header().startswith(b"MATLAB 7.3 MAT-file")
    assert header()[124:] == b"\x00\x02IM"


def test_attributes_and_axes(tmp_path):
    path = tmp_path / "a.mat"
    cells = np.array([["a", "bc"], ["", "é"]], dtype=object)
    write_mat73(
        path,
        {
            "m": np.ones((2, 3), bool),
            "x": np.arange(6.0).reshape(2, 3),
            "c": cells,
            "s": {"b": "1", "a": "2"},
        },
    )
    assert path.read_bytes()[512:520] == b"\x89HDF\r\n\x1a\n"
    with h5py.File(path) as file:
        assert file["m"].attrs["MATLAB_class"] == b"logical"
        assert file["m"].attrs["MATLAB_int_decode"] == 1
        assert file["x"].shape == (3, 2)
        assert file["c"].attrs["MATLAB_class"] == b"cell"
        assert file[file["c"][1, 0]][()].ravel().tolist() == [98, 99]
        assert [b"".join(name).decode() for name in file["s"].attrs["MATLAB_fields"]] == ["b", "a"]


@pytest.mark.parametrize("room", [0, 600, 3000, 20_000, 60_000])
def test_a_full_disk_is_an_os_error_and_no_crash(tmp_path, monkeypatch, room):
    def write(stream, data):
        if stream.seek(0, io.SEEK_CUR) + len(data) > room:
            raise OSError(errno.ENOSPC, "No space left on device")
        return stream.write(data)

    path = tmp_path / "a.mat"
    stack = FrameStack((40, 30, 20), np.dtype(np.float32), lambda: iter(NOISE.random((20, 40, 30))))
    values = {"x": stack, "c": np.array(["a", "b"] * 20, dtype=object), "s": {"a": np.arange(4000.0)}}
    monkeypatch.setattr("lusgui.io.export.mat73._write_some", write)
    with pytest.raises(OSError, match="No space left"):
        write_mat73(path, values)


def test_frames_are_not_asked_for_once_the_disk_is_full(tmp_path, monkeypatch):
    def refuse(stream, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    asked = []

    def frames():
        for index in range(1000):
            asked.append(index)
            yield NOISE.random((256, 256), dtype=np.float32)

    monkeypatch.setattr("lusgui.io.export.mat73._write_some", refuse)
    with pytest.raises(OSError, match="No space left"):
        write_mat73(tmp_path / "a.mat", {"x": FrameStack((256, 256, 1000), np.dtype(np.float32), frames)})
    assert len(asked) < 100
