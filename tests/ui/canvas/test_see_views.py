from __future__ import annotations

import pytest
from PySide6.QtTest import QTest


def test_nothing_of_it_costs_the_start_of_the_window(window):
    assert window.see.companion is None
    assert window.see.wipe.image is None


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_second_picture_takes_the_theme(window, session, name):
    session.seeing.side_by_side = True
    QTest.qWait(10)
    window.apply_theme(name)
    first, second = (c.backgroundBrush().color() for c in (window.canvas, window.see.companion.canvas))
    assert first == second


def test_h_hides_masks_in_both_pictures(window, session):
    session.seeing.side_by_side = True
    QTest.qWait(10)
    overlay = window.see.companion._overlays[session.view.label]
    session.step(1)
    QTest.qWait(10)
    assert overlay.isVisible()
    window.hide_overlay(True)
    assert not overlay.isVisible()
    window.hide_overlay(False)
    assert overlay.isVisible()
