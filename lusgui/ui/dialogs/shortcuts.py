"""Every key on one sheet, made from the table of commands: searchable, grouped, printable."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QPdfWriter, QTextDocument
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError
from lusgui.base.translate import tr
from lusgui.session.commands import COMMANDS, GROUPS, POINTER_HINTS
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings
from lusgui.ui.dialogs.choose import Kind, choose
from lusgui.ui.dialogs.frame import Frame, clear

if TYPE_CHECKING:
    from lusgui.session.key_map import KeyMap
    from lusgui.session.session import Session

LABEL_COMMANDS = "label.choose"
Line = tuple[str, tuple[str, ...], str]
"""Title, keys, one sentence more."""


def sheet(key_map: KeyMap) -> list[tuple[str, list[Line]]]:
    """Return the groups of the sheet with their lines; commands without a key are left out."""
    native = QKeySequence.SequenceFormat.NativeText
    groups: list[tuple[str, list[Line]]] = []
    for group in GROUPS:
        lines = [
            (
                tr(command.title).rstrip("…"),
                tuple(_arrows(QKeySequence(keys).toString(native)) for keys in key_map.keys(command.id)),
                tr(command.tooltip),
            )
            for command in COMMANDS
            if command.group == group
            and key_map.keys(command.id)
            and not command.id.startswith(LABEL_COMMANDS)
        ]
        if any(each.group == group and each.id.startswith(LABEL_COMMANDS) for each in COMMANDS):
            lines.append((tr("Choose the label"), ("1", "…", "9"), tr("In the order of the list of labels")))
        if lines:
            groups.append((tr(group), lines))
    groups.append((tr("Mouse and pen"), [(tr(what), (tr(how),), "") for how, what in POINTER_HINTS]))
    return groups


def describe_preset(key_map: KeyMap) -> str:
    """Say whose keys are in force, and where they are changed."""
    words = "Keys of the preset {preset}; {key:app.keys} changes them"
    if key_map.is_changed:
        words = "Keys of the preset {preset}, with changes of your own; {key:app.keys} changes them"
    return tr(words, preset=key_map.preset)


class ShortcutSheet(Frame):
    """The sheet that ``?`` shows.

    Parameters
    ----------
    session : Session
        Whose keys.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(
            "Keyboard shortcuts", "Left hand on the keys, right hand on the mouse or pen.", "help", parent
        )
        self._key_map = session.key_map
        self.keys_of = QLabel()
        self.keys_of.setObjectName("hint")
        self.keys_of.setAccessibleName(tr("Preset in force"))
        self.body.addWidget(self.keys_of)
        self._bindings = Bindings()
        self._bindings.connect(session.key_map.changed, self._refresh)
        self.finished.connect(lambda _result: self._bindings.disconnect())
        self.resize(1000, 700)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search by action or key"))
        self.search.setAccessibleName(tr("Search shortcuts"))
        self.search.setToolTip(tr("Part of an action’s name, or a key such as Ctrl+Z"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._refresh)
        self.body.addWidget(self.search)
        self._columns = [QVBoxLayout() for _ in range(3)]
        holder = QWidget()
        holder.setObjectName("workplace")
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 4, 8, 4)
        row.setSpacing(34)
        for column in self._columns:
            column.setSpacing(14)
            row.addLayout(column, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(holder)
        area.setStyleSheet(f"QScrollArea {{ background: {theme.current().window}; border: 0; }}")
        area.setAccessibleName(tr("Shortcuts"))
        self.body.addWidget(area, 1)
        self.empty = QLabel("No shortcut matches.")
        self.empty.setObjectName("dim")
        self.empty.setVisible(False)
        self.body.insertWidget(1, self.empty)
        self.save = self.add_button(
            tr("Save as PDF…"), self._ask_pdf, tr("The whole sheet, for printing"), left=True
        )
        self.add_close()  # no default: Enter belongs to the search
        self.search.setFocus()
        self._refresh()

    def titles(self) -> list[str]:
        """Return the titles that are shown."""
        return [
            label.text() for label in self.findChildren(QLabel, "shortcutTitle") if label.isVisibleTo(self)
        ]

    def html(self) -> str:
        """Return the whole sheet as a page for the printer."""
        title = html.escape(tr("lusgui: keyboard shortcuts"))
        parts = [f"<h1>{title}</h1><p>{html.escape(describe_preset(self._key_map))}</p>"]
        for group, lines in sheet(self._key_map):
            parts.append(f"<h2>{html.escape(group)}</h2><table cellpadding='3'>")
            for title, keys, _more in lines:
                shown = " &nbsp;or&nbsp; ".join(f"<b>{html.escape(key)}</b>" for key in keys)
                parts.append(f"<tr><td width='260'>{html.escape(title)}</td><td>{shown}</td></tr>")
            parts.append("</table>")
        return "".join(parts)

    def _refresh(self) -> None:
        self.keys_of.setText(describe_preset(self._key_map))
        words = self.search.text().casefold().split()
        chosen = []
        for group, lines in sheet(self._key_map):
            kept = [line for line in lines if all(word in _haystack(group, line) for word in words)]
            if kept:
                chosen.append((group, kept))
        for column in self._columns:
            clear(column)
        heights = [0] * len(self._columns)
        for group, lines in chosen:
            # The next group goes where there is most room, so that the columns end alike.
            shortest = heights.index(min(heights))
            heights[shortest] += len(lines) + 2
            self._columns[shortest].addWidget(_group(group, lines))
        for column in self._columns:
            column.addStretch(1)
        self.empty.setVisible(not chosen)

    def _ask_pdf(self) -> None:
        choose(
            self,
            tr("Save the sheet"),
            Kind.NEW_FILE,
            lambda paths: self.save_pdf(paths[0]),
            filters="PDF (*.pdf)",
            start=Path.home() / "lusgui-shortcuts.pdf",
            suffix="pdf",
        )

    def save_pdf(self, path: Path) -> None:
        """Write the whole sheet to a file that any program prints."""
        document = QTextDocument()
        document.setHtml(self.html())
        try:
            with atomic_path(path, overwrite=True) as temporary:
                writer = QPdfWriter(str(temporary))
                writer.setTitle(tr("lusgui: keyboard shortcuts"))
                document.print_(writer)
                del writer  # the file is complete when its writer has gone
            self.lead.setText(tr("Saved as {path}.", path=path))
        except LusguiError as error:
            self.lead.setText(error.message)


def _arrows(key: str) -> str:
    """Return a key's name with arrows as arrows."""
    for name, arrow in (("Right", "→"), ("Left", "←"), ("Up", "↑"), ("Down", "↓")):
        if key.split("+")[-1] == name:
            return key[: -len(name)] + arrow
    return key


def _haystack(group: str, line: Line) -> str:
    return f"{group} {line[0]} {' '.join(line[1])} {line[2]}".casefold()


def _group(title: str, lines: list[Line]) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(0, 1)
    head = QLabel(title.upper())
    head.setObjectName("heading")
    grid.addWidget(head, 0, 0, 1, 2)
    for number, (name, keys, more) in enumerate(lines, start=1):
        label = QLabel(name)
        label.setObjectName("shortcutTitle")
        label.setToolTip(more)
        label.setWordWrap(True)
        grid.addWidget(label, number, 0)
        grid.addWidget(_caps(keys), number, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    return box


def _caps(keys: tuple[str, ...]) -> QWidget:
    palette = theme.current()
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for key in keys:
        cap = QLabel(key)
        cap.setFixedHeight(theme.scaled(20))
        cap.setStyleSheet(
            f"background: {palette.raised}; border: 1px solid {palette.border_strong};"
            " border-bottom-width: 2px;"
            f" border-radius: 4px; padding: 0px 6px; font-size: {theme.scaled(12)}px;"
        )
        row.addWidget(cap)
    return holder
