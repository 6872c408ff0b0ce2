"""The strip of wand, smooth brush and moved pieces: lusgui.ui.mask_bar."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QApplication

from lusgui.session.view_state import Tool
from lusgui.ui.mask_bar import what_to_do


def show(session, tool):
    session.view.tool = tool
    QApplication.processEvents()


def test_the_strip_shows_what_belongs_to_the_tool(window, session):
    bar = window.mask_bar
    assert not bar.isVisible()
    show(session, Tool.WAND)
    assert bar.isVisible()
    assert bar.tolerance.isVisible()
    assert not bar.smoothing.isVisible()
    bar.tolerance.spin.setValue(20)
    assert session.masking.settings.tolerance == 0.2
    bar.fills.click()
    QApplication.processEvents()
    assert not bar.tolerance.isVisible()
    show(session, Tool.SMOOTH)
    assert bar.smoothing.isVisible()
    bar.smoothing.spin.setValue(0.7)
    assert session.masking.settings.smooth_mm == 0.7
    session.set_spacing(session.place[0], None)
    QApplication.processEvents()
    assert bar.smoothing.spin.suffix() == " px"
    bar.smoothing.spin.setValue(3)
    assert session.masking.settings.smooth_px == 3
    show(session, Tool.MOVE)
    assert bar.copies.isVisible()
    assert not bar.finish.isVisible()
    show(session, Tool.BRUSH)
    assert not bar.isVisible()


def test_it_says_what_to_do(window, session):
    session.view.tool = Tool.MOVE
    assert "no mask" in what_to_do(session)
    session.push_masks("Test", {session.key(): np.ones((60, 40), bool)})
    assert "Press on a piece" in what_to_do(session)
    session.moving.take(session.key(), 5, 5)
    assert "Enter" in what_to_do(session)
    session.locks.set_locked("rib", True)
    assert "locked" in what_to_do(session)
    session.locks.set_locked("rib", False)
    session.view.tool = Tool.WAND
    assert "drag right for more, left for less" in what_to_do(session)
    session.masking.settings.fills = True
    assert "closed outline" in what_to_do(session)
    session.view.tool = Tool.SMOOTH
    assert "Shift+wheel" in what_to_do(session)


def test_a_narrow_canvas_cuts_nothing_off(window, session, monkeypatch):
    bar = window.mask_bar
    monkeypatch.setattr(type(bar), "room", property(lambda _: 400))
    session.push_masks("Test", {session.key(): np.ones((60, 40), bool)})
    for tool in (Tool.WAND, Tool.SMOOTH, Tool.MOVE):
        show(session, tool)
        if tool is Tool.MOVE:
            session.moving.take(session.key(), 5, 5)
            QApplication.processEvents()
        assert bar.width() == 400
        assert bar.text.toolTip() == bar.text.text() != ""
        assert bar.minimumSizeHint().width() <= 400
