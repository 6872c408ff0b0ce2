"""Labels of the study: add, rename, recolour, and how many pieces each may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import (
    QColorDialog,
    QCompleter,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from lusgui.base.translate import tr, trn
from lusgui.core.label import KNOWN_LABELS
from lusgui.ui.bindings import Bindings
from lusgui.ui.dialogs.frame import Frame, dim, say, tidy_table, warning_label

if TYPE_CHECKING:
    from lusgui.core.label import Label
    from lusgui.session.problems import Problem
    from lusgui.session.session import Session

KEY_ROLE = Qt.ItemDataRole.UserRole


class LabelsDialog(Frame):
    """Edits the labels; every change is made at once.

    Parameters
    ----------
    session : Session
        Whose labels.
    is_adding : bool
        Whether the box for a new label has the keyboard first.
    parent : QWidget or None
        The window.
    """

    shows_problems = True

    def __init__(self, session: Session, is_adding: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(
            "Labels", "Each label has its own colour and plane; planes may overlap.", "label", parent
        )
        self.resize(560, 400)
        self._session = session
        self.table = QTableWidget(0, 4)
        self.table.setHorizontalHeaderLabels([tr("Colour"), tr("Name"), tr("At most"), tr("In files")])
        tidy_table(self.table, 1)
        self.table.verticalHeader().setDefaultSectionSize(38)
        self.table.setAccessibleName(tr("Labels"))
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.table.setColumnWidth(0, 64)
        self.table.setColumnWidth(2, 130)
        self.table.setColumnWidth(3, 120)
        self.table.itemChanged.connect(self._renamed)
        self.body.addWidget(self.table, 1)
        row = QHBoxLayout()
        self.name = QLineEdit()
        self.name.setPlaceholderText(tr("Name of a new label, e.g. Vermis"))
        self.name.setAccessibleName(tr("Name of a new label"))
        self.name.setToolTip(tr("Enter adds the label"))
        self.name.setMaxLength(80)
        known = QCompleter([label.name for label in KNOWN_LABELS], self.name)
        known.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.name.setCompleter(known)  # what lusgui knows comes with its key, colour and pieces
        self.add = QPushButton("Add label")
        self.add.setMinimumWidth(110)
        self.add.setToolTip(tr("The next free colour is taken"))
        self.add.clicked.connect(self._add)
        row.addWidget(self.name, 1)
        row.addWidget(self.add)
        self.body.addLayout(row)
        self.warning = warning_label()
        self.body.addWidget(self.warning)
        self.body.addWidget(
            dim(
                tr(
                    "Double-click a name to change it. What was drawn stays. Keys 1 to 9 choose the labels"
                    " in this order."
                )
            )
        )
        self.name.textChanged.connect(lambda text: self.add.setEnabled(bool(text.strip())))
        self.name.textChanged.connect(lambda _text: say(self.warning, ""))
        self.add.setEnabled(False)
        self.add.setDefault(True)
        self.add_close("Done")
        self._bindings = Bindings()
        self._bindings.connect(session.labels_changed, self._fill)
        self._bindings.connect(session.problem_reported, self._on_problem)
        self.finished.connect(lambda _result: self._bindings.disconnect())
        self._fill()
        (self.name if is_adding else self.table).setFocus()

    def _fill(self, *_: object) -> None:
        self.table.blockSignals(True)
        labels = self._session.labels
        self.table.setRowCount(len(labels))
        for row, label in enumerate(labels):
            self.table.setCellWidget(row, 0, self._colour_button(label))
            name = QTableWidgetItem(label.name)
            name.setData(KEY_ROLE, label.key)
            name.setToolTip(tr("Double-click or F2 to rename"))
            self.table.setItem(row, 1, name)
            self.table.setCellWidget(row, 2, self._limit_box(label))
            key = QTableWidgetItem(label.key)
            key.setFlags(Qt.ItemFlag.ItemIsEnabled)
            key.setToolTip(tr("The name in file and variable names; it never changes"))
            self.table.setItem(row, 3, key)
        self.table.setEnabled(self._session.is_open and not self._session.is_read_only)
        self.table.blockSignals(False)

    def _colour_button(self, label: Label) -> QPushButton:
        picture = QPixmap(22, 22)
        picture.fill(QColor(label.color))
        button = QPushButton(QIcon(picture), "")
        button.setAutoDefault(False)
        button.setToolTip(tr("Another colour for {name}", name=label.name))
        button.setAccessibleName(tr("Colour of {name}, {color}", name=label.name, color=label.color))
        button.clicked.connect(lambda _checked=False, key=label.key: self.choose_colour(key))
        return button

    def _limit_box(self, label: Label) -> QSpinBox:
        box = QSpinBox()
        box.setRange(0, 99)
        box.setSpecialValueText(tr("any number"))
        box.setSuffix(trn(" piece", " pieces", label.max_components or 0))
        box.setValue(label.max_components or 0)
        box.setToolTip(tr("How many pieces the structure can have in one frame"))
        box.setAccessibleName(tr("Pieces of {name}", name=label.name))
        box.setKeyboardTracking(False)
        box.valueChanged.connect(lambda value, key=label.key: self._limit(key, value))
        return box

    def choose_colour(self, key: str) -> QColorDialog:
        """Ask for another colour of a label."""
        label = self._session.label(key)
        dialog = QColorDialog(QColor(label.color if label else "#ffffff"), self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.colorSelected.connect(lambda color: self._session.recolour_label(key, color.name().upper()))
        dialog.open()
        return dialog

    def _limit(self, key: str, value: int) -> None:
        label = self._session.label(key)
        if label is None or (label.max_components or 0) == value:
            return
        self._session.set_label_limit(key, value or None)

    def _renamed(self, item: QTableWidgetItem) -> None:
        if item.column() != 1:
            return
        key, name = str(item.data(KEY_ROLE)), item.text().strip()
        label = self._session.label(key)
        if label is None or name == label.name:
            return
        if not name or not self._session.rename_label(key, name):
            say(self.warning, self.warning.text() or tr("A label needs a name."))
            self._fill()

    def _add(self) -> None:
        label = self._session.add_label(self.name.text())
        if label is not None:
            self.name.clear()
            self._session.view.label = label.key
            self.table.scrollToBottom()
        self.name.setFocus()

    def _on_problem(self, problem: Problem) -> None:
        say(self.warning, f"{problem.message} {problem.remedy}".strip())
