"""lusgui.core.learning.changes: what is written comes back; what is not sound is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as some

from lusgui.base.errors import LearnError
from lusgui.core.learning.changes import (
    THUMBNAIL,
    FrameChange,
    make_thumbnail,
    read_changes,
    write_changes,
)

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))


@st.composite
def changes(draw):
    shape = draw(shapes)
    masks = [draw(some.arrays(bool, shape)) for _ in range(3)]
    return FrameChange(
        draw(st.integers(1, 99)),
        draw(st.integers(0, 999)),
        draw(st.sampled_from(["rib", "cerebellum", "shadow"])),
        make_thumbnail(draw(some.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))),
        *masks,
        is_held_out=draw(st.booleans()),
    )


def same(one, other):
    arrays = ("gray", "before", "after", "truth")
    return (one.recording_id, one.frame, one.label, one.is_held_out) == (
        other.recording_id,
        other.frame,
        other.label,
        other.is_held_out,
    ) and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in arrays)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(changes(), max_size=4))
def test_what_is_written_comes_back(tmp_path, made):
    path = tmp_path / "changes.npz"
    write_changes(path, made)
    back = read_changes(path)
    assert len(back) == len(made)
    assert all(map(same, made, back))


def test_gained_lost_and_scores():
    truth, before, after = np.zeros((3, 4, 4), bool)
    truth[1:3, 1:3] = True
    before[0, 0] = before[1, 1:3] = True
    after[1:3, 1:3] = True
    change = FrameChange(1, 0, "rib", np.zeros((4, 4), np.uint8), before, after, truth)
    assert (change.gained_px, change.lost_px) == (2, 1)
    assert change.dice_before == pytest.approx(2 * 2 / (3 + 4))
    assert change.dice_after == 1.0


def test_a_thumbnail_is_small_and_keeps_the_mean():
    image = np.random.default_rng(1).random((960, 128))
    small = make_thumbnail(image)
    assert small.shape == (240, 128)
    assert max(small.shape) <= THUMBNAIL
    assert small.mean() / 255 == pytest.approx(image.mean(), abs=0.01)
    assert make_thumbnail(np.array([[np.nan, 2.0]])).tolist() == [[0, 255]]


def test_masks_of_different_grids_are_not_written(tmp_path):
    gray, small, large = np.zeros((2, 2), np.uint8), np.zeros((2, 2), bool), np.zeros((3, 2), bool)
    with pytest.raises(LearnError):
        write_changes(tmp_path / "x.npz", [FrameChange(1, 0, "rib", gray, small, large, small)])


def broken(**changed):
    arrays = {
        "labels": np.array(["rib"], dtype="<U60"),
        "places": np.array([[1, 0, 0, 1, 2, 2]]),
        "gray_0": np.zeros((2, 2), np.uint8),
        **{f"{name}_0": np.packbits(np.ones((2, 2), bool)) for name in ("before", "after", "truth")},
    }
    arrays.update(changed)
    return {name: array for name, array in arrays.items() if array is not None}


@pytest.mark.parametrize(
    "changed",
    [
        {"places": np.array([[1, 0, 5, 1, 2, 2]])},
        {"places": np.array([[1, 0, 0, 1, 2**40, 2**40]])},
        {"places": np.array([[1, -1, 0, 1, 2, 2]])},
        {"places": np.array([1, 2])},
        {"places": None},
        {"labels": np.array(["no such/label"], dtype="<U60")},
        {"gray_0": np.zeros((0, 2), np.uint8)},
        {"gray_0": np.zeros((900, 900), np.uint8)},
        {"gray_0": np.zeros((2, 2), np.float32)},
        {"after_0": None},
        {"after_0": np.zeros(99, np.uint8)},
    ],
)
def test_what_is_not_sound_is_refused(tmp_path, changed):
    path = tmp_path / "changes.npz"
    np.savez_compressed(path, **broken())
    assert len(read_changes(path)) == 1
    np.savez_compressed(path, **broken(**changed))
    with pytest.raises(LearnError, match=r"cannot be read|fit its frame"):
        read_changes(path)


def test_no_file_and_no_archive(tmp_path):
    with pytest.raises(LearnError):
        read_changes(tmp_path / "none.npz")
    path = tmp_path / "text.npz"
    path.write_text("hello")
    with pytest.raises(LearnError):
        read_changes(path)
