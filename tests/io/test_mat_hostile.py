"""Files made to crash, hang or fill the memory: each opens with all its frames, or is refused in words."""

from __future__ import annotations

import struct
import tracemalloc
import zlib

import h5py
import numpy as np
import pytest
import scipy.io as sio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lusgui.base.errors import LusguiError
from lusgui.io.open import open_recording
from training.mat73_writer import write_mat73

LIMIT = 64_000_000
HEADER = b"MATLAB 5.0 MAT-file, made by a test".ljust(124) + b"\x00\x01IM"


def read_all(path):
    """Read every frame, at most 40; return their number, or the refusal."""
    try:
        with open_recording(path, memory_limit_bytes=LIMIT) as recording:
            for index in range(min(recording.frame_count, 40)):
                assert recording.frame(index).shape == recording.frame_shape
            return recording.frame_count
    except LusguiError as error:
        return error


def variables():
    rng = np.random.default_rng(3)
    holder = np.empty((1, 2), dtype=object)
    holder[0, 0] = (rng.rayleigh(900, (36, 33, 1, 3))).astype(np.float32)
    holder[0, 1] = np.zeros((0, 0))
    return {
        "ImgData": holder,
        "PData": {"PDelta": [[1.0, 0.0, 0.5]], "Size": [[36.0, 33.0, 1.0]], "Coord": "rectangular"},
        "Trans": {"frequency": [[5.2]]},
        "IQ": rng.normal(size=(36, 33)) + 1j * rng.normal(size=(36, 33)),
    }


@pytest.fixture(scope="module")
def valid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("valid")
    sio.savemat(folder / "6.mat", variables())
    sio.savemat(folder / "7.mat", variables(), do_compression=True)
    sio.savemat(folder / "4.mat", {"BMode": variables()["ImgData"][0, 0][:, :, 0, 0], "n": 3.0}, format="4")
    write_mat73(folder / "7.3.mat", variables())
    return {path.stem: path.read_bytes() for path in folder.glob("*.mat")}


def quietly(test):
    return settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )(test)


places = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8)


@pytest.mark.parametrize("version", ["4", "6", "7", "7.3"])
def test_changed_bytes_never_do_harm(valid, tmp_path, version):
    path = tmp_path / "changed.mat"

    @quietly
    @given(places, st.booleans())
    def check(changes, near_the_start):
        data = bytearray(valid[version])
        for share, value in changes:
            span = min(len(data), 1500) if near_the_start else len(data)
            data[int(share * (span - 1))] = value
        path.write_bytes(bytes(data))
        tracemalloc.start()
        try:
            read_all(path)
            assert tracemalloc.get_traced_memory()[1] < 3 * LIMIT
        finally:
            tracemalloc.stop()

    check()


@pytest.mark.parametrize("version", ["4", "6", "7", "7.3"])
def test_cut_files_are_refused(valid, tmp_path, version):
    path = tmp_path / "cut.mat"

    @quietly
    @given(st.floats(0, 1))
    def check(share):
        data = valid[version]
        length = int(share * (len(data) - 1))
        path.write_bytes(data[:length])
        outcome = read_all(path)
        assert isinstance(outcome, LusguiError) or _ends_between_variables(data, length, version)

    check()


def _ends_between_variables(data, length, version):
    """Whether a file cut here is a shorter but whole file."""
    if version == "7.3":
        return False
    at = 128 if version != "4" else 0
    while at < length:
        if version == "4":
            kind, rows, cols, imaginary, name = struct.unpack("<5i", data[at : at + 20])
            at += 20 + name + rows * cols * (4 if kind == 10 else 8) * (1 + imaginary)
        else:
            at += 8 + struct.unpack("<I", data[at + 4 : at + 8])[0]
    return at == length


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(name, dims, payload, *, kind=6, stored=9, states=None):
    body = element(6, struct.pack("<II", kind, 0)) + element(5, struct.pack(f"<{len(dims)}i", *dims))
    body += element(1, name.encode())
    body += struct.pack("<II", stored, len(payload) if states is None else states) + payload
    return struct.pack("<II", 14, len(body)) + body


def packed(data):
    small = zlib.compress(data)
    return struct.pack("<II", 15, len(small)) + small


IMAGE = matrix("ImgData", (40, 40), np.arange(1600.0).tobytes())


@pytest.mark.parametrize(
    "variable",
    [
        matrix("Img", (40, 40), bytes(800)),
        matrix("Img", (2**31 - 1, 2**31 - 1), bytes(80)),
        matrix("Img", (-40, 40), bytes(12800)),
        matrix("Img", (40,), bytes(320)),
        matrix("Img", (1,) * 300, bytes(8)),
        matrix("Img", (40, 40), bytes(80), states=12800),
        matrix("Img", (40, 40), bytes(80), states=2**32 - 1),
        matrix("Img", (40, 40), bytes(12800), stored=99),
        matrix("Img", (2**20, 2**20), bytes(8), kind=1),
        matrix("", (40, 40), bytes(12800)),
    ],
    ids=[
        *("short", "overflow", "negative", "one-axis", "many-axes"),
        *("lying-size", "huge-size", "unknown-type", "huge-cell", "unnamed"),
    ],
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_lying_variables(tmp_path, variable, is_packed):
    path = tmp_path / "lie.mat"
    path.write_bytes(HEADER + (packed(variable) if is_packed else variable))
    refusal = read_all(path)
    assert isinstance(refusal, LusguiError)
    assert "lie.mat" in refusal.message


def test_nesting_without_end(tmp_path):
    inner = IMAGE
    for _ in range(400):
        body = (
            element(6, struct.pack("<II", 1, 0))
            + element(5, struct.pack("<2i", 1, 1))
            + element(1, b"ImgData")
        )
        inner = struct.pack("<II", 14, len(body) + len(inner)) + body + inner
    (tmp_path / "deep.mat").write_bytes(HEADER + inner)
    assert isinstance(read_all(tmp_path / "deep.mat"), LusguiError)


def test_a_bomb_beside_an_image_is_not_inflated(tmp_path):
    """One megabyte that inflates to a gigabyte; built piece by piece, so that the test stays small too."""
    dims = (1024, 1024, 1024)
    body = element(6, struct.pack("<II", 9, 0)) + element(5, struct.pack("<3i", *dims)) + element(1, b"Bomb")
    body += struct.pack("<II", 2, 1 << 30)
    deflate = zlib.compressobj(9)
    pieces = [deflate.compress(struct.pack("<II", 14, len(body) + (1 << 30)) + body)]
    zeros = bytes(1 << 22)
    pieces += [deflate.compress(zeros) for _ in range(256)]
    pieces.append(deflate.flush())
    bomb = b"".join(pieces)
    path = tmp_path / "bomb.mat"
    path.write_bytes(HEADER + struct.pack("<II", 15, len(bomb)) + bomb + IMAGE)
    tracemalloc.start()
    assert read_all(path) == 1
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()
    path.write_bytes(HEADER + struct.pack("<II", 15, len(bomb)) + bomb)
    refusal = read_all(path)
    assert isinstance(refusal, LusguiError)
    assert "'Bomb' (1024 x 1024 x 1024)" in refusal.message


def test_a_bomb_inside_a_cell_stops_the_listing(tmp_path, monkeypatch):
    monkeypatch.setattr("lusgui.io.mat5.LISTING_BUDGET", 1 << 20)
    holder = np.empty((1, 3), dtype=object)
    holder[0, 0] = np.zeros((1024, 64, 1, 64), dtype=np.float32)
    holder[0, 1] = holder[0, 0]
    holder[0, 2] = np.ones((40, 40))
    sio.savemat(tmp_path / "a.mat", {"ImgData": holder}, do_compression=True)
    with open_recording(tmp_path / "a.mat") as recording:
        assert recording.shape == (64, 1024, 64)
        assert any("very large" in warning for warning in recording.warnings)


def hdf5(path, fill):
    with h5py.File(path, "w") as file:
        fill(file)
    return path


def test_hdf5_that_points_elsewhere_is_not_followed(tmp_path):
    other = hdf5(tmp_path / "other.h5", lambda file: file.create_dataset("x", data=np.ones((40, 40))))
    layout = h5py.VirtualLayout(shape=(40, 40), dtype="f8")
    layout[:] = h5py.VirtualSource(other, "x", shape=(40, 40))
    raw = tmp_path / "raw.bin"
    raw.write_bytes(bytes(40 * 40 * 8))
    fills = {
        "external": lambda file: file.__setitem__("ImgData", h5py.ExternalLink(str(other), "x")),
        "soft": lambda file: file.__setitem__("ImgData", h5py.SoftLink("/ImgData")),
        "virtual": lambda file: file.create_virtual_dataset("ImgData", layout),
        "storage": lambda file: file.create_dataset(
            "ImgData", (40, 40), "f8", external=[(str(raw), 0, 40 * 40 * 8)]
        ),
    }
    for name, fill in fills.items():
        assert isinstance(read_all(hdf5(tmp_path / f"{name}.mat", fill)), LusguiError), name


def test_hdf5_that_holds_itself(tmp_path):
    def fill(file):
        group = file.create_group("a")
        group["again"] = group
        refs = file.create_dataset("ImgData", (3, 1), dtype=h5py.ref_dtype)
        refs.attrs["MATLAB_class"] = np.bytes_(b"cell")
        refs[:, 0] = [refs.ref, group.ref, file.ref]
        file["I"] = np.ones((40, 40)) * np.arange(40)

    assert read_all(hdf5(tmp_path / "a.mat", fill)) == 1


@pytest.mark.parametrize(
    "shape",
    [(2**60, 40, 40), (40, 2**40, 40), (40, 40, 2**40), (2**62, 2), (100_000, 1, 1000, 1000)],
)
def test_hdf5_dimensions_that_lie(tmp_path, shape):
    chunks = tuple(min(length, 40) for length in shape)
    path = hdf5(
        tmp_path / "a.mat",
        lambda file: file.create_dataset(
            "ImgData", shape, "f8", chunks=chunks, maxshape=(None,) * len(shape)
        ),
    )
    assert isinstance(read_all(path), LusguiError)


def test_hdf5_with_one_giant_chunk(tmp_path):
    def fill(file):
        file.create_dataset("ImgData", data=np.ones((50, 500, 500)), chunks=(50, 500, 500), compression=9)

    refusal = read_all(hdf5(tmp_path / "a.mat", fill))
    assert isinstance(refusal, LusguiError)
    assert "memory" in refusal.message


def test_a_strange_type(tmp_path):
    def fill(file):
        file["ImgData"] = np.zeros((40, 40), dtype=[("x", "f8"), ("y", "i4"), ("z", "u1")])
        file["text"] = "héllo"
        file["scalar"] = 3.0
        file.create_dataset("nothing", data=h5py.Empty("f8"))
        file.create_dataset("words", data=["a", "b"], dtype=h5py.string_dtype())

    assert isinstance(read_all(hdf5(tmp_path / "a.mat", fill)), LusguiError)
