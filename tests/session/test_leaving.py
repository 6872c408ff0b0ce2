from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.measures.drawn import Kind
from lusgui.core.shape_raster import ShapeMode
from lusgui.session.leaving import Purpose
from lusgui.session.view_state import Tool

SHAPE = (24, 16)
CORNERS = ((2, 2), (2, 12), (12, 12), (12, 2))


@pytest.fixture
def asked(session):
    session.go_to(1, 0)
    heard = []
    session.leaving.asked.connect(heard.append)
    return heard


def begin_polygon(session, corners=CORNERS):
    session.view.tool = Tool.POLYGON
    draft = session.shapes.begin(Tool.POLYGON, session.key(), corners[0], ShapeMode.ADD)
    for corner in corners[1:]:
        draft.add(corner)
    return draft.key


def put_ghost(session, frame=1):
    mask = np.zeros(SHAPE, bool)
    mask[4:9, 4:9] = True
    session.push_masks("Brush", {PlaneKey(1, frame - 1, "rib"): mask})
    session.view.label = "rib"
    session.go_to(1, frame)
    session.times.copy_from(-1)
    return PlaneKey(1, frame, "rib")


def begin_area(session, points=CORNERS):
    session.view.tool = Tool.CALLIPER
    session.callipers.kind = Kind.AREA
    for point in points:
        session.callipers.put_point(point, lambda one, other: 100.0)


def test_nothing_is_asked_where_nothing_is_lost(session, asked):
    done = []
    assert session.leaving.go(lambda: done.append(1))
    assert done == [1]
    assert asked == []
    assert session.leaving.is_free()


def test_without_anybody_to_ask_it_is_simply_done(session):
    session.go_to(1, 0)
    begin_polygon(session)
    assert session.leaving.go(session.close_study)
    assert not session.is_open


def test_everything_that_was_begun_is_named_and_kept(session, asked, clicks):
    clicks.click(5, 5)
    key = clicks.unaccepted()[0]
    ghost = put_ghost(session, 2)
    drawn = begin_polygon(session, ((2, 2), (2, 12), (12, 12)))
    session.go_to(1, 4)
    begin_area(session)
    assert not session.leaving.go(session.close_study, Purpose.CLOSE)
    (farewell,) = asked
    assert session.is_open
    assert [end.text for end in farewell.ends] == [
        "A clicked mask is not accepted yet (frame 1).",
        "A polygon is not finished yet (frame 3).",
        "A calliper is not finished yet (frame 5).",
        "1 ghost waits to be accepted.",
    ]
    path = session.study_path
    farewell.keep()
    assert not session.is_open
    session.open_study(path)
    assert session.mask(key).any()
    assert session.mask(drawn).any()
    assert session.mask(ghost).any()
    assert session.callipers.of(1, 4)[0].kind is Kind.AREA


def test_what_is_dropped_leaves_nothing(session, asked):
    key = begin_polygon(session)
    session.leaving.go(session.close_study, Purpose.CLOSE)
    path = session.study_path
    asked[0].drop()
    assert not session.is_open
    session.open_study(path)
    assert not session.mask(key).any()


def test_what_cannot_be_kept_stays_open_and_so_does_the_study(session, asked):
    begin_polygon(session, CORNERS[:2])
    session.leaving.go(session.close_study, Purpose.CLOSE)
    asked[0].keep()
    assert session.is_open
    assert len(session.shapes.unfinished) == 1
    assert len(asked) == 1


def test_a_study_that_cannot_be_opened_takes_nothing_with_it(session, asked, tmp_path):
    begin_polygon(session)
    damaged = tmp_path / "damaged.lusgui"
    damaged.write_bytes(b"no study")
    session.leaving.open_study(damaged)
    asked[0].drop()
    assert session.heard.problems
    assert len(session.shapes.unfinished) == 1


def test_neither_the_open_study_nor_one_that_is_gone_is_asked_about(session, asked, tmp_path):
    begin_polygon(session)
    opened = []
    assert session.leaving.open_study(session.study_path, lambda: opened.append(1))
    assert session.leaving.open_study(tmp_path / "gone.lusgui", lambda: opened.append(2))
    assert opened == [1]
    assert asked == []
    assert len(session.shapes.unfinished) == 1


def test_edits_that_are_not_written_are_asked_about_last(session, asked, monkeypatch):
    begin_polygon(session)
    monkeypatch.setattr(type(session), "unsaved_count", property(lambda self: 2))
    monkeypatch.setattr(session, "retry_saving", lambda: False)
    left = []
    session.leaving.go(lambda: left.append(session.is_open))
    asked[0].drop()
    assert left == []
    assert (asked[1].ends, asked[1].unsaved) == ((), 2)
    asked[1].lose()
    assert left == [False]


def test_once_a_copy_is_saved_one_goes_on(session, asked, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(type(session), "unsaved_count", property(lambda self: 1))
        patched.setattr(session, "retry_saving", lambda: False)
        session.leaving.go(session.close_study)
    asked[0].again()
    assert not session.is_open


def test_ghosts_over_what_was_drawn_since_are_said_to_be_left_out(session, asked):
    key = put_ghost(session)
    session.set_status(key, Status.ACCEPTED)
    session.leaving.go(session.close_study)
    assert "Left out in any case, being on frames drawn on since: 1." in asked[0].ends[0].text


def test_only_what_belongs_to_a_recording_is_named_when_it_goes(session, asked):
    begin_polygon(session)
    assert len(session.leaving.loose_ends(1)) == 1
    assert session.leaving.loose_ends(2) == ()


def test_many_frames_are_not_all_named(session, asked):
    for frame in range(session.row(1).frames):
        session.go_to(1, frame)
        begin_polygon(session)
    (end,) = session.leaving.loose_ends()
    assert end.text == "6 shapes are not finished yet (frames 1, 2, 3, 4, 5, 6)."


def test_a_click_that_waits_for_its_answer_is_asked_about(session, asked, clicks):
    session.answerer.at_once = False
    clicks.click(5, 5)
    assert clicks.unaccepted() == ()
    done = []
    assert not session.leaving.go(lambda: done.append(1))
    (farewell,) = asked
    assert [end.text for end in farewell.ends] == ["Clicks wait for their answer (frame 1)."]
    farewell.keep()  # it cannot be taken over yet: the study stays
    assert done == []
    farewell.drop()
    assert done == [1]
