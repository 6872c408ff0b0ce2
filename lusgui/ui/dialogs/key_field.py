"""A field that takes the next key that is pressed, whatever it is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from lusgui.base.translate import tr
from lusgui.session.key_map import KeysError, normal_keys
from lusgui.ui.actions import keys_text

_ONLY_HELD = frozenset(
    (
        Qt.Key.Key_Control,
        Qt.Key.Key_Shift,
        Qt.Key.Key_Alt,
        Qt.Key.Key_AltGr,
        Qt.Key.Key_Meta,
        Qt.Key.Key_CapsLock,
        Qt.Key.Key_NumLock,
        Qt.Key.Key_unknown,
        Qt.Key(0),
    )
)


class KeyField(QLineEdit):
    """Shows the key that was pressed in it; Tab leaves it and Escape gives up.

    Signals
    -------
    pressed(str)
        A key was pressed, in the words of the map of keys.
    given_up()
        Escape was pressed.
    """

    pressed = Signal(str)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.keys = ""
        self.setReadOnly(True)
        self.setPlaceholderText(tr("Click here and press a key"))
        self.setAccessibleName(tr("New key"))
        self.setToolTip(tr("Press the key, with Ctrl, Alt or Shift if you like; Tab goes on, Esc gives up"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

    def forget(self) -> None:
        """Be empty again."""
        self.keys = ""
        self.clear()

    def event(self, event: QEvent) -> bool:
        """Take every key before anybody else does."""
        if isinstance(event, QKeyEvent):
            is_tab = event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab)
            if event.type() == QEvent.Type.ShortcutOverride and not is_tab:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress and not is_tab:
                self._take(event)
                return True
        return super().event(event)

    def _take(self, event: QKeyEvent) -> None:
        event.accept()
        if event.key() == Qt.Key.Key_Escape:
            self.forget()
            self.given_up.emit()
        elif event.key() not in _ONLY_HELD and not event.isAutoRepeat():
            try:
                self.keys = keys_of(event)
            except KeysError:  # a key that has no name
                return
            self.setText(keys_text((self.keys,)))
            self.pressed.emit(self.keys)


def keys_of(event: QKeyEvent) -> str:
    """Return the key of an event with what is held, e.g. ``Ctrl+Shift+Z``.

    Raises
    ------
    KeysError
        If the key has no name.
    """
    held, text = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier, event.text()
    if len(text) == 1 and text.isprintable() and not text.isalnum() and not text.isspace():
        held &= ~Qt.KeyboardModifier.ShiftModifier  # it was needed to write the sign
    sequence = QKeySequence(held.value | event.key())
    return normal_keys(sequence.toString(QKeySequence.SequenceFormat.PortableText))
