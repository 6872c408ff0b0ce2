"""lusgui.core.click.merge: only what the marks touch changes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from lusgui.core.click.merge import merge, without_negatives
from lusgui.core.click.prompt import Click, ClickPrompt

SHAPE = (30, 40)


def block(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    for row0, col0, row1, col1 in boxes:
        mask[row0:row1, col0:col1] = True
    return mask


LEFT, RIGHT = (5, 5, 12, 14), (5, 24, 12, 34)


def test_a_first_click_takes_the_piece_it_lies_in_alone() -> None:
    result = merge(block(LEFT, RIGHT), None, ClickPrompt().with_click(8, 8))
    np.testing.assert_array_equal(result, block(LEFT))


def test_several_marks_at_once_take_a_piece_each() -> None:
    prompt = ClickPrompt().with_click(8, 8).with_click(8, 30)
    np.testing.assert_array_equal(merge(block(LEFT, RIGHT), None, prompt), block(LEFT, RIGHT))


def test_other_pieces_of_a_loaded_mask_survive_a_positive_click() -> None:
    loaded = block(RIGHT, (20, 3, 25, 9))
    found = block(LEFT, (5, 24, 8, 30))  # the engine would spoil the right one
    result = merge(found, loaded, ClickPrompt().with_click(8, 8))
    np.testing.assert_array_equal(result, loaded | block(LEFT))


def test_the_piece_a_positive_click_lies_in_is_drawn_anew() -> None:
    rough = block((3, 3, 15, 16), RIGHT)
    result = merge(block(LEFT), rough, ClickPrompt().with_click(8, 8))
    np.testing.assert_array_equal(result, block(LEFT, RIGHT))


def test_an_answer_that_mostly_covers_a_piece_replaces_it_and_one_that_grazes_it_adds() -> None:
    grown = merge(block((5, 5, 12, 20)), block(LEFT), ClickPrompt().with_click(8, 17))
    np.testing.assert_array_equal(grown, block((5, 5, 12, 20)))
    grazed = merge(block((5, 13, 12, 24)), block(LEFT), ClickPrompt().with_click(8, 17))
    np.testing.assert_array_equal(grazed, block((5, 5, 12, 24)))


def test_a_negative_click_takes_away_in_its_piece_and_adds_nothing_elsewhere() -> None:
    before = block((5, 5, 12, 20), RIGHT)
    found = block(LEFT, (20, 3, 25, 9))
    result = merge(found, before, ClickPrompt().with_click(8, 8).with_click(8, 18, positive=False))
    np.testing.assert_array_equal(result, block(LEFT, RIGHT))


def test_a_click_on_a_small_error_mends_that_alone() -> None:
    """The engine would spoil the other end of the same piece."""
    before = block((4, 2, 24, 30))
    before[12:16, 26:30] = False
    found = block((4, 8, 24, 30))
    result = merge(found, before, ClickPrompt().with_click(10, 10).with_click(14.5, 28.5))
    np.testing.assert_array_equal(result, block((4, 2, 24, 30)))
    lump = block((4, 2, 24, 26), (12, 26, 16, 29))
    less = block((8, 2, 24, 26))
    mended = merge(less, lump, ClickPrompt().with_click(10, 10).with_click(14.5, 28.5, positive=False))
    np.testing.assert_array_equal(mended, block((4, 2, 24, 26)))


def test_an_engine_that_loses_half_of_a_piece_over_a_small_error_is_not_followed() -> None:
    before = block((4, 2, 24, 26), (12, 26, 16, 29))
    lost = block((4, 2, 24, 12))
    result = merge(lost, before, ClickPrompt().with_click(10, 10).with_click(14.5, 27.5, positive=False))
    assert not result[12:16, 27:29].any()
    assert result[4:24, 2:20].all()


def test_a_negative_click_beside_everything_changes_nothing() -> None:
    before = block(LEFT)
    result = merge(block(RIGHT), before, ClickPrompt().with_click(8, 8).with_click(20, 20, positive=False))
    np.testing.assert_array_equal(result, before)


def test_a_negative_click_that_the_engine_ignores_is_cut_out_all_the_same() -> None:
    prompt = ClickPrompt().with_click(8, 8).with_click(8, 12, positive=False)
    result = merge(block(LEFT), block(LEFT), prompt)
    assert not result[8, 12]
    assert result[8, 6]
    assert without_negatives(block(LEFT), prompt).sum() < block(LEFT).sum()
    far = ClickPrompt().with_click(25, 12, positive=False)
    np.testing.assert_array_equal(without_negatives(block(LEFT), far), block(LEFT))


def test_negative_scribbles_are_cut_out() -> None:
    prompt = ClickPrompt().with_click(8, 6).with_scribble([(8, 11), (8, 13)], positive=False, radius=1)
    result = merge(block(LEFT), block(LEFT), prompt)
    assert not result[8, 11:13].any()
    assert result[8, 6]


def test_a_click_just_beside_a_piece_means_it() -> None:
    result = merge(block(LEFT), None, ClickPrompt().with_click(14, 8))
    np.testing.assert_array_equal(result, block(LEFT))
    assert not merge(block(LEFT), None, ClickPrompt().with_click(20, 8)).any()


def test_a_box_takes_what_lies_mostly_in_it() -> None:
    prompt = ClickPrompt().with_box(4, 4, 13, 15)
    result = merge(block(LEFT, RIGHT), block((6, 6, 9, 9), (20, 20, 25, 30)), prompt)
    np.testing.assert_array_equal(result, block(LEFT, (20, 20, 25, 30)))


def test_clicks_carried_over_from_the_frame_before_all_count() -> None:
    """The mask of the next frame may hold other pieces already; the clicks are asked there at once."""
    prompt = ClickPrompt().with_click(8, 8).with_click(8, 28).with_click(28, 38, positive=False)
    result = merge(block(LEFT, RIGHT), block((20, 3, 25, 9)), prompt)
    np.testing.assert_array_equal(result, block(LEFT, RIGHT, (20, 3, 25, 9)))


masks = arrays.arrays(bool, SHAPE, elements=st.booleans()).map(lambda m: ndimage.binary_opening(m))


@given(masks, masks, st.integers(0, 29), st.integers(0, 39), st.booleans())
def test_pieces_a_mark_does_not_reach_never_vanish(
    found: np.ndarray, before: np.ndarray, row: int, col: int, positive: bool
) -> None:
    kept = before.copy()
    result = merge(found, before, ClickPrompt().with_click(row + 0.5, col + 0.5, positive))
    np.testing.assert_array_equal(before, kept)
    numbers, count = ndimage.label(before, structure=np.ones((3, 3)))
    for number in range(1, count + 1):
        piece = numbers == number
        if piece[row, col] or (found & piece).sum() > 0.5 * piece.sum():
            continue
        assert result[piece].all()
    if positive and found[row, col]:
        assert result[row, col]
    if not positive:
        assert not result[row, col]
        touched = numbers[row, col]
        if not touched:
            np.testing.assert_array_equal(result, before)


def test_the_marks_may_be_empty() -> None:
    np.testing.assert_array_equal(merge(block(LEFT), block(RIGHT), ClickPrompt()), block(RIGHT))
    assert not merge(block(), None, ClickPrompt((Click(3, 3),))).any()
