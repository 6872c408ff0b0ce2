from __future__ import annotations

import json
import struct
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from lusgui.core import messages as m
from lusgui.core.despeckle import BEST, FAST, OFF
from lusgui.core.intensity import DisplayMapping
from lusgui.core.prediction_key import PredictionKey
from lusgui.core.recording import Intensity

texts = st.text(max_size=40)
numbers = st.integers(-(2**31), 2**31)
keys = st.builds(PredictionKey, numbers, numbers, texts, texts, texts)
dtypes = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="="),
    hnp.unsigned_integer_dtypes(endianness=">"),
    hnp.floating_dtypes(sizes=(16, 32, 64), endianness="="),
)
arrays = dtypes.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=2, max_dims=2, max_side=7)))
finite = st.floats(-1e6, 1e6)
mappings = st.builds(DisplayMapping, st.sampled_from(Intensity), finite, finite, st.floats(1, 120))
every_message = st.one_of(
    st.builds(
        m.Predict,
        numbers,
        keys,
        texts,
        arrays,
        mappings,
        st.sampled_from([OFF, FAST, BEST]),
        st.sampled_from(m.LANES),
        st.lists(texts, max_size=3).map(tuple),
    ),
    st.builds(m.Cancel, st.lists(numbers, max_size=5).map(tuple)),
    st.builds(m.LoadModel, texts),
    st.just(m.Stop()),
    st.builds(m.Hello, numbers),
    st.builds(m.Ready, texts, texts, texts),
    st.builds(m.Probability, numbers, keys, arrays, st.floats(0, 1e6)),
    st.builds(m.Dropped, numbers),
    st.builds(m.Failed, numbers, texts, texts, texts),
)


def plain(message):
    values = dict(vars(message))
    array = next((values.pop(name) for name in ("frame", "probability") if name in values), None)
    if array is None:
        return type(message), values
    return (
        type(message),
        values,
        array.dtype.newbyteorder("="),
        array.shape,
        array.tobytes() if array.dtype.isnative else array.astype(array.dtype.newbyteorder("=")).tobytes(),
    )


@given(st.lists(every_message, max_size=4), st.integers(1, 50))
def test_whatever_is_said_is_heard_in_any_pieces(said, piece):
    raw = b"".join(m.encode(message) for message in said)
    decoder = m.Decoder()
    heard = [item for i in range(0, len(raw), piece) for item in decoder.feed(raw[i : i + piece])]
    assert [plain(item) for item in heard] == [plain(message) for message in said]


@settings(max_examples=200)
@given(st.lists(st.one_of(every_message, st.binary(min_size=1, max_size=60)), max_size=5), st.integers(1, 99))
def test_garbage_between_messages_costs_no_message(said, piece):
    garbage = [item for item in said if isinstance(item, bytes)]
    raw = b"".join(item if isinstance(item, bytes) else m.encode(item) for item in said)
    raw += m.encode(m.Hello(4711))
    decoder = m.Decoder()
    heard = [item for i in range(0, len(raw), piece) for item in decoder.feed(raw[i : i + piece])]
    messages = [item for item in heard if not isinstance(item, m.Garbage)]
    assert [plain(x) for x in messages[:-1]] == [plain(x) for x in said if not isinstance(x, bytes)]
    assert messages[-1] == m.Hello(4711)
    assert bool(garbage) == (len(messages) < len(heard))


@settings(max_examples=300)
@given(every_message, st.data())
def test_a_damaged_message_never_raises_and_the_next_is_heard(message, data):
    raw = bytearray(m.encode(message))
    for _ in range(data.draw(st.integers(1, 3))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    decoder = m.Decoder()
    decoder.feed(bytes(raw))
    assert m.Dropped(9) in decoder.feed(m.encode(m.Dropped(9)))


def forged(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    lengths = struct.pack("<II", len(text), len(body))
    return m.MARK + lengths + struct.pack("<I", zlib.crc32(lengths)) + text + body


KEY = [1, 2, "off", "m", ""]
MAPPING = {"intensity": "linear", "low": 0.0, "high": 1.0, "dynamic_range_db": 60.0}


def forged_array(kind, shape, key=KEY):
    header = {"type": "Probability", "request_id": 1, "key": key, "elapsed_ms": 1}
    return forged(header | {"arrays": [{"kind": kind, "shape": shape}]}, b"x" * 8)


def forged_request(**changes):
    header = {"type": "Predict", "request_id": 1, "key": KEY, "model_path": "m", "mapping": MAPPING}
    header |= {"settings": {}, "lane": "now", "arrays": [{"kind": "|u1", "shape": [1, 1]}]}
    return forged(header | changes, b"x")


def test_the_forger_can_write_true_ones():
    assert isinstance(m.Decoder().feed(forged_array("<f4", [1, 2]))[0], m.Probability)
    assert isinstance(m.Decoder().feed(forged_request())[0], m.Predict)


@pytest.mark.parametrize(
    "raw",
    [
        forged(b"[]"),
        forged(b"{"),
        forged(b"[" * 5000),
        forged(b"\xff\xfe"),
        forged({"type": "Predict"}),
        forged({"type": "Garbage", "reason": "x"}),
        forged({"type": "__class__"}),
        forged({"type": ["Hello"]}),
        forged({"type": "Hello", "pid": "1"}),
        forged({"type": "Hello", "pid": True}),
        forged({"type": "Hello", "pid": 10**400}),
        forged({"type": "Hello"}),
        forged({"type": "Stop"}, b"more"),
        forged({"type": "Cancel", "request_ids": ["a"]}),
        forged({"type": "Cancel", "request_ids": 5}),
        forged({"type": "Dropped", "request_id": 1.5}),
        forged_array("|O", [1, 1]),
        forged_array(["<f4"], [1, 2]),
        forged_array("<f4", [2, 2]),
        forged_array("<f4", [-1, -2]),
        forged_array("<f4", [2]),
        forged_array("<f4", [10**9, 10**9]),
        forged_array("<f4", [1, 2], KEY[:4]),
        forged_array("<f4", [1, 2], [1, 2, 3, 4, 5]),
        forged_request(lane="fast"),
        forged_request(mapping=MAPPING | {"dynamic_range_db": 0}),
        forged_request(mapping=MAPPING | {"high": float("nan")}),
        forged_request(mapping=[]),
        forged_request(settings={"method": "magic"}),
        forged_request(model_path=3),
    ],
)
def test_forged_messages_are_garbage(raw):
    decoder = m.Decoder()
    (item, following) = decoder.feed(raw + m.encode(m.Hello(1)))
    assert isinstance(item, m.Garbage)
    assert following == m.Hello(1)


def test_announced_sizes_are_bounded_before_anything_is_waited_for():
    for header, body in ((m.MAX_HEADER_BYTES + 1, 0), (10, m.MAX_ARRAY_BYTES + 1), (2**32 - 1, 2**32 - 1)):
        lengths = struct.pack("<II", header, body)
        raw = m.MARK + lengths + struct.pack("<I", zlib.crc32(lengths))
        assert isinstance(m.Decoder().feed(raw)[0], m.Garbage)


def test_what_a_receiver_would_not_take_is_not_sent():
    key = PredictionKey(1, 2, "off", "m")
    with pytest.raises(ValueError, match="not sent"):
        m.encode(m.Probability(1, key, np.zeros((2, 2), complex), 1.0))
    with pytest.raises(ValueError, match="too large"):
        m.encode(m.Failed(1, "x" * (m.MAX_HEADER_BYTES + 1)))


def test_decoded_arrays_own_their_memory():
    decoder = m.Decoder()
    raw = m.encode(m.Probability(1, PredictionKey(1, 2, "off", "m"), np.ones((2, 3), np.float32), 1.0))
    (message,) = decoder.feed(raw)
    decoder.feed(b"\x00" * 500)
    assert message.probability.tolist() == [[1.0] * 3] * 2
