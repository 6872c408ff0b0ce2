import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import (
    Edit,
    MarkChange,
    MaskPatch,
    StatusChange,
    apply_patch,
    now_utc,
    painted_patch,
    patch_between,
)
from lusgui.core.geometry import Box
from lusgui.core.marks import box_mark, point_mark

KEY = PlaneKey(1, 11, "rib")
SHAPE = (12, 9)
masks = st.integers(0, 2**32).map(lambda seed: np.random.default_rng(seed).random(SHAPE) < 0.3)


@given(masks, masks)
def test_patch_between_leads_there_and_back(before, after):
    patch = patch_between(KEY, before, after)
    if patch is None:
        assert np.array_equal(before, after)
        return
    assert np.array_equal(apply_patch(before, patch), after)
    assert np.array_equal(apply_patch(after, patch), before)
    assert patch.changed_px == np.count_nonzero(before ^ after)


@given(masks, st.integers(-6, 14), st.integers(-6, 12), st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_painted_patch_is_or_and_not(before, row, col, rows, cols, add):
    stroke = np.random.default_rng(rows * 10 + cols).random((rows, cols)) < 0.6
    patch = painted_patch(KEY, before, Box(row, col, row + rows, col + cols), stroke, add=add)
    full = np.zeros(SHAPE, bool)
    for r, c in zip(*np.nonzero(stroke), strict=True):
        if 0 <= r + row < SHAPE[0] and 0 <= c + col < SHAPE[1]:
            full[r + row, c + col] = True
    wanted = before | full if add else before & ~full
    assert np.array_equal(before if patch is None else apply_patch(before, patch), wanted)
    if patch is not None:
        assert patch.flipped[0].any()
        assert patch.flipped[:, -1].any()


def test_patches_must_fit():
    with pytest.raises(ValueError, match="patch"):
        MaskPatch(KEY, Box(0, 0, 2, 2), np.ones((3, 2), bool))
    with pytest.raises(ValueError, match="stroke"):
        painted_patch(KEY, np.zeros(SHAPE, bool), Box(0, 0, 2, 2), np.ones((3, 2), bool), add=True)
    with pytest.raises(ValueError, match="masks"):
        patch_between(KEY, np.zeros(SHAPE, bool), np.zeros((3, 2), bool))


def test_title_names_the_place():
    other = PlaneKey(1, 12, "rib")
    patch = MaskPatch(KEY, Box(0, 0, 1, 1), np.ones((1, 1), bool))
    change = StatusChange(other, Status.UNTOUCHED, Status.EDITED)
    assert Edit("Brush", (patch,)).title == "Brush on rib, frame 12"
    assert Edit("Import", (patch,), (change,)).title == "Import on rib, 2 frames"
    both = StatusChange(PlaneKey(1, 11, "cerebellum"), Status.UNTOUCHED, Status.EDITED)
    assert Edit("Import", (patch,), (both,)).title == "Import on 2 labels, frame 12"
    assert Edit("Nothing").is_empty
    assert Edit("Brush", (patch,)).place == KEY
    assert Edit("Nothing").place is None


def test_reversed_swaps_statuses():
    change = StatusChange(KEY, Status.UNTOUCHED, Status.ACCEPTED)
    back = Edit("Accept", (), (change,)).reversed()
    assert back.statuses == (StatusChange(KEY, Status.ACCEPTED, Status.UNTOUCHED),)
    assert back.reversed().statuses == (change,)


def test_time_is_utc():
    assert now_utc().endswith("+00:00")


def test_marks_are_part_of_an_edit_and_of_its_way_back():
    one, other = point_mark(KEY, 1, 1, SHAPE), point_mark(KEY, 5, 5, SHAPE)
    edit = Edit("Point", marks=(MarkChange(None, one), MarkChange(one, other)))
    assert not edit.is_empty
    assert edit.planes == ()
    assert edit.keys == (KEY,)
    assert edit.title == "Point on rib, frame 12"
    assert edit.reversed().marks == (MarkChange(other, one), MarkChange(one, None))


def test_a_mark_changes_neither_place_nor_kind():
    one = point_mark(KEY, 1, 1, SHAPE)
    with pytest.raises(ValueError, match="no mark"):
        MarkChange(None, None)
    with pytest.raises(ValueError, match="another frame"):
        MarkChange(one, point_mark(PlaneKey(1, 3, "rib"), 1, 1, SHAPE))
    with pytest.raises(ValueError, match="does not become"):
        MarkChange(one, box_mark(KEY, (1, 1), (5, 5), SHAPE))
