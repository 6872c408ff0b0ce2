"""Locked labels: lusgui.session.label_locks."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import Status
from lusgui.core.geometry import Box

SHAPE = (24, 16)
BOX = Box(4, 4, 10, 9)
PATCH = np.ones(BOX.shape, bool)


@pytest.fixture
def key(session):
    session.go_to(1, 2)
    session.view.label = "rib"
    return session.key()


@pytest.fixture
def said(session):
    heard = []
    session.locks.said.connect(heard.append)
    return heard


def test_nobody_changes_a_locked_label(session, key, said):
    assert session.stroke(key, BOX, PATCH, True)
    mask = session.mask(key).copy()
    session.locks.set_locked("rib", True)
    ways = (
        lambda: session.stroke(key, BOX, PATCH, False),
        lambda: session.clear_mask(key),
        lambda: session.push_masks("Import", {key: ~mask}),
        lambda: session.accept(key),
        lambda: session.nothing_here(key),
        lambda: session.add_point(key, 3.0, 3.0),
        session.undo,
    )
    for number, way in enumerate(ways, start=1):
        assert not way()
        assert len(said) == number
        assert "Rib is locked" in said[-1]
    session.set_proposal(key, ~mask, "proposal:test")
    assert not session.accept_proposal(key)
    assert session.proposal(key) is not None
    assert np.array_equal(session.mask(key), mask)
    assert session.status(key) is Status.EDITED
    assert not session.heard.problems

    other = session.key("cerebellum")
    assert session.stroke(other, BOX, PATCH, True)
    assert session.undo() is not None
    session.locks.set_locked("rib", False)
    assert session.undo() is not None
    assert not session.mask(key).any()


def test_an_edit_of_several_labels_is_undone_as_a_whole_or_not_at_all(session, key, said):
    both = {session.key(label): np.ones(SHAPE, bool) for label in ("cerebellum", "rib")}
    assert session.push_masks("Import", both)
    for label in ("rib", "cerebellum"):
        session.locks.set_locked(label, True)
        assert session.undo() is None
        assert all(session.mask(each).all() for each in both)
        session.locks.set_locked(label, False)
    assert len(said) == 2
    assert session.undo() is not None
    session.locks.set_locked("rib", True)
    assert session.redo() is None
    assert not any(session.mask(each).any() for each in both)
    session.locks.set_locked("rib", False)
    assert session.redo() is not None


def test_locks_are_kept_with_the_study(session, key):
    changes = []
    session.locks.changed.connect(lambda: changes.append(session.locks.labels))
    session.locks.set_locked("rib", True)
    session.locks.set_locked("rib", True)
    assert changes == [frozenset({"rib"})]
    path = session.study_path
    session.close_study()
    assert not session.locks.is_locked("rib")
    session.open_study(path)
    assert session.locks.labels == {"rib"}
    assert session.locks.reason("cerebellum") is None
