from __future__ import annotations

import numpy as np

from lusgui.core.click.question import FrameKey
from lusgui.runtime import click_frames
from lusgui.runtime.click_frames import MOST_FRAMES, ClickFrames


def gray(value=0.0):
    return np.full((3, 4), value, np.float32)


def test_the_same_image_keeps_its_number_and_another_gets_a_new_one():
    frames = ClickFrames()
    image = gray()
    one = frames.put(FrameKey(1, 1), image, 1.0)
    assert frames.put(FrameKey(1, 1), image, 1.0) is one
    assert frames.put(FrameKey(1, 1), gray(), 1.0) is one  # read again, and the same
    others = [
        frames.put(FrameKey(1, 2), image, 1.0),
        frames.put(FrameKey(1, 1), gray(0.5), 1.0),
        frames.put(FrameKey(1, 1), gray(0.5), 2.0),
        frames.put(FrameKey(1, 1), gray(0.5)[:2], 2.0),
    ]
    assert len({frame.frame_id for frame in (one, *others)}) == 5
    assert frames.with_id(one.frame_id) is None  # nobody can be answered about it any more
    assert frames.with_id(others[0].frame_id) is others[0]
    frames.clear()
    assert len(frames) == 0
    assert frames.put(FrameKey(1, 1), image, 1.0).frame_id > others[-1].frame_id


def test_those_used_longest_ago_are_forgotten():
    frames = ClickFrames()
    first = frames.put(FrameKey(1, 0), gray(), 1.0)
    for number in range(1, MOST_FRAMES):
        frames.put(FrameKey(1, number), gray(), 1.0)
    frames.touch(first)
    frames.put(FrameKey(1, 99), gray(), 1.0)
    assert len(frames) == MOST_FRAMES
    assert frames.with_id(first.frame_id) is first
    assert frames.with_id(first.frame_id + 1) is None


def test_large_images_are_kept_in_bounds_and_the_last_two_always(monkeypatch):
    monkeypatch.setattr(click_frames, "MOST_BYTES", 3 * gray().nbytes)
    frames = ClickFrames()
    for number in range(5):
        frames.put(FrameKey(1, number), gray(), 1.0)
    assert len(frames) == 3
    monkeypatch.setattr(click_frames, "MOST_BYTES", 1)
    frames.put(FrameKey(1, 9), gray(), 1.0)
    assert len(frames) == 2


def test_after_a_death_nothing_is_there():
    frames = ClickFrames()
    frame = frames.put(FrameKey(1, 0), gray(), 1.0)
    assert frame.is_owed
    frame.is_sent = frame.is_held = True
    assert not frame.is_owed
    frame.is_held, frame.is_refused = False, True
    assert not frame.is_owed
    frames.after_death()
    assert frame.is_owed
    assert not frame.is_sent
