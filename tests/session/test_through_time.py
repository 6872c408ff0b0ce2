"""Masks through time: lusgui.session.through_time."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import CancelledError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.progress import no_progress

SHAPE = (24, 16)


def square(row, col=8, half=3):
    mask = np.zeros(SHAPE, bool)
    mask[row - half : row + half, col - half : col + half] = True
    return mask


class Doer:
    """Does at once what is asked for, as the runtime does it in a thread."""

    def __init__(self, session):
        self.session, self.asked, self.stopped, self.told = session, [], [], []
        self.at_once = True
        session.times.asked.connect(self.ask)
        session.times.stop_asked.connect(self.stop)
        session.times.told.connect(self.tell)

    def ask(self, ask):
        self.asked.append(ask)
        if self.at_once:
            self.do(ask)

    def stop(self, token):
        self.stopped.append(token)

    def tell(self, text):
        self.told.append(text)

    def do(self, ask, progress=no_progress):
        times = self.session.times
        try:
            words = ask.work(lambda found: times.take(ask.token, found), progress)
        except CancelledError:
            words = "stopped"
        times.ended(ask.token, words)


@pytest.fixture
def doer(session):
    session.go_to(1, 0)
    session.view.label = "rib"
    return Doer(session)


def draw(session, frame, mask, status=Status.EDITED):
    assert session.push_masks("Brush", {PlaneKey(1, frame, "rib"): mask}, status=status)


def key(frame):
    return PlaneKey(1, frame, "rib")


def test_a_copied_mask_is_a_ghost_until_it_is_accepted(session, doer):
    draw(session, 0, square(8))
    session.go_to(1, 3)
    assert "frame 1" in session.times.copy_from(-1)
    ghost = session.times.ghost(key(3))
    assert (ghost.mask == square(8)).all()
    assert not session.mask(key(3)).any()
    assert session.times.accept()
    assert (session.mask(key(3)) == square(8)).all()
    assert session.status(key(3)) is Status.EDITED
    assert session.undo_name == "Copied mask on rib, frame 4"
    assert session.times.ghost(key(3)) is None
    assert "already" in session.times.copy_from(-1)
    session.undo()
    assert not session.mask(key(3)).any()


def test_copying_takes_the_nearest_on_its_side(session, doer):
    draw(session, 0, square(8))
    draw(session, 4, square(14))
    session.go_to(1, 2)
    assert "frame 5" in session.times.copy_from(1)
    assert (session.times.ghost(key(2)).mask == square(14)).all()
    assert "frame 1" in session.times.copy_from(-1)
    assert (session.times.ghost(key(2)).mask == square(8)).all()
    session.go_to(1, 0)
    assert "No frame before" in session.times.copy_from(-1)


def test_an_emptied_or_rejected_neighbour_is_not_copied(session, doer):
    draw(session, 0, square(8))
    draw(session, 1, square(8), Status.REJECTED)
    session.clear_mask(key(0))
    session.go_to(1, 2)
    assert "No frame before" in session.times.copy_from(-1)


def test_key_frames_need_a_mask_and_survive_a_restart(session, doer):
    times = session.times
    assert "needs a mask" in times.toggle_key_frame()
    draw(session, 0, square(6))
    assert "is a key frame" in times.toggle_key_frame()
    session.go_to(1, 5)
    session.nothing_here(key(5))
    assert "Shift+K" in times.toggle_key_frame()
    assert times.key_frames.of(1, "rib") == (0, 5)
    path = session.study_path
    assert session.close_study()
    assert times.key_frames.of(1, "rib") == ()
    assert session.open_study(path)
    assert times.key_frames.of(1, "rib") == (0, 5)
    session.go_to(1, 5)
    assert "no more" in times.toggle_key_frame()
    assert times.key_frames.of(1, "rib") == (0,)


def test_frames_between_key_frames_are_filled(session, doer):
    draw(session, 0, square(6))
    draw(session, 4, square(14))
    draw(session, 2, square(12, 4, 2))  # drawn, and no key frame: it stays
    for frame in (0, 4):
        session.go_to(1, frame)
        session.times.toggle_key_frame()
    assert "Filling" in session.times.interpolate()
    ghosts = session.times.ghosts(1, "rib")
    assert list(ghosts) == [1, 3]
    assert (ghosts[1].mask == square(8)).all()
    assert (ghosts[3].mask == square(12)).all()
    assert doer.told == ["2 frames between key frames"]
    assert session.times.accept_range() == (2, 0)
    assert session.undo_name.startswith("Interpolated masks")
    assert (session.mask(key(3)) == square(12)).all()
    assert (session.mask(key(2)) == square(12, 4, 2)).all()
    session.undo()  # one edit
    assert not session.mask(key(1)).any()
    assert not session.mask(key(3)).any()
    assert session.mask(key(4)).any()


def test_a_key_frame_that_changes_under_its_ghosts_is_told(session, doer):
    for frame in (0, 4):
        draw(session, frame, square(6 + 2 * frame))
        session.go_to(1, frame)
        session.times.toggle_key_frame()
    session.times.interpolate()
    draw(session, 2, square(18))
    assert doer.told == ["3 frames between key frames"]
    draw(session, 4, square(18))
    assert "makes its ghosts anew" in doer.told[-1]
    session.times.drop_range()
    draw(session, 4, square(10))
    assert len(doer.told) == 2


def test_without_key_frames_the_drawn_ones_on_both_sides_count(session, doer):
    draw(session, 1, square(6))
    session.go_to(1, 2)
    assert "Two key frames" in session.times.interpolate()
    draw(session, 3, square(10))
    session.times.interpolate()
    assert list(session.times.ghosts(1, "rib")) == [2]
    session.times.drop_range()
    session.nothing_here(key(2))
    assert "No free frame" in session.times.interpolate()


def test_an_emptied_frame_is_filled_only_where_one_looks_at_it(session, doer):
    draw(session, 0, square(6))
    draw(session, 4, square(14))
    for frame in (1, 2):
        draw(session, frame, square(18))
        session.clear_mask(key(frame))
    session.go_to(1, 2)
    session.times.interpolate()
    assert list(session.times.ghosts(1, "rib")) == [2, 3]
    assert session.times.accept_range() == (2, 0)


def test_a_mask_is_propagated_until_something_of_ones_own(session, doer):
    texture = np.random.default_rng(1).normal(size=SHAPE)
    from scipy import ndimage

    base = ndimage.gaussian_filter(texture, 2)
    base = 255 * (base - base.min()) / np.ptp(base)
    path = session.row(1).path.with_name("still.npy")
    np.save(path, np.stack([base.astype(np.uint8)] * 6))
    (recording,) = session.add_recordings([path])
    session.go_to(recording, 1)
    session.push_masks("Brush", {PlaneKey(recording, 1, "rib"): square(10)})
    session.nothing_here(PlaneKey(recording, 5, "rib"))
    assert "Propagating forward" in session.times.propagate(1)
    ghosts = session.times.ghosts(recording, "rib")
    assert list(ghosts) == [2, 3, 4]
    assert all((ghost.mask == square(10)).all() and ghost.confidence > 0.9 for ghost in ghosts.values())
    assert doer.told[-1] == "3 frames carried; frame 6 was drawn or decided by you"
    session.times.propagate(-1)
    assert list(session.times.ghosts(recording, "rib")) == [0, 2, 3, 4]
    assert "first frame" in doer.told[-1]
    # a range of them
    session.go_to(recording, 3)
    assert session.times.drop_range(first=4) == 1
    assert session.times.accept_range(last=2) == (2, 0)
    assert list(session.times.ghosts(recording, "rib")) == [3]
    assert session.times.accept_range(first=3) == (1, 0)
    assert session.undo_name == "Propagated mask on rib, frame 4"
    assert session.times.count == 0


def test_there_must_be_something_to_propagate(session, doer):
    assert "no mask here" in session.times.propagate(1)
    draw(session, 0, square(8))
    assert "Nothing to propagate to" in session.times.propagate(-1)
    assert doer.asked == []


def test_what_was_drawn_meanwhile_stays_and_is_left_out_of_a_range(session, doer):
    doer.at_once = False
    draw(session, 0, square(6))
    draw(session, 4, square(14))
    session.go_to(1, 2)
    session.times.interpolate()
    draw(session, 1, square(18))  # while it is being worked on
    doer.do(doer.asked[0])
    assert list(session.times.ghosts(1, "rib")) == [2, 3]
    draw(session, 3, square(18))  # and on a ghost
    assert session.times.accept_range() == (1, 1)
    assert (session.mask(key(1)) == square(18)).all()
    assert (session.mask(key(3)) == square(18)).all()
    assert (session.mask(key(2)) == square(10)).all()


def test_ghosts_stay_with_their_frame_label_and_study(session, doer):
    draw(session, 0, square(6))
    session.go_to(1, 1)
    session.times.copy_from(-1)
    session.view.label = "pleura"
    assert session.times.ghosts_here() == {}
    assert session.times.accept_range() == (0, 0)
    session.view.label = "rib"
    session.go_to(2, 1)
    assert not session.times.accept()
    assert session.times.count == 1
    session.close_study()
    assert doer.told == ["A ghost was not accepted, and went with the study"]
    assert session.times.count == 0
    assert session.proposal(key(1)) is None


def test_deciding_that_nothing_is_here_lets_the_ghost_go(session, doer):
    draw(session, 0, square(6))
    session.go_to(1, 1)
    session.times.copy_from(-1)
    session.nothing_here(key(1))
    assert session.times.ghost(key(1)) is None


def test_answers_nobody_waits_for_are_dropped(session, doer):
    doer.at_once = False
    draw(session, 0, square(6))
    draw(session, 4, square(14))
    session.go_to(1, 2)
    session.times.interpolate()
    assert session.times.is_running
    session.times.stop()
    assert doer.stopped == [doer.asked[0].token]
    path = session.study_path
    session.close_study()
    assert not session.times.is_running
    session.open_study(path)
    doer.do(doer.asked[0])
    assert session.times.count == 0
    assert doer.told == []


def test_asking_again_to_interpolate_stops_the_first(session, doer):
    doer.at_once = False
    draw(session, 0, square(6))
    draw(session, 4, square(14))
    session.go_to(1, 2)
    session.times.interpolate()
    session.times.interpolate()
    assert doer.stopped == [doer.asked[0].token]


def test_memory_is_bounded(session, doer, monkeypatch):
    monkeypatch.setattr("lusgui.session.through_time.MOST_BYTES", 2 * SHAPE[0] * SHAPE[1])
    draw(session, 0, square(6))
    draw(session, 5, square(14))
    session.go_to(1, 2)
    session.times.interpolate()
    assert list(session.times.ghosts(1, "rib")) == [1, 2]
    assert doer.told == ["2 frames between key frames; accept or drop them, then Shift+K goes on"]
    session.go_to(1, 0)
    assert "accept or drop" in session.times.propagate(1)
    session.go_to(1, 3)
    assert "then more are made" in session.times.interpolate()
    session.times.accept_range()
    session.times.interpolate()
    assert list(session.times.ghosts(1, "rib")) == [3, 4]


def test_a_study_for_reading_only_makes_no_ghosts(session, doer):
    draw(session, 0, square(6))
    path = session.study_path
    session.close_study()
    session.open_study(path, read_only=True)
    session.go_to(1, 1)
    for words in (session.times.copy_from(-1), session.times.interpolate(), session.times.propagate(1)):
        assert "reading only" in words
    assert session.times.count == 0
