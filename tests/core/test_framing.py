from __future__ import annotations

import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.core import framing as f

arrays = hnp.arrays(np.float32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5)) | hnp.arrays(
    bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5)
)
headers = st.dictionaries(
    st.text(max_size=5).filter(lambda name: name != "arrays"), st.integers(), max_size=3
)


def decoder():
    return f.Decoder(lambda header, arrays: (header, arrays))


def forged(header, body=b""):
    words = json.dumps(header).encode()
    lengths = struct.pack("<II", len(words), len(body))
    return f.MARK + lengths + struct.pack("<I", zlib.crc32(lengths)) + words + body


@given(headers, st.lists(arrays, max_size=f.MAX_ARRAYS), st.integers(1, 40))
def test_a_header_and_its_arrays_come_back_from_any_pieces(header, sent, piece):
    raw = f.pack(header, sent)
    reader = decoder()
    ((values, heard),) = [x for i in range(0, len(raw), piece) for x in reader.feed(raw[i : i + piece])]
    assert {name: value for name, value in values.items() if name != "arrays"} == header
    assert len(heard) == len(sent)
    for one, other in zip(heard, sent, strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other, equal_nan=other.dtype != bool)


def test_a_truth_value_of_two_is_true():
    listed = {"arrays": [{"kind": "|b1", "shape": [1, 3]}]}
    ((_, (array,)),) = decoder().feed(forged(listed, bytes([0, 1, 2])))
    assert array.tolist() == [[False, True, True]]
    assert array.view(np.uint8).max() == 1


@pytest.mark.parametrize(
    "listed",
    [
        5,
        [5],
        [{"kind": "|O", "shape": [1, 1]}],
        [{"kind": "|u1", "shape": [1, 4]}],
        [{"kind": "|u1", "shape": [1, 2]}],
        [{"kind": "|u1", "shape": [3]}],
        [{"kind": "|u1", "shape": [-1, -3]}],
        [{"kind": "<f8", "shape": [10**9, 10**9]}],
        [{"kind": "|u1", "shape": [1, 1]}] * 5,
    ],
)
def test_lists_of_arrays_that_lie_are_garbage(listed):
    first, second = decoder().feed(forged({"arrays": listed}, b"xyz") + f.pack({"ok": 1}))
    assert isinstance(first, f.Garbage)
    assert second == ({"ok": 1}, ())


def test_more_than_a_receiver_takes_is_not_packed():
    with pytest.raises(ValueError, match="too large"):
        f.pack({}, [np.zeros((1, 1))] * (f.MAX_ARRAYS + 1))
    with pytest.raises(ValueError, match="not sent"):
        f.pack({}, [np.zeros((1, 1), complex)])


@pytest.mark.parametrize(
    ("read", "good", "bad"),
    [
        (f.whole, [0, -5, 2**62], [True, 1.0, "1", None, 2**63]),
        (f.text, ["", "a"], [1, None, b"a"]),
        (f.truth, [True, False], [0, 1, None, "true"]),
        (f.real, [0, 1.5, -2], [True, "1", float("nan"), float("inf"), None]),
    ],
)
def test_values_are_what_they_are_said_to_be(read, good, bad):
    assert [read(value) for value in good] == good
    for value in bad:
        with pytest.raises(ValueError, match=r"not|neither"):
            read(value)
