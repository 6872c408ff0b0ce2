"""Callipers of a study, with lusgui.session.calliper_draft and lusgui.session.measure_acts."""

from __future__ import annotations

import pytest

from lusgui.base.errors import WriteFailedError
from lusgui.core.geometry import Box
from lusgui.core.measures.drawn import Drawn, Kind
from lusgui.session import click_acts, measure_acts
from lusgui.session.view_state import Tool

LINE = Drawn(Kind.DISTANCE, ((1, 2), (11, 2)))
OTHER = Drawn(Kind.DISTANCE, ((3, 3), (9, 9)))


class Desk:
    def __init__(self, session):
        self.session, self.said, self.asked = session, [], []

    def say(self, text):
        self.said.append(text)

    def ask(self, what):
        self.asked.append(what)


@pytest.fixture
def callipers(session):
    session.go_to(1, 0)
    session.view.tool = Tool.CALLIPER
    return session.callipers


@pytest.fixture
def said(callipers):
    heard = []
    callipers.said.connect(heard.append)
    return heard


def test_each_step_can_be_taken_back_wherever_it_was(session, callipers):
    assert callipers.add(LINE)
    assert callipers.add(OTHER)
    session.go_to(2, 3)
    assert callipers.here == ()
    assert callipers.add(OTHER)
    assert callipers.undo_name == "Distance, frame 4"
    session.go_to(3, 0)
    assert callipers.undo()
    assert session.place == (2, 3)
    assert callipers.here == ()
    assert callipers.undo()
    assert session.place == (1, 0)
    assert callipers.here == (LINE,)
    assert callipers.redo()
    assert callipers.here == (LINE, OTHER)
    assert callipers.move(0, LINE.moved(1, (15, 2)))
    assert callipers.here[0].points[1] == (15, 2)
    assert callipers.remove(1)
    assert callipers.clear()
    assert callipers.here == ()
    for _ in range(3):
        callipers.undo()
    assert callipers.here == (LINE, OTHER)
    assert callipers.redo_name == "Move distance, frame 1"


def test_they_are_in_the_study(session, callipers):
    callipers.add(LINE)
    path = session.study_path
    assert session.close_study()
    assert callipers.undo_name == ""
    assert session.open_study(path)
    assert callipers.of(1, 0) == (LINE,)


def test_what_is_none_is_not_kept(callipers):
    assert not callipers.add(Drawn(Kind.DISTANCE, ((1, 1), (1, 1))))
    assert not callipers.add(Drawn(Kind.AREA, ((1, 1), (2, 2))))
    assert not callipers.move(3, LINE)
    assert not callipers.remove(0)
    assert not callipers.clear()
    assert callipers.undo_name == ""
    assert not callipers.undo()


def test_one_for_each_role(callipers):
    callipers.add(Drawn(Kind.DISTANCE, LINE.points, "tcd"))
    callipers.add(Drawn(Kind.DISTANCE, OTHER.points, "tcd"))
    assert callipers.with_role(1, 0, "tcd").points == OTHER.points
    assert len(callipers.here) == 1


def test_undo_means_callipers_only_while_they_are_in_hand(session, callipers):
    import numpy as np

    desk = Desk(session)
    session.stroke(session.key("rib"), Box(0, 0, 3, 3), np.ones((3, 3), bool), True)
    callipers.add(LINE)
    assert click_acts.undo_title(session) == "Undo Distance, frame 1"
    session.view.tool = Tool.BRUSH
    assert click_acts.undo_title(session).startswith("Undo Brush")
    session.view.tool = Tool.CALLIPER
    click_acts.undo(desk)
    assert callipers.here == ()
    assert click_acts.redo_title(session) == "Redo Distance, frame 1"
    assert session.mask(session.key("rib")).any()
    click_acts.undo(desk)  # nothing of the callipers is left: what was drawn is next
    assert not session.mask(session.key("rib")).any()
    assert click_acts.can_redo(session)
    click_acts.redo(desk)
    assert callipers.here == (LINE,)


def near(one, other):
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def test_an_angle_takes_three_points(session, callipers):
    callipers.kind = Kind.ANGLE
    for point in ((0, 0), (0, 20), (20, 20)):
        assert callipers.here == ()
        callipers.put_point(point, near)
    assert callipers.draft is None
    assert session.shaping.shape is None
    assert callipers.here == (Drawn(Kind.ANGLE, ((0, 0), (0, 20), (20, 20))),)


def test_an_area_is_an_open_shape(session, callipers, said):
    callipers.kind = Kind.AREA
    callipers.put_point((0, 0), near)
    callipers.put_point((0, 30), near)
    assert session.shaping.shape.name == "area"
    assert not session.shaping.shape.finish()
    assert "three points" in said[-1]
    callipers.put_point((30, 30), near)
    callipers.put_point((60, 60), near)
    assert session.shaping.step_back()
    assert session.shaping.finish()
    assert callipers.here == (Drawn(Kind.AREA, ((0, 0), (0, 30), (30, 30))),)
    # a click near the first corner closes it
    for point in ((5, 5), (5, 50), (50, 50), (7, 7)):
        callipers.put_point(point, near)
    assert len(callipers.here[1].points) == 3
    # taken back to nothing, or given up, nothing is left
    callipers.put_point((0, 0), near)
    assert session.shaping.step_back()
    assert callipers.draft is None
    callipers.put_point((0, 0), near)
    session.shaping.cancel()
    assert callipers.draft is None
    assert len(callipers.here) == 2


def test_what_is_under_way_waits_on_its_frame(session, callipers, said):
    callipers.kind = Kind.AREA
    for point in ((0, 0), (0, 40), (40, 40)):
        callipers.put_point(point, near)
    session.go_to(1, 1)
    assert callipers.draft is None
    assert session.shaping.shape is None
    assert said[-1] == "The area that was begun waits on frame 1"
    assert not session.shaping.finish()
    callipers.put_point((5, 5), near)  # another one, on this frame
    session.go_to(1, 0)
    assert len(callipers.draft.points) == 3
    assert session.shaping.finish()
    assert len(callipers.of(1, 0)) == 1
    session.go_to(1, 1)
    assert callipers.draft.points == [(5, 5)]
    assert not callipers.of(1, 1)


def test_another_tool_leaves_it_open_and_another_shape_ends_it_aloud(session, callipers, said):
    callipers.kind = Kind.AREA
    for point in ((0, 0), (0, 40), (40, 40)):
        callipers.put_point(point, near)
    session.view.tool = Tool.BRUSH  # as when a key that was held is let go
    assert session.shaping.shape is callipers.draft
    session.view.tool = Tool.CALLIPER
    callipers.kind = Kind.ANGLE
    assert callipers.draft is None
    assert said[-1] == "The area that was begun was given up"
    assert callipers.here == ()


def test_calibration_can_be_taken_back(session, callipers):
    before = session.row(1).spacing_mm
    assert callipers.set_spacing((0.5, 0.5))
    assert session.row(1).spacing_mm == (0.5, 0.5)
    assert not callipers.set_spacing((0.5, 0.5))
    assert callipers.undo_name.startswith("Calibrate")
    callipers.undo()
    assert session.row(1).spacing_mm == before
    callipers.redo()
    assert session.row(1).spacing_mm == (0.5, 0.5)


def test_the_command_of_calibration(session, callipers):
    desk = Desk(session)
    session.view.tool = Tool.BRUSH
    measure_acts.calibrate(desk)
    assert callipers.is_calibrating
    assert session.view.tool is Tool.CALLIPER
    callipers.put_known_line((0, 0), (9, 0))
    assert callipers.known_line == ((0, 0), (9, 0))
    assert not callipers.is_calibrating
    callipers.drop_known_line()
    assert callipers.known_line is None
    measure_acts.calibrate(desk)
    measure_acts.calibrate(desk)
    assert desk.asked == ["spacing"]
    assert not callipers.is_calibrating
    measure_acts.calibrate(desk)
    session.view.tool = Tool.BRUSH
    assert not callipers.is_calibrating


def test_other_commands(session, callipers):
    desk = Desk(session)
    session.view.tool = Tool.BRUSH
    measure_acts.take(Kind.ANGLE)(desk)
    assert measure_acts.kind_is(Kind.ANGLE)(session)
    assert not measure_acts.kind_is(Kind.AREA)(session)
    measure_acts.toggle_lines(desk)
    assert not callipers.is_shown
    assert not measure_acts.has_callipers(session)
    callipers.add(LINE)
    measure_acts.clear(desk)
    assert callipers.here == ()
    assert "deleted" in desk.said[-1]
    assert measure_acts.can_calibrate(session)


def test_a_study_for_reading_keeps_none(session, callipers, said, make_session):
    second = make_session()
    assert second.open_study(session.study_path, read_only=True)
    second.go_to(1, 0)
    heard = []
    second.callipers.said.connect(heard.append)
    assert second.callipers.add(LINE)
    assert second.callipers.here == (LINE,)
    assert "not kept" in heard[-1]
    assert callipers.of(1, 0) == ()


def test_nothing_without_a_study(make_session):
    session = make_session()
    assert session.callipers.here == ()
    assert not session.callipers.add(LINE)
    assert not session.callipers.set_spacing((1, 1))
    session.callipers.put_point((0, 0), near)
    assert session.callipers.draft is None


def test_callipers_that_cannot_be_read_are_not_written_over(session, callipers, monkeypatch):
    from lusgui.base.errors import StudyError
    from lusgui.io.study_callipers import read_callipers

    callipers.add(LINE)
    path = session.study_path
    session.close_study()
    session.open_study(path)

    def refuse(study, recording_id):
        raise StudyError("the disk does not answer")

    monkeypatch.setattr("lusgui.session.callipers.read_callipers", refuse)
    assert not callipers.add(OTHER)
    assert "cannot be read" in session.heard.problems[-1].title
    monkeypatch.undo()
    assert read_callipers(session.study, 1) == {0: (LINE,)}
    assert callipers.here == (LINE,)


def test_what_the_disk_refuses_is_kept_and_written_later(session, callipers, monkeypatch):
    def refuse(*_):
        raise WriteFailedError("the disk is full", path=session.study_path)

    with monkeypatch.context() as patched:
        patched.setattr("lusgui.session.callipers.write_callipers", refuse)
        assert callipers.add(LINE)
        session.go_to(2, 0)
        assert callipers.add(OTHER)
        assert callipers.unwritten == (1, 2)
        assert len(session.heard.problems) == 1  # said once
        assert "kept in memory" in session.heard.problems[0].title
        assert "Callipers could not be written" in session.leaving.loose_ends()[0].text
        assert not callipers.write_again()
    copy = session.study_path.with_name("copy.lusgui")
    assert session.save_copy_to(copy)
    assert callipers.unwritten == ()
    session.close_study()
    session.open_study(copy)
    assert callipers.of(1, 0) == (LINE,)
    assert callipers.of(2, 0) == (OTHER,)


def test_a_quiet_moment_writes_what_waits(session, callipers, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(
            "lusgui.session.callipers.write_callipers",
            lambda *_: (_ for _ in ()).throw(WriteFailedError("the disk is full")),
        )
        callipers.add(LINE)
    session.tick()
    assert callipers.unwritten == ()
