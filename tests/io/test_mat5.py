from __future__ import annotations

import numpy as np
import pytest
import scipy.io as sio

from lusgui.base.errors import UnreadableFileError
from lusgui.io.mat5 import is_mat5, list_mat5
from lusgui.io.mat_node import NodeKind


@pytest.fixture
def listing(tmp_path):
    streams = []

    def list_file(variables, **options):
        path = tmp_path / "a.mat"
        sio.savemat(path, variables, **options)
        streams.append(path.open("rb"))
        return list_mat5(path, streams[-1])

    yield list_file
    for stream in streams:
        stream.close()


@pytest.mark.parametrize("compressed", [False, True])
def test_names_shapes_and_small_values(listing, compressed):
    struct_array = np.array([(1.0, "a"), (2.0, "b")], dtype=[("n", "O"), ("t", "O")])
    tree = listing(
        {"s": struct_array, "big": np.zeros((200, 100, 2), "i2"), "t": "héllo", "flag": np.array([[True]])},
        do_compression=compressed,
    )
    assert tree.container == ("MAT v7" if compressed else "MAT v6")
    assert tree.find("s(2).n").scalar() == 2.0
    assert tree.find("s(1).t").text() == "a"
    assert tree.find("big").shape == (200, 100, 2)
    assert tree.find("big").dtype == np.int16
    assert tree.find("big").value is None
    assert tree.find("t").text() == "héllo"
    assert tree.find("flag").dtype == np.bool_


@pytest.mark.parametrize("compressed", [False, True])
def test_a_double_stored_narrower_keeps_its_class(tmp_path, compressed):
    """MATLAB stores doubles that are small whole numbers as bytes; the declared class must come back."""
    import struct
    import zlib

    values = (np.arange(1600) % 251).astype(np.uint8)

    def element(kind, data):
        return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)

    body = element(6, struct.pack("<II", 6, 0)) + element(5, struct.pack("<2i", 40, 40)) + element(1, b"Img")
    body += element(2, values.tobytes())
    matrix = struct.pack("<II", 14, len(body)) + body
    if compressed:
        small = zlib.compress(matrix)
        matrix = struct.pack("<II", 15, len(small)) + small
    path = tmp_path / "a.mat"
    path.write_bytes(b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + matrix)
    with path.open("rb") as stream:
        node = list_mat5(path, stream).variables[0]
        node.array.prepare(lambda done, total, text="": None, None)
        plane = node.array.plane((slice(None), slice(None)))
    assert node.dtype == np.float64
    assert plane.dtype == np.float64
    assert np.array_equal(plane, values.reshape(40, 40, order="F"))


def test_sparse_and_objects_are_listed_but_hold_nothing(listing):
    import scipy.sparse

    tree = listing({"s": scipy.sparse.eye_array(50).tocsc(), "c": np.array([["a", 3.0]], dtype=object)})
    assert tree.find("s").kind is NodeKind.OTHER
    assert tree.find("s").array is None
    assert tree.find("c{2}").scalar() == 3.0


def test_headers(tmp_path):
    assert is_mat5(b"MATLAB 5.0".ljust(124) + b"\x00\x01IM")
    assert is_mat5(b"MATLAB 5.0".ljust(124) + b"\x01\x00MI")
    assert not is_mat5(b"MATLAB 5.0".ljust(128))
    (tmp_path / "a.mat").write_bytes(
        b"MATLAB 5.0".ljust(124) + b"\x00\x01IM" + b"\x63\0\0\0\x08\0\0\0" + bytes(8)
    )
    with (tmp_path / "a.mat").open("rb") as stream, pytest.raises(UnreadableFileError):
        list_mat5(tmp_path / "a.mat", stream)


def test_big_endian(tmp_path):
    import struct

    values = np.arange(1600.0)

    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    body = element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">2i", 40, 40)) + element(1, b"Img")
    body += element(9, values.astype(">f8").tobytes())
    path = tmp_path / "a.mat"
    path.write_bytes(b"MATLAB 5.0".ljust(124) + b"\x01\x00MI" + struct.pack(">II", 14, len(body)) + body)
    with path.open("rb") as stream:
        node = list_mat5(path, stream).variables[0]
        assert np.array_equal(node.array.plane((slice(None), 3)), values[120:160])
