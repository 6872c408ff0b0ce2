from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.io as sio

from lusgui.base.errors import TooLargeError
from lusgui.core.progress import no_progress
from lusgui.io.mat5 import list_mat5

EVERY = slice(None)


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("dtype", ["i2", "f8", "c16"])
def test_any_plane_is_the_one_numpy_would_take(tmp_path, compressed, dtype):
    rng = np.random.default_rng(1)
    values = (rng.normal(size=(4, 5, 3, 2)) * 99).astype(dtype)
    if dtype == "c16":
        values = values + 1j * rng.normal(size=values.shape)
    path = tmp_path / "a.mat"
    sio.savemat(path, {"x": values}, do_compression=compressed)
    with path.open("rb") as stream:
        array = list_mat5(path, stream).variables[0].array
        array.prepare(no_progress, None)
        for kept in itertools.combinations(range(4), 2):
            index = tuple(EVERY if axis in kept else length - 1 for axis, length in enumerate(values.shape))
            assert np.array_equal(array.plane(index), values[index])


def test_memory_is_asked_for_first(tmp_path):
    path = tmp_path / "a.mat"
    sio.savemat(path, {"x": np.zeros((100, 100, 10))}, do_compression=True)
    with path.open("rb") as stream:
        array = list_mat5(path, stream).variables[0].array
        with pytest.raises(TooLargeError):
            array.prepare(no_progress, 100_000)
