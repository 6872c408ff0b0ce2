from __future__ import annotations

import numpy as np
import pytest

from training.mat73_writer import write_mat73


def test_another_reader_finds_the_same(tmp_path):
    hdf5storage = pytest.importorskip("hdf5storage")
    values = np.arange(40 * 36 * 2.0).reshape(40, 36, 1, 2)
    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = values
    write_mat73(tmp_path / "a.mat", {"ImgData": cell, "plain": values, "t": "text"})
    with (tmp_path / "a.mat").open("rb") as stream:
        assert stream.read(19) == b"MATLAB 7.3 MAT-file"
    found = hdf5storage.loadmat(str(tmp_path / "a.mat"))
    assert np.array_equal(found["plain"], values)
    assert np.array_equal(found["ImgData"][0, 0], values)
