from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from lusgui.core.label import CEREBELLUM
from lusgui.core.measures.drawn import Drawn, Kind


@pytest.fixture
def desk(window, session):
    """Return the measuring of a window whose page is shown, with a cerebellum of about 20 mm."""
    session.set_spacing(session.place[0], (0.5, 0.5))
    session.ensure_label(CEREBELLUM.key)
    session.view.label = "cerebellum"
    mask = np.zeros((60, 40), bool)
    mask[10:14, 0:39] = True
    session.push_masks("x", {session.key(): mask})
    window.ask("measures")
    window.measure.refresh()
    return window.measure


def test_ages_name_their_source_and_spread(desk):
    panel = desk.panel
    assert not panel.age_card.isHidden()
    first = panel.ages["intergrowth21"].text()
    assert first.startswith("INTERGROWTH-21st: ")
    assert "±" in first
    assert "95 %" in first
    assert "no spread" in panel.ages["southwest_nigeria"].text()
    assert "doi" in panel.ages["intergrowth21"].toolTip()


def test_a_known_age_is_compared(desk, session):
    panel = desk.panel
    assert panel.plausible.isHidden()
    panel.is_known.click()
    panel.weeks.setValue(20)
    panel.days.setValue(0)
    desk.refresh()
    assert session.measuring.known_weeks() == pytest.approx(20)
    assert "expects 20.5 mm" in panel.plausible.text()
    assert "Plausible" in panel.plausible.text()
    panel.weeks.setValue(30)
    desk.refresh()
    assert "Outside the range" in panel.plausible.text()
    panel.is_known.click()
    desk.refresh()
    assert session.measuring.known_weeks() is None
    assert panel.plausible.isHidden()


def test_ages_outside_their_range_say_so(desk, session):
    session.set_spacing(session.place[0], (0.1, 0.1))
    desk.refresh()
    assert "made for" in desk.panel.ages["intergrowth21"].text()
    session.set_spacing(session.place[0], None)
    desk.refresh()
    assert "calibrate" in desk.panel.ages["intergrowth21"].text()


def test_other_labels_have_no_age(desk, session):
    session.view.label = "rib"
    desk.refresh()
    assert desk.panel.age_card.isHidden()


def test_callipers_are_listed_and_deleted(desk, session):
    panel = desk.panel
    assert not panel.empty.isHidden()
    session.callipers.add(Drawn(Kind.DISTANCE, ((0, 0), (10, 0))))
    session.callipers.add(Drawn(Kind.DISTANCE, ((0, 0), (30, 0)), "tcd"))
    desk.refresh()
    assert panel.empty.isHidden()
    rows = panel._rows
    assert [row.value.text() for row in rows] == ["5.0 mm", "15.0 mm"]
    assert rows[1].name.text() == "Diameter (TCD)"
    QTest.mouseClick(rows[0].delete, Qt.MouseButton.LeftButton)
    desk.refresh()
    assert [row.isHidden() for row in rows] == [False, True]
    assert len(session.callipers.here) == 1


def test_lines_on_the_image_are_switched(desk, session):
    desk.panel.is_shown.click()
    assert not session.callipers.is_shown
    desk.panel.is_shown.click()
    assert session.callipers.is_shown


def test_no_recording(desk, session):
    session.close_study()
    desk.refresh()
    assert "Open a recording" in desk.panel.source.text()
