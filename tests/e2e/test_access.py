"""Keys and access in the whole program: after touching any control B gives the brush; all has a name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QScrollBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from lusgui.session.commands import COMMANDS
from lusgui.session.view_state import Tool

WAIT_MS = 60_000
CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QAbstractItemView, QTabBar)
TEXTS = (QLineEdit, QPlainTextEdit, QTextEdit)
DIALOGS = (
    *("export", "import masks", "labels", "rater", "settings", "worklist", "spacing", "recipe", "relocate"),
    *("shortcuts", "guide", "about", "palette", "keys", "models", "model"),
    *("calibrate", "export measures", "merge", "second read", "replay"),
)


@pytest.fixture
def app(start, qtbot, model):
    """Return the program on the bundled sample study."""
    begun = start("--sample", "--label", "rib")
    ready = begun.window.presenter
    qtbot.waitUntil(lambda: begun.session.place is not None and ready.is_up_to_date, timeout=WAIT_MS)
    begun.window.activateWindow()
    return begun


def name_of(widget):
    """Return what a screen reader would say of a control."""
    label = widget.accessibleName()
    if not label and isinstance(widget, QAbstractButton):
        label = widget.text().replace("&", "")
        action = getattr(widget, "defaultAction", lambda: None)()
        if not label and action is not None:
            label = action.text()
    return label.strip()


def is_inner(widget):
    """Whether a widget is a part that Qt made inside a control."""
    if widget.objectName().startswith("qt_"):
        return True
    parent = widget.parent()
    return (
        isinstance(parent, (QComboBox, QAbstractSpinBox, QLineEdit))
        or isinstance(widget, (QScrollBar,))
        or type(widget).__name__ in ("QComboBoxListView", "QHeaderView", "QTableCornerButton")
    )


def controls_in(root, kinds=(*CONTROLS, *TEXTS)):
    return [
        widget
        for kind in kinds
        for widget in root.findChildren(kind)
        if widget.isVisible() and not is_inner(widget) and widget.window() is root.window()
    ]


def leave_dialogs(app):
    """Close what a control opened."""
    for _ in range(5):
        popup = QApplication.activePopupWidget()
        if popup is None:
            break
        popup.close()
    for dialog in app.window.asking.dialogs.opened:
        dialog.reject()
    for widget in QApplication.topLevelWidgets():
        if widget is not app.window and widget.isVisible():
            widget.close()
    QApplication.sendPostedEvents(None, 52)
    app.window.activateWindow()
    QApplication.processEvents()


def touch(control):
    """Use a control as a person does with the mouse."""
    if isinstance(control, QComboBox):
        control.showPopup()
        QApplication.processEvents()
        QTest.keyClick(control.view(), Qt.Key.Key_Return)
    elif isinstance(control, QAbstractSpinBox):
        QTest.mouseClick(control.lineEdit(), Qt.MouseButton.LeftButton)
        QTest.keyClick(control.lineEdit(), Qt.Key.Key_Up)
    elif isinstance(control, QAbstractItemView):
        index = control.model().index(0, 0) if control.model() is not None else None
        where = control.visualRect(index).center() if index is not None and index.isValid() else QPoint(4, 4)
        QTest.mouseClick(control.viewport(), Qt.MouseButton.LeftButton, pos=where)
    elif isinstance(control, QTabBar):
        where = control.tabRect(control.currentIndex()).center()
        QTest.mouseClick(control, Qt.MouseButton.LeftButton, pos=where)
    else:
        QTest.mouseClick(control, Qt.MouseButton.LeftButton)


def leaves_the_window(control):
    """Whether touching a control ends or replaces what the test looks at."""
    action = getattr(control, "defaultAction", lambda: None)()
    command = action.objectName() if action is not None else ""
    return command in ("app.quit", "study.close", "file.close", "learn.start", "learn.suggest")


def press_b(app):
    """Press B wherever the keyboard is and say whether the brush came."""
    app.session.view.tool = Tool.PAN
    QTest.keyClick(QApplication.focusWidget() or app.window, Qt.Key.Key_B)
    return app.session.view.tool is Tool.BRUSH and not app.session.view.erase


def test_b_gives_the_brush_after_touching_any_control(app):
    window = app.window
    failed, touched = [], set()
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        QApplication.processEvents()
        for control in controls_in(window, CONTROLS):
            said = f"{type(control).__name__} “{name_of(control)}”"
            if id(control) in touched or not control.isEnabled() or leaves_the_window(control):
                continue
            touched.add(id(control))
            if not control.isVisible():  # one touched before has hidden it
                continue
            touch(control)
            leave_dialogs(app)
            if not press_b(app):
                failed.append(said)
            leave_dialogs(app)
    assert len(touched) > 50
    assert not failed, failed


def test_every_control_of_the_window_has_a_name_and_is_reached_with_tab(app):
    window = app.window
    nameless, unreached, seen = [], [], 0
    for tab in range(window.tabs.count()):
        window.tabs.setCurrentIndex(tab)
        QApplication.processEvents()
        for control in controls_in(window):
            seen += 1
            if not name_of(control):
                nameless.append(f"{type(control).__name__} {control.objectName()} {control.toolTip()[:40]}")
            action = getattr(control, "defaultAction", lambda: None)()
            if action is not None or isinstance(control, QTabBar):
                continue  # what a menu has too
            can_tab = control.focusPolicy() & Qt.FocusPolicy.TabFocus
            if not can_tab and not has_menu(window, control):
                unreached.append(f"{type(control).__name__} “{name_of(control)}”")
    assert seen > 60
    assert not nameless, nameless
    assert not unreached, unreached


def has_menu(window, control):
    """Whether the same can be done from the menu: a button that triggers an action of the window."""
    return control.objectName() == "qt_toolbar_ext_button"


def prepare(app, what):
    """Bring about what a dialog is asked for by."""
    if what == "calibrate":
        app.session.callipers.put_known_line((5, 10), (55, 10))


@pytest.mark.parametrize("what", DIALOGS)
def test_every_control_of_every_dialog_has_a_name_and_is_reached(app, what):
    prepare(app, what)
    app.window.asking.dialogs.ask(what)
    QApplication.processEvents()
    opened = app.window.asking.dialogs.opened
    assert opened, what
    dialog = opened[-1]
    nameless = [f"{type(w).__name__} {w.objectName()}" for w in controls_in(dialog) if not name_of(w)]
    unreached = [
        f"{type(w).__name__} “{name_of(w)}”"
        for w in controls_in(dialog)
        if w.isEnabled() and not w.focusPolicy() & Qt.FocusPolicy.TabFocus and not led_by_keys(w)
    ]
    dialog.reject()
    assert not nameless, nameless
    assert not unreached, unreached


def led_by_keys(widget: QWidget):
    """Whether other keys than Tab lead there: a list under its box, as in the palette, or choices of some."""
    return widget.window().objectName() == "palette" or isinstance(widget, QRadioButton)


def test_tab_goes_through_the_window_and_comes_back(app):
    window = app.window
    window.canvas.setFocus()
    seen = []
    for _ in range(400):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        here = QApplication.focusWidget()
        assert here is not None
        if here is window.canvas:
            break
        seen.append(here)
    assert QApplication.focusWidget() is window.canvas, "Tab is caught"
    assert len(set(map(id, seen))) > 15
    assert all(name_of(widget) or is_inner(widget) for widget in seen)


def test_keys_are_kept_for_the_next_time(app, start, qtbot):
    app.session.key_map.choose_preset("Slicer ultrasound")
    app.session.key_map.set_keys("tool.point", ["F7"])
    app.window.close()
    again = start("--sample")
    qtbot.waitUntil(lambda: again.session.place is not None, timeout=WAIT_MS)
    assert again.session.key_map.keys("tool.point") == ("F7",)
    assert again.session.key_map.preset == "Slicer ultrasound"


def test_spoilt_keys_are_left_aside(app, start):
    app.settings.setValue("keys", "{spoilt")
    app.window.close()
    again = start()
    assert again.session.key_map.keys("tool.brush") == ("B",)


def test_a_held_tool_and_the_palette_with_real_keys(app, qtbot, hand_of):
    session, window = app.session, app.window
    session.view.tool = Tool.PAN
    hand = hand_of(app)
    rows, cols = window.canvas.shape
    middle = (rows / 2, cols / 2)
    QTest.keyPress(window, Qt.Key.Key_B)
    hand.drag(middle, (rows / 2 + 9, cols / 2 + 3))
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.view.tool is Tool.PAN
    assert session.mask(session.key()).any()
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    (palette,) = window.asking.dialogs.opened
    QTest.keyClicks(palette.search, "frame 3")
    QTest.keyClick(palette.search, Qt.Key.Key_Return)
    assert session.current_frame == 2
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert session.current_frame == 0
    assert not session.mask(session.key()).any()


def test_b_gives_the_brush_after_touching_what_each_tool_brings(app):
    """Bars over the image come with a tool; their controls must not keep the keyboard either."""
    window, failed, touched = app.window, [], 0
    standing = {id(control) for control in controls_in(window, CONTROLS)}
    tools = [command for command in COMMANDS if command.id.startswith("tool.")]
    for command in tools:
        action = window.actions_by_id[command.id]
        if not action.isEnabled():
            continue
        action.trigger()
        QApplication.processEvents()
        brought = [c for c in controls_in(window, CONTROLS) if id(c) not in standing and c.isEnabled()]
        for control in brought:
            said = f"{command.id}: {type(control).__name__} “{name_of(control)}”"
            if not name_of(control):
                failed.append(f"{said} has no name")
            if leaves_the_window(control) or not control.isVisible():
                continue
            touched += 1
            touch(control)
            leave_dialogs(app)
            if not press_b(app):
                failed.append(said)
            leave_dialogs(app)
            action.trigger()
            QApplication.processEvents()
    assert len(tools) > 8
    assert not failed, failed


def test_each_tools_key_held_and_let_go_returns_to_the_former_tool(app, monkeypatch):
    """Every tool that has a key: hold it, let go, and the former tool is back; an open shape would stay."""
    session, window = app.session, app.window
    now = [100.0]
    monkeypatch.setattr("lusgui.ui.keys.time", SimpleNamespace(monotonic=lambda: now[0]))
    wrong = []
    for command in COMMANDS:
        keys = session.key_map.keys(command.id)
        if not command.id.startswith("tool.") or not keys:
            continue
        session.view.tool, session.view.erase = Tool.PAN, False
        pressed = QKeySequence(keys[0])[0]
        QTest.keyPress(window, pressed.key(), pressed.keyboardModifiers())
        was_taken = command.checked_when(session)
        now[0] += 1.0
        QTest.keyRelease(window, pressed.key(), pressed.keyboardModifiers())
        is_back = session.view.tool is Tool.PAN and not session.view.erase
        if not (was_taken and is_back) and command.enabled_when(session) and command.id != "tool.pan":
            wrong.append(f"{command.id}: taken {was_taken}, back {is_back}")
    assert not wrong, wrong


def test_the_size_of_text_is_chosen_and_kept(app, start, qtbot):
    window = app.window
    before = window.menuBar().font().pixelSize(), window.tools.iconSize().width()
    window.asking.dialogs.ask("settings")
    (settings,) = window.asking.dialogs.opened
    settings.text_size.setCurrentIndex(settings.text_size.findData(1.5))
    QTest.mouseClick(settings.apply, Qt.MouseButton.LeftButton)
    assert app.session.view.text_scale == 1.5
    assert window.tools.iconSize().width() == 1.5 * before[1]
    assert window.labels.font().pixelSize() == round(13 * 1.5)
    window.actions_by_id["view.text_larger"].trigger()
    window.close()
    again = start("--sample")
    assert again.session.view.text_scale == 1.75
    assert again.window.tools.iconSize().width() == 1.75 * before[1]
    assert again.window.threshold.threshold.spin.width() == 147  # 84 at the usual size
    again.window.actions_by_id["view.text_usual"].trigger()
    qtbot.waitUntil(lambda: again.window.tools.iconSize().width() == before[1], timeout=WAIT_MS)


def test_an_open_polygon_survives_a_moment_with_the_brush(app, monkeypatch, hand_of):
    session, window = app.session, app.window
    now = [100.0]
    monkeypatch.setattr("lusgui.ui.keys.time", SimpleNamespace(monotonic=lambda: now[0]))
    session.view.model_visible = False
    rows, cols = window.canvas.shape
    hand = hand_of(app)
    QTest.keyClick(window, Qt.Key.Key_P)
    for row, col in ((0.3, 0.3), (0.3, 0.6), (0.5, 0.6)):
        QTest.mouseClick(hand.viewport, Qt.MouseButton.LeftButton, pos=hand.at(rows * row, cols * col))
    assert len(session.shapes.draft.corners) == 3
    QTest.keyPress(window, Qt.Key.Key_B)
    hand.drag((rows * 0.8, cols * 0.5), (rows * 0.8, cols * 0.6))
    now[0] += 1.0
    QTest.keyRelease(window, Qt.Key.Key_B)
    assert session.mask(session.key())[int(rows * 0.8), int(cols * 0.55)]
    assert session.view.tool is Tool.POLYGON
    assert len(session.shapes.draft.corners) == 3
    QTest.keyClick(window, Qt.Key.Key_Return)
    assert session.mask(session.key())[int(rows * 0.35), int(cols * 0.55)]
    session.undo()
    assert not session.mask(session.key())[int(rows * 0.35), int(cols * 0.55)]
    assert session.mask(session.key())[int(rows * 0.8), int(cols * 0.55)]
