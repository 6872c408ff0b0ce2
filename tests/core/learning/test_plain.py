from __future__ import annotations

import contextlib
from collections.abc import Mapping  # noqa: TC003 - read by plain
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LearnError
from lusgui.core.learning.plain import Plain, clean, is_inside, is_label, is_sha256, parse_json, require


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Inner(Plain):
    value: float | None = None


@dataclass(frozen=True)
class Outer(Plain):
    whole: int
    text: str
    pairs: tuple[tuple[int, float], ...] = ()
    colour: Colour = Colour.RED
    kind: Literal["a", "b"] = "a"
    table: Mapping[str, tuple[Inner, ...]] = field(default_factory=dict)
    anything: Any = None
    yes: bool = False
    inner: Inner | None = None


FULL = Outer(1, "é\n", ((1, 2.0),), Colour.RED, "b", {"x": (Inner(1.0), Inner())}, [1], True, Inner(2.0))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def test_what_was_written_comes_back():
    assert Outer.loads(FULL.dumps()) == FULL
    assert Outer.from_json({"whole": 2, "text": "", "later": "unknown"}) == Outer(2, "")


def test_numbers_that_are_none_are_written_as_null():
    assert Inner(float("nan")).to_json() == {"value": None}
    assert Inner.loads('{"value": NaN}') == Inner.loads('{"value": -Infinity}') == Inner(None)
    assert clean(float("inf")) is None
    assert clean(2) == 2.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "not a table"),
        ({"text": ""}, "nothing about 'whole'"),
        ({"whole": True, "text": ""}, "whole number"),
        ({"whole": 2**63, "text": ""}, "whole number"),
        ({"whole": 1, "text": 3}, "text"),
        ({"whole": 1, "text": "", "pairs": [[1]]}, "1 parts instead of 2"),
        ({"whole": 1, "text": "", "pairs": [["1", 2]]}, "whole number"),
        ({"whole": 1, "text": "", "pairs": {}}, "not a list"),
        ({"whole": 1, "text": "", "colour": "blue"}, "blue"),
        ({"whole": 1, "text": "", "colour": []}, "not known"),
        ({"whole": 1, "text": "", "kind": "c"}, "none of a, b"),
        ({"whole": 1, "text": "", "kind": []}, "none of a, b"),
        ({"whole": 1, "text": "", "table": {"x": [{"value": "1"}]}}, "a number"),
        ({"whole": 1, "text": "", "table": []}, "not a table"),
        ({"whole": 1, "text": "", "yes": 1}, "yes or no"),
        ({"whole": 1, "text": "", "inner": 3}, "not a table"),
        ({"whole": 1, "text": "", "inner": {"value": 10**400}}, "a number"),
    ],
)
def test_what_is_not_sound_is_refused(values, words):
    with pytest.raises(LearnError, match=words):
        Outer.from_json(values)


@given(st.dictionaries(st.sampled_from(list(Outer.__dataclass_fields__)), anything))
def test_anything_is_read_or_refused(values):
    try:
        read = Outer.from_json(values)
    except LearnError:
        return
    assert Outer.loads(read.dumps()) == Outer.from_json(read.to_json())


@given(st.text() | st.binary())
def test_no_text_does_harm(text):
    with contextlib.suppress(LearnError):
        parse_json(text)


def test_deep_nesting_is_refused():
    with pytest.raises(LearnError):
        parse_json("[" * 100_000)


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../b", "a//b", "C:/x", "a\\b", "."])
def test_paths_that_lead_elsewhere(path):
    assert not is_inside(path)


def test_words_that_are_checked():
    assert is_inside("run-0001/candidate.safetensors")
    assert is_label("rib")
    assert not is_label("1rib")
    assert is_sha256("a" * 64)
    assert not is_sha256("A" * 64)
    with pytest.raises(LearnError, match="because"):
        require(False, "because")
