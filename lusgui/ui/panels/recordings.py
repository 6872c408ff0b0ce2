"""The recordings of the study, and the frames of the current one, with what is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QMenu, QVBoxLayout, QWidget

from lusgui.base.retell import retell
from lusgui.base.translate import tr, trn
from lusgui.core.annotation import Status
from lusgui.ui.bindings import Bindings, Later
from lusgui.ui.elided import ElidedLabel
from lusgui.ui.panels.delegates import FrameDelegate, RecordingDelegate
from lusgui.ui.panels.parts import Card, action_button, hint

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from lusgui.session.recording_rows import RecordingRow
    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

Index = QModelIndex | QPersistentModelIndex
MODEL_MARKS_MS = 250
"""The model's answers arrive by the hundred; their marks may wait."""
MANY = 64
"""So many frames that have changed are told as one stretch."""
ROW_ROLE = Qt.ItemDataRole.UserRole
MARK_ROLE = Qt.ItemDataRole.UserRole + 1


class RecordingModel(QAbstractListModel):
    """Rows of recordings; what to draw is the delegate's business."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[RecordingRow] = []

    def set_rows(self, rows: list[RecordingRow]) -> None:
        """Show other rows; keeps the selection when only their contents changed."""
        if [row.id for row in rows] == [row.id for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's name and default)
        """Return the number of recordings."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return name, description, or the row itself."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleDescriptionRole):
            return describe_recording(row)
        return row if role == ROW_ROLE else None

    def row_of(self, recording_id: int) -> int:
        """Return the index of a recording, or -1."""
        return next((i for i, row in enumerate(self._rows) if row.id == recording_id), -1)

    def id_at(self, row: int) -> int:
        """Return the recording id of a row."""
        return self._rows[row].id


class FrameModel(QAbstractListModel):
    """Frames of one recording with their mark: a status, ``model``, and whether on the worklist."""

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._marks: dict[int, Status] = {}
        self._listed: frozenset[int] = frozenset()
        self._predicted: frozenset[int] = frozenset()

    def set_frames(
        self,
        count: int,
        marks: dict[int, Status],
        listed: frozenset[int] = frozenset(),
        predicted: frozenset[int] = frozenset(),
    ) -> None:
        """Show other frames, statuses, frames on the worklist, and frames that the model has answered for."""
        before = self._marks, self._listed, self._predicted
        self._marks, self._listed, self._predicted = marks, listed, predicted
        if count != self._count:
            self.beginResetModel()
            self._count = count
            self.endResetModel()
            return
        changed = {frame for frame, _status in before[0].items() ^ marks.items()}
        changed |= (before[1] ^ listed) | (before[2] ^ predicted)
        if len(changed) > MANY:
            self.dataChanged.emit(self.index(min(changed)), self.index(max(changed)))
            return
        for frame in changed:  # of a long recording the view would lay out all frames anew
            self.dataChanged.emit(self.index(frame), self.index(frame))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's name and default)
        """Return the number of frames."""
        return 0 if parent.isValid() else self._count

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the frame's number on screen, or its marks."""
        if not index.isValid():
            return None
        frame = index.row()
        status = self._marks.get(frame, Status.UNTOUCHED)
        if role == Qt.ItemDataRole.DisplayRole:
            return str(frame + 1)
        if role == Qt.ItemDataRole.ToolTipRole:
            parts = [tr("Frame {frame}: {status}", frame=frame + 1, status=retell(status))]
            parts += [tr("on the worklist")] if frame in self._listed else []
            parts += [tr("the model has answered")] if frame in self._predicted else []
            return ", ".join(parts)
        mark = (status, frame in self._listed, frame in self._predicted)
        return mark if role == MARK_ROLE else None


class RecordingsPanel(QWidget):
    """Choose a recording and a frame.

    Parameters
    ----------
    session : Session
        Whose recordings.
    actions : Actions
        For the buttons.

    Signals
    -------
    remove_asked(int), locate_asked(int), recipe_asked(int), spacing_asked(int)
        Something of a recording that must be asked about first.
    """

    remove_asked = Signal(int)
    locate_asked = Signal(int)
    recipe_asked = Signal(int)
    spacing_asked = Signal(int)

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        self.recordings = RecordingModel()
        self.frames = FrameModel()
        top = Card("Recordings")
        top.head.addWidget(action_button(actions["file.open"]))
        self.list = _list(self.recordings, RecordingDelegate(self), "Recordings")
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._menu)
        top.add(self.list)
        self.empty = hint(tr("No recordings yet. Drop files or a folder here, or press {key:file.open}."))
        top.add(self.empty)
        bottom = Card("Frames")
        self.summary = ElidedLabel()
        self.summary.setObjectName("dim")
        bottom.head.addWidget(self.summary)
        self.grid = _list(self.frames, FrameDelegate(self), "Frames")
        self.grid.setViewMode(QListView.ViewMode.IconMode)
        self.grid.setResizeMode(QListView.ResizeMode.Adjust)
        self.grid.setMovement(QListView.Movement.Static)
        self.grid.setGridSize(QSize(38, 28))
        self.grid.setUniformItemSizes(True)
        bottom.add(self.grid)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(top, 3)
        layout.addWidget(bottom, 4)
        # Pressing, not selecting: the selection follows the session, never the reverse.
        self.list.clicked.connect(self._recording_clicked)
        self.grid.clicked.connect(self._frame_clicked)
        self.list.activated.connect(self._recording_clicked)
        self.grid.activated.connect(self._frame_clicked)
        self._listed_recording: int | None = None
        self._later = Later(self._refresh, self)
        self._bindings = Bindings()
        for signal in (
            session.study_changed,
            session.recordings_changed,
            session.status_changed,
            session.worklist_changed,
            session.labels_changed,
            session.view.events.label,
        ):
            self._bindings.connect(signal, self._later)
        self._later_place = Later(self._follow_place, self)
        self._bindings.connect(session.frame_changed, self._later_place)
        self._later_marks = Later(self._refresh, self, MODEL_MARKS_MS)
        self._bindings.connect(session.prediction_changed, self._later_marks)
        self._refresh()

    def close_panel(self) -> None:
        """Stop listening."""
        self._bindings.disconnect()
        self._later.stop()
        self._later_place.stop()
        self._later_marks.stop()

    def _follow_place(self) -> None:
        """Mark the frame that is looked at; only another recording has other frames to list."""
        place = self._session.place
        if place is None or place[0] != self._listed_recording:
            self._refresh()
        else:
            _make_current(self.grid, place[1])

    def _refresh(self) -> None:
        session = self._session
        rows = session.recording_rows()
        self.recordings.set_rows(rows)
        self.empty.setVisible(not rows)
        self.list.setVisible(bool(rows))
        place = session.place
        row = None if place is None else session.row(place[0])
        self._listed_recording = None if row is None else row.id
        if place is None or row is None:
            self.frames.set_frames(0, {})
            self.summary.clear()
            return
        marks = session.frame_statuses(place[0], session.view.label)
        listed = frozenset(frame for recording_id, frame in session.worklist if recording_id == place[0])
        predicted = predicted_frames(session, place[0], session.view.label)
        self.frames.set_frames(row.frames, marks, listed, predicted)
        done = sum(status.is_reviewed for status in marks.values())
        self.summary.setText(tr("{done} of {frames} done", done=done, frames=row.frames))
        _make_current(self.list, self.recordings.row_of(place[0]))
        _make_current(self.grid, place[1])

    def _recording_clicked(self, index: QModelIndex) -> None:
        recording_id = self.recordings.id_at(index.row())
        if recording_id != self._session.current_recording_id:
            self._session.go_to(recording_id, 0)

    def _frame_clicked(self, index: QModelIndex) -> None:
        recording_id = self._session.current_recording_id
        if recording_id is not None:
            self._session.go_to(recording_id, index.row())

    def _menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        if not index.isValid():
            return
        recording_id = self.recordings.id_at(index.row())
        row = self._session.row(recording_id)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for title, signal, wanted in (
            ("Pixel spacing…", self.spacing_asked, True),
            ("How to read this file…", self.recipe_asked, True),
            ("Find the file…", self.locate_asked, row is not None and (row.missing or row.changed)),
            ("Remove from the study…", self.remove_asked, not self._session.is_read_only),
        ):
            action = QAction(title, menu)
            action.setEnabled(wanted)
            action.triggered.connect(lambda _checked=False, signal=signal: signal.emit(recording_id))
            menu.addAction(action)
        menu.popup(self.list.viewport().mapToGlobal(at))


def predicted_frames(session: Session, recording_id: int, label: str) -> frozenset[int]:
    """Return the frames for which the present model's answer is in memory."""
    wanted = session.prediction_key(recording_id, 0, label)
    if wanted is None:
        return frozenset()
    return frozenset(key.frame for key in session.predictions if replace(key, frame=0) == wanted)


def describe_recording(row: RecordingRow) -> str:
    """Say in words what is known of a recording."""
    spacing = (
        tr("spacing unknown")
        if row.spacing_mm is None
        else tr(
            "{spacing_mm_first:.3g} × {spacing_mm_second:.3g} mm",
            spacing_mm_first=row.spacing_mm[0],
            spacing_mm_second=row.spacing_mm[1],
        )
    )
    lines = [
        str(row.path),
        trn(
            "{count} frame, {rows} × {columns} px, {spacing}",
            "{count} frames, {rows} × {columns} px, {spacing}",
            row.frames,
            rows=row.shape[0],
            columns=row.shape[1],
            spacing=spacing,
        ),
        tr("intensity: {intensity}", intensity=retell(row.intensity)),
        *map(retell, row.warnings),
    ]
    if row.missing:
        lines.append(tr("The file is not where it was."))
    if row.changed:
        lines.append(tr("The file has changed since it was drawn on."))
    return "\n".join(lines)


def _list(model: QAbstractListModel, delegate: RecordingDelegate | FrameDelegate, name: str) -> QListView:
    view = QListView()
    view.setModel(model)
    view.setItemDelegate(delegate)
    view.setAccessibleName(name)
    view.setFrameShape(QFrame.Shape.NoFrame)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return view


def _make_current(view: QListView, row: int) -> None:
    index = view.model().index(row, 0)
    if row >= 0 and index != view.currentIndex():
        view.setCurrentIndex(index)
        view.scrollTo(index)
