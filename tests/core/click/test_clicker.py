"""lusgui.core.click.clicker: where a scripted person clicks, and how long it would draw."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lusgui.core.click.clicker import SLACK, Hand, loose_box, next_click, stroke_length
from lusgui.core.click.prompt import Click, ClickPrompt

masks = arrays.arrays(bool, (12, 15), elements=st.booleans())


def disc(radius: float, shape: tuple[int, int] = (200, 200)) -> np.ndarray:
    rows, cols = np.ogrid[: shape[0], : shape[1]]
    return (rows - shape[0] / 2) ** 2 + (cols - shape[1] / 2) ** 2 <= radius**2


def test_the_first_click_hits_the_middle() -> None:
    truth = np.zeros((30, 40), bool)
    truth[10:21, 10:31] = True
    click = next_click(np.zeros_like(truth), truth)
    assert click is not None
    assert click.is_positive
    assert click.pixel[0] == 15
    assert 15 <= click.pixel[1] <= 25


def test_the_larger_error_goes_first_and_no_pixel_twice() -> None:
    truth = np.zeros((30, 40), bool)
    truth[5:8, 5:8] = True
    found = np.zeros_like(truth)
    found[15:26, 20:31] = True
    first = next_click(found, truth)
    assert first == Click(20.5, 25.5, is_positive=False)
    again = next_click(found, truth, {first.pixel})
    assert again is not None
    assert again.pixel != first.pixel


def test_the_edge_of_the_frame_bounds_an_error() -> None:
    truth = np.ones((21, 21), bool)
    click = next_click(np.zeros_like(truth), truth)
    assert click == Click(10.5, 10.5)


@given(masks, masks, st.sampled_from(list(Hand)), st.integers(0, 3))
def test_a_click_always_lies_in_an_error(found: np.ndarray, truth: np.ndarray, hand: Hand, seed: int) -> None:
    click = next_click(found, truth, (), hand, np.random.default_rng(seed))
    if click is None:
        np.testing.assert_array_equal(found, truth)
    else:
        assert truth[click.pixel] == click.is_positive
        assert found[click.pixel] != click.is_positive


@given(masks)
def test_clicking_everything_ends(truth: np.ndarray) -> None:
    clicked = {(int(row), int(col)) for row, col in np.argwhere(truth)}
    assert next_click(np.zeros_like(truth), truth, clicked) is None


def test_a_jittered_hand_stays_in_the_deeper_half() -> None:
    truth = disc(60)
    random = np.random.default_rng(0)
    places = {next_click(np.zeros_like(truth), truth, (), Hand.JITTERED, random) for _ in range(20)}
    away = [math.hypot(click.row - 100.5, click.col - 100.5) for click in places if click]
    assert max(away) < 32
    assert len(places) > 10
    with pytest.raises(ValueError, match="generator"):
        next_click(np.zeros_like(truth), truth, (), Hand.RANDOM)


def test_a_line_is_drawn_once_along_it() -> None:
    line = np.zeros((60, 200), bool)
    line[28:33, 20:180] = True
    assert 120 < stroke_length(line) < 200


def test_a_disc_takes_less_than_its_outline_and_more_than_its_width() -> None:
    length = stroke_length(disc(60))
    assert 2 * 60 <= length < 2 * math.pi * 60


def test_length_grows_with_size_and_adds_up_over_pieces() -> None:
    small, large = stroke_length(disc(20)), stroke_length(disc(40))
    assert 1.7 < large / small < 2.3
    two = np.concatenate([disc(20), disc(20)], axis=1)
    assert stroke_length(two) == pytest.approx(2 * small)
    assert stroke_length(np.zeros((5, 5), bool)) == 0


def test_rows_may_be_finer_than_columns() -> None:
    """Rows a quarter as high as columns are wide: the same structure on the screen takes as long."""
    tall = np.repeat(disc(30, (80, 80)), 4, axis=0)
    assert stroke_length(tall, 0.25) == pytest.approx(stroke_length(disc(30, (80, 80))), rel=0.25)


@given(
    box=st.tuples(*[st.integers(0, 60)] * 2, *[st.integers(1, 40)] * 2),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_box_by_hand_lies_roughly_around_the_structure(box: tuple[int, int, int, int], seed: int) -> None:
    row, col, height, width = box
    truth = np.zeros((100, 100), bool)
    truth[row : row + height, col : col + width] = True
    found = loose_box(truth, np.random.default_rng(seed))
    ClickPrompt().with_mark(found).checked((100, 100))
    edges = (row, col, row + height, col + width)
    for edge, size, side in zip(found, (height, width) * 2, edges, strict=True):
        assert abs(edge - side) <= max(SLACK * size, 1.0)


def test_a_box_around_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="empty"):
        loose_box(np.zeros((9, 9), bool), np.random.default_rng(0))
