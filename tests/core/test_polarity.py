from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from lusgui.core.polarity import InvertedSource, invert, looks_inverted
from lusgui.core.recording import ArraySource

SHIPPED = Path(__file__).parents[2] / "resources" / "datasets"


def scan(seed=0, edge=30):
    """A dark picture with a black surround, as machines make them."""
    random = np.random.default_rng(seed)
    gray = np.zeros((200, 180))
    gray[edge:-edge, edge:-edge] = np.clip(random.normal(0.3, 0.15, (200 - 2 * edge, 180 - 2 * edge)), 0, 1)
    return gray


@given(
    st.sampled_from([np.uint8, np.uint16, np.int16, np.float32, np.float64]).flatmap(
        lambda dtype: arrays.arrays(
            dtype, (3, 4), elements=st.integers(0, 255) if np.issubdtype(dtype, np.integer) else None
        )
    )
)
def test_twice_is_once_too_many(frame):
    with np.errstate(all="ignore"):
        there = invert(frame, (0.0, 255.0))
        back = invert(there, (0.0, 255.0))
    assert there.dtype == back.dtype == frame.dtype
    if np.issubdtype(frame.dtype, np.integer):
        np.testing.assert_array_equal(back, frame)


def test_whole_numbers_never_wrap_around():
    frame = np.array([[0, 100, 5000, 65535]], np.uint16)
    np.testing.assert_array_equal(invert(frame, (0.0, 4095.0)), [[4095, 3995, 0, 0]])
    np.testing.assert_array_equal(
        invert(np.array([[0, 2**32 - 1]], np.uint32), (0, 2**32 - 1)), [[2**32 - 1, 0]]
    )
    np.testing.assert_array_equal(invert(np.array([[True, False]]), (0, 1)), [[False, True]])


def test_a_source_turned_around():
    source = InvertedSource(ArraySource(np.arange(6, dtype=np.uint8).reshape(1, 2, 3)), (0.0, 255.0))
    np.testing.assert_array_equal(source.read(0), 255 - np.arange(6).reshape(2, 3))
    source.close()
    source.close()


def test_white_where_no_echo_is():
    assert looks_inverted(1 - scan())
    assert not looks_inverted(scan())


@pytest.mark.parametrize(
    "gray",
    [
        np.ones((100, 100)),
        np.zeros((100, 100)),
        np.full((100, 100), 0.5),
        np.full((4, 4), 1.0),
        1 - scan(edge=1)[1:-1, 1:-1],  # cropped to the scan: nothing can be said
        np.pad(scan(), 20, constant_values=1.0),  # a dark scan on white paper
        (np.random.default_rng(0).random((90, 90)) < 0.9).astype(float),  # text or a mask
    ],
)
def test_what_is_left_alone(gray):
    assert not looks_inverted(gray)


def test_no_real_frame_is_suspected_and_most_are_found_when_turned():
    paths = sorted(SHIPPED.glob("ribs*/images/*.png"))[::7]
    grays = [np.asarray(Image.open(path).convert("L")) / 255 for path in paths]
    assert len(grays) > 20
    assert not any(map(looks_inverted, grays))
    assert np.mean([looks_inverted(1 - gray) for gray in grays]) > 0.5
