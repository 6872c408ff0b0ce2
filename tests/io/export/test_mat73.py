import h5py
import numpy as np

from lusgui.io.export.mat73 import header, write_mat73


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
