import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import patch_between
from lusgui.core.replay import EVERY, Replay, ReplayStep

KEY = PlaneKey(1, 0, "rib")
SHAPE = (6, 8)


def steps_of(masks):
    """Return the steps that turn nothing into each of the masks in turn."""
    before, steps = np.zeros(SHAPE, bool), []
    for number, mask in enumerate(masks):
        steps.append(
            ReplayStep(number, "Brush", "human", "Ada", "2026", patch_between(KEY, before, mask), None)
        )
        before = mask
    return steps


@given(st.lists(arrays(bool, SHAPE), max_size=5), st.integers(1, 15))
def test_every_state_comes_back(masks, times):
    masks = masks * times  # more than are kept at a time
    replay = Replay(steps_of(masks), SHAPE)
    assert len(replay) == len(masks)
    for count in {0, 1, EVERY - 1, EVERY, EVERY + 1, len(masks)}:
        if count <= len(masks):
            wanted = masks[count - 1] if count else np.zeros(SHAPE, bool)
            assert np.array_equal(replay.mask_after(count), wanted)
    if masks:
        assert np.array_equal(replay.ever_drawn, np.any(masks, axis=0))
    assert np.array_equal(replay.mask_after(10**6), replay.mask_after(len(masks)))


def test_what_a_stroke_added_and_took_away():
    one, two = np.zeros(SHAPE, bool), np.zeros(SHAPE, bool)
    one[0, :4] = True
    two[0, 3:6] = True
    replay = Replay(
        [*steps_of([one, two]), ReplayStep(9, "Accept", "human", "", "", None, Status.ACCEPTED)], SHAPE
    )
    assert [replay.gained_and_lost(n) for n in range(5)] == [(0, 0), (4, 0), (2, 3), (0, 0), (0, 0)]
    assert [step.changed_px for step in replay.steps] == [4, 5, 0]


def test_what_is_returned_may_be_changed():
    replay = Replay([], SHAPE)
    replay.mask_after(0)[:] = True
    assert not replay.mask_after(0).any()
