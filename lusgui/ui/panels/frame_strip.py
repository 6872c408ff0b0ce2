"""All frames of the recording in one bar: what is done, what waits, where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from lusgui.base.translate import tr
from lusgui.core.annotation import Status
from lusgui.core.confidence import DOUBTFUL_BELOW, SURE_FROM
from lusgui.ui import theme
from lusgui.ui.panels.statuses import STATUS_LOOKS, color_of

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

MARGIN = 9.0
SURE_GHOST = 0.8
"""A ghost of less confidence is worth a look before it is accepted."""

TIPS = (
    "Click or drag to go to a frame; colours show what is done.",
    "Diamonds are key frames ({key:time.key_frame}); open boxes are ghosts that wait to be accepted (orange:"
    " confidence below {ghost:.2f}).",
    "The bracket above: the part that is played ({key:cine.loop_begin}, {key:cine.loop_end}).",
    "The thin line: predicted Dice of the model's masks, as far as it has answered (orange: below {low:.2f},"
    " look there first; green: {sure:.2f} and more).",
)


class FrameStrip(QWidget):
    """All frames of the recording in one bar; click or drag to go there.

    Signals
    -------
    frame_chosen(int)
        0-based frame.
    """

    frame_chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._count = 0
        self._frame = 0
        self._marks: dict[int, Status] = {}
        self._listed: frozenset[int] = frozenset()
        self._flagged: frozenset[int] = frozenset()
        self._dice: dict[int, float] = {}
        self._key_frames: tuple[int, ...] = ()
        self._ghosts: dict[int, float | None] = {}
        self._loop: tuple[int, int] | None = None
        self._picture: QPixmap | None = None
        self._drawn_for: tuple[object, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(tr("Frames of the recording"))
        self.set_confidence({})

    def sizeHint(self) -> QSize:
        """Return a low, wide strip."""
        return QSize(300, 34)

    def minimumSizeHint(self) -> QSize:
        """Leave enough to find one's place."""
        return QSize(96, 34)

    def set_flags(self, flagged: frozenset[int]) -> None:
        """Show a small flag below each of these frames."""
        if flagged != self._flagged:
            self._flagged = flagged
            self._draw_anew()

    def set_frames(self, count: int, marks: dict[int, Status], listed: frozenset[int]) -> None:
        """Show another recording or other marks."""
        if (count, marks, listed) != (self._count, self._marks, self._listed):
            self._count, self._marks, self._listed = count, marks, listed
            self._draw_anew()
        self.setEnabled(count > 1)

    def set_confidence(self, dice: dict[int, float]) -> None:
        """Show predicted Dice of frames as a thin line above the strip; none takes the line away."""
        self._dice = dice
        lines = [tr(each, ghost=SURE_GHOST, low=DOUBTFUL_BELOW, sure=SURE_FROM) for each in TIPS]
        self.setToolTip("\n".join(lines if dice else lines[:-1]))
        self._draw_anew()

    def set_times(self, key_frames: tuple[int, ...], ghosts: dict[int, float | None]) -> None:
        """Show key frames, and ghosts with their confidence (None where nobody can tell)."""
        if (key_frames, ghosts) != (self._key_frames, self._ghosts):
            self._key_frames, self._ghosts = key_frames, ghosts
            self._draw_anew()

    def set_loop(self, part: tuple[int, int] | None) -> None:
        """Show which part is played, by a bracket above the strip; none where all of it is."""
        if part != self._loop:
            self._loop = part
            self._draw_anew()

    def set_frame(self, frame: int) -> None:
        """Move the handle."""
        self._frame = frame
        self.update()

    def x_of(self, frame: int) -> float:
        """Return the x of the middle of a frame's slot."""
        return MARGIN + (frame + 0.5) * (self.width() - 2 * MARGIN) / max(self._count, 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where was pressed."""
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Scrub."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave keys to the commands."""
        event.ignore()

    def _go(self, event: QMouseEvent) -> None:
        if self._count and self.width() > 2 * MARGIN:
            share = (event.position().x() - MARGIN) / (self.width() - 2 * MARGIN)
            frame = min(max(int(share * self._count), 0), self._count - 1)
            if frame != self._frame:
                self.frame_chosen.emit(frame)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw groove, marks and handle; all but the handle is kept as a picture."""
        palette, ratio = theme.current(), self.devicePixelRatioF()
        now = (self.size(), ratio, palette)
        if self._picture is None or now != self._drawn_for:
            self._drawn_for = now
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            marks = QPainter(self._picture)
            marks.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_marks(marks, self._groove())
            marks.end()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
        painter.setPen(Qt.PenStyle.NoPen)
        self._paint_handle(painter, self._groove())

    def _draw_anew(self) -> None:
        self._picture = None
        self.update()

    def _groove(self) -> QRectF:
        return QRectF(MARGIN, 11, self.width() - 2 * MARGIN, 10)

    def _paint_marks(self, painter: QPainter, groove: QRectF) -> None:
        palette = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.groove))
        painter.drawRoundedRect(groove, 3, 3)
        slot = groove.width() / max(self._count, 1)
        width = max(slot - (1.0 if slot > 4 else 0.0), 1.6)
        # of a long recording many frames lie on one pixel, which is drawn once
        told = {
            int(frame * slot) if slot < 1 else frame: (frame, status)
            for frame, status in self._marks.items()
            if status is not Status.UNTOUCHED
        }
        for frame, status in told.values():
            painter.setBrush(QColor(color_of(STATUS_LOOKS[status])))
            painter.drawRect(QRectF(self.x_of(frame) - width / 2, groove.top(), width, groove.height()))
        for frame, value in self._dice.items():
            color = palette.warning if value < DOUBTFUL_BELOW else palette.dim
            painter.setBrush(QColor(palette.good if value >= SURE_FROM else color))
            painter.drawRect(
                QRectF(self.x_of(frame) - max(slot, 1.6) / 2, groove.top() - 4, max(slot, 1.6), 2.5)
            )
        self._paint_ghosts(painter, groove, slot)
        if self._loop is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette.accent))
            left, right = self.x_of(self._loop[0]) - slot / 2, self.x_of(self._loop[1]) + slot / 2
            painter.drawRect(QRectF(left, 3, right - left, 2))
            for x in (left, right - 2):
                painter.drawRect(QRectF(x, 3, 2, groove.top() - 3))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.text))
        for frame in self._key_frames:
            x, y = self.x_of(frame), groove.center().y()
            diamond = (QPointF(x - 4, y), QPointF(x, y - 4), QPointF(x + 4, y), QPointF(x, y + 4))
            painter.setPen(QColor(palette.groove))
            painter.drawPolygon(QPolygonF(diamond))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.bad))
        for frame in self._flagged:
            x, y = self.x_of(frame), groove.bottom() + 2
            painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x + 7, y + 3), QPointF(x, y + 6)]))
        painter.setBrush(QColor(palette.accent))
        for frame in self._listed:
            painter.drawEllipse(QPointF(self.x_of(frame), groove.bottom() + 5), 1.8, 1.8)

    def _paint_handle(self, painter: QPainter, groove: QRectF) -> None:
        palette = theme.current()
        if self._count:
            x = self.x_of(self._frame)
            painter.setBrush(QColor(palette.text))
            painter.drawRect(QRectF(x - 1, groove.top() - 3, 2, groove.height() + 6))
            painter.drawPolygon(QPolygonF([QPointF(x - 5, 2), QPointF(x + 5, 2), QPointF(x, 9)]))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(palette.accent))
            painter.drawRoundedRect(QRectF(0.5, 0.5, self.width() - 1, self.height() - 1), 4, 4)

    def _paint_ghosts(self, painter: QPainter, groove: QRectF, slot: float) -> None:
        """Draw ghosts as open boxes, unlike what was accepted."""
        palette = theme.current()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        width = max(slot - (1.0 if slot > 4 else 0.0), 1.6)
        for frame, confidence in self._ghosts.items():
            is_doubtful = confidence is not None and confidence < SURE_GHOST
            painter.setPen(QColor(palette.warning if is_doubtful else palette.text))
            box = QRectF(self.x_of(frame) - width / 2, groove.top() + 0.5, width, groove.height() - 1)
            painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5) if slot > 4 else box)
