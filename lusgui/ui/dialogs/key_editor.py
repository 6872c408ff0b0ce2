"""Other keys for commands: searched, pressed, checked against all others, taken back, saved and loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError
from lusgui.base.translate import tr
from lusgui.session.commands import COMMANDS
from lusgui.session.finder import command_of
from lusgui.session.key_presets import PRESETS
from lusgui.ui import theme
from lusgui.ui.actions import keys_text
from lusgui.ui.bindings import Bindings, set_quietly
from lusgui.ui.dialogs.choose import Kind, choose
from lusgui.ui.dialogs.frame import Frame, dim, say, tidy_table, warning_label
from lusgui.ui.dialogs.key_field import KeyField

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session

FILTER = "Keys (*.json)"
LONGEST_FILE = 1_000_000
BUTTON_WIDTH = 88
MENU, TITLE, KEYS = range(3)
ID = Qt.ItemDataRole.UserRole


class KeyEditor(Frame):
    """Lets the person choose the key of every command; what is chosen holds at once.

    Parameters
    ----------
    session : Session
        Whose keys.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        lead = "Choose a command, press its new key. Whatever you change holds at once and is kept."
        super().__init__("Change shortcuts", lead, "keyboard", parent)
        self.resize(760, 680)
        self._map = session.key_map
        self._past: list[str] = []
        self._make_top()
        self._make_table()
        self._make_strip()
        self.load = self.add_button(tr("Load…"), self._ask_load, tr("Take keys from such a file"), left=True)
        self.save = self.add_button(tr("Save…"), self._ask_save, tr("Keep these keys in a file"), left=True)
        self.undo = self.add_button(tr("Undo"), self.take_back, tr("Take the last change back"), left=True)
        self.add_close()
        self._bindings = Bindings()
        self._bindings.connect(self._map.changed, self._refresh)
        self.finished.connect(lambda _result: self._bindings.disconnect())
        self._refresh()
        self.search.setFocus()

    # --- building ------------------------------------------------------------------------------

    def _make_top(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search by action or key"))
        self.search.setAccessibleName(tr("Search commands"))
        self.search.setToolTip(tr("Part of a command’s name, or a key such as Ctrl+Z"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.preset = QComboBox()
        self.preset.addItems(list(PRESETS))
        self.preset.setAccessibleName(tr("Preset"))
        self.preset.setToolTip(tr("Keys for hands that learnt another program; replaces your own changes"))
        self.preset.activated.connect(lambda _index: self._choose_preset(self.preset.currentText()))
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.search, 1)
        row.addWidget(QLabel("Preset"))
        row.addWidget(self.preset)
        self.body.addLayout(row)

    def _make_table(self) -> None:
        self.table = QTableWidget(len(COMMANDS), 3)
        self.table.setHorizontalHeaderLabels([tr("Menu"), tr("Command"), tr("Keys")])
        self.table.setAccessibleName(tr("Commands and their keys"))
        self.table.setToolTip(tr("Press Return on a command to give it another key"))
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setTabKeyNavigation(False)
        tidy_table(self.table, TITLE)
        self._items: list[QTableWidgetItem] = []
        for row, command in enumerate(COMMANDS):
            for column, text in ((MENU, tr(command.group)), (TITLE, _title(command.id)), (KEYS, "")):
                item = QTableWidgetItem(text)
                item.setData(ID, command.id)
                item.setToolTip(tr(command.tooltip))
                self.table.setItem(row, column, item)
            self._items.append(item)  # the one of the last column: its keys
        self.table.setColumnWidth(KEYS, 210)
        self.table.itemSelectionChanged.connect(self._chosen_changed)
        self.table.activated.connect(lambda _index: self.field.setFocus())
        self.body.addWidget(self.table, 1)
        self.empty = dim(tr("No command matches."))
        self.body.addWidget(self.empty)

    def _make_strip(self) -> None:
        self.chosen = QLabel()
        self.chosen.setObjectName("value")
        self.chosen.setAccessibleName(tr("Chosen command"))
        self.field = KeyField()
        self.field.pressed.connect(self._key_pressed)
        self.field.given_up.connect(self._give_up)
        self.use = self._button(
            tr("Use it"), lambda: self.give(), tr("Give the command this key and no other")
        )
        self.add = self._button(
            tr("Add it"), lambda: self.give(is_further=True), tr("Give it this key as well")
        )
        self.remove = self._button(tr("No key"), self.remove_keys, tr("Leave the command without a key"))
        self.reset = self._button(
            tr("As preset"), self.reset_keys, tr("Give it the keys of the preset again")
        )
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.chosen, 1)
        for part in (self.field, self.use, self.add, self.remove, self.reset):
            row.addWidget(part)
        self.body.addLayout(row)
        self.conflict = warning_label()
        self.conflict.setAccessibleName(tr("What stands against it"))
        self.body.addWidget(self.conflict)

    def _button(self, text: str, act: Callable[[], object], tooltip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tooltip)
        button.ensurePolished()
        button.setMinimumWidth(max(theme.scaled(BUTTON_WIDTH), button.minimumSizeHint().width()))
        button.setAutoDefault(True)  # Return presses the one that Tab has come to
        button.clicked.connect(lambda _checked=False: act())
        return button

    # --- what is shown -------------------------------------------------------------------------

    @property
    def chosen_id(self) -> str | None:
        """Id of the chosen command."""
        items = self.table.selectedItems()
        return None if not items else str(items[0].data(ID))

    def shown(self) -> list[str]:
        """Return the ids of the commands that the search left."""
        rows = (row for row in range(self.table.rowCount()) if not self.table.isRowHidden(row))
        return [COMMANDS[row].id for row in rows]

    def choose(self, command_id: str) -> None:
        """Choose a command of the table."""
        row = next(row for row, command in enumerate(COMMANDS) if command.id == command_id)
        self.table.setCurrentCell(row, TITLE)
        self.table.selectRow(row)
        self.table.scrollToItem(self._items[row], QAbstractItemView.ScrollHint.PositionAtCenter)

    def _refresh(self) -> None:
        for row, command in enumerate(COMMANDS):
            item = self._items[row]
            item.setText(keys_text(self._map.keys(command.id)))
            font = item.font()
            font.setBold(self._map.is_own(command.id))
            item.setFont(font)
        set_quietly(self.preset, self.preset.setCurrentText, self._map.preset)
        self.undo.setEnabled(bool(self._past))
        self._filter()
        self._chosen_changed()

    def _filter(self, _text: str = "") -> None:
        words = self.search.text().casefold().split()
        for row in range(self.table.rowCount()):
            command = COMMANDS[row]
            text = f"{tr(command.group)} {tr(command.title)} {self._items[row].text()}".casefold()
            self.table.setRowHidden(row, not all(word in text for word in words))
        self.empty.setVisible(not self.shown())

    def _chosen_changed(self) -> None:
        chosen = self.chosen_id
        self.field.forget()
        say(self.conflict, "")
        self.chosen.setText(tr("Choose a command") if chosen is None else _title(chosen))
        for part in (self.field, self.remove):
            part.setEnabled(chosen is not None)
        self.remove.setEnabled(chosen is not None and bool(self._map.keys(chosen)))
        self.reset.setEnabled(chosen is not None and self._map.is_own(chosen))
        self._enable_giving()

    def _enable_giving(self) -> None:
        self.use.setText(tr("Use it"))
        for part in (self.use, self.add):
            part.setEnabled(self.chosen_id is not None and bool(self.field.keys))

    # --- changing ------------------------------------------------------------------------------

    def _key_pressed(self, keys: str) -> None:
        self._enable_giving()
        holder = self._map.holder(keys)
        if holder is not None and holder != self.chosen_id:
            text = "{keys} is the key of “{title}”, which would lose it."
            say(self.conflict, tr(text, keys=keys_text((keys,)), title=_title(holder)))
            self.use.setText(tr("Take it"))
        else:
            say(self.conflict, "")
        self.use.setFocus()

    def _give_up(self) -> None:
        self._chosen_changed()
        self.table.setFocus()

    def give(self, *, is_further: bool = False) -> None:
        """Give the chosen command the key that was pressed, in place of its own or beside them."""
        chosen, keys = self.chosen_id, self.field.keys
        if chosen is not None and keys:
            before = self._map.keys(chosen) if is_further else ()
            self._change(lambda: self._map.set_keys(chosen, (*before, keys)))

    def remove_keys(self) -> None:
        """Leave the chosen command without a key."""
        chosen = self.chosen_id
        if chosen is not None:
            self._change(lambda: self._map.set_keys(chosen, ()))

    def reset_keys(self) -> None:
        """Give the chosen command the keys of the preset again."""
        chosen = self.chosen_id
        if chosen is not None:
            self._change(lambda: self._map.reset(chosen))

    def take_back(self) -> None:
        """Undo the last change."""
        if self._past:
            self._map.from_json(self._past.pop())
            self._refresh()

    def _choose_preset(self, name: str) -> None:
        self._change(lambda: self._map.choose_preset(name))

    def _change(self, act: Callable[[], object]) -> bool:
        """Do a change that can be taken back; say why where it is refused."""
        before = self._map.to_json()
        try:
            act()
        except LusguiError as error:
            say(self.conflict, " ".join(part for part in (_sentence(error.message), error.remedy) if part))
            return False
        if self._map.to_json() != before:
            self._past.append(before)
            self._refresh()
        return True

    # --- files ---------------------------------------------------------------------------------

    def _ask_save(self) -> None:
        start = Path.home() / "lusgui-keys.json"
        choose(
            self,
            tr("Save the keys"),
            Kind.NEW_FILE,
            lambda paths: self.save_to(paths[0]),
            filters=FILTER,
            start=start,
            suffix="json",
        )

    def _ask_load(self) -> None:
        choose(self, tr("Load keys"), Kind.FILE, lambda paths: self.load_from(paths[0]), filters=FILTER)

    def save_to(self, path: Path) -> None:
        """Write preset and changes to a file."""
        try:
            with atomic_path(path, overwrite=True) as temporary:
                temporary.write_text(self._map.to_json(), encoding="utf-8")
            self.lead.setText(tr("Saved as {path}.", path=path))
        except LusguiError as error:
            say(self.conflict, _sentence(error.message))

    def load_from(self, path: Path) -> None:
        """Take preset and changes from a file, all or nothing."""
        unknown: list[str] = []
        try:
            if path.stat().st_size > LONGEST_FILE:
                say(self.conflict, tr("{name} is too long to be a file of keys.", name=path.name))
                return
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            say(self.conflict, tr("{name} could not be read: {error}.", name=path.name, error=error))
            return
        if self._change(lambda: unknown.extend(self._map.from_json(text))):
            left_out = tr(" Not in this lusgui: {unknown}.", unknown=", ".join(unknown)) if unknown else ""
            self.lead.setText(tr("Loaded {name}.{left_out}", name=path.name, left_out=left_out))


def _title(command_id: str) -> str:
    return tr(command_of(command_id).title).rstrip("…")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"
