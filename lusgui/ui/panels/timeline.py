"""The strip under the canvas: where one is in the recording, what is done, cine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QWidget

from lusgui.base.translate import tr
from lusgui.core.notes import is_flagged
from lusgui.ui import theme
from lusgui.ui.bindings import Bindings, Later, set_quietly
from lusgui.ui.panels.frame_strip import FrameStrip
from lusgui.ui.panels.parts import action_button

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from lusgui.session.session import Session
    from lusgui.ui.actions import Actions

DICE_MS = 40
MOST_NEW = 4
"""So many frames are judged at a time, so that the window never waits for it."""
NUMBER_WIDTH = 104
ROOM_FOR_SPEED, ROOM_FOR_NUMBER, LEAST_WIDTH = 500, 380, 240
"""Narrower than this, in pixels, the strip would be too short to click a frame."""


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
        self.number.setMinimumWidth(NUMBER_WIDTH)
        self.number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = QDoubleSpinBox()
        self.speed.setRange(0.5, 120.0)
        self.speed.setDecimals(1)
        self.speed.setSuffix(tr(" fps"))
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
            session.cine_loop.changed,
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
        room = event.size().width()
        self.speed.setVisible(room >= theme.scaled(ROOM_FOR_SPEED))
        self.number.setVisible(room >= theme.scaled(ROOM_FOR_NUMBER))

    def minimumSizeHint(self) -> QSize:
        """Need room for the buttons and a strip; the number and the speed go where there is none."""
        usual = super().minimumSizeHint()
        return QSize(min(usual.width(), theme.scaled(LEAST_WIDTH)), usual.height())

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
            frame, self._direction = self._session.cine_loop.following(
                *place, self._direction, bounces=self._session.view.cine_bounces
            )
            self._session.go_to(place[0], frame)

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
            widest = tr("frame {frame} / {frames}", frame=row.frames, frames=row.frames)
            room = self.number.fontMetrics().horizontalAdvance(widest)
            self.number.setMinimumWidth(max(NUMBER_WIDTH, room + 4))  # it must not jump while the cine runs
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
        self.strip.set_loop(self._session.cine_loop.part(place[0]))
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
