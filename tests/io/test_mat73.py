from __future__ import annotations

import h5py
import numpy as np
import pytest

from lusgui.base.errors import LusguiError, UnreadableFileError
from lusgui.io.mat73 import CACHE_BYTES, is_mat73, open_mat73
from lusgui.io.mat_node import NodeKind
from lusgui.io.matfile import open_matfile
from training.mat73_writer import write_mat73


def test_the_signature_is_found_behind_a_header(tmp_path):
    for block in (0, 512, 1024):
        with h5py.File(tmp_path / f"{block}.mat", "w", userblock_size=block) as file:
            file["x"] = 1
        assert is_mat73(tmp_path / f"{block}.mat")
    (tmp_path / "no").write_bytes(bytes(5000))
    assert not is_mat73(tmp_path / "no")


def test_structs_cells_texts_and_struct_arrays(tmp_path):
    path = tmp_path / "a.mat"
    inner = np.empty((1, 2), dtype=object)
    inner[0, 0], inner[0, 1] = np.array([[4.0]]), "word"
    write_mat73(path, {"s": {"c": inner, "t": "ab"}, "flag": np.array([[True, False]])})
    with h5py.File(path, "r+") as file:
        group = file.create_group("many")
        group.attrs["MATLAB_class"] = np.bytes_(b"struct")
        field = group.create_dataset("n", (2, 1), dtype=h5py.ref_dtype)
        field[:, 0] = [file["#refs#/r0"].ref, file["#refs#/r0"].ref]
        handle = file.create_group("handle")
        handle.attrs["MATLAB_class"] = np.bytes_(b"function_handle")
        empty = file.create_dataset("none", data=np.array([0, 3], dtype="u8"))
        empty.attrs["MATLAB_class"] = np.bytes_(b"double")
        empty.attrs["MATLAB_empty"] = np.int32(1)
    tree, file = open_mat73(path)
    with file:
        assert tree.find("s.c{1}").scalar() == 4.0
        assert tree.find("s.c{2}").text() == "word"
        assert tree.find("s.t").text() == "ab"
        assert tree.find("flag").dtype == np.bool_
        assert tree.find("many").shape == (1, 2)
        assert tree.find("many(2).n").scalar() == 4.0
        assert tree.find("handle").kind is NodeKind.OTHER
        assert tree.find("none").shape == (0, 3)


def test_frames_in_shared_chunks_are_not_kept_for_ever(tmp_path):
    """MATLAB's chunks reach over many frames; reading on must not gather them all."""
    path = tmp_path / "a.mat"
    values = np.random.default_rng(0).integers(0, 9, (40, 64, 96)).astype("f4")
    with h5py.File(path, "w") as file:
        file.create_dataset("Img", data=values, chunks=(20, 16, 24), compression=1)
    with open_matfile(path) as recording:
        assert recording.shape == (40, 96, 64)
        for index in (0, 39, 5, 20):
            assert np.array_equal(recording.frame(index), values[index].T)
    _, file = open_mat73(path)
    with file:
        w0 = file.id.get_access_plist().get_cache()
        assert w0[2] == CACHE_BYTES
        assert w0[3] < 1.0


def test_hdf5storage_files(tmp_path):
    hdf5storage = pytest.importorskip("hdf5storage")
    values = np.arange(40 * 36 * 3.0).reshape(40, 36, 3)
    hdf5storage.savemat(str(tmp_path / "a.mat"), {"ImgData": values, "z": values[:, :, 0] * 1j}, format="7.3")
    with open_matfile(tmp_path / "a.mat") as recording:
        assert recording.shape == (3, 40, 36)
        assert np.array_equal(recording.frame(1), values[:, :, 1])


def test_a_closed_recording_is_refused(tmp_path):
    write_mat73(tmp_path / "a.mat", {"Img": np.ones((40, 40))})
    recording = open_matfile(tmp_path / "a.mat")
    recording.close()
    recording.close()
    with pytest.raises((LusguiError, ValueError)):
        recording.frame(0)


def test_nonsense_behind_the_signature(tmp_path):
    (tmp_path / "a.mat").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(2000))
    with pytest.raises(UnreadableFileError, match=r"a\.mat"):
        open_mat73(tmp_path / "a.mat")
