"""What a click would give, before it is made: lusgui.session.click_previews."""

from __future__ import annotations

import numpy as np

SHAPE = (24, 16)


def square(row, col):
    mask = np.zeros(SHAPE, bool)
    mask[max(row - 2, 0) : row + 3, max(col - 2, 0) : col + 3] = True
    return mask


def test_a_preview_is_asked_only_when_the_frame_is_ready(session, clicks):
    clicks.preview_at(8.5, 6.5)
    assert not session.answerer.asked
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    assert session.answerer.asked[0].is_preview
    assert (clicks.preview == square(8, 6)).all()
    assert clicks.plane() is None
    clicks.click(8.5, 6.5)
    assert clicks.preview is None


def test_previews_go_one_at_a_time_and_the_newest_wins(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.set_ready(session.place, True)
    for col in (3.5, 4.5, 5.5, 5.7, 6.5):
        clicks.preview_at(8.5, col)
    assert len(answerer.asked) == 1
    answerer.answer(answerer.asked[0])
    assert len(answerer.asked) == 2
    assert answerer.asked[1].prompt.marks[-1].col == 6.5
    clicks.preview_at(8.5, 6.6)  # the same pixel
    answerer.answer(answerer.asked[1])
    assert len(answerer.asked) == 2
    assert (clicks.preview == square(8, 6)).all()


def test_a_preview_that_comes_late_is_not_shown(session, clicks):
    answerer = session.answerer
    answerer.at_once = False
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    session.step(1)
    answerer.answer(answerer.asked[0])
    assert clicks.preview is None
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    clicks.lost(answerer.asked[-1].token)
    clicks.preview_at(8.5, 6.5)
    assert len(answerer.asked) == 3


def test_previews_can_be_switched_off_and_are_not_made_while_a_mark_waits(session, clicks):
    clicks.set_ready(session.place, True)
    clicks.preview_at(8.5, 6.5)
    session.view.click_preview = False
    assert clicks.preview is None
    clicks.preview_at(8.5, 7.5)
    session.view.click_preview = True
    session.answerer.at_once = False
    clicks.click(8.5, 6.5)
    clicks.preview_at(8.5, 9.5)
    assert [ask.is_preview for ask in session.answerer.asked] == [True, False]


def test_what_a_click_would_not_change_has_no_preview(session, clicks):
    session.push_masks("Brush", {session.key(): square(3, 3)})
    clicks.set_ready(session.place, True)
    clicks.preview_at(3.5, 3.5)  # in the mask already
    clicks.preview_at(12.5, 8.5, positive=False)  # not in it
    assert not session.answerer.asked
    clicks.preview_at(3.5, 3.5, positive=False)
    assert len(session.answerer.asked) == 1
    assert not clicks.preview[3, 3]
    clicks.click(12.5, 8.5)
    clicks.preview_at(12.5, 8.5)  # in the ghost
    assert clicks.preview is None
