"""Looks at every word that the window says, for tests that walk it in another language."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QStatusBar,
    QTableView,
    QTabWidget,
    QTreeView,
    QWidget,
)

from installer.strings import PLURAL, collect
from lusgui.ui.elided import ElidedLabel, ElidedPushButton
from tests.base.test_translate import write_catalogue

LONGER = 0.4
"""Other languages need so much more room than English."""
MOST_ROWS = 60
"""So many lines of a list are read."""
KEY_NAMES = frozenset(("Ctrl", "Shift", "Alt", "Enter", "Return", "Home", "PgUp", "PgDown", "Space", "Left"))
KEY_NAMES |= frozenset(("Right", "Down", "Meta", "Backspace"))
FIXED = frozenset(("lusgui", "Dice", "Python", "PySide", "INTERGROWTH", "STAPLE", "English", "Marked"))
FIXED |= frozenset(("MATLAB", "TIFF", "SRAD", "gCNR", "Slicer", "CVAT", "napari"))
"""Names that are the same in every language."""


def marked(text: str) -> str:
    """Return a translation that shows where it came from, longer than English by `LONGER`."""
    plain = re.sub(r"\{[^}]*\}|<[^>]*>", "", text)
    return f"«{text}{'~' * math.ceil(LONGER * len(plain))}»"


def write_marked(path) -> dict[str, str]:
    """Write a catalogue that marks every word of the template; return its words."""
    words = {}
    for text in collect():
        one, _, many = text.partition(PLURAL)
        words[text] = f"{marked(one)}\0{marked(many)}" if many else marked(one)
    words["lusgui language name"] = "Marked"
    write_catalogue(path, words)
    return words


def bare(text: str, known: frozenset[str] = frozenset()) -> str:
    """Return what of a text nobody has marked; nothing where no word of it is."""
    text = re.sub(r"<[^>]*>|&nbsp;|&", " ", text)
    while True:
        shorter = re.sub(r"«[^«»]*»", " ", text)
        if shorter == text:
            break
        text = shorter
    if text.endswith("…"):  # its end was left out, and with it the mark
        text = text.partition("«")[0]
    for name in sorted(known, key=len, reverse=True):
        text = text.replace(name, " ")
    text = re.sub(r"\S*[/\\_.]\S*\w|\d\S*", " ", text)  # files and figures
    words = [word for word in re.findall(r"[A-Za-z]{4,}", text) if word not in KEY_NAMES | FIXED]
    return " ".join(words)


def words_of(widget):
    """Yield the words of one widget as they are now, each with what it is."""
    yield "tooltip", widget.toolTip()
    yield "name", widget.accessibleName()
    yield "description", widget.accessibleDescription()
    if widget.isWindow():
        yield "window", widget.windowTitle()
    if isinstance(widget, QMenu):
        for action in widget.actions():
            yield "menu", action.text()
            yield "menu tip", action.toolTip() if widget.toolTipsVisible() else ""
    elif isinstance(widget, (QAbstractButton, QLabel)):
        yield "text", widget.text()
    elif isinstance(widget, QGroupBox):
        yield "title", widget.title()
    elif isinstance(widget, (QLineEdit, QPlainTextEdit)):
        yield "placeholder", widget.placeholderText()
    elif isinstance(widget, QTabWidget):
        for index in range(widget.count()):
            yield "tab", widget.tabText(index)
            yield "tab tip", widget.tabToolTip(index)
    elif isinstance(widget, QComboBox):
        for index in range(widget.count()):
            yield "choice", widget.itemText(index)
            yield "choice tip", str(widget.itemData(index, Qt.ItemDataRole.ToolTipRole) or "")
    elif isinstance(widget, QAbstractSpinBox):
        yield "box", widget.text()
    elif isinstance(widget, QAbstractItemView):
        yield from _items_of(widget)
    elif isinstance(widget, QStatusBar):
        yield "message", widget.currentMessage()


def _items_of(view):
    model = view.model()
    if model is None:
        return
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
    root = QModelIndex()
    columns = model.columnCount(root) if isinstance(view, (QTableView, QTreeView)) else 1
    for section in range(columns):
        yield "head", str(model.headerData(section, Qt.Orientation.Horizontal) or "")
    for row in range(min(model.rowCount(root), MOST_ROWS)):
        for column in range(columns):
            for role in roles:
                found = model.index(row, column).data(role)
                yield "item", found if isinstance(found, str) else ""


def unmarked(root: QWidget, known: frozenset[str] = frozenset(), *, skip=()) -> set[str]:
    """Return everything that is seen or said in a window and that nobody has marked."""
    found = set()
    for widget in (root, *root.findChildren(QWidget)):
        is_seen = widget.isVisible() and widget.window() is root.window()
        if not is_seen or widget.objectName().startswith("qt_spinbox") or widget in skip:
            continue
        for kind, text in words_of(widget):
            rest = bare(text, known)
            if rest:
                name = widget.objectName() or type(widget).__name__
                found.add(f"{name} {kind}: {text[:160]!r} -> {rest[:60]}")
    return found


def cut_off(root: QWidget) -> set[str]:
    """Return texts that have less room than they need: buttons, labels that do not wrap, ticks."""
    found = set()
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not root.window() or not widget.width():
            continue
        text = widget.text() if isinstance(widget, (QAbstractButton, QLabel)) else ""
        if not text or text.startswith("<") or isinstance(widget, ElidedPushButton):
            continue
        need = widget.minimumSizeHint().width() if isinstance(widget, QAbstractButton) else 0
        if isinstance(widget, QLabel):
            if widget.wordWrap() or isinstance(widget, ElidedLabel):
                continue  # these show that they are cut, and say all to who points at them
            need = widget.fontMetrics().horizontalAdvance(max(text.split("\n"), key=len))
        if need > widget.width() + 1:
            found.add(f"{type(widget).__name__} {text[:80]!r}: {widget.width()} of {need}")
    return found


def settle() -> None:
    """Let everything be drawn that waits to be drawn."""
    for _ in range(3):
        QApplication.processEvents()
