"""Clicks on one plane, done and undone in any order: lusgui.session.click_plane."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.core.annotation import PlaneKey
from lusgui.core.click.prompt import Click
from lusgui.session.click_plane import ClickPlane

SHAPE = (24, 16)


def square(row, col):
    mask = np.zeros(SHAPE, bool)
    mask[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
    return mask


DOINGS = st.lists(
    st.one_of(
        st.tuples(st.just("click"), st.integers(0, 19), st.integers(0, 15), st.booleans()),
        st.tuples(st.sampled_from(["undo", "redo", "drop", "restore", "stroke"])),
    ),
    max_size=25,
)


@given(DOINGS)
@settings(max_examples=60)
def test_undo_and_redo_of_a_plane_always_lead_to_what_was_seen(doings):
    base = np.zeros(SHAPE, bool)
    plane = ClickPlane(PlaneKey(1, 0, "rib"), base)
    seen, ahead = [base], []
    for doing in doings:
        if doing[0] == "click":
            _, row, col, positive = doing
            mask = seen[-1] | square(row, col) if positive else seen[-1] & ~square(row, col)
            plane.add(Click(row + 0.5, col + 0.5, positive))
            plane.answer(mask, base, "square")
            seen.append(mask)
            ahead = []
        elif doing[0] == "undo" and len(seen) > 1:
            assert plane.undo() is not None
            ahead.append(seen.pop())
        elif doing[0] == "redo":
            assert (plane.redo() is not None) == bool(ahead)
            if ahead:
                seen.append(ahead.pop())
        assert (plane.over(base) == seen[-1]).all()
        assert len(plane.marks) == len(seen) - 1
    gained, lost = plane.changes()
    assert not (gained & lost).any()
