"""The strip under the canvas: where one is in the recording, what is done, cine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap, QPolygonF
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from lusgui.base.translate import tr
from lusgui.core.annotation import Status
from lusgui.core.confidence import DOUBTFUL_BELOW, SURE_FROM
from lusgui.core.notes import is_flagged
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later, set_quietly
from lusgui.ui.panels.parts import action_button
from lusgui.ui.panels.statuses import STATUS_LOOKS, color_of

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

MARGIN = 9.0
DICE_MS = 40
SURE_GHOST = 0.8
"""A ghost of less confidence is worth a look before it is accepted."""
MOST_NEW = 4
"""So many frames are judged at a time, so that the window never waits for it."""
ROOM_FOR_SPEED = 500
"""Narrower than this, in pixels, the strip would be too short to click a frame."""

TIPS = (
    "Click or drag to go to a frame; colours show what is done.",
    "Diamonds are key frames ({key:time.key_frame}); open boxes are ghosts that wait to be accepted (orange:"
    " confidence below {ghost:.2f}).",
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


class Timeline(QWidget):
    """Transport buttons, strip, frame number and speed; plays the cine loop.

    Parameters
    ----------
    session : Session
        Whose frames.
    actions : Actions
        For the buttons.
    """

    playing_changed = Signal(bool)

    def __init__(self, session: Session, actions: Actions) -> None:
        super().__init__()
        self._session = session
        self._actions = actions
        self.strip = FrameStrip()
        self.strip.frame_chosen.connect(self._go)
        self.number = QLabel()
        self.number.setMinimumWidth(104)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = QDoubleSpinBox()
        self.speed.setRange(0.5, 120.0)
        self.speed.setDecimals(1)
        self.speed.setSuffix(" fps")
        self.speed.setFixedWidth(92)
        self.speed.setKeyboardTracking(False)
        self.speed.setAccessibleName(tr("Cine speed"))
        self.speed.setToolTip(tr("Frames a second of the cine loop"))
        self.speed.valueChanged.connect(lambda value: setattr(session.view, "cine_fps", value))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 3, 10, 3)
        layout.setSpacing(3)
        for name in ("frame.first", "frame.previous", "cine.play", "frame.next", "frame.last"):
            layout.addWidget(action_button(actions[name]))
        layout.addWidget(self.strip, 1)
        layout.addWidget(self.number)
        layout.addSpacing(6)
        layout.addWidget(self.speed)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        self._waits = False
        self._direction = 1
        self._later = Later(self._refresh, self)
        self._later_dice = Later(self._refresh_dice, self, DICE_MS)
        self._bindings = Bindings()
        self._bindings.connect(session.frame_changed, self._frame_changed)
        for signal in (
            session.study_changed,
            session.recordings_changed,
            session.status_changed,
            session.worklist_changed,
            session.notes_changed,
            session.view.events.label,
            session.times.changed,
        ):
            self._bindings.connect(signal, self._later)
        events = session.view.events
        self._bindings.connect(events.threshold_low, self._later_dice)
        for other in (session.prediction_changed, session.study_changed, events.label, events.threshold):
            self._bindings.connect(other, self._later_dice)
        self._bindings.connect(events.uncertainty_visible, self._later_dice)
        self._bindings.connect(events.cine_fps, self._speed_changed)
        self._shown_recording: int | None = None
        self._speed_changed(session.view.cine_fps)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a small window give the strip the room of the speed box."""
        super().resizeEvent(event)
        self.speed.setVisible(event.size().width() >= ROOM_FOR_SPEED)

    def close_panel(self) -> None:
        """Stop playing and listening."""
        self._timer.stop()
        self._bindings.disconnect()
        self._later.stop()
        self._later_dice.stop()

    @property
    def is_playing(self) -> bool:
        """Whether the cine loop runs."""
        return self._timer.isActive()

    def toggle_play(self) -> None:
        """Start or stop the cine loop."""
        if self.is_playing or self._session.place is None:
            self._timer.stop()
        else:
            self._waits, self._direction = False, 1
            self._timer.start()
        self._actions["cine.play"].setIcon(theme.icon("pause" if self.is_playing else "play"))
        self._actions["cine.play"].setText(tr("Pause") if self.is_playing else tr("Play"))
        self.playing_changed.emit(self.is_playing)

    def frame_shown(self, recording_id: int, frame: int) -> None:
        """Learn that a frame is on screen, so that the loop never runs ahead of what is seen."""
        self._waits = False

    def _advance(self) -> None:
        place = self._session.place
        row = None if place is None else self._session.row(place[0])
        if place is None or row is None or row.frames < 2:
            self.toggle_play()
        elif not self._waits:
            self._waits = True
            if self._session.view.cine_bounces:
                if not 0 <= place[1] + self._direction < row.frames:
                    self._direction = -self._direction
                self._session.go_to(place[0], place[1] + self._direction)
            else:
                self._session.go_to(place[0], (place[1] + 1) % row.frames)

    def _go(self, frame: int) -> None:
        if self._session.place is not None:
            self._session.go_to(self._session.place[0], frame)

    def _speed_changed(self, fps: float) -> None:
        self._timer.setInterval(round(1000 / fps))
        set_quietly(self.speed, self.speed.setValue, fps)

    def _frame_changed(self, recording_id: int, frame: int) -> None:
        self.strip.set_frame(frame)
        self._show_number()
        if recording_id != self._shown_recording:
            self._later()
            self._later_dice()

    def _show_number(self) -> None:
        place = self._session.place
        row = None if place is None else self._session.row(place[0])
        if place is None or row is None:
            self.number.setText("")
        else:
            self.number.setText(tr("frame {frame} / {frames}", frame=place[1] + 1, frames=row.frames))

    def _refresh(self) -> None:
        place = self._session.place
        row = None if place is None else self._session.row(place[0])
        self._shown_recording = None if place is None else place[0]
        self.setEnabled(row is not None)
        self._show_number()
        if place is None or row is None:
            self.strip.set_frames(0, {}, frozenset())
            self.strip.set_flags(frozenset())
            self.strip.set_times((), {})
            return
        marks = self._session.frame_statuses(place[0], self._session.view.label)
        listed = frozenset(
            frame for recording_id, frame in self._session.worklist if recording_id == place[0]
        )
        self.strip.set_frames(row.frames, marks, listed)
        own = self._session.notes_of(place[0])
        self.strip.set_flags(frozenset(frame for (frame, _label), notes in own.items() if is_flagged(notes)))
        times, label = self._session.times, self._session.view.label
        ghosts = {frame: ghost.confidence for frame, ghost in times.ghosts(place[0], label).items()}
        self.strip.set_times(times.key_frames.of(place[0], label), ghosts)
        self.strip.set_frame(place[1])

    def _refresh_dice(self) -> None:
        """While the uncertainty view is on, show predicted Dice along the strip, a few frames at a time."""
        place, view = self._session.place, self._session.view
        if place is None or not view.uncertainty_visible:
            self.strip.set_confidence({})
            return
        known, is_more = self._session.confidence.of_frames(place[0], view.label, MOST_NEW)
        self.strip.set_confidence(known)
        if is_more:
            self._later_dice()
