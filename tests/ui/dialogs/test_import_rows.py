from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lusgui.io.masks_in import Pairing, Target
from lusgui.io.masks_read import MaskGroup
from lusgui.ui.dialogs.import_rows import ImportRow, change, check

TARGETS = [Target("a", (10, 4, 5)), Target("b", (2, 5, 4))]


def row(count=1, shape=(4, 5), **known):
    group = MaskGroup((count, *shape), lambda _k: np.zeros(shape, dtype=bool))
    pairing = Pairing(Path("m.tif"), group=group, **known)
    return ImportRow(pairing, pairing)


def test_a_line_becomes_ready_by_what_the_person_says():
    line = check([row()], TARGETS)[0]
    assert "recording" in line.pairing.problem
    line = check([change(line, TARGETS, recording=0)], TARGETS)[0]
    assert "first frame" in line.pairing.problem
    line = check([change(line, TARGETS, first_frame=9)], TARGETS)[0]
    assert "mask of" in line.pairing.problem
    line = check([change(line, TARGETS, label="rib")], TARGETS)[0]
    assert line.is_ready
    assert line.pairing.frames == (9,)


def test_a_recording_of_as_many_frames_needs_no_first_frame():
    line = change(row(10, label="rib"), TARGETS, recording=0)
    assert check([line], TARGETS)[0].is_ready


@pytest.mark.parametrize(
    ("first", "recording", "word"), [(9, 0, "only 10 frames"), (0, 1, "turned by 90 degrees")]
)
def test_what_does_not_fit_is_refused(first, recording, word):
    line = change(row(2, label="rib"), TARGETS, recording=recording, first_frame=first)
    assert word in check([line], TARGETS)[0].pairing.problem


def test_two_masks_for_one_plane_are_refused_until_one_is_left_out():
    from dataclasses import replace

    one = change(row(2, label="rib"), TARGETS, recording=0, first_frame=3)
    two = change(row(1, label="rib"), TARGETS, recording=0, first_frame=4)
    checked = check([one, two], TARGETS)
    assert checked[0].is_ready
    assert "frame 5 already" in checked[1].pairing.problem
    assert check([replace(one, is_wanted=False), two], TARGETS)[1].is_ready


def test_scattered_frames_have_no_first_one():
    assert row(2, frames=(1, 3)).first_frame is None
    assert row(2, frames=(3, 4)).first_frame == 3
