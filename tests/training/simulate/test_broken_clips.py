import pytest

from lusgui.core.flow import STOP_BELOW, Carrier
from lusgui.core.overlap import dice
from training.simulate.broken_clips import Event, break_clip

SMALL = {"frames": 8, "shape": (96, 84)}


def carried(clip):
    """Return Dice with the truth (0 where there is none) of every ghost, by frame, until flow stops."""
    carrier = Carrier(clip.mask, clip.frames[0])
    given = {}
    for number in range(1, len(clip.frames)):
        found = carrier.step(clip.frames[number])
        if found.confidence < STOP_BELOW or not found.mask.any():
            return given, number
        truth = clip.truths[number]
        given[number] = 0.0 if truth is None else dice(found.mask, truth)
    return given, None


@pytest.mark.parametrize("event", Event)
def test_flow_stops_where_nothing_can_be_carried(event):
    clip = break_clip("lung", 31, 2, event, **SMALL)
    given, stopped = carried(clip)
    wrong = [frame for frame, found in given.items() if frame >= clip.start and found < 0.3]
    if event is Event.SLIP and stopped is None:
        assert min(given.values()) > 0.4  # it was followed, and rightly
        return
    assert stopped is not None
    assert clip.start <= stopped <= clip.gone + 1
    assert len(wrong) <= (2 if event is Event.FADE else 0)


def test_clips_with_an_event():
    clip = break_clip("lung", 31, 2, Event.FADE, **SMALL)
    assert len(clip.frames) == len(clip.truths) == 8
    assert (clip.start, clip.gone) == (2, 6)
    assert clip.truths[5] is not None
    assert clip.truths[6] is None
    assert all(frame.min() >= 0 and frame.max() <= 1 for frame in clip.frames)


def test_a_clip_that_shows_nothing_is_none():
    none = [break_clip("lung", 31, index, Event.LIFT, frames=2, shape=(48, 40)) for index in range(4)]
    assert any(one is None for one in none)
