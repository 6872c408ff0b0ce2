"""Operations on masks and their commands: lusgui.session.masking and lusgui.session.mask_acts."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey
from lusgui.core.mask_operations import grown, smoothed
from lusgui.session import mask_acts
from lusgui.session.masking import MaskSettings

SHAPE = (24, 16)


class FakeDesk(SimpleNamespace):
    def __init__(self, session, at=None):
        super().__init__(session=session, said=[], at=at)

    def say(self, text):
        self.said.append(text)

    def pointer(self):
        return self.at


@pytest.fixture
def key(session):
    session.go_to(1, 2)
    session.view.label = "rib"
    return session.key()


def draw(session, key, *boxes):
    mask = np.zeros(SHAPE, bool)
    for row0, row1, col0, col1 in boxes:
        mask[row0:row1, col0:col1] = True
    session.push_masks("Test", {key: mask})
    return mask


def test_growing_is_one_edit_in_millimetres(session, key):
    mask = draw(session, key, (8, 12, 5, 9))
    session.masking.settings.step_mm = 0.4
    assert session.masking.grow(key) == "Grown by 0.4 mm"
    assert np.array_equal(session.mask(key), grown(mask, 0.4, (0.1, 0.2)))
    assert session.undo_name == "Grow on rib, frame 3"
    session.undo()
    assert np.array_equal(session.mask(key), mask)
    session.set_spacing(1, None)
    session.masking.settings.step_px = 2
    assert session.masking.grow(key) == "Grown by 2 px"
    assert np.array_equal(session.mask(key), grown(mask, 2))


def test_what_would_leave_nothing_is_not_done(session, key):
    mask = draw(session, key, (8, 10, 5, 7))
    assert "Nothing would be left" in session.masking.shrink(key)
    session.masking.settings.small_mm2 = 5.0
    assert "Every piece" in session.masking.remove_small(key)
    assert np.array_equal(session.mask(key), mask)
    assert session.undo_name == "Test on rib, frame 3"


def test_every_operation_says_that_there_is_nothing(session, key):
    masking = session.masking
    for operation in (
        masking.grow,
        masking.shrink,
        masking.smooth,
        masking.fill_holes,
        masking.keep_largest,
        masking.remove_small,
        masking.mirror,
    ):
        assert "no mask" in operation(key)
    assert not session.heard.problems


def test_pieces(session, key):
    draw(session, key, (1, 3, 1, 3), (6, 14, 2, 12), (18, 22, 2, 6))
    assert session.masking.keep_largest(key) == "Kept the largest piece"
    assert session.mask(key).sum() == 80
    session.undo()
    session.masking.settings.small_mm2 = 0.1
    assert session.masking.remove_small(key) == "Pieces below 0.1 mm² removed"
    assert session.mask(key).sum() == 96
    assert "No piece is smaller" in session.masking.remove_small(key)
    desk = FakeDesk(session, (19.5, 3.5))
    mask_acts.remove_piece(desk)
    assert session.mask(key).sum() == 80
    desk.at = (0.5, 0.5)
    mask_acts.remove_piece(desk)
    desk.at = None
    mask_acts.remove_piece(desk)
    assert [text[:8] for text in desk.said] == ["Piece re", "Point at", "Point at"]
    assert session.mask(key).sum() == 80


def test_a_label_of_two_pieces_keeps_two(session, key):
    session.view.label = "cerebellum"
    both = session.key()
    draw(session, both, (1, 3, 1, 3), (6, 14, 2, 12), (18, 22, 2, 6))
    assert mask_acts.keep_title(session) == "Keep the largest 2 pieces"
    mask_acts.keep_largest(FakeDesk(session))
    assert session.mask(both).sum() == 96


def test_smooth_fill_and_mirror(session, key):
    mask = draw(session, key, (4, 20, 3, 14))
    mask[8:12, 6:9] = False
    session.push_masks("Test", {key: mask})
    assert session.masking.fill_holes(key) == "Holes filled"
    assert session.mask(key).sum() == 16 * 11
    assert session.masking.fill_holes(key) == "There are no holes"
    session.undo()
    sigma, spacing, unit = session.masking.smoothing(1)
    assert (spacing, unit) == ((0.1, 0.2), "mm")
    session.masking.smooth(key)
    assert np.array_equal(session.mask(key), smoothed(mask, sigma, spacing))
    session.undo()
    session.masking.mirror(key)
    assert np.array_equal(session.mask(key)[:, 3:14], mask[:, 3:14][:, ::-1])


def test_nothing_is_done_while_something_is_clicked(session, key, monkeypatch):
    mask = draw(session, key, (8, 12, 5, 9))
    monkeypatch.setattr(session.clicking, "plane", lambda _key=None: object())
    desk = FakeDesk(session)
    mask_acts.grow(desk)
    assert "clicked" in desk.said[0]
    assert np.array_equal(session.mask(key), mask)


def test_titles_name_the_present_value(session, key):
    title = mask_acts.titled("Grow by", "step_mm", "step_px")
    session.masking.settings.step_mm = 0.7
    assert title(session) == "Grow by 0.7 mm"
    session.set_spacing(1, None)
    assert title(session) == "Grow by 2 px"


def test_settings_stay_within_sense_and_come_back(session, key, tmp_path):
    settings = session.masking.settings
    settings.step_mm = 1000
    assert settings.step_mm == 20.0
    settings.tolerance = 0.25
    session.save_place()
    path = session.study_path
    session.close_study()
    settings.tolerance = 0.1
    session.open_study(path)
    assert settings.tolerance == 0.25
    other = MaskSettings()
    other.update_from_json({"step_px": 10**400})
    other.update_from_json({"step_mm": float("nan"), "fills": 3, "copies": True, "step_px": "x", "other": 1})
    assert other == MaskSettings(copies=True)


def test_a_place_is_where_it_was_asked_for(session, key):
    assert key == PlaneKey(1, 2, "rib")
    assert "none is here" in session.masking.remove_at(key, -3.0, 400.0)


def test_backspace_takes_a_step_back_in_an_open_shape(session, key):
    mask = draw(session, key, (8, 12, 5, 9))
    piece = session.moving.take(key, 9.5, 6.5)
    piece.draft(rows=3)
    piece.keep_draft()
    mask_acts.remove_piece(FakeDesk(session, (9.5, 6.5)))
    assert not piece.is_moved
    assert np.array_equal(session.mask(key), mask)
