"""lusgui.core.click.prompt: marks in order, refused where unsound."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import ClickError
from lusgui.core.click.prompt import (
    MOST_MARKS,
    Box,
    Click,
    ClickPrompt,
    Scribble,
    box_slices,
    is_inside,
    mark_mask,
)

SHAPE = (40, 30)
rows = st.floats(0, 39.99)
cols = st.floats(0, 29.99)
clicks = st.builds(Click, rows, cols, st.booleans())
boxes = st.tuples(st.floats(0, 18), st.floats(0, 14), st.floats(20, 60), st.floats(16, 50)).map(
    lambda four: Box(*four)
)
scribbles = st.builds(
    Scribble,
    st.lists(st.tuples(rows, cols), min_size=1, max_size=6).map(tuple),
    st.booleans(),
    st.floats(0.5, 20),
)
prompts = st.lists(st.one_of(clicks, boxes, scribbles), max_size=12).map(
    lambda marks: ClickPrompt(tuple(marks))
)


@given(prompts)
def test_a_prompt_survives_json(prompt: ClickPrompt) -> None:
    assert ClickPrompt.from_json(json.loads(json.dumps(prompt.to_json())), SHAPE) == prompt


@given(prompts)
def test_marks_are_taken_back_in_the_order_they_came(prompt: ClickPrompt) -> None:
    grown = prompt.with_click(3, 4).with_box(9, 8, 2, 3).with_scribble([(1, 1), (5, 5)], positive=False)
    assert grown.box == Box(2, 3, 9, 8)
    assert isinstance(grown.last, Scribble)
    back = grown.without_last().without_last().without_last()
    assert back == prompt
    assert back.box == prompt.box
    assert len(prompt.clicks) + len(prompt.scribbles) <= len(prompt.marks)


def test_the_last_box_counts_and_taking_it_back_gives_the_one_before() -> None:
    prompt = ClickPrompt().with_box(1, 1, 5, 5).with_box(2, 2, 9, 9)
    assert prompt.box == (2, 2, 9, 9)
    assert prompt.without_last().box == (1, 1, 5, 5)
    assert ClickPrompt().without_last().is_empty


def test_what_says_where_the_structure_is() -> None:
    assert not ClickPrompt().has_positive
    assert not ClickPrompt().with_click(1, 1, False).has_positive
    assert ClickPrompt().with_box(1, 1, 5, 5).has_positive
    assert ClickPrompt.of([Click(1, 1)], box=(0, 0, 9, 9)).marks[0] == Box(0, 0, 9, 9)


@pytest.mark.parametrize(
    ("prompt", "word"),
    [
        (ClickPrompt().with_click(40, 3), "outside"),
        (ClickPrompt().with_click(-0.01, 3), "outside"),
        (ClickPrompt().with_click(math.nan, 3), "position"),
        (ClickPrompt().with_click(math.inf, 3), "position"),
        (ClickPrompt().with_box(50, 2, 60, 9), "outside"),
        (ClickPrompt().with_box(5, 2, 5, 9), "empty"),
        (ClickPrompt().with_scribble([]), "no points"),
        (ClickPrompt().with_scribble([(100, 100)]), "outside"),
        (ClickPrompt().with_scribble([(1, 1)], radius=0), "wide"),
        (ClickPrompt().with_scribble([(1, 1)], radius=math.nan), "wide"),
        (ClickPrompt((Click(1, 1),) * (MOST_MARKS + 1)), "more than"),
    ],
)
def test_an_unsound_prompt_is_refused_with_its_cause(prompt: ClickPrompt, word: str) -> None:
    with pytest.raises(ClickError, match=word):
        prompt.checked(SHAPE)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"marks": 3},
        {"marks": [3]},
        {"marks": [{"kind": "lasso"}]},
        {"marks": [{"kind": "click", "at": [1], "is_positive": True}]},
        {"marks": [{"kind": "click", "at": [1, "2"], "is_positive": True}]},
        {"marks": [{"kind": "click", "at": [1, 2], "is_positive": 1}]},
        {"marks": [{"kind": "click", "at": [1, 99], "is_positive": True}]},
        {"marks": [{"kind": "box", "corners": [1, 2, 3]}]},
        {"marks": [{"kind": "scribble", "points": 3, "is_positive": True, "radius": 2}]},
        {"marks": [{"kind": "click", "at": [1, 2], "is_positive": True}] * (MOST_MARKS + 1)},
    ],
)
def test_foreign_values_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ClickError):
        ClickPrompt.from_json(values, SHAPE)


@given(rows, cols)
def test_the_pixel_of_a_click_is_under_it(row: float, col: float) -> None:
    mask = mark_mask(Click(row, col), SHAPE)
    assert np.argwhere(mask).tolist() == [[int(row), int(col)]]
    assert is_inside(row, col, SHAPE)


@given(boxes)
def test_a_box_holds_the_pixels_whose_centres_lie_in_it(box: Box) -> None:
    centre_rows, centre_cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
    inside = (
        (centre_rows + 0.5 >= box.row0)
        & (centre_rows + 0.5 < box.row1)
        & (centre_cols + 0.5 >= box.col0)
        & (centre_cols + 0.5 < box.col1)
    )
    np.testing.assert_array_equal(mark_mask(box, SHAPE), inside)
    assert box_slices(Box(90, 90, 99, 99), SHAPE)[0].start >= SHAPE[0]


def test_a_scribble_covers_its_width() -> None:
    mask = mark_mask(Scribble(((10.5, 5.5), (10.5, 20.5)), radius=2.2), SHAPE)
    assert mask[:, 12].nonzero()[0].tolist() == [8, 9, 10, 11, 12]
    assert not mark_mask(Scribble(((-50.0, -50.0),), radius=2), SHAPE).any()
