from __future__ import annotations

import struct

import numpy as np
import pytest
import scipy.io as sio

from lusgui.base.errors import UnreadableFileError
from lusgui.io.mat4 import header_order, list_mat4
from lusgui.io.mat_node import NodeKind


def listed(path):
    with path.open("rb") as stream:
        return list_mat4(path, stream)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("code", "dtype"), [(0, "f8"), (1, "f4"), (2, "i4"), (3, "i2"), (4, "u2"), (5, "u1")]
)
def test_every_type_in_both_byte_orders(tmp_path, order, code, dtype):
    values = np.arange(12).reshape(3, 4)
    kind = (1000 if order == ">" else 0) + 10 * code
    data = struct.pack(order + "5i", kind, 3, 4, 0, 2) + b"x\0"
    data += values.astype(order + dtype).tobytes(order="F")
    (tmp_path / "a.mat").write_bytes(data)
    assert header_order(data) == order
    node = listed(tmp_path / "a.mat").variables[0]
    assert node.path == "x"
    assert np.array_equal(node.value, values)


def test_complex_and_text(tmp_path):
    values = np.arange(6.0).reshape(2, 3) * (1 - 2j)
    sio.savemat(tmp_path / "a.mat", {"z": values, "t": "hello"}, format="4")
    with (tmp_path / "a.mat").open("rb") as stream:
        tree = list_mat4(tmp_path / "a.mat", stream)
        plane = tree.variable("z").array.plane((slice(None), slice(None)))
        assert np.array_equal(plane, values)
        assert tree.variable("t").kind is NodeKind.CHAR
        assert tree.variable("t").text() == "hello"


def test_garbage_after_a_variable(tmp_path):
    sio.savemat(tmp_path / "a.mat", {"x": np.ones((3, 3))}, format="4")
    with (tmp_path / "a.mat").open("ab") as stream:
        stream.write(b"garbage beyond the end")
    with pytest.raises(UnreadableFileError):
        listed(tmp_path / "a.mat")


def test_what_is_no_header():
    assert header_order(b"MATLAB 5.0 MAT-file etc") is None
    assert header_order(bytes(20)) is None
    assert header_order(b"") is None
