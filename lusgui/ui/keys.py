"""Keys that do what they say: held keys, and shortcuts that survive a click on any control."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from lusgui.session.commands import COMMANDS
from lusgui.ui.bindings import Bindings
from lusgui.ui.held_tools import HeldTools
from lusgui.ui.refused_keys import RefusedKeys

if TYPE_CHECKING:
    from lusgui.session.acts import Desk
    from lusgui.session.commands import Command

HOLD_SECONDS = 0.25
"""A key down for longer than this was held, not tapped."""
TOOLS = "tool."
"""What the ids of tools begin with: their keys give the former tool back after being held."""
_NAVIGATION = frozenset(
    (
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    )
)
_PRESS = frozenset((Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter))
_OF_A_BOX = frozenset(
    (
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Escape,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Backspace,
    )
)
"""What a number box does with these is its own business."""
_NUMBER_CHARACTERS = frozenset("0123456789.,-+eE")


def calm_focus(root: QWidget) -> None:
    """Let no control under `root` take the keyboard by being clicked; Tab still reaches all of them."""
    for widget in root.findChildren(QWidget):
        is_editable_box = isinstance(widget, QComboBox) and widget.isEditable()
        if isinstance(widget, QAbstractSpinBox):
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        elif (
            isinstance(widget, (QAbstractButton, QAbstractSlider, QComboBox, QAbstractItemView, QTabBar))
            and not is_editable_box
            and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        ):
            widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)


class KeyKeeper(QObject):
    """Watches the keys of one window.

    Text boxes keep every key. Number boxes keep digits and let letters through to the shortcuts. Lists,
    sliders and buttons that were reached with Tab keep the keys that move or press them. Keys with a
    meaning while held are undone when they are let go.

    Parameters
    ----------
    window : QWidget
        The window; keys of dialogs are none of its business.
    desk : Desk
        Told when a held key is let go.
    home : QWidget
        Who gets the keyboard back: the canvas.
    """

    def __init__(self, window: QWidget, desk: Desk, home: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._desk = desk
        self._home = home
        self._tools = HeldTools(desk.session)
        self._refused = RefusedKeys(desk, self)
        self._holdable: dict[int, Command] = {}
        self._held: dict[int, tuple[float, Command]] = {}
        self._bindings = Bindings()
        self._bindings.connect(desk.session.key_map.changed, self._find_holdable)
        self._find_holdable()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def _find_holdable(self) -> None:
        """Look up which keys have a meaning while held: tools, and commands that say so."""
        key_map = self._desk.session.key_map
        self._holdable = {
            QKeySequence(keys)[0].toCombined(): command  # type: ignore[index]
            for command in COMMANDS
            if command.release is not None or command.id.startswith(TOOLS)
            for keys in key_map.keys(command.id)
        }

    def close(self) -> None:
        """Stop watching."""
        self._bindings.disconnect()
        self._tools.close()
        self._refused.close()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See every event of the application; act on few."""
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            return self._override(watched, event)
        if kind == QEvent.Type.KeyRelease and isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            self._let_go(event.key())
        elif kind == QEvent.Type.WindowDeactivate and watched is self._window:
            for key in list(self._held):
                self._let_go(key)
        elif kind == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._leave_box(watched, event)
        return False

    def _override(self, watched: QObject, event: QKeyEvent) -> bool:
        if not isinstance(watched, QWidget) or watched.window() is not self._window:
            return False
        if self._is_number_box(watched):
            if event.key() in _OF_A_BOX and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if (
                plain
                and event.text()
                and event.text().isprintable()
                and not set(event.text()) <= _NUMBER_CHARACTERS
            ):
                self._home.setFocus(Qt.FocusReason.ShortcutFocusReason)
                self._note_press(event, watched)
                event.ignore()  # the letter is a command, not a number
                return True
            return False
        if isinstance(watched, (QLineEdit, QPlainTextEdit, QTextEdit)):
            return False
        if (
            isinstance(watched, (QAbstractItemView, QAbstractSlider, QComboBox))
            and event.key() in _NAVIGATION
        ):
            if not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
                event.accept()
                return True
        elif isinstance(watched, QAbstractButton) and event.key() in _PRESS:
            event.accept()
            return True
        self._note_press(event, watched)
        return False

    def _note_press(self, event: QKeyEvent, watched: QObject) -> None:
        if event.isAutoRepeat():
            return
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        combined = QKeyCombination(held, Qt.Key(event.key())).toCombined()
        if watched is self._window:  # where a key ends that no control has kept for itself
            self._refused.press(combined)
        command = self._holdable.get(combined)
        if command is not None:
            self._held[event.key()] = (time.monotonic(), command)
            if command.id.startswith(TOOLS):
                self._tools.press(event.key(), command)

    def _let_go(self, key: int) -> None:
        since, command = self._held.pop(key, (0.0, None))
        if command is None:
            return
        was_held = time.monotonic() - since > HOLD_SECONDS
        if command.id.startswith(TOOLS):
            self._tools.release(key, was_held=was_held)
            return
        was_used = False
        if key == Qt.Key.Key_Space:
            was_used = self._desk.hold_space(False)
        if command.id == "view.peek" or was_held or was_used:
            command.release(self._desk)  # type: ignore[misc]

    def _leave_box(self, watched: QObject, event: QKeyEvent) -> bool:
        """Give the keyboard back to the canvas on Enter or Escape in a number box."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape) and isinstance(
            watched, QWidget
        ):
            box = watched if isinstance(watched, QAbstractSpinBox) else watched.parent()
            if isinstance(box, QAbstractSpinBox) and box.window() is self._window:
                box.interpretText()
                self._home.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        return False

    @staticmethod
    def _is_number_box(widget: QWidget) -> bool:
        return isinstance(widget, QAbstractSpinBox) or isinstance(widget.parent(), QAbstractSpinBox)
