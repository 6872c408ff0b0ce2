import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import StudyError
from lusgui.io.study_codec import (
    from_json,
    pack_mask,
    pack_probability,
    to_json,
    unpack_bits,
    unpack_mask,
    unpack_probability,
)

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@given(shapes, st.integers(0, 2**32))
def test_masks_come_back_bit_by_bit(shape, seed):
    mask = np.random.default_rng(seed).random(shape) < 0.4
    back = unpack_mask(pack_mask(mask), shape)
    assert back.dtype == bool
    assert np.array_equal(back, mask)
    assert np.array_equal(unpack_mask(pack_mask(np.asfortranarray(mask)), shape), mask)
    assert unpack_bits(pack_mask(mask), shape) == np.packbits(mask, axis=None).tobytes()


@given(shapes, st.integers(0, 2**32))
def test_probabilities_come_back_within_half_a_step(shape, seed):
    probability = np.random.default_rng(seed).random(shape, dtype=np.float32)
    back = unpack_probability(pack_probability(probability), shape)
    assert back.dtype == np.float32
    assert np.abs(back - probability).max() <= 0.5 / 255 + 1e-6


@given(st.binary(max_size=200))
def test_any_bytes_are_a_mask_or_our_error(blob):
    try:
        mask = unpack_mask(blob, (8, 8))
    except StudyError:
        return
    assert mask.shape == (8, 8)


def test_a_bomb_is_not_unpacked():
    bomb = zlib.compress(bytes(200_000_000), 9)
    with pytest.raises(StudyError, match="fit"):
        unpack_mask(bomb, (8, 8))


@pytest.mark.parametrize("size", [7, 9])
def test_wrong_size_is_refused(size):
    with pytest.raises(StudyError, match="fit"):
        unpack_mask(zlib.compress(bytes(size)), (8, 8))


def test_half_a_character_can_be_written():
    assert to_json({"a": "\ud800"}).encode() == b'{"a":"\\ud800"}'
    assert from_json(to_json("\ud800")) == "\ud800"


def test_json():
    assert from_json(to_json({"b": [1, None], "a": "ä"})) == {"a": "ä", "b": [1, None]}
    assert from_json(None) is None
    with pytest.raises(StudyError):
        from_json("{")
    with pytest.raises(StudyError):
        from_json("[" * 100_000)
    with pytest.raises(ValueError, match="JSON"):
        to_json(float("nan"))
