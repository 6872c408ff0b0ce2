"""What to draw next: frames that would teach most, each with its reason, and whether to go on at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from lusgui.base.translate import tr
from lusgui.ui import theme
from lusgui.ui.learning.parts import command_button
from lusgui.ui.learning.words import dice_text, frames_text
from lusgui.ui.panels.parts import Card, hint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    from lusgui.core.learning.result import Suggestion
    from lusgui.ui.actions import Actions

PLACE_ROLE, WHERE_ROLE, WHY_ROLE, DICE_ROLE = (Qt.ItemDataRole.UserRole + n for n in range(4))
SHOWN = 5
ROW_HEIGHT = 42
NONE_YET = (
    "After a run, lusgui lists the frames that would teach it most, and says why. “Look for frames” does it"
    " now, without learning."
)
ALL_DONE = "Every suggested frame is reviewed. Learn again, or look for further ones."
LOOKING = "They are looked for at the end of the run."


class SuggestionsCard(Card):
    """A short list; N and Shift+N walk through it.

    Parameters
    ----------
    actions : Actions
        For next, look and clear.

    Signals
    -------
    frame_asked(int, int)
        A frame was clicked: recording id, 0-based frame.
    """

    frame_asked = Signal(int, int)

    def __init__(self, actions: Actions) -> None:
        super().__init__("Worth drawing next")
        self.advice = hint("")
        self.advice.setAccessibleName(tr("Whether drawing more pays"))
        self.empty = hint(tr(NONE_YET))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Suggested frames"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setMouseTracking(True)
        self.list.setItemDelegate(SuggestionDelegate(self.list))
        self.list.itemClicked.connect(self._go)
        self.list.itemActivated.connect(self._go)
        self.next: QPushButton = command_button(actions["learn.next"], "Next suggested frame")
        self.look: QPushButton = command_button(actions["learn.suggest"], "Look for frames")
        self.why = hint("")
        self.why.setAccessibleName(tr("Why this frame is suggested"))
        for part in (self.advice, self.empty, self.list, self.why):
            self.add(part)
        self.add_row(self.next, self.look)
        self.show_advice("")
        self.show_suggestions((), {}, None)

    def show_advice(self, text: str) -> None:
        """Show whether drawing more pays; empty shows nothing."""
        self.advice.setText(text)
        self.advice.setVisible(bool(text))

    def show_suggestions(
        self,
        suggestions: Sequence[Suggestion],
        names: dict[int, str],
        place: tuple[int, int] | None,
        *,
        were_any: bool = False,
        is_running: bool = False,
    ) -> None:
        """Show frames that are left to be reviewed, best first.

        Parameters
        ----------
        suggestions : sequence of Suggestion
            The frames.
        names : dict
            Recording id to name.
        place : (recording id, frame) or None
            Where one is.
        were_any : bool
            Whether frames were suggested before.
        is_running : bool
            Whether a run for this label is under way.
        """
        self.list.clear()
        self.why.hide()
        for one in suggestions:
            item = QListWidgetItem()
            where = tr("frame {frame}", frame=one.frame + 1)
            name = names.get(one.recording_id, "")
            why = "; ".join(one.reasons) or "the model is unsure here"
            item.setData(PLACE_ROLE, (one.recording_id, one.frame))
            item.setData(WHERE_ROLE, f"{where} · {name}" if len(names) > 1 and name else where)
            item.setData(WHY_ROLE, why[:1].upper() + why[1:])
            item.setData(DICE_ROLE, one.predicted_dice)
            expects = tr(
                " Predicted Dice there {predicted_dice}.", predicted_dice=dice_text(one.predicted_dice)
            )
            told = f"{name}, {where}: {why}.{expects if one.predicted_dice is not None else ''}"
            item.setData(Qt.ItemDataRole.AccessibleTextRole, told)
            item.setToolTip(told)
            self.list.addItem(item)
            if place == (one.recording_id, one.frame):
                self.list.setCurrentItem(item)
                self.why.setText(tr("This frame: {why}.", why=why))
                self.why.show()
        self.list.setVisible(bool(suggestions))
        self.list.setFixedHeight(min(len(suggestions), SHOWN) * theme.scaled(ROW_HEIGHT) + 4)
        self.empty.setVisible(not suggestions)
        self.empty.setText(tr(LOOKING) if is_running else tr(ALL_DONE) if were_any else tr(NONE_YET))
        self.list.setAccessibleDescription(frames_text(len(suggestions)))

    def _go(self, item: QListWidgetItem) -> None:
        self.frame_asked.emit(*item.data(PLACE_ROLE))


class SuggestionDelegate(QStyledItemDelegate):
    """Draws where, the expected Dice, and why on a second line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return one height for all."""
        return QSize(10, theme.scaled(ROW_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one frame."""
        palette = theme.current()
        box: QRect = option.rect.adjusted(1, 1, -1, -1)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            _fill(painter, box, palette.accent_soft)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            _fill(painter, box, palette.hover)
        inside = box.adjusted(7, 3, -7, -3)
        half = inside.height() // 2
        top = QRect(inside.left(), inside.top(), inside.width(), half)
        low = QRect(inside.left(), inside.top() + half, inside.width(), half)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        room = top.width()
        dice = index.data(DICE_ROLE)
        if dice is not None:
            told = tr("predicted Dice {dice}", dice=dice_text(dice))
            painter.setFont(_small(option.font))
            painter.setPen(QColor(palette.dim))
            painter.drawText(top, right, told)
            room -= QFontMetrics(_small(option.font)).horizontalAdvance(told) + 8
        bold = QFont(option.font)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setFont(bold)
        painter.setPen(QColor(palette.text))
        elide = Qt.TextElideMode.ElideRight
        painter.drawText(top, left, QFontMetrics(bold).elidedText(index.data(WHERE_ROLE), elide, room))
        small = _small(option.font)
        painter.setFont(small)
        painter.setPen(QColor(palette.dim))
        painter.drawText(low, left, QFontMetrics(small).elidedText(index.data(WHY_ROLE), elide, low.width()))
        painter.restore()


def _fill(painter: QPainter, box: QRect, color: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawRoundedRect(box, 5, 5)


def _small(font: QFont) -> QFont:
    made = QFont(font)
    made.setPixelSize(theme.scaled(12))
    return made
