from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.geometry import Box
from lusgui.core.label import CEREBELLUM
from lusgui.core.measures.drawn import Drawn, Kind
from lusgui.core.measures.plane import Structure
from lusgui.session.measuring import DRAWN, PROPOSED


@pytest.fixture
def here(session):
    session.go_to(1, 0)
    session.set_spacing(1, (1.0, 0.5))
    session.view.label = "rib"
    return session


def draw(session, label="rib"):
    box = Box(4, 2, 7, 14)
    assert session.stroke(session.key(label), box, np.ones(box.shape, bool), True)


def test_it_follows_mask_and_spacing(here):
    empty = here.measuring.now()
    assert empty.figures == ()
    assert empty.source == ""
    draw(here)
    found = here.measuring.now()
    assert found.source == DRAWN
    assert found.structure is Structure.RIB
    assert found.figure("depth").value == pytest.approx(4)
    here.set_spacing(1, (2.0, 0.5))
    assert here.measuring.now().figure("depth").value == pytest.approx(8)
    here.set_spacing(1, None)
    assert here.measuring.now().figure("depth").value is None
    assert here.measuring.now().spacing_mm is None


def test_a_ghost_goes_before_the_mask_and_is_named(here):
    draw(here)
    ghost = np.zeros((24, 16), bool)
    ghost[10:12, 2:14] = True
    here.set_proposal(here.key("rib"), ghost, "test")
    found = here.measuring.now()
    assert found.source == PROPOSED
    assert found.figure("depth").value == pytest.approx(10)


def test_the_image_is_used_where_it_fits(here):
    draw(here)
    for gray in (None, np.zeros((3, 3), np.float32), np.zeros((24, 16), np.float32)):
        assert here.measuring.now(gray).figure("shadow_width").value is None


def test_ends_of_the_diameter_by_hand(here):
    here.ensure_label(CEREBELLUM.key)
    here.view.label = "cerebellum"
    draw(here, "cerebellum")
    found = here.measuring.now()
    assert found.structure is Structure.CEREBELLUM
    assert found.figure("tcd").value == pytest.approx(np.hypot(6, 3), abs=0.6)
    here.callipers.add(Drawn(Kind.DISTANCE, ((0, 0), (15, 0)), "tcd"))
    moved = here.measuring.now()
    assert moved.figure("tcd").value == pytest.approx(15)
    assert moved.figure("ga_intergrowth21").value is not None
    assert moved.callipers[0].part == "tcd"


def test_an_age_that_is_known(here):
    assert here.measuring.known_weeks() is None
    assert here.measuring.set_known_weeks(22.5)
    assert not here.measuring.set_known_weeks(22.5)
    assert here.measuring.known_weeks() == 22.5
    here.go_to(2, 0)
    assert here.measuring.known_weeks() is None
    here.go_to(1, 0)
    assert here.measuring.set_known_weeks(None)
    assert here.measuring.known_weeks() is None


def test_nothing_is_looked_at(make_session):
    session = make_session()
    assert session.measuring.now() is None
    assert session.measuring.known_weeks() is None
    assert not session.measuring.set_known_weeks(20)
    assert session.measuring.spacing_mm() is None
