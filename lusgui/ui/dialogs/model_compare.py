"""Two models side by side: frame by frame where both were judged on the same, and what their cards say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.retell import retell
from lusgui.base.translate import tr
from lusgui.core.label import known_label
from lusgui.core.model_words import score_table
from lusgui.session.frame_judge import held_out_places
from lusgui.session.model_comparison import Comparison, compare
from lusgui.session.model_rows import model_rows
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.dialogs.frame import Frame, dim, tidy_table

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from lusgui.core.learning.scores import FrameScore
    from lusgui.session.model_rows import ModelRow
    from lusgui.session.session import Session
    from lusgui.ui.services import Services

NOT_JUDGED = (
    "These two were never judged on the same frames, so nothing can be said about which is better. A run of"
    " learning ({key:learn.start}) judges the new model, the one in use and the one it began with on the"
    " same held-out"
    " frames; then they can be compared here."
)
CARDS = (
    "What the cards say was measured on each model's own test frames: the numbers of two cards tell which is"
    " better only if they name the same frames."
)


class PairPlot(QWidget):
    """Dice of every frame: a line from the first model to the second, so that one sees how many rose."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(150, 180)
        self.setAccessibleName(tr("Dice of each frame, first and second model"))
        self.setToolTip(
            tr("One line a frame: left the first model, right the second; green rises, orange falls")
        )
        self._pairs: tuple[tuple[float, float], ...] = ()

    def sizeHint(self) -> QSize:
        """Return a tall, narrow plot."""
        return QSize(190, 260)

    def show_pairs(self, pairs: tuple[tuple[float, float], ...]) -> None:
        """Show Dice of the first and the second model, one pair a frame."""
        self._pairs = pairs
        rose = sum(second > first for first, second in pairs)
        self.setAccessibleDescription(tr("Higher on {rose} of {count} frames", rose=rose, count=len(pairs)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axis, lines and dots."""
        palette = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(34, 10, -16, -22)
        painter.setPen(QPen(QColor(palette.border_strong), 1))
        for value in (0.0, 0.5, 1.0):
            y = area.bottom() - value * area.height()
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(QColor(palette.dim))
        for value in (0.0, 0.5, 1.0):
            y = area.bottom() - value * area.height()
            where = QRectF(0, y - 9, area.left() - 6, 18)
            painter.drawText(
                where, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{value:.1f}"
            )
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        for x, text, side in (
            (area.left(), tr("first"), left),
            (area.right() - 60, tr("second"), right),
        ):
            painter.drawText(QRectF(x, area.bottom() + 4, 60, 18), side, text)
        for first, second in self._pairs:
            color = QColor(
                palette.dim if first == second else palette.good if second > first else palette.warning
            )
            painter.setPen(QPen(color, 1.4))
            painter.setBrush(color)
            ends = [
                QPointF(area.left() + 8, area.bottom() - first * area.height()),
                QPointF(area.right() - 8, area.bottom() - second * area.height()),
            ]
            painter.drawLine(*ends)
            for end in ends:
                painter.drawEllipse(end, 3, 3)


class CompareDialog(Frame):
    """Shows two models of one label.

    Parameters
    ----------
    session : Session
        Whose models and held-out frames.
    label : str
        Of what.
    first, second : str
        Ids of rows (`ModelRow.id`); an empty second is the model in use.
    parent : QWidget or None
        The window.
    services : Services or None
        Judges models on request.
    """

    def __init__(
        self,
        session: Session,
        label: str,
        first: str,
        second: str = "",
        parent: QWidget | None = None,
        services: Services | None = None,
    ) -> None:
        own = session.label(label)
        name = (own or known_label(label)).name
        super().__init__(
            tr("Compare models of {name}", name=name),
            "On the same frames, which neither had learnt from.",
            "",
            parent,
        )
        self.resize(880, 640)
        self._session, self._label = session, label
        self._services = services
        self._is_gone = False
        self._judged: dict[str, tuple[FrameScore, ...]] = {}
        self._rows: dict[str, ModelRow] = {}
        self.comparison = Comparison(label)
        self.first, self.second = QComboBox(), QComboBox()
        row = QHBoxLayout()
        for box, text in ((self.first, "First"), (self.second, "Second")):
            box.setAccessibleName(tr("{words} model", words=text))
            box.setToolTip(tr("The {words} model", words=text.lower()))
            box.activated.connect(lambda _index: self._show())
            row.addWidget(QLabel(text))
            row.addWidget(box, 1)
        self.body.addLayout(row)
        self.verdict = QLabel()
        self.verdict.setWordWrap(True)
        self.verdict.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.body.addWidget(self.verdict)
        self.tabs = QTabWidget()
        self.tabs.addTab(self._frames_page(), "Frame by frame")
        self.tabs.addTab(self._cards_page(), "What their cards say")
        self.body.addWidget(self.tabs, 1)
        self.how = dim()
        self.body.addWidget(self.how)
        self.judge = self.add_button(tr("Judge both now"), self._judge_both, "", left=True)
        self.add_close().setDefault(True)
        self._later = Later(self._fill, self)
        self._bindings = Bindings()
        for signal in (session.labels_changed, session.study_changed, session.versions_changed):
            self._bindings.connect(signal, self._later)
        self.finished.connect(self._let_go)
        self._fill(first, second)

    def _let_go(self, _result: int) -> None:
        self._is_gone = True
        self._bindings.disconnect()
        self._later.stop()

    def _frames_page(self) -> QWidget:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 8, 0, 0)
        self.frames = _table("Scores of each frame")
        self.frames.cellActivated.connect(self._go)
        self.plot = PairPlot()
        row.addWidget(self.frames, 1)
        row.addWidget(self.plot)
        return page

    def _cards_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(dim(CARDS))
        self.cards = _table("Scores in the cards")
        column.addWidget(self.cards, 1)
        return page

    def _fill(self, first: str = "", second: str = "") -> None:
        first = first or str(self.first.currentData() or "")
        second = second or str(self.second.currentData() or "")
        rows = [
            row for row in model_rows(self._session) if self._label in row.labels and row.card is not None
        ]
        self._rows = {row.id: row for row in rows}
        if not second:
            others = [row for row in rows if row.id != first]
            in_use = [row for row in others if self._label in row.answers_for]
            second = next((row.id for row in (*in_use, *others)), first)
        for box, chosen in ((self.first, first), (self.second, second)):
            box.clear()
            for row in rows:
                is_used = self._label in row.answers_for
                box.addItem(tr("{name}, in use", name=row.name) if is_used else row.name, row.id)
            box.setCurrentIndex(max(box.findData(chosen), 0))
        self._show()

    def _show(self) -> None:
        one = self._rows.get(str(self.first.currentData()))
        other = self._rows.get(str(self.second.currentData()))
        self.comparison = Comparison(self._label)
        if one is not None and other is not None and one.id != other.id:
            versions = self._session.models.versions(self._label)
            self.comparison = compare(one, other, self._label, versions, self._judged)
        self._show_frames()
        self._show_cards(one, other)
        if one is not None and other is not None and one.id == other.id:
            self.verdict.setText(tr("Choose two different models."))
        else:
            self.verdict.setText(retell(self.comparison.verdict) or tr(NOT_JUDGED))
        self._show_judge(one, other)
        self.how.setText(" ".join(self.comparison.how))
        self.how.setVisible(bool(self.comparison.how))
        self.tabs.setTabEnabled(0, bool(self.comparison.frames))
        self.tabs.setCurrentIndex(0 if self.comparison.frames else 1)

    def _show_judge(self, one: ModelRow | None, other: ModelRow | None) -> None:
        count = len(held_out_places(self._session, self._label))
        can_run = all(row is not None and row.can_be_used for row in (one, other)) and one != other
        self.judge.setEnabled(count > 1 and can_run and self._services is not None)
        if count > 1:
            tip = tr(
                "Run both on the {count} reviewed frames that are held out in this study, in the background",
                count=count,
            )
        else:
            tip = tr(
                "Nothing is held out in this study yet: draw more frames and let it learn ({key:learn.start})"
                " first"
            )
        self.judge.setToolTip(tip)

    def _judge_both(self) -> None:
        """Judge the first model, then the second, on what is held out now."""
        rows = [self._rows.get(str(box.currentData())) for box in (self.first, self.second)]
        self._judge_next([row for row in rows if row is not None])

    def _judge_next(self, rows: list[ModelRow]) -> None:
        if self._is_gone:
            return
        if not rows:
            self._show()
            return
        row = rows[0]
        places = list(held_out_places(self._session, self._label))

        def take(scores: tuple[FrameScore, ...]) -> None:
            if not scores and not self._is_gone:
                self._show()
                self.verdict.setText(
                    tr("{name} was not judged: it was stopped, or gave no answers.", name=row.name)
                )
                return
            self._judged[row.key] = scores
            self._judge_next(rows[1:])

        self.judge.setEnabled(False)
        self.verdict.setText(tr("Judging {name} on {count} frames…", name=row.name, count=len(places)))
        services, path = self._services, row.path
        if services is None or path is None or not services.judge_model(path, self._label, places, take):
            self._show()
            self.verdict.setText(tr("Another model is being judged, or this one cannot be used: try again."))

    def _show_frames(self) -> None:
        frames = self.comparison.frames
        unit = frames[0][1].hd95_unit if frames else "mm"
        heads = ["Frame", "Dice, first", "Dice, second", "Difference"]
        heads += [
            tr("HD95, first ({unit})", unit=unit),
            tr("HD95, second ({unit})", unit=unit),
            "False pieces, first",
            "False pieces, second",
        ]
        table = self.frames
        table.setColumnCount(len(heads))
        table.setHorizontalHeaderLabels([tr(head).replace(", ", "\n") for head in heads])
        table.setRowCount(len(frames))
        pairs = []
        for number, ((recording_id, frame), one, other) in enumerate(frames):
            row = self._session.row(recording_id)
            place = f"{recording_id if row is None else row.name}, frame {frame + 1}"
            first, second = one.dice or 0.0, other.dice or 0.0
            pairs.append((first, second))
            cells = [place, _number(first), _number(second), f"{second - first:+.2f}"]
            cells += [_number(one.hd95, 1), _number(other.hd95, 1)]
            cells += [_number(one.false_components, 0), _number(other.false_components, 0)]
            _fill_row(table, number, cells)
            table.item(number, 0).setToolTip(tr("Double-click or Enter goes there"))  # type: ignore[union-attr]
        table.resizeColumnsToContents()
        self.plot.show_pairs(tuple(pairs))

    def _show_cards(self, one: ModelRow | None, other: ModelRow | None) -> None:
        table = self.cards
        columns: list[tuple[str, dict[str, str]]] = []
        for title, row in (("First", one), ("Second", other)):
            if row is None or row.card is None:
                continue
            found = score_table(row.card, self._label)
            for index, name in enumerate(found.columns):
                cells = {measure: values[index] for measure, values in found.rows}
                columns.append((f"{title}\n{name.replace(' · ', ', ')}", cells))
            if not found.columns:
                columns.append((tr("{title}\nno scores", title=title), {}))
        measures = list(dict.fromkeys(measure for _, cells in columns for measure in cells))
        table.setColumnCount(1 + len(columns))
        table.setHorizontalHeaderLabels([tr("Measure"), *(title for title, _ in columns)])
        table.setRowCount(len(measures))
        for number, measure in enumerate(measures):
            _fill_row(table, number, [measure, *(cells.get(measure, "–") for _, cells in columns)])
        table.resizeColumnsToContents()

    def _go(self, row: int, _column: int) -> None:
        recording_id, frame = self.comparison.frames[row][0]
        if self._session.row(recording_id) is not None:
            self._session.go_to(recording_id, frame)


def _table(name: str) -> QTableWidget:
    table = QTableWidget(0, 1)
    tidy_table(table, 0)
    table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
    table.setAccessibleName(name)
    table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
    table.verticalHeader().setDefaultSectionSize(28)
    return table


def _fill_row(table: QTableWidget, row: int, cells: list[str]) -> None:
    for column, text in enumerate(cells):
        item = QTableWidgetItem(text)
        item.setToolTip(text)
        if column:
            item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        table.setItem(row, column, item)


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
