"""A piece in hand: lusgui.session.moving."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import WriteFailedError
from lusgui.core.annotation import Status
from lusgui.core.piece import Placement, placed
from lusgui.session import acts, click_acts, mask_acts
from lusgui.session.view_state import Tool
from tests.session.test_masking import FakeDesk, draw


@pytest.fixture
def key(session):
    session.go_to(1, 2)
    session.view.label = "rib"
    session.view.tool = Tool.MOVE
    return session.key()


@pytest.fixture
def mask(session, key):
    return draw(session, key, (4, 8, 2, 6), (14, 20, 3, 12))


def test_a_piece_is_moved_as_one_edit(session, key, mask):
    assert session.moving.take(key, 0.5, 0.5) is None
    piece = session.moving.take(key, 5.5, 3.5)
    assert piece.piece.sum() == 16
    piece.draft(rows=1, cols=2)
    piece.draft(rows=2, cols=7)
    piece.keep_draft()
    assert np.array_equal(session.mask(key), mask)  # nothing is written before
    acts.accept_whole_model(FakeDesk(session))
    wanted = mask.copy()
    wanted[4:8, 2:6] = False
    wanted[6:10, 9:13] = True
    assert np.array_equal(session.mask(key), wanted)
    assert session.undo_name == "Move piece on rib, frame 3"
    assert session.shaping.shape is None
    session.undo()
    assert np.array_equal(session.mask(key), mask)


def test_every_drag_is_a_step_that_undo_takes_back(session, key, mask):
    piece = session.moving.take(key, 15.5, 5.5)
    piece.draft(degrees=90.0)
    piece.keep_draft()
    piece.draft(rows=-4)
    piece.keep_draft()
    piece.draft(cols=9)
    piece.drop_draft()
    assert piece.placement == Placement(rows=-4, degrees=90.0)
    assert np.array_equal(piece.mask(), placed(piece.piece, piece.placement, (0.1, 0.2)))
    desk = FakeDesk(session)
    for _ in range(2):
        click_acts.undo(desk)
    assert not piece.is_moved
    assert session.moving.piece is piece
    click_acts.undo(desk)
    assert session.moving.piece is None
    assert np.array_equal(session.mask(key), mask)


def test_a_mirrored_copy_stays_and_goes(session, key, mask):
    session.masking.settings.copies = True
    piece = session.moving.take(key, 5.5, 3.5)
    mask_acts.mirror(FakeDesk(session))
    assert piece.placement.mirrored
    piece.draft(cols=8)
    piece.keep_draft()
    piece.draft(degrees=30)
    piece.keep_draft()
    mask_acts.mirror(FakeDesk(session))
    assert piece.placement == Placement(cols=8, degrees=330.0)
    session.moving.finish()
    assert session.undo_name == "Copy piece on rib, frame 3"
    assert session.mask(key)[4:8, 2:6].all()
    assert session.mask(key)[5:7, 11:13].all()


@pytest.mark.parametrize("elsewhere", ["frame", "label", "tool", "study"])
def test_it_is_put_down_where_it_belongs_before_one_works_elsewhere(session, key, mask, elsewhere):
    said = []
    session.moving.said.connect(said.append)
    piece = session.moving.take(key, 5.5, 3.5)
    piece.draft(cols=8)
    piece.keep_draft()
    path = session.study_path
    if elsewhere == "frame":
        session.go_to(1, 3)
        assert "put down on frame 3" in said[0]
        assert not session.mask(session.key()).any()
    elif elsewhere == "label":
        session.view.label = "cerebellum"
    elif elsewhere == "tool":
        session.view.tool = Tool.BRUSH
    else:
        session.close_study()
        session.open_study(path)
    assert session.moving.piece is None
    assert session.shaping.shape is None
    assert session.mask(key)[4:8, 10:14].all()
    assert not session.mask(key)[4:8, 2:6].any()


def test_a_piece_outside_the_image_stays_where_it_was(session, key, mask):
    said = []
    session.moving.said.connect(said.append)
    piece = session.moving.take(key, 5.5, 3.5)
    piece.draft(cols=100)
    piece.keep_draft()
    session.moving.finish()
    assert np.array_equal(session.mask(key), mask)
    assert "left the image" in said[0]
    piece = session.moving.take(key, 5.5, 3.5)
    piece.draft(cols=-4)
    piece.keep_draft()
    session.moving.finish()
    assert session.mask(key).sum() == mask.sum() - 8
    assert "cut off" in said[1]


def test_escape_and_a_lock_leave_everything_as_it_was(session, key, mask):
    piece = session.moving.take(key, 5.5, 3.5)
    piece.draft(cols=8)
    piece.keep_draft()
    click_acts.drop(FakeDesk(session))
    assert session.moving.piece is None
    assert np.array_equal(session.mask(key), mask)
    session.locks.set_locked("rib", True)
    assert session.moving.take(key, 5.5, 3.5) is None


def test_what_is_decided_meanwhile_holds(session, key, mask):
    def carry(cols):
        piece = session.moving.take(key, 15.5, 5.5)
        piece.draft(cols=cols)
        piece.keep_draft()

    # accepting puts it down first, so that the frame stays accepted
    carry(2)
    acts.accept_and_go_on(FakeDesk(session))
    assert session.place == (1, 3)
    assert session.status(key) is Status.ACCEPTED
    assert session.mask(key)[14:20, 5:14].all()
    session.go_to(1, 2)
    # an operation on the mask too
    session.moving.take(key, 15.5, 7.5).draft(cols=1)
    mask_acts.grow(FakeDesk(session))
    assert session.moving.piece is None
    assert session.undo_name == "Grow on rib, frame 3"
    # a mask that is cleared is not brought back by the piece
    said = []
    session.moving.said.connect(said.append)
    carry(1)
    acts.clear_mask(FakeDesk(session))
    assert session.moving.piece is None
    assert session.shaping.shape is None
    assert "has changed" in said[0]
    assert not session.mask(key).any()
    session.go_to(1, 3)
    assert not session.mask(key).any()


@pytest.mark.parametrize("how", ["close", "open another"])
def test_a_piece_in_hand_that_cannot_be_written_keeps_the_study_open(
    session, key, mask, monkeypatch, tmp_path, how
):
    piece = session.moving.take(key, 5.5, 3.5)
    piece.draft(rows=2, cols=7)
    piece.keep_draft()
    wanted = mask & ~piece.piece | piece.mask()

    def refuse(_edit):
        raise WriteFailedError("the disk is full", path=session.study_path)

    with monkeypatch.context() as broken:
        broken.setattr(session.study, "push", refuse)
        if how == "close":
            assert not session.close_study()
        else:
            assert not session.new_study(tmp_path / "another.lusgui")
        assert session.unsaved_count == 1
        assert np.array_equal(session.mask(key), wanted)
    path = session.study_path
    assert session.close_study()
    assert session.open_study(path)
    assert np.array_equal(session.mask(key), wanted)
