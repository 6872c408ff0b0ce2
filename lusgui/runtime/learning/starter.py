"""Runs that start by themselves, as the study's policy says: after so many reviewed frames, or when idle."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from psygnal import SignalInstance

    from lusgui.runtime.learning.supervisor import Supervisor
    from lusgui.session.session import Session

LOOK_MS = 2000


class RunStarter(QObject):
    """Looks now and then whether a run is due, and starts it.

    What the policy counts is asked only after something was reviewed, or while nobody works; a stroke that is
    down, or edits that could not be saved, put a run off.

    Parameters
    ----------
    session : Session
        Knows the policy, and says when somebody does something.
    supervisor : Supervisor
        Starts runs.
    parent : QObject, optional
        Owner.
    """

    def __init__(self, session: Session, supervisor: Supervisor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._supervisor = supervisor
        self._touched = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self._signals: tuple[SignalInstance, ...] = (
            session.mask_changed,
            session.status_changed,
            session.frame_changed,
            session.study_changed,
            session.stroke_open_changed,
            session.view.events.threshold,
        )
        for signal in self._signals:
            signal.connect(self._on_gesture)

    @property
    def idle_s(self) -> float:
        """Seconds since somebody did something."""
        return time.monotonic() - self._touched

    def look(self) -> None:
        """Start a run if one is due."""
        session = self._session
        if self._supervisor.is_running or not session.is_open or session.is_stroke_open:
            return
        policy = session.learning.policy
        if policy.mode == "manual" or session.unsaved_count:
            return
        label = session.learning.wants_run(idle_s=self.idle_s)
        if label is not None:
            started_by = "idle" if policy.mode == "idle" else "reviewed"
            self._supervisor.start((label,), started_by=started_by)

    def shutdown(self) -> None:
        """Start nothing any more; idempotent."""
        self._timer.stop()
        for signal in self._signals:
            signal.disconnect(self._on_gesture)
        self._signals = ()

    def _on_gesture(self) -> None:
        self._touched = time.monotonic()
