from __future__ import annotations

import pytest

from lusgui.session.seeing import Beside, Seeing


def test_the_divider_stays_on_the_frame_and_only_real_changes_are_told():
    seeing, heard = Seeing(), []
    seeing.events.wipe_at.connect(heard.append)
    for at in (0.25, 0.25, -3, 7.0):
        seeing.wipe_at = at
    assert heard == [0.25, 0.0, 1.0]


@pytest.mark.parametrize(
    ("beside", "place", "expected"),
    [
        (Beside.PREVIOUS, (3, 5), (3, 4)),
        (Beside.PREVIOUS, (3, 0), None),
        (Beside.NEXT, (3, 5), (3, 6)),
        (Beside.NEXT, (3, 9), None),
        (Beside.OTHER, (3, 9), (3, 9)),
        (Beside.PINNED, (3, 9), None),
        (Beside.NEXT, None, None),
    ],
)
def test_the_second_picture_is_the_one_asked_for(beside, place, expected):
    seeing = Seeing(beside=beside)
    assert seeing.place_beside(place, 10) == expected


def test_a_pinned_frame_stays():
    seeing = Seeing(beside=Beside.PINNED, pinned=(1, 2))
    assert seeing.place_beside((3, 5), 10) == (1, 2)
