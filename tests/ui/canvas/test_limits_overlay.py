"""The veil over what may not be painted: lusgui.ui.canvas.limits_overlay."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QApplication

from lusgui.session.painting_guard import Where
from lusgui.session.view_state import Tool


def settle():
    QApplication.processEvents()


def test_the_veil_follows_limits_frame_tool_and_other_labels(window, session):
    item, guard = window.veil.item, session.guard
    assert item.veiled.size == 0
    guard.set_range(0.9, 1.0)
    settle()
    assert item.veiled.size == 0  # not switched on
    guard.is_on = True
    settle()
    allowed = guard.allowed(session.key())
    assert allowed.any()
    assert np.array_equal(item.veiled, ~allowed)
    session.step(1)
    settle()
    assert np.array_equal(item.veiled, ~guard.allowed(session.key()))
    assert not np.array_equal(item.veiled, ~allowed)
    session.view.tool = Tool.PAN
    settle()
    assert item.veiled.size == 0
    session.view.tool = Tool.WAND
    guard.set_range(0.0, 1.0)
    guard.set_where(Where.INSIDE, "cerebellum")
    settle()
    assert item.veiled.all()
    mask = np.zeros((60, 40), bool)
    mask[10:20, 10:20] = True
    session.push_masks("Test", {session.key("cerebellum"): mask})
    settle()
    assert np.array_equal(item.veiled, ~mask)
    guard.is_on = False
    settle()
    assert item.veiled.size == 0


def test_what_is_veiled_is_darker(window, session):
    session.guard.set_range(0.9, 1.0)

    def gray(row, col):
        at = window.canvas.to_viewport(row + 0.5, col + 0.5).toPoint()
        return window.canvas.viewport().grab().toImage().pixelColor(at).value()

    settle()
    dark, bright = gray(40, 20), gray(12, 20)
    session.guard.is_on = True
    settle()
    assert gray(12, 20) == bright
    assert gray(40, 20) != dark
