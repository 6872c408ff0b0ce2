"""What changed: two models side by side on every reviewed frame, and the choice between them."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from lusgui.base.translate import tr, trn
from lusgui.core.learning.gate import DICE_TOLERANCE
from lusgui.core.learning.version import VersionState
from lusgui.ui import theme
from lusgui.ui.dialogs.frame import Frame, dim
from lusgui.ui.learning.parts import color_of
from lusgui.ui.learning.picture import GAINED, LOST, WHOLE, close_up, fit_size, paint_change
from lusgui.ui.learning.verdict import Verdict
from lusgui.ui.learning.words import Tone, describe_gain, describe_verdict, dice_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtWidgets import QWidget

    from lusgui.core.learning.changes import FrameChange
    from lusgui.core.learning.result import RunResult
    from lusgui.core.learning.version import ModelVersion
    from lusgui.session.session import Session

PICTURE, CAPTION, MARGIN = 196, 40, 8
VERDICT_WIDTH = 300
CHANGE_ROLE = Qt.ItemDataRole.UserRole
ORDERS = ("Most changed first", "Got worse first", "Got better first", "By recording and frame")
NOTHING = (
    "Nothing to show: this model came without pictures of what it changed. They are made when a run ends with"
    " reviewed frames."
)


class GalleryDialog(Frame):
    """Gained and lost pixels on reviewed frames, with Use, Keep the old one, and Undo.

    Parameters
    ----------
    session : Session
        Whose models.
    version : ModelVersion
        The new model.
    changes : sequence of FrameChange
        What it changed; only those of the version's label are shown.
    parent : QWidget or None
        The window.

    Signals
    -------
    frame_asked(int, int)
        A frame was double-clicked, or chosen with Enter: recording id, 0-based frame.
    """

    frame_asked = Signal(int, int)

    def __init__(
        self,
        session: Session,
        version: ModelVersion,
        changes: Sequence[FrameChange],
        parent: QWidget | None = None,
    ) -> None:
        label = session.label(version.label)
        self._name = version.label if label is None else label.name
        super().__init__(tr("What changed: {name}", name=self._name), "", "compare", parent)
        self.resize(960, 720)
        self._session = session
        self.version = version
        mine = [change for change in changes if change.label == version.label]
        self._changes = judged_fairly(mine, session.models.result(version))
        self.verdict = Verdict()
        self.verdict.setFixedWidth(VERDICT_WIDTH)
        is_taken = version.is_active
        self.verdict.show_dice(version.dice_before, version.dice, ("before" if is_taken else "in use", "new"))
        self.summary = QLabel(summarise(self._changes))
        self.summary.setWordWrap(True)
        top = QHBoxLayout()
        top.setSpacing(26)
        top.addWidget(self.verdict)
        top.addWidget(self.summary, 1)
        self.body.addLayout(top)
        self.body.addLayout(self._make_choices())
        self.pictures = QListWidget()
        self.pictures.setAccessibleName(tr("Reviewed frames"))
        self.pictures.setViewMode(QListView.ViewMode.IconMode)
        self.pictures.setResizeMode(QListView.ResizeMode.Adjust)
        self.pictures.setMovement(QListView.Movement.Static)
        self.pictures.setUniformItemSizes(True)
        self.pictures.setSpacing(4)
        self.pictures.setMouseTracking(True)
        self._delegate = ChangeDelegate(session, self.pictures)
        self.pictures.setItemDelegate(self._delegate)
        self.pictures.itemActivated.connect(self._activated)
        self.body.addWidget(self.pictures, 1)
        self.empty = dim(NOTHING)
        self.body.addWidget(self.empty)
        offer = "It answers from the next frame on"
        if describe_gain(version.dice_before, version.dice).tone is Tone.BAD or version.dice is None:
            self.use = self.add_button(tr("Use the new model all the same"), self._use, offer)
        else:
            self.use = self.add_primary(tr("Use the new model"), self._use, offer)
        self.undo = self.add_button(
            tr("Undo: use the old model again"), self._undo, tr("The new model stays on the list of versions")
        )
        self.close_button = self.add_close("Close")
        self._fill()
        self._offer()

    def _make_choices(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(14)
        self.order = QComboBox()
        self.order.addItems(list(ORDERS))
        self.order.setAccessibleName(tr("Order of the frames"))
        self.order.setToolTip(tr("Which frames come first"))
        self.order.currentIndexChanged.connect(lambda _index: self._fill())
        self.held_out = QCheckBox("Only frames it did not learn from")
        self.held_out.setToolTip(
            tr("Frames that were held out are the honest ones: the new model never saw them")
        )
        self.held_out.setEnabled(any(change.is_held_out for change in self._changes))
        self.held_out.toggled.connect(lambda _on: self._fill())
        self.near = QCheckBox("Close up")
        self.near.setToolTip(tr("Show the part of the frame where the masks lie, or the whole frame"))
        self.near.setChecked(True)
        self.near.toggled.connect(self._look_closer)
        legend = QLabel(
            tr(
                "<span style='color:rgb{gained}'>■</span> gained &nbsp; <span"
                " style='color:rgb{lost}'>▨</span> lost &nbsp; □ your mask",
                gained=GAINED,
                lost=LOST,
            )
        )
        legend.setToolTip(
            tr("Gained: only the new model finds it. Lost: only the old model found it. White: your outline.")
        )
        for part in (self.order, self.near, self.held_out):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(legend)
        return row

    def _fill(self) -> None:
        chosen = [each for each in self._changes if each.is_held_out or not self.held_out.isChecked()]
        self.pictures.clear()
        for change in in_order(chosen, self.order.currentIndex()):
            item = QListWidgetItem()
            item.setData(CHANGE_ROLE, change)
            told = self._describe(change)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, told)
            item.setToolTip(
                tr("<p>{told}</p><p>Double-click or Enter goes there.</p>", told=html.escape(told))
            )
            self.pictures.addItem(item)
        self.pictures.setVisible(bool(self._changes))
        self.empty.setVisible(not self._changes)

    def _describe(self, change: FrameChange) -> str:
        row = self._session.row(change.recording_id)
        where = tr("frame {frame}", frame=change.frame + 1)
        words = "{where}: Dice {before} → {after}, {gained} pixels gained, {lost} lost"
        if change.is_held_out:
            words = (
                "{where}: Dice {before} → {after}, {gained} pixels gained, {lost} lost; it did not learn"
                " from this"
                " frame"
            )
        told = tr(
            words,
            where=where if row is None else f"{row.name}, {where}",
            before=dice_text(change.dice_before),
            after=dice_text(change.dice_after),
            gained=change.gained_px,
            lost=change.lost_px,
        )
        if change.left_out_dice is None:
            return told
        since = tr("The old model has learnt this frame since: its number is from before, its picture is not")
        return f"{told}. {since}"

    def _look_closer(self, is_near: bool) -> None:
        self._delegate.set_near(is_near)
        self.pictures.viewport().update()

    def _activated(self, item: QListWidgetItem) -> None:
        change: FrameChange = item.data(CHANGE_ROLE)
        self.frame_asked.emit(change.recording_id, change.frame)

    # the choice

    def _offer(self) -> None:
        version = self._session.models.get(self.version.id) or self.version
        self.version = version
        told = describe_verdict(version, self._name)
        self.heading.setText(told.headline)
        self.lead.setText(told.detail)
        self.lead.setVisible(bool(told.detail))
        can_change = not self._session.is_read_only
        self.use.setVisible(version.state is not VersionState.ACTIVE)
        self.use.setEnabled(can_change)
        self.undo.setVisible(version.state is VersionState.ACTIVE)
        self.undo.setEnabled(can_change)
        self.close_button.setText(tr("Keep the new one") if version.is_active else tr("Keep the old one"))

    def _use(self) -> None:
        if self._session.models.promote(self.version.id):
            self._offer()

    def _undo(self) -> None:
        self._session.models.roll_back(self.version.label)
        self._offer()


class ChangeDelegate(QStyledItemDelegate):
    """Draws one frame of the gallery: the picture, where it is, and Dice before and after.

    Parameters
    ----------
    session : Session
        For names and spacing.
    parent : QWidget
        The list.
    """

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._pictures: dict[int, QPixmap] = {}
        self._is_near = True

    def set_near(self, is_near: bool) -> None:
        """Show where the masks lie, or whole frames."""
        self._is_near = is_near
        self._pictures.clear()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of every frame."""
        return QSize(PICTURE + 2 * MARGIN, PICTURE + CAPTION + 2 * MARGIN)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one frame."""
        change: FrameChange = index.data(CHANGE_ROLE)
        palette = theme.current()
        box: QRect = option.rect.adjusted(2, 2, -2, -2)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_chosen = bool(state & QStyle.StateFlag.State_Selected)
        is_under = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(QPen(QColor(palette.accent if is_chosen else palette.border), 1.5 if is_chosen else 1))
        painter.setBrush(QColor(palette.hover if is_under else palette.panel))
        painter.drawRoundedRect(box, 6, 6)
        picture = self._picture(change)
        room = QRect(box.left() + 6, box.top() + 6, box.width() - 12, PICTURE)
        painter.fillRect(room, QColor(palette.canvas))
        at = room.center() - picture.rect().center()
        painter.drawPixmap(at, picture)
        self._write(painter, QRect(room.left(), room.bottom() + 5, room.width(), CAPTION - 6), change)
        painter.restore()

    def _write(self, painter: QPainter, box: QRect, change: FrameChange) -> None:
        palette = theme.current()
        row = self._session.row(change.recording_id)
        place = f"{row.name if row is not None else ''} · {change.frame + 1}"
        metrics = painter.fontMetrics()
        half = box.height() // 2
        painter.setPen(QColor(palette.dim))
        top = QRect(box.left(), box.top(), box.width(), half)
        if change.is_held_out:
            painter.drawText(top, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, tr("held out"))
        width = box.width() - (metrics.horizontalAdvance("held out") + 10 if change.is_held_out else 0)
        shown = metrics.elidedText(place, Qt.TextElideMode.ElideMiddle, width)
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        low = QRect(box.left(), box.top() + half, box.width(), half)
        gain = describe_gain(change.dice_before, change.dice_after)
        painter.setPen(QColor(palette.text))
        both = f"{dice_text(change.dice_before)} → {dice_text(change.dice_after)}"
        painter.drawText(low, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, both)
        painter.setPen(QColor(color_of(gain.tone)))
        painter.drawText(low, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, gain.headline)

    def _picture(self, change: FrameChange) -> QPixmap:
        made = self._pictures.get(id(change))
        if made is None:
            row = self._session.row(change.recording_id)
            spacing = None if row is None else row.spacing_mm
            window = close_up(change) if self._is_near else WHOLE
            rows, cols = change.truth.shape
            part = (
                max(round(rows * (window[2] - window[0])), 1),
                max(round(cols * (window[3] - window[1])), 1),
            )
            image = paint_change(change, fit_size(part, spacing, PICTURE), window)
            height, width = image.shape[:2]
            made = QPixmap.fromImage(
                QImage(image.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            )
            self._pictures[id(change)] = made
        return made


def in_order(changes: Sequence[FrameChange], order: int) -> list[FrameChange]:
    """Return changes in one of `ORDERS`."""
    if order == 3:
        return sorted(changes, key=lambda each: (each.recording_id, each.frame))
    if order == 0:
        return sorted(changes, key=lambda each: -(each.gained_px + each.lost_px))
    sign = 1 if order == 1 else -1
    return sorted(changes, key=lambda each: sign * (each.dice_after - each.dice_before))


def judged_fairly(changes: Sequence[FrameChange], result: RunResult | None) -> list[FrameChange]:
    """Give held-out frames that the old model had learnt the Dice that the gate compared."""
    rows = [] if result is None else [row for some in result.active_scores.values() for row in some]
    known = {row.key: row.dice for row in rows}
    found = []
    for change in changes:
        left_out = known.get((change.recording_id, change.frame, change.label))
        is_other = left_out is not None and abs(left_out - change.dice_before) > DICE_TOLERANCE
        found.append(replace(change, left_out_dice=left_out) if change.is_held_out and is_other else change)
    return found


def summarise(changes: Sequence[FrameChange]) -> str:
    """Say in how many frames it got better and worse."""
    if not changes:
        return ""
    tones = [describe_gain(each.dice_before, each.dice_after).tone for each in changes]
    better, worse = tones.count(Tone.GOOD), tones.count(Tone.BAD)
    same = len(changes) - better - worse
    parts = [
        trn(text, text, n)
        for n, text in ((better, "{count} better"), (worse, "{count} worse"), (same, "{count} as good"))
        if n
    ]
    held = sum(each.is_held_out for each in changes)
    told = trn(
        "Of {count} reviewed frame: {parts}.",
        "Of {count} reviewed frames: {parts}.",
        len(changes),
        parts=", ".join(parts),
    )
    if held == len(changes):
        return tr("{told} The new model learnt from none of them.", told=told)
    if held:
        told = tr(
            "{told} It did not learn from {held} of them; the others it knows, so they flatter it.",
            told=told,
            held=held,
        )
        learnt = sum(each.left_out_dice is not None for each in changes)
        if learnt:
            told += tr(
                " The old model had learnt {learnt} of these {held}: its numbers are from before, its",
                learnt=learnt,
                held=held,
            )
            told += " pictures are not."
        return told
    return tr(
        "{told} It learnt from all of them, so they flatter it; the numbers at the left do not.", told=told
    )
