"""Coherence in the session: lusgui.session.coherence."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status

SHAPE = (24, 16)


def bar(row, rows=3):
    mask = np.zeros(SHAPE, bool)
    mask[row : row + rows, 4:12] = True
    return mask


@pytest.fixture
def found(session):
    """Return a function: what is known of the first recording, found in small parts."""
    session.go_to(1, 0)
    session.view.label = "rib"
    for frame in range(5):
        session.push_masks("Brush", {PlaneKey(1, frame, "rib"): bar(10 if frame != 2 else 1)})

    def look(most_new=2):
        calls = 0
        while (known := session.times.coherence.of(1, "rib", most_new)) is None:
            calls += 1
            assert calls < 20
        return known

    return look


def test_it_is_found_a_part_at_a_time_in_millimetres(session, found):
    assert session.times.coherence.of(1, "rib", 2) is None
    known = found()
    assert [one.frame for one in known] == list(range(5))
    assert known[0].area == pytest.approx(3 * 8 * 0.1 * 0.2)
    assert known[1].iou == 1
    assert known[2].iou == 0
    assert known[2].shift == pytest.approx(0.9)
    assert [one.frame for one in known if one.is_outlier] == [2]


def test_only_what_changed_is_looked_at_again(session, found, monkeypatch):
    found()
    read = []
    mask = session.mask
    monkeypatch.setattr(session, "mask", lambda key: read.append(key.frame) or mask(key))
    assert session.times.coherence.of(1, "rib", 0) is not None
    session.push_masks("Brush", {PlaneKey(1, 2, "rib"): bar(10)})
    read.clear()
    known = found()
    assert set(read) == {1, 2, 3}
    assert not any(one.is_outlier for one in known)
    session.undo()
    assert [one.frame for one in found() if one.is_outlier] == [2]


def test_ghosts_are_seen_and_empty_decisions_are_not(session, found):
    session.nothing_here(PlaneKey(1, 4, "rib"))
    session.go_to(1, 5)
    session.times.copy_from(-1)
    assert session.times.coherence.frames(1, "rib") == {0: False, 1: False, 2: False, 3: False, 5: True}
    assert found()[-1].area > 0
    session.times.drop()
    assert [one.frame for one in found()] == [0, 1, 2, 3]
    session.set_status(PlaneKey(1, 3, "rib"), Status.IGNORED)
    assert [one.frame for one in found()] == [0, 1, 2]


def test_another_spacing_gives_other_areas(session, found):
    found()
    session.set_spacing(1, (1.0, 1.0))
    assert found()[0].area == 24


def test_the_models_masks_are_judged_as_far_as_it_answered(session, found):
    coherence = session.times.coherence
    assert coherence.of_model(1, "rib", 9) == ()
    session.set_active_model("rib", "Rib", "rib@1")
    for frame, size in ((0, 3), (1, 3), (3, 6)):
        probability = np.where(bar(10, size), np.float32(0.9), np.float32(0.2))
        session.put_prediction(session.prediction_key(1, frame), probability)
    assert coherence.of_model(1, "rib", 1) is None
    known = coherence.of_model(1, "rib", 9)
    assert [one.frame for one in known] == [0, 1, 3]
    assert known[2].area == pytest.approx(2 * known[0].area)
    assert known[1].iou == 1
    session.view.threshold = 0.1
    assert coherence.of_model(1, "rib", 9)[0].area == pytest.approx(24 * 16 * 0.1 * 0.2)
    session.bias_guard.set_share(0.9)
    session.bias_guard.switch(True)
    left = [f for f in (0, 1, 3) if not session.is_withheld(PlaneKey(1, f, "rib"))]
    assert [one.frame for one in coherence.of_model(1, "rib", 9)] == left
