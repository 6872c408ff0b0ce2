from __future__ import annotations

from lusgui.core.annotation import PlaneKey, Status


def test_reviewed_means_a_person_decided():
    assert {status for status in Status if status.is_reviewed} == {
        Status.EDITED,
        Status.ACCEPTED,
        Status.NOTHING_HERE,
    }


def test_planes_sort_by_recording_then_frame():
    assert sorted([PlaneKey(2, 0, "rib"), PlaneKey(1, 5, "rib"), PlaneKey(1, 2, "rib")])[0] == PlaneKey(
        1, 2, "rib"
    )
