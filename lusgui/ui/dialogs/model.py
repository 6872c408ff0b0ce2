"""About a model: its scores as a table, its limits first, and what it learnt from."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QTextBrowser,
    QWidget,
)

from lusgui.base.retell import retell
from lusgui.base.translate import tr
from lusgui.core.label import known_label
from lusgui.core.model_words import describe_limits, describe_score, group_table, score_table
from lusgui.ui import theme
from lusgui.ui.dialogs.frame import Frame, dim, tidy_table

if TYPE_CHECKING:
    from lusgui.core.model_card import ModelCard
    from lusgui.core.model_words import ScoreTable
    from lusgui.session.session import Session

NO_SCORES = "The card of this model holds no scores: nobody judged it on frames that it did not learn from."
COLUMN_WIDTH = 126


class ModelDialog(Frame):
    """Shows a model's card in words and tables.

    Parameters
    ----------
    session : Session
        For the names of labels.
    card : ModelCard
        The model.
    label : str
        Label whose scores are shown first.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, card: ModelCard, label: str, parent: QWidget | None = None) -> None:
        super().__init__(
            tr("Model {name} {version}", name=card.name, version=card.version), "", "segment", parent
        )
        self.resize(880, 640)
        self.card = card
        self.label = QComboBox()
        self.label.setAccessibleName(tr("Label"))
        self.label.setToolTip(tr("Of which label the scores are shown"))
        for key in card.labels:
            own = session.label(key)
            self.label.addItem((own or known_label(key)).name, key)
        self.label.setCurrentIndex(max(self.label.findData(label), 0))
        self.label.currentIndexChanged.connect(lambda _index: self._fill())
        row = QHBoxLayout()
        row.addWidget(QLabel("Label"))
        row.addWidget(self.label)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self._make_notice())
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(tr("About the model"))
        self.scores = _table("Scores")
        self.groups = _table("Scores of each patient or recording")
        self.facts = QTextBrowser()
        self.facts.setAccessibleName(tr("What it learnt from"))
        self.facts.setHtml(facts_html(card))
        self.tabs.addTab(self.scores, "Scores")
        self.tabs.addTab(self.groups, "Each patient or recording")
        self.tabs.addTab(self.facts, "What it learnt from")
        self.body.addWidget(self.tabs, 1)
        self.hint = dim()
        self.body.addWidget(self.hint)
        self.add_close().setDefault(True)
        self._fill()

    def _make_notice(self) -> QFrame:
        notice = QFrame()
        notice.setObjectName("banner")
        row = QHBoxLayout(notice)
        row.setContentsMargins(14, 10, 14, 10)
        picture = QLabel()
        picture.setPixmap(theme.pixmap("warning", theme.current().warning, 22, self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        limits = html.escape(describe_limits(self.card) or tr("Its card says nothing of its limits."))
        self.limits = QLabel(
            tr("<b>For research use only. Not a medical device.</b><br>{limits}", limits=limits)
        )
        self.limits.setWordWrap(True)
        self.limits.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.limits, 1)
        return notice

    def _fill(self) -> None:
        label = str(self.label.currentData())
        self.lead.setText(describe_score(self.card, label) or tr(NO_SCORES))
        self.lead.setVisible(True)
        table, groups = score_table(self.card, label), group_table(self.card, label)
        _show(self.scores, "Measure", table)
        _show(self.groups, "Patient or recording", groups)
        self.tabs.setTabVisible(1, bool(groups.rows))
        self.hint.setText(
            tr(
                "Held out, cross-validation, kept aside: on frames of patients or recordings that the"
                " judged weights never saw. Dice runs from 0 (nothing in common) to 1 (the same mask)."
            )
            if table.rows
            else tr(NO_SCORES)
        )


def _table(name: str) -> QTableWidget:
    table = QTableWidget(0, 1)
    tidy_table(table, 0)
    # what is measured is always to be read whole; with many columns the table scrolls
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
    table.setAccessibleName(name)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
    table.verticalHeader().setDefaultSectionSize(30)
    return table


def _show(table: QTableWidget, first: str, values: ScoreTable) -> None:
    table.clear()
    table.setColumnCount(1 + len(values.columns))
    titles = ["\n".join(map(retell, title.split(" · "))) for title in values.columns]
    table.setHorizontalHeaderLabels([tr(first), *titles])
    for column in range(1, table.columnCount()):
        table.setColumnWidth(column, COLUMN_WIDTH)
    table.setRowCount(len(values.rows))
    for row, (name, cells) in enumerate(values.rows):
        for column, text in enumerate((name, *cells)):
            item = QTableWidgetItem(retell(text))
            item.setToolTip(retell(text))
            table.setItem(row, column, item)
    table.resizeRowsToContents()


def facts_html(card: ModelCard) -> str:
    """Return what a card says of the model's making, as a table."""
    rows = (
        ("Learnt from", card.data),
        ("Split", card.split),
        ("Labels", ", ".join(known_label(key).name for key in card.labels)),
        (
            "Network",
            tr(
                "{architecture}, input {rows} × {columns}",
                architecture=card.architecture,
                rows=card.input_shape[0],
                columns=card.input_shape[1],
            ),
        ),
        ("Despeckling it wants", "none" if card.despeckle is None else str(card.despeckle.get("method", ""))),
        ("Fine-tuned from", card.parent),
        ("Made on", card.date),
        ("Licence", card.licence),
        ("Version", card.key),
    )
    told = [
        f"<tr><td style='padding: 4px 14px 4px 0'><b>{name}</b></td><td style='padding: 4px 0'>"
        f"{html.escape(text)}</td></tr>"
        for name, text in rows
        if text
    ]
    return f"<table>{''.join(told)}</table>"
