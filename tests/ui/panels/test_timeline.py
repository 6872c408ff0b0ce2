"""Marks of time and the way of the cine loop: lusgui.ui.panels.timeline. The rest: test_lists."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from lusgui.core.annotation import PlaneKey
from lusgui.ui import theme

SHAPE, FRAMES = (60, 40), 6


def played(window, session, qtbot, steps):
    """Return the frames that are shown when so many steps are played."""
    seen = []
    session.view.cine_fps = 120.0
    session.frame_changed.connect(lambda _recording, frame: seen.append(frame), unique=False)
    window.timeline.toggle_play()
    qtbot.waitUntil(lambda: len(seen) >= steps, timeout=10_000)
    window.timeline.toggle_play()
    return seen[:steps]


def test_the_loop_begins_again_at_the_first_frame(window, session, qtbot):
    session.go_to(session.place[0], 4)
    assert played(window, session, qtbot, 4) == [5, 0, 1, 2]


def test_there_and_back_turns_round_at_both_ends(window, session, qtbot):
    window.actions_by_id["cine.bounce"].trigger()
    QApplication.processEvents()
    assert window.actions_by_id["cine.bounce"].isChecked()
    session.go_to(session.place[0], 4)
    assert played(window, session, qtbot, 9) == [5, 4, 3, 2, 1, 0, 1, 2, 3]


def test_a_part_is_played_and_marked_on_the_strip(window, session, qtbot):
    recording = session.place[0]
    session.go_to(recording, 2)
    QTest.keyClick(window, Qt.Key.Key_Home, Qt.KeyboardModifier.ShiftModifier)
    session.go_to(recording, 4)
    QTest.keyClick(window, Qt.Key.Key_End, Qt.KeyboardModifier.ShiftModifier)
    assert "3 to 5" in window.status_bar.currentMessage()
    strip = window.timeline.strip
    qtbot.waitUntil(lambda: strip._loop == (2, 4), timeout=5000)
    strip.resize(320, 34)
    image = strip.grab().toImage()
    accent = QColor(theme.current().accent).rgb()
    assert image.pixel(round(strip.x_of(3)), 4) == accent
    assert image.pixel(round(strip.x_of(1)), 4) != accent
    assert played(window, session, qtbot, 4) == [2, 3, 4, 2]
    window.actions_by_id["cine.loop_all"].trigger()
    qtbot.waitUntil(lambda: strip._loop is None, timeout=5000)


def test_speed_is_changed_from_the_menu(window, session):
    session.view.cine_fps = 10.0
    window.actions_by_id["cine.faster"].trigger()
    assert session.view.cine_fps == 12.5
    assert window.timeline.speed.value() == 12.5
    window.actions_by_id["cine.slower"].trigger()
    assert session.view.cine_fps == 10.0
    assert "10 frames a second" in window.status_bar.currentMessage()


def test_key_frames_and_ghosts_are_marked(window, session, qtbot):
    recording = session.place[0]
    session.view.label = "rib"
    mask = np.zeros(SHAPE, bool)
    mask[20:30, 10:30] = True
    session.push_masks("Brush", {PlaneKey(recording, 0, "rib"): mask})
    QTest.keyClick(window, Qt.Key.Key_K)
    session.go_to(recording, 2)
    QTest.keyClick(window, Qt.Key.Key_Y)
    strip = window.timeline.strip
    qtbot.waitUntil(lambda: strip._key_frames == (0,), timeout=5000)
    assert strip._ghosts == {2: None}
    image = strip.grab().toImage()
    ratio = image.devicePixelRatio()
    at = image.pixelColor(round(strip.x_of(0) * ratio), round(16 * ratio)).name()
    assert at == theme.current().text.lower()
    # nothing of it on another label
    session.view.label = "cerebellum"
    qtbot.waitUntil(lambda: strip._ghosts == {}, timeout=5000)
    assert strip._key_frames == ()


def test_a_doubtful_ghost_is_orange(window):
    strip = window.timeline.strip
    strip.set_frames(FRAMES, {}, frozenset())
    strip.set_times((), {3: 0.72, 5: 0.95})
    image = strip.grab().toImage()
    colors = {image.pixelColor(x, 11).name() for x in range(image.width())}
    colors |= {image.pixelColor(x, 16).name() for x in range(image.width())}
    assert theme.current().warning.lower() in colors
    assert theme.current().text.lower() in colors


def test_flagged_frames_bear_a_flag(window, qtbot):
    from lusgui.core.annotation import PlaneKey

    strip = window.timeline.strip
    before = strip.grab().toImage()
    window.session.review.flag(PlaneKey(1, 3, "cerebellum"))  # of whichever label
    qtbot.waitUntil(lambda: strip._flagged == frozenset({3}))
    assert strip.grab().toImage() != before
    window.session.undo()
    qtbot.waitUntil(lambda: strip._flagged == frozenset())
