"""A hand that does anything at any moment in the real window: mouse, pen, wheel, keys, settings."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
    QInputDevice,
    QKeySequence,
    QMouseEvent,
    QPointingDevice,
    QPointingDeviceUniqueId,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView, QApplication, QDialog
from walk_steps import Broken

from lusgui.core.click.answer import ClickAnswer, nothing_found
from lusgui.core.click.merge import merge
from lusgui.core.click.prompt import Box, Click
from lusgui.runtime.inference import WorkerState, WorkerStatus
from lusgui.session.painting_guard import Where
from lusgui.session.view_state import OverlayStyle

KEYS = Qt.KeyboardModifier
BUTTONS = {"left": Qt.MouseButton.LeftButton, "right": Qt.MouseButton.RightButton}
BUTTONS["middle"] = Qt.MouseButton.MiddleButton
MODIFIERS = {
    "": KEYS.NoModifier,
    "alt": KEYS.AltModifier,
    "shift": KEYS.ShiftModifier,
    "ctrl": KEYS.ControlModifier,
    "alt+shift": KEYS.AltModifier | KEYS.ShiftModifier,
}


class FakeClicks(QObject):
    """Answers clicks when it is told to; stands in for the process."""

    answer_ready = Signal(object, object, object)
    ready_changed = Signal(bool)
    lost = Signal(object)
    status_changed = Signal(object)
    problem = Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self.frame_key, self.is_ready, self._asked, self._shape = None, True, None, (0, 0)

    def open(self, frame_key, gray, spacing_ratio=1.0):
        if frame_key != self.frame_key:
            self.cancel()
        self.frame_key, self._shape = frame_key, gray.shape
        self.status_changed.emit(WorkerStatus(WorkerState.READY, "a fake"))

    def prefetch(self, frames):
        list(frames)

    def ask(self, question):
        if question.frame_key != self.frame_key:
            self.lost.emit(question.token)
            return
        self.cancel()
        self._asked = question

    def cancel(self):
        asked, self._asked = self._asked, None
        if asked is not None:
            self.lost.emit(asked.token)

    rest = forget = cancel

    def retry(self):
        """Nothing to start again."""

    shutdown = retry

    def answer(self, kind):
        """Answer what was asked last: a disc around the first mark, nothing, or not at all."""
        asked, self._asked = self._asked, None
        if asked is None:
            return
        if kind == "lost":
            self.lost.emit(asked.token)
            return
        if kind == "nothing":
            found = nothing_found(self._shape, asked.previous, engine="a fake", seconds=0.0)
        else:
            down, right = np.ogrid[: self._shape[0], : self._shape[1]]
            disc = np.zeros(self._shape, bool)
            for mark in asked.prompt.marks:
                row, col = _middle(mark)
                near = (down + 0.5 - row) ** 2 + (right + 0.5 - col) ** 2 <= 25
                disc = disc & ~near if isinstance(mark, Click) and not mark.is_positive else disc | near
            mask = merge(disc, asked.previous, asked.prompt)
            found = ClickAnswer(mask, disc.astype(np.float32), True, "", 0.0, "a fake")
        self.answer_ready.emit(asked.token, asked.frame_key, found)


def _waits(widget):
    """Whether a press of a widget runs a loop of its own until somebody answers."""
    return getattr(widget, "menu", lambda: None)() is not None or isinstance(widget, QAbstractItemView)


def _middle(mark):
    if isinstance(mark, Click):
        return mark.row, mark.col
    if isinstance(mark, Box):
        return (mark.row0 + mark.row1) / 2, (mark.col0 + mark.col1) / 2
    return mark.points[0]


def _pen_device(name, number, kind):
    can = QInputDevice.Capability.Position | QInputDevice.Capability.Pressure
    kinds = QInputDevice.DeviceType
    return QPointingDevice(name, number, kinds.Stylus, kind, can, 1, 1, "", QPointingDeviceUniqueId())


class Hand:
    """Does steps in a running program; each word is a method.

    Parameters
    ----------
    app : App
        With recordings open and all labels there.
    """

    def __init__(self, app):
        self.app, self.session, self.window = app, app.session, app.window
        self.canvas, self.viewport = app.window.canvas, app.window.canvas.viewport()
        self.clicks = app.clicks.client
        self.buttons, self.grabber, self.held_keys = set(), None, set()
        self.gesture, self.pen_is_down, self.waited = None, False, 0
        self._pen = _pen_device("a pen", 1, QPointingDevice.PointerType.Pen)
        self._turned = _pen_device("its end", 2, QPointingDevice.PointerType.Eraser)

    @property
    def labels(self):
        """Keys of the labels; a command may have added one."""
        return [label.key for label in self.session.labels]

    # places

    def position(self, spot):
        """Return a place in window coordinates."""
        where, across, down = spot
        if where == "window":
            size = self.window.size()
            return QPoint(int(across * size.width()), int(down * size.height()))
        if where == "frame" and self.canvas.has_frame:
            rows, cols = self.canvas.shape
            at = self.canvas.to_viewport(down * rows, across * cols).toPoint()
            limit = self.viewport.rect().adjusted(-30, -30, 30, 30)
            at = QPoint(
                min(max(at.x(), limit.left()), limit.right()), min(max(at.y(), limit.top()), limit.bottom())
            )
        else:
            at = QPoint(int(across * self.viewport.width()), int(down * self.viewport.height()))
        return self.viewport.mapTo(self.window, at)

    def _under(self, at):
        return self.window.childAt(at) or self.window

    def _mouse(self, kind, at, button, held):
        target = self.grabber or self._under(at)
        here = QPointF(target.mapFrom(self.window, at)) if target is not self.window else QPointF(at)
        buttons = Qt.MouseButton.NoButton
        for each in self.buttons:
            buttons |= BUTTONS[each]
        event = QMouseEvent(
            kind, here, self.window.mapToGlobal(QPointF(at)), button, buttons, MODIFIERS[held]
        )
        QApplication.sendEvent(target, event)

    # steps

    @property
    def blocked(self):
        """Whether a dialog or a list is in the way of the mouse."""
        return QApplication.activeModalWidget() is not None or QApplication.activePopupWidget() is not None

    def do_step_of(self, step):
        """Do one step; a dialog that stays in the way too long is escaped."""
        word, *values = step
        self.waited = self.waited + 1 if self.blocked else 0
        if self.waited > 5:
            self.do_dialog("escape")
        getattr(self, "do_" + word.replace(" ", "_"))(*values)

    def do_move(self, spot, held):
        if not self.blocked:
            self._mouse(QEvent.Type.MouseMove, self.position(spot), Qt.MouseButton.NoButton, held)

    def do_press(self, spot, button, held, kind=QEvent.Type.MouseButtonPress):
        if self.blocked or self.buttons or self.pen_is_down:
            return
        at = self.position(spot)
        target = self._under(at)
        if button == "right" and target is not self.viewport:
            return  # menus of lists run a loop of their own
        if _waits(target) or _waits(target.parent()):
            return
        if spot[0] == "window" and target is not self.viewport and not self._is_harmless(target):
            return
        self.gesture = (self.window.presenter.shown, self.session.view.label)
        self.buttons.add(button)
        self.grabber = target
        self._mouse(kind, at, BUTTONS[button], held)

    def do_double(self, spot, button, held):
        self.do_press(spot, button, held, QEvent.Type.MouseButtonDblClick)

    def do_release(self, spot, button, held):
        if button not in self.buttons:
            return
        self.buttons.discard(button)
        self._mouse(QEvent.Type.MouseButtonRelease, self.position(spot), BUTTONS[button], held)
        self.grabber = None

    def _is_harmless(self, widget):
        return any(
            parent is widget or parent.isAncestorOf(widget)
            for parent in (self.window.timeline, self.window.tabs, self.window.splitter)
        ) and not widget.inherits("QPushButton")

    def do_pen(self, kind, spot, pressure, turned):
        at = self.position(spot)
        if self.blocked or self.buttons or (kind == "down" and self._under(at) is not self.viewport):
            return
        types = {
            "down": QEvent.Type.TabletPress,
            "move": QEvent.Type.TabletMove,
            "up": QEvent.Type.TabletRelease,
        }
        if kind == "down":
            self.gesture = (self.window.presenter.shown, self.session.view.label)
            self.pen_is_down = True
        elif kind == "up":
            self.pen_is_down = False
        here = QPointF(self.viewport.mapFrom(self.window, at))
        event = QTabletEvent(
            types[kind], self._turned if turned else self._pen, here, self.window.mapToGlobal(QPointF(at)),
            pressure, 0.0, 0.0, 0.0, 0.0, 0, KEYS.NoModifier,
            Qt.MouseButton.NoButton if kind == "move" else Qt.MouseButton.LeftButton,
            Qt.MouseButton.NoButton if kind == "up" else Qt.MouseButton.LeftButton,
        )  # fmt: skip
        QApplication.sendEvent(self.viewport, event)

    def do_wheel(self, spot, steps, held):
        at = self.position(spot)
        if self.blocked or self._under(at) is not self.viewport:
            return
        here = QPointF(self.viewport.mapFrom(self.window, at))
        event = QWheelEvent(
            here, self.window.mapToGlobal(QPointF(at)), QPoint(), QPoint(0, 120 * steps),
            Qt.MouseButton.NoButton, MODIFIERS[held], Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(self.viewport, event)

    def do_command(self, name):
        if not self.blocked and self.window.actions_by_id[name].isEnabled():
            self.window.actions_by_id[name].trigger()

    def _target(self):
        return (
            QApplication.activePopupWidget()
            or QApplication.activeModalWidget()
            or (QApplication.focusWidget() or self.canvas)
        )

    def do_chord(self, text):
        combination = QKeySequence(text)[0]
        QTest.keyClick(self._target(), combination.key(), combination.keyboardModifiers())

    def do_key_down(self, letter):
        if letter not in self.held_keys and not self.blocked:
            self.held_keys.add(letter)
            QTest.keyPress(self._target(), getattr(Qt.Key, f"Key_{letter}"))

    def do_key_up(self, letter):
        if letter in self.held_keys:
            self.held_keys.discard(letter)
            QTest.keyRelease(self._target(), getattr(Qt.Key, f"Key_{letter}"))

    def do_dialog(self, what):
        target = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if target is None:
            return
        if what == "words":
            QTest.keyClicks(QApplication.focusWidget() or target, "frame 2")
        else:
            key = {"escape": Qt.Key.Key_Escape, "return": Qt.Key.Key_Return, "tab": Qt.Key.Key_Tab}[what]
            QTest.keyClick(QApplication.focusWidget() or target, key)

    def do_step(self, steps):
        if steps == 2:
            self.session.step_recording(1)
        else:
            self.session.step(steps)

    def do_wait(self, milliseconds):
        QTest.qWait(milliseconds)

    def do_resize(self, width, height):
        self.window.resize(width, height)

    def do_lock(self, number):
        locks = self.session.locks
        for label in locks.labels or (self.labels[number],):
            locks.set_locked(label, not locks.is_locked(label))

    def do_limit(self, kind, low, high):
        guard = self.session.guard
        if kind == 0 or guard.is_on:
            guard.is_on = False
            return
        if kind in (1, 2):
            guard.set_range(min(low, high), max(low, high))
        elif kind == 3:
            guard.set_where(Where.INSIDE, self.labels[0])
        else:
            guard.set_where(Where.OUTSIDE, "" if kind == 4 else self.labels[1])
        guard.is_on = True

    def do_predict(self, seed, number):
        place = self.session.place
        if place is None:
            return
        label, noise = self.labels[number], np.random.default_rng(seed)
        self.session.set_active_model(label, "tiny", "1", "off")
        shape = self.session.row(place[0]).shape
        small = noise.random((shape[0] // 6 + 1, shape[1] // 6 + 1))
        probability = np.kron(small, np.ones((6, 6)))[: shape[0], : shape[1]].astype(np.float32)
        self.session.put_prediction(self.session.prediction_key(*place, label), probability)

    def do_answer(self, kind):
        getattr(self.clicks, "answer", lambda _kind: QTest.qWait(300))(kind)

    def do_view(self, change):
        name, value = change
        setattr(self.session.view, name, OverlayStyle(value) if name == "overlay_style" else value)

    def do_label(self, number):
        self.session.choose_label(self.labels[number])

    def do_leave(self):
        QApplication.sendEvent(self.canvas, QEvent(QEvent.Type.Leave))

    def do_text(self, scale):
        self.session.view.text_scale = scale

    def do_spacing(self, rows, cols):
        if self.session.place is not None:
            self.session.set_spacing(self.session.place[0], (rows, cols))

    def do_rename(self, number, color):
        self.session.recolour_label(self.labels[number], color)

    def do_reopen(self):
        if self.session.shapes.unfinished or self.session.times.count or self.session.clicking.unaccepted():
            return  # is asked about before
        path = self.session.study_path
        if not self.session.close_study() or not self.session.open_study(path):
            raise Broken("the study did not open again")

    # larger things

    def settle(self):
        """Wait until the frame is on screen."""
        for _ in range(2000):
            QTest.qWait(5)
            if self.window.presenter.is_up_to_date:
                QTest.qWait(25)
                return
        raise Broken(f"frame {self.session.place} never came; {self.window.presenter.shown} is shown")

    def let_go(self):
        """Take the hand off the mouse and the keys, and answer no to every question."""
        for button in list(self.buttons):
            self.do_release(("canvas", 0.5, 0.5), button, "")
        for letter in list(self.held_keys):
            self.do_key_up(letter)
        self.do_pen("up", ("canvas", 0.5, 0.5), 0.0, False)
        for _ in range(6):
            popup, dialog = QApplication.activePopupWidget(), QApplication.activeModalWidget()
            if popup is not None:
                QTest.keyClick(popup, Qt.Key.Key_Escape)
                popup.close()
            elif isinstance(dialog, QDialog):
                dialog.reject()
            QTest.qWait(0)
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
        self.window.activateWindow()
        self.canvas.setFocus()
        QTest.qWait(0)
