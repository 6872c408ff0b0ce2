from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lusgui.session.learn_lines import LineSplitter, TooLong


@given(st.binary(max_size=400), st.lists(st.integers(1, 50)))
def test_lines_do_not_depend_on_how_the_bytes_came(data, sizes):
    splitter, found, rest = LineSplitter(), [], data
    for size in [*sizes, len(data) + 1]:
        found += splitter.feed(rest[:size])
        rest = rest[size:]
    found += splitter.finish()
    assert found == [line.rstrip(b"\r") for line in data.split(b"\n") if line.strip()]


def test_a_line_beyond_all_bounds_is_counted_and_not_kept():
    splitter = LineSplitter(max_bytes=10)
    assert splitter.feed(b"x" * 8) == []
    assert splitter.feed(b"x" * 8) == []
    assert not splitter._parts
    assert splitter.feed(b"x\nshort\r\n") == [TooLong(17), b"short"]
    assert splitter.feed(b"1234567890\n") == [b"1234567890"]


def test_empty_lines_are_no_lines():
    splitter = LineSplitter()
    assert splitter.feed(b"\n\r\n  \n") == []
    assert splitter.finish() == []
