from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording


def make(frames, **more):
    return Recording(
        ArraySource(frames),
        frames.shape,
        frames.dtype,
        Intensity.LINEAR,
        Provenance(Path("clip.mat")),
        **more,
    )


def test_frames_come_one_at_a_time():
    data = np.arange(24.0).reshape(2, 3, 4)
    with make(data) as recording:
        assert recording.frame_shape == (3, 4)
        assert recording.name == "clip"
        assert recording.frame_numbers == (1, 2)
        np.testing.assert_array_equal(np.stack(list(recording)), data)


@pytest.mark.parametrize("index", [-1, 2])
def test_no_such_frame(index):
    with pytest.raises(IndexError):
        make(np.zeros((2, 3, 4))).frame(index)


def test_complex_frames_become_magnitude():
    assert make(np.full((1, 2, 2), 3 + 4j)).frame(0)[0, 0] == 5.0


def test_samples_are_spread_and_skip_empty_slots():
    recording = make(np.zeros((100, 2, 2)), empty_frames=frozenset({0, 99}))
    chosen = recording.sample_indices(5)
    assert chosen == [1, 25, 49, 74, 98] or (chosen[0] == 1 and chosen[-1] == 98 and len(chosen) == 5)
    assert recording.sample_indices(5) == chosen


def test_samples_of_an_empty_recording_still_name_a_frame():
    assert make(np.zeros((3, 2, 2)), empty_frames=frozenset({0, 1, 2})).sample_indices() == [0]
