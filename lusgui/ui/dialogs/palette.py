"""The palette: type a few letters of what you want, press Return."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.actions import keys_text

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QShowEvent

    from lusgui.session.acts import Desk
    from lusgui.session.finder import Finding
    from lusgui.session.session import Session

WIDTH, ROWS = 620, 11
FINDING = Qt.ItemDataRole.UserRole
_OF_THE_LIST = frozenset((Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown))


class Palette(QDialog):
    """Offers commands, labels, recordings and frames by name.

    Parameters
    ----------
    session : Session
        What there is to find.
    desk : Desk
        For whom the chosen command runs.
    parent : QWidget or None
        The window.
    """

    def __init__(self, session: Session, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Find a command"))
        self.setWindowFlag(Qt.WindowType.FramelessWindowHint)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session, self._desk = session, desk
        self.setObjectName("palette")
        self.setStyleSheet(f"QDialog#palette {{ border: 1px solid {theme.current().border_strong}; }}")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Command, label, recording, or “frame 120”"))
        self.search.setAccessibleName(tr("Find a command"))
        self.search.setToolTip(tr("Arrow keys choose, Return does it, Esc closes"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._refresh)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setAccessibleName(tr("What was found"))
        self.list.setToolTip(tr("Click or press Return to do it"))
        self.list.setItemDelegate(_Row(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.itemClicked.connect(lambda _item: self.choose())
        self.empty = QLabel("Nothing fits. Fewer letters find more.")
        self.empty.setObjectName("dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        for part in (self.search, self.empty, self.list):
            column.addWidget(part)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Stand at the top of the window, over the image."""
        self.resize(theme.scaled(WIDTH), theme.scaled(_Row.HEIGHT) * ROWS + theme.scaled(70))
        parent = self.parentWidget()
        if parent is not None:
            corner = parent.mapToGlobal(parent.rect().topLeft())
            self.move(corner.x() + (parent.width() - self.width()) // 2, corner.y() + 60)
        super().showEvent(event)
        self.search.setFocus()

    def findings(self) -> list[Finding]:
        """Return what is offered now, best first."""
        return [self.list.item(row).data(FINDING) for row in range(self.list.count())]

    def _refresh(self) -> None:
        self.list.clear()
        for finding in self._session.finder.find(self.search.text()):
            item = QListWidgetItem(finding.title)
            item.setData(FINDING, finding)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, _spoken(finding))
            item.setToolTip(finding.detail)
            if not finding.is_usable:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.empty.setVisible(not self.list.count())
        self._step(1, from_row=-1)

    def _step(self, by: int, *, from_row: int | None = None) -> None:
        """Go to the next row that can be chosen."""
        row = (self.list.currentRow() if from_row is None else from_row) + by
        while 0 <= row < self.list.count():
            if self.list.item(row).flags() & Qt.ItemFlag.ItemIsEnabled:
                self.list.setCurrentRow(row)
                return
            row += 1 if by > 0 else -1

    def choose(self) -> None:
        """Close, then do what is chosen."""
        item = self.list.currentItem()
        if not self.list.selectedItems() or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        finding: Finding = item.data(FINDING)
        desk = self._desk
        self._session.finder.note(finding)
        self.accept()
        finding.run(desk)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the keys that choose work while typing."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in _OF_THE_LIST:
                pages = ROWS if key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown) else 1
                way = 1 if key in (Qt.Key.Key_Down, Qt.Key.Key_PageDown) else -1
                for _ in range(pages):
                    self._step(way)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.choose()
                return True
        return super().eventFilter(watched, event)


def _spoken(finding: Finding) -> str:
    """Return what a screen reader says of a row."""
    can = "" if finding.is_usable else " (not now)"
    keys = f", {keys_text(finding.keys)}" if finding.keys else ""
    return f"{finding.title}{can}{keys}. {finding.detail}"


class _Row(QStyledItemDelegate):
    """Draws one finding: picture, title, where it stands, keys."""

    HEIGHT = 40

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return one height for all."""
        return QSize(100, theme.scaled(self.HEIGHT))

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw the row."""
        finding: Finding = index.data(FINDING)
        look = theme.current()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = QRect(option.rect).adjusted(2, 1, -2, -1)
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            is_chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(look.accent_soft if is_chosen else look.hover))
            painter.drawRoundedRect(room, 5, 5)
        text, quiet = (look.text, look.dim) if finding.is_usable else (look.faint, look.faint)
        side = theme.scaled(18)
        if finding.icon:
            picture = theme.pixmap(finding.icon, quiet, side, option.widget.devicePixelRatioF())
            painter.drawPixmap(room.left() + 8, room.center().y() - side // 2, picture)
        room = room.adjusted(8 + side + 10, 3, -10, -3)
        font = painter.font()
        font.setPixelSize(theme.scaled(13))
        painter.setFont(font)
        keys = keys_text(finding.keys[:1])
        wide = painter.fontMetrics().horizontalAdvance(keys) + (12 if keys else 0)
        painter.setPen(QColor(quiet))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignRight, keys)
        room = room.adjusted(0, 0, -wide, 0)
        upper, lower = QRect(room), QRect(room)
        upper.setBottom(room.center().y())
        lower.setTop(room.center().y() + 1)
        elide = Qt.TextElideMode.ElideRight
        painter.setPen(QColor(text))
        painter.drawText(upper, middle, painter.fontMetrics().elidedText(finding.title, elide, room.width()))
        font.setPixelSize(theme.scaled(11))
        painter.setFont(font)
        painter.setPen(QColor(quiet))
        painter.drawText(lower, middle, painter.fontMetrics().elidedText(finding.detail, elide, room.width()))
        painter.restore()
