from __future__ import annotations

import io
import zlib
from pathlib import Path

import pytest

from lusgui.base.errors import CancelledError, UnreadableFileError
from lusgui.io.mat5_streams import BudgetSpentError, FileStream, InflateStream

PATH = Path("a.mat")
DATA = bytes(range(256)) * 8000


def inflating(data, budget=None):
    return InflateStream(io.BytesIO(data), PATH, 0, len(data), budget)


def silent(done, total, text=""):
    pass


@pytest.mark.parametrize(
    "make", [lambda: FileStream(io.BytesIO(DATA), PATH, 0, len(DATA)), lambda: inflating(zlib.compress(DATA))]
)
def test_both_give_the_same_bytes(make):
    stream = make()
    assert stream.read(10) == DATA[:10]
    stream.skip(1000)
    assert stream.position == 1010
    target = bytearray(len(DATA) - 1010)
    stream.read_into(memoryview(target), silent, "")
    assert bytes(target) == DATA[1010:]
    with pytest.raises(UnreadableFileError):
        stream.read(1)


@pytest.mark.parametrize("count", [-1, 2**40])
def test_sizes_that_cannot_be(count):
    for stream in (FileStream(io.BytesIO(DATA), PATH, 0, len(DATA)), inflating(zlib.compress(DATA))):
        with pytest.raises(UnreadableFileError):
            stream.read(count)
        with pytest.raises(UnreadableFileError):
            stream.skip(count)


def test_damage_is_noticed():
    packed = zlib.compress(DATA)
    with pytest.raises(UnreadableFileError, match="end early"):
        inflating(packed[: len(packed) // 2]).skip(len(DATA))
    with pytest.raises(UnreadableFileError, match="damaged"):
        inflating(b"no zlib at all").read(4)
    wrong_sum = inflating(packed[:-1] + bytes([packed[-1] ^ 1]))
    with pytest.raises(UnreadableFileError, match="damaged"):
        wrong_sum.skip(len(DATA))
    no_sum = inflating(packed[:-4])
    no_sum.skip(len(DATA))
    with pytest.raises(UnreadableFileError, match="end early"):
        no_sum.check_end(100)


def test_the_budget_stops_passing_over():
    stream = inflating(zlib.compress(bytes(10_000_000)), budget=1_000_000)
    with pytest.raises(BudgetSpentError):
        stream.skip(9_000_000)
    assert stream.position < 2_000_000


def test_progress_can_stop_it():
    def stop(done, total, text=""):
        raise CancelledError("stopped")

    with pytest.raises(CancelledError):
        inflating(zlib.compress(DATA)).read_into(memoryview(bytearray(len(DATA))), stop, "")
