"""lusgui.core.click.walker: what is undecided goes with what it is joined to."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from lusgui.core.click.walker import walk


def test_walkers_stop_at_a_step_of_brightness() -> None:
    image = np.zeros((20, 40), np.float32)
    image[:, 25:] = 1
    known = np.full(image.shape, -1, np.int8)
    known[10, 5], known[10, 35] = 1, 0
    found = walk(image, known, np.full(image.shape, 0.5, np.float32))
    assert (found[:, :24] > 0.5).all()
    assert (found[:, 26:] < 0.5).all()


@given(arrays.arrays(np.int8, (6, 7), elements=st.integers(-1, 1)), st.integers(0, 9))
def test_what_is_known_is_kept_and_the_rest_is_a_probability(known: np.ndarray, seed: int) -> None:
    random = np.random.default_rng(seed)
    before = (random.random(known.shape) > 0.5).astype(np.float32)
    found = walk(random.random(known.shape, dtype=np.float32), known, before)
    assert ((found >= 0) & (found <= 1)).all()
    np.testing.assert_array_equal(found[known >= 0], known[known >= 0])
