"""Puts the words of widgets into the language of the window as they are first shown.

Words that the code writes when a widget is made need nothing else; what is written later goes through ``tr``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTabWidget,
    QWidget,
)

from lusgui.base.translate import ENGLISH, language, tr, with_keys_now

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Translator(QObject):
    """Watches for widgets that are about to be shown for the first time.

    Parameters
    ----------
    parent : QObject
        The window.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._application = QApplication.instance() if language() != ENGLISH else None
        if self._application is not None:
            self._application.installEventFilter(self)
            for widget in QApplication.allWidgets():  # those that were measured already
                translate_widget(widget)

    def close(self) -> None:
        """Stop watching."""
        if self._application is not None:
            self._application.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Translate what is about to be shown, drawn with other words, or told of."""
        kind = event.type()
        if kind in (QEvent.Type.Polish, QEvent.Type.ToolTip) and isinstance(watched, QWidget):
            translate_widget(watched)
        elif kind == QEvent.Type.Paint and isinstance(watched, (QLabel, QAbstractButton)):
            _translate_text(watched)  # what was said since it was shown
        return False


def translate_widget(widget: QWidget) -> None:
    """Translate the words of one widget that are in the catalogue; what people have typed is left alone."""
    for text, put in _words(widget):
        if text and (found := tr(text)) != text:
            put(found)


def _translate_text(widget: QLabel | QAbstractButton) -> None:
    """Translate what a label or a button reads."""
    text = widget.text()
    if text and (found := tr(text)) != text and (isinstance(widget, QLabel) or _action_of(widget) is None):
        widget.setText(found)


def rename_keys() -> None:
    """Name the keys that are in force now wherever a widget's words name keys."""
    for widget in QApplication.allWidgets():
        for text, put in _words(widget):
            if text and (found := with_keys_now(text)) != text:
                put(found)


def _words(widget: QWidget) -> Iterator[tuple[str, Callable[[str], object]]]:
    """Yield the words of one widget, each with what sets it anew; not what people have typed."""
    yield widget.toolTip(), widget.setToolTip
    yield widget.accessibleName(), widget.setAccessibleName
    yield widget.accessibleDescription(), widget.setAccessibleDescription
    if widget.isWindow():
        yield widget.windowTitle(), widget.setWindowTitle
    if isinstance(widget, QAbstractButton):
        if _action_of(widget) is None:
            yield widget.text(), widget.setText
    elif isinstance(widget, QLabel):
        yield widget.text(), widget.setText
    elif isinstance(widget, QGroupBox):
        yield widget.title(), widget.setTitle
    elif isinstance(widget, (QLineEdit, QPlainTextEdit)):
        yield widget.placeholderText(), widget.setPlaceholderText
    elif isinstance(widget, QTabWidget):
        for index in range(widget.count()):
            yield widget.tabText(index), partial(widget.setTabText, index)
            yield widget.tabToolTip(index), partial(widget.setTabToolTip, index)


def _action_of(button: QAbstractButton) -> QAction | None:
    find = getattr(button, "defaultAction", None)
    action = None if find is None else find()
    return action if isinstance(action, QAction) else None
