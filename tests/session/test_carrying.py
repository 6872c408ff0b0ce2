"""Long work through time without a thread: lusgui.session.carrying."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from lusgui.base.errors import CancelledError
from lusgui.core.intensity import DisplayMapping
from lusgui.core.progress import no_progress
from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording
from lusgui.session.carrying import Gap, Way, carry, fill_gaps

SHAPE = (60, 50)
MAPPING = DisplayMapping(Intensity.DISPLAY, 0.0, 255.0)


def recording(frames):
    stack = np.stack(frames).astype(np.uint8)
    return Recording(
        ArraySource(stack), stack.shape, stack.dtype, Intensity.DISPLAY, Provenance(Path("clip.tif"))
    )


def tissue(seed):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), 2.5)
    return np.clip(110 + 45 * noise / noise.std(), 0, 255)


def disc(row, col=25):
    down, right = np.ogrid[: SHAPE[0], : SHAPE[1]]
    return (down - row) ** 2 + (right - col) ** 2 <= 81


def test_gaps_are_filled_in_order_and_progress_is_told():
    told, found = [], []
    gaps = [Gap(0, 4, disc(20), disc(28), (1, 2, 3)), Gap(4, 6, disc(28), disc(20), (5,))]
    words = fill_gaps(gaps, None, found.append, lambda done, total, text="": told.append((done, total)))
    assert [one.frame for one in found] == [1, 2, 3, 5]
    assert (found[1].mask == disc(24)).all()
    assert (found[3].mask == disc(24)).all()
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert words == "4 frames between key frames"


def test_a_mask_is_carried_until_the_picture_is_another():
    still, found = tissue(1), []
    way = Way(recording([still, still, still, tissue(2), still]), MAPPING, 0, (1, 2, 3, 4), "that was it")
    words = carry(way, disc(30), None, found.append, no_progress)
    assert [one.frame for one in found] == [1, 2]
    assert words.startswith("2 frames carried; stopped: from frame 4 on")
    assert all(one.confidence > 0.9 for one in found)


def test_the_end_is_said_and_the_way_may_go_back():
    still, found = tissue(1), []
    way = Way(recording([still] * 3), MAPPING, 2, (1, 0), "that was the first frame")
    assert carry(way, disc(30), None, found.append, no_progress) == (
        "2 frames carried; that was the first frame"
    )
    assert [one.frame for one in found] == [1, 0]


def test_stopping_keeps_what_was_given():
    found = []

    def stop(done, total, text=""):
        if done == 2:
            raise CancelledError("enough")

    with pytest.raises(CancelledError):
        fill_gaps([Gap(0, 4, disc(20), disc(28), (1, 2, 3))], None, found.append, stop)
    assert len(found) == 2
