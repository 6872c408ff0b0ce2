"""lusgui.core.click.answer: an answer that invents nothing."""

from __future__ import annotations

import numpy as np

from lusgui.core.click.answer import NOTHING_HERE, nothing_found


def test_nothing_found_keeps_the_mask_there_and_says_why() -> None:
    previous = np.eye(5, dtype=bool)
    answer = nothing_found((5, 5), previous, engine="without a model", seconds=0.1)
    assert not answer.found
    assert answer.note == NOTHING_HERE
    np.testing.assert_array_equal(answer.mask, previous)
    assert answer.mask is not previous
    assert answer.probability.dtype == np.float32
    assert not answer.probability.any()


def test_without_a_mask_there_it_is_empty() -> None:
    thought = np.full((4, 3), 0.2, np.float32)
    answer = nothing_found((4, 3), None, engine="x", seconds=0.0, probability=thought)
    assert not answer.mask.any()
    assert answer.probability is thought
