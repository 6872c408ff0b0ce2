"""Painting within limits: lusgui.session.painting_guard."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.geometry import Box
from lusgui.core.shape_raster import ShapeMode
from lusgui.session.painting_guard import Where

SHAPE = (24, 16)
EVERYWHERE = Box(-2, -3, 26, 20)


@pytest.fixture
def key(session):
    session.go_to(1, 2)
    session.view.label = "rib"
    return session.key()


@pytest.fixture
def gray(session):
    ramp = np.tile(np.linspace(0, 1, SHAPE[1], dtype=np.float32), (SHAPE[0], 1))
    session.guard.show((1, 2), ramp)
    return ramp


def paint(session, key, add=True):
    return session.stroke(key, EVERYWHERE, np.ones(EVERYWHERE.shape, bool), add)


def test_nothing_is_limited_until_it_is_switched_on(session, key, gray):
    session.guard.set_range(0.2, 0.5)
    assert session.guard.allowed(key) is None
    paint(session, key)
    assert session.mask(key).all()


def test_a_range_of_gray_holds_for_painting_and_rubbing_out(session, key, gray):
    session.guard.is_on = True
    assert session.guard.allowed(key) is None  # no limit has been set
    session.guard.set_range(0.2, 0.5)
    wanted = (gray >= 0.2) & (gray <= 0.5)
    paint(session, key)
    assert np.array_equal(session.mask(key), wanted)
    session.guard.set_range(0.3, 1.0)
    paint(session, key, add=False)
    assert np.array_equal(session.mask(key), wanted & (gray < 0.3))


def test_inside_and_outside_of_another_label(session, key):
    other = session.key("cerebellum")
    mask = np.zeros(SHAPE, bool)
    mask[5:12, 3:9] = True
    session.push_masks("Test", {other: mask})
    session.guard.is_on = True
    session.guard.set_where(Where.INSIDE, "cerebellum")
    paint(session, key)
    assert np.array_equal(session.mask(key), mask)
    session.undo()
    for label in ("cerebellum", ""):
        session.guard.set_where(Where.OUTSIDE, label)
        paint(session, key)
        assert np.array_equal(session.mask(key), ~mask)
        session.undo()
    # a label does not stand in its own way
    paint(session, other)
    assert session.mask(other).all()


def test_a_stroke_of_which_nothing_is_left_says_why(session, key, gray):
    said = []
    session.guard.said.connect(said.append)
    session.guard.is_on = True
    session.guard.set_range(0.5, 1.0)
    assert not session.stroke(key, Box(2, 0, 5, 3), np.ones((3, 3), bool), True)
    assert "gray 50 to 100 %" in said[0]
    session.guard.show((1, 3), gray)  # another frame is on screen: what cannot be seen is not painted
    assert not paint(session, key)
    assert len(said) == 2


def test_growing_stays_within_the_limits(session, key, gray):
    mask = np.zeros(SHAPE, bool)
    mask[8:14, 5:9] = True
    session.push_masks("Test", {key: mask})
    session.guard.is_on = True
    session.guard.set_range(float(gray[0, 5]), 1.0)
    session.masking.settings.step_mm = 0.4
    session.masking.grow(key)
    assert session.mask(key).sum() > mask.sum()
    assert not session.mask(key)[:, :5].any()
    said = []
    session.guard.said.connect(said.append)
    session.guard.set_range(0.0, 0.01)
    assert session.masking.grow(key) == ""
    assert len(said) == 1


def test_shapes_keep_to_the_limits_and_to_locks(session, key, gray):
    corners = np.array([(2.0, 1.0), (2.0, 15.0), (20.0, 15.0), (20.0, 1.0)])
    session.guard.is_on = True
    session.guard.set_range(0.5, 1.0)
    assert session.shapes.commit(key, corners, ShapeMode.ADD)
    mask = session.mask(key).copy()
    assert mask.any()
    assert (gray[mask] >= 0.5).all()
    session.locks.set_locked("rib", True)
    assert not session.shapes.commit(key, corners, ShapeMode.SUBTRACT)
    assert np.array_equal(session.mask(key), mask)


def test_words_limits_and_the_end_of_a_study(session, key):
    guard = session.guard
    changes = []
    guard.changed.connect(lambda: changes.append(guard.words))
    guard.set_range(-1, 0.4)
    guard.set_where(Where.OUTSIDE, "rib")
    guard.set_where(Where.OUTSIDE, "rib")
    assert guard.words == "gray 0 to 40 %, outside Rib"
    guard.set_where(Where.OUTSIDE)
    assert guard.words.endswith("outside all other labels")
    guard.set_range(0.9, 0.2)
    assert guard.range == (0.9, 0.91)
    with pytest.raises(ValueError, match="which label"):
        guard.set_where(Where.INSIDE)
    assert len(changes) == 4
    guard.is_on = True
    session.close_study()
    assert not guard.is_on
    assert not guard.has_limits
