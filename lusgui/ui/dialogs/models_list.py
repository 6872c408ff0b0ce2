"""The list of the model manager: every model under where it comes from, its score and what it is used for."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem

from lusgui.base.translate import tr
from lusgui.core.label import known_label
from lusgui.session.model_rows import Origin
from lusgui.ui import theme
from lusgui.ui.dialogs.model import facts_html

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PySide6.QtGui import QKeyEvent

    from lusgui.session.model_rows import ModelRow

ID_ROLE = Qt.ItemDataRole.UserRole
GROUPS = {
    Origin.STUDY: (
        "Learnt in this study",
        "Nothing was learnt here yet: draw a few masks, then press {key:learn.start}",
    ),
    Origin.OWN: ("Your own", "None yet: import a .safetensors file, or make a model of this study a default"),
    Origin.BUNDLED: ("Came with lusgui", "None: install lusgui again"),
}
NAME, FINDS, SCORE, USE = range(4)


class ModelList(QTreeWidget):
    """Models by origin.

    Parameters
    ----------
    name_of : callable
        Name of a label, by its key.

    Signals
    -------
    renamed(str, str)
        The row of this id shall have that name.
    delete_asked()
        The chosen row shall go.
    use_asked()
        The chosen row shall answer.
    """

    renamed = Signal(str, str)
    delete_asked = Signal()
    use_asked = Signal()

    def __init__(self, name_of: Callable[[str], str]) -> None:
        super().__init__()
        self._name_of = name_of
        self.setColumnCount(4)
        self.setHeaderLabels([tr("Model"), tr("Finds"), tr("How good"), tr("Used")])
        self.setAccessibleName(tr("Models"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.EditKeyPressed | QAbstractItemView.EditTrigger.SelectedClicked
        )
        self.setAllColumnsShowFocus(True)
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.setRootIsDecorated(False)
        header = self.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(SCORE, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        for column, width in ((NAME, 220), (FINDS, 150), (USE, 130)):
            self.setColumnWidth(column, width)
        self.itemChanged.connect(self._item_changed)
        self._names: dict[str, str] = {}

    def show_rows(self, rows: Sequence[ModelRow], label: str, can_rename: Callable[[ModelRow], bool]) -> None:
        """Show models; those that were chosen stay chosen.

        Parameters
        ----------
        rows : sequence of ModelRow
            In order.
        label : str
            Whose scores are shown; empty for each model's first label.
        can_rename : callable
            Whether a model may have another name.
        """
        chosen, current = self.chosen(), self.current_id()
        self.blockSignals(True)
        self.clear()
        self._names = {row.id: row.name for row in rows}
        palette = theme.current()
        for origin, (title, empty) in GROUPS.items():
            head = QTreeWidgetItem([tr(title)])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            head.setForeground(NAME, QBrush(QColor(palette.dim)))
            self.addTopLevelItem(head)
            head.setFirstColumnSpanned(True)
            own = [row for row in rows if row.origin is origin]
            for row in own:
                head.addChild(self._item(row, label, can_rename(row)))
            if not own:
                none = QTreeWidgetItem([tr(empty)])
                none.setFlags(Qt.ItemFlag.NoItemFlags)
                head.addChild(none)
                none.setFirstColumnSpanned(True)
            head.setExpanded(True)
        self.blockSignals(False)
        self.choose(chosen or ([current] if current else []))

    def _item(self, row: ModelRow, label: str, can_rename: bool) -> QTreeWidgetItem:
        of = label if label in row.labels else (row.labels[0] if row.labels else "")
        score = row.problem or row.describe_score(of, is_short=True) or tr("not judged")
        used = (
            [tr("answers for {names_of}", names_of=self._names_of(row.answers_for))]
            if row.answers_for
            else []
        )
        used += (
            [tr("default for {names_of}", names_of=self._names_of(row.default_for))]
            if row.default_for
            else []
        )
        item = QTreeWidgetItem([row.name, self._names_of(row.labels), score, "; ".join(used)])
        item.setData(NAME, ID_ROLE, row.id)
        if can_rename:
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        for column in range(4):
            item.setToolTip(column, item.text(column))
        item.setToolTip(
            SCORE, row.problem or row.describe_score(of) or tr("Nobody judged it on frames it never saw")
        )
        palette = theme.current()
        if row.problem:
            item.setForeground(SCORE, QBrush(QColor(palette.warning)))
        if row.answers_for:
            item.setForeground(USE, QBrush(QColor(palette.good)))
        if row.path is not None:
            item.setToolTip(
                NAME, f"{row.name}\n{row.path}" + ("\nF2 gives it another name" if can_rename else "")
            )
        return item

    def _names_of(self, labels: Sequence[str]) -> str:
        return ", ".join(self._name_of(label) for label in labels)

    def chosen(self) -> list[str]:
        """Return the ids of the chosen rows, in the order of the list."""
        ids = (item.data(NAME, ID_ROLE) for item in self._items() if item.isSelected())
        return [row_id for row_id in ids if row_id]

    def current_id(self) -> str:
        """Return the id of the row with the keyboard; empty without one."""
        item = self.currentItem()
        return "" if item is None else str(item.data(NAME, ID_ROLE) or "")

    def choose(self, ids: Sequence[str]) -> None:
        """Choose rows by their ids; the first that is there if none is."""
        items = [item for item in self._items() if item.data(NAME, ID_ROLE)]
        wanted = [item for item in items if item.data(NAME, ID_ROLE) in ids] or items[:1]
        for number, item in enumerate(wanted):
            if number == 0:
                self.setCurrentItem(item)
            item.setSelected(True)

    def edit_name(self) -> None:
        """Let the name of the row with the keyboard be written anew."""
        item = self.currentItem()
        if item is not None and item.flags() & Qt.ItemFlag.ItemIsEditable:
            self.editItem(item, NAME)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete and Enter act on the chosen row."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_asked.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.use_asked.emit()
        else:
            super().keyPressEvent(event)

    def _items(self) -> list[QTreeWidgetItem]:
        heads = [self.topLevelItem(i) for i in range(self.topLevelItemCount())]
        found = [head.child(i) for head in heads if head is not None for i in range(head.childCount())]
        return [item for item in found if item is not None]

    def _item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        row_id = item.data(NAME, ID_ROLE)
        if column == NAME and row_id and item.text(NAME) != self._names.get(row_id):
            self.renamed.emit(row_id, item.text(NAME))


def name_of_label(key: str) -> str:
    """Return what a label is called where no study says otherwise."""
    return known_label(key).name


def row_html(row: ModelRow, label: str) -> str:
    """Return what there is to say of a model, for a label, as rich text."""
    told = [f"<b>{html.escape(row.name)}</b>"]
    version = row.version_of(label) or next(iter(row.versions), None)
    score = row.describe_score(label if label in row.labels else (row.labels or ("",))[0])
    texts = [row.problem, score, row.describe_data()]
    if version is not None:
        texts += [version.reason, str(version.data.get("held_out_how", ""))]
    told += [html.escape(text) for text in texts if text]
    if row.card is not None:
        told.append(facts_html(row.card))
    if row.path is not None:
        told.append(f"<span style='color: gray'>{html.escape(str(row.path))}</span>")
    return "".join(f"<p style='margin: 2px 0'>{text}</p>" for text in told)
