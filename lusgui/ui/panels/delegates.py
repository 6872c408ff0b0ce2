"""How recordings and frames are drawn in their lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from lusgui.base.translate import tr, trn
from lusgui.core.annotation import Status
from lusgui.ui import theme
from lusgui.ui.panels.statuses import MODEL_LOOK, STATUS_LOOKS, color_of

if TYPE_CHECKING:
    from lusgui.session.recording_rows import RecordingRow

Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole
MARK_ROLE = Qt.ItemDataRole.UserRole + 1
_ORDER = (Status.ACCEPTED, Status.NOTHING_HERE, Status.EDITED, Status.REJECTED, Status.IGNORED)


class RecordingDelegate(QStyledItemDelegate):
    """Name, what it is, and a bar of statuses."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return room for two lines and the bar."""
        return QSize(120, theme.scaled(52))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one recording."""
        row: RecordingRow | None = index.data(ROW_ROLE)
        if row is None:
            return
        palette = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_background(painter, option, option.rect.adjusted(0, 1, 0, -1))
        inner = option.rect.adjusted(9, 6, -9, -6)
        trouble = row.missing or row.changed
        painter.setPen(QColor(palette.warning if trouble else palette.text))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(row.name, Qt.TextElideMode.ElideMiddle, inner.width())
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, name)
        font = painter.font()
        font.setPixelSize(theme.scaled(11))
        painter.setFont(font)
        painter.setPen(QColor(palette.warning if trouble else palette.dim))
        second = QRect(inner.left(), inner.top() + theme.scaled(17), inner.width(), theme.scaled(15))
        text = painter.fontMetrics().elidedText(_second_line(row), Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(second, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, text)
        self._draw_bar(painter, QRectF(inner.left(), inner.bottom() - 3, inner.width(), 3), row)
        painter.restore()

    def _draw_bar(self, painter: QPainter, where: QRectF, row: RecordingRow) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.current().groove))
        painter.drawRoundedRect(where, 1.5, 1.5)
        left = where.left()
        for status in _ORDER:
            share = min(row.counts.get(status, 0) / max(row.frames, 1), 1.0) * where.width()
            if share > 0:
                share = min(max(share, 2.0), where.right() - left)
                painter.setBrush(QColor(color_of(STATUS_LOOKS[status])))
                painter.drawRect(QRectF(left, where.top(), share, where.height()))
                left += share


class FrameDelegate(QStyledItemDelegate):
    """A chip with the frame's number and its status as colour and shape."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the size of a chip."""
        return QSize(theme.scaled(38), theme.scaled(28))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one frame."""
        mark = index.data(MARK_ROLE)
        if mark is None:
            return
        status, is_listed, is_predicted = mark
        palette = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chip = QRectF(option.rect).adjusted(1.5, 1.5, -2.5, -2.5)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        is_hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.setPen(
            QColor(palette.accent if is_current else palette.border_strong if is_listed else palette.border)
        )
        painter.setBrush(
            QColor(palette.accent_soft if is_current else palette.hover if is_hovered else palette.field)
        )
        painter.drawRoundedRect(chip, 4, 4)
        if status is not Status.UNTOUCHED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color_of(STATUS_LOOKS[status])))
            painter.drawRoundedRect(QRectF(chip.left() + 3, chip.bottom() - 5, chip.width() - 6, 3), 1.5, 1.5)
        elif is_predicted:
            painter.setPen(QPen(QColor(color_of(MODEL_LOOK)), 1.4, Qt.PenStyle.DotLine))
            painter.drawLine(
                QPointF(chip.left() + 5, chip.bottom() - 3.5), QPointF(chip.right() - 5, chip.bottom() - 3.5)
            )
        font = painter.font()
        font.setPixelSize(theme.scaled(11))
        painter.setFont(font)
        is_dim = status is Status.UNTOUCHED and not is_current and not is_listed
        painter.setPen(QColor(palette.dim if is_dim else palette.text))
        painter.drawText(chip.adjusted(0, -1, 0, -3), Qt.AlignmentFlag.AlignCenter, index.data())
        if is_listed:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.accent))
            painter.drawEllipse(QPointF(chip.right() - 4, chip.top() + 4), 2.2, 2.2)
        painter.restore()


def _draw_background(painter: QPainter, option: QStyleOptionViewItem, where: QRect) -> None:
    palette = theme.current()
    painter.setPen(Qt.PenStyle.NoPen)
    if option.state & QStyle.StateFlag.State_Selected:
        painter.setBrush(QColor(palette.accent_soft))
    elif option.state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(QColor(palette.hover))
    else:
        return
    painter.drawRoundedRect(where, 6, 6)


def _second_line(row: RecordingRow) -> str:
    if row.missing:
        return tr("file not found: right-click to find it")
    if row.changed:
        return tr("file has changed: right-click")
    if row.checking:
        return tr("checking the file…")
    frames = trn("{count} frame", "{count} frames", row.frames)
    spacing = () if row.spacing_mm is not None else (tr("no spacing"),)
    return " · ".join((frames, f"{row.shape[0]} × {row.shape[1]}", *spacing))
