"""Masks through time in threads of their own: each mask is handed over as soon as it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from lusgui.base.errors import LusguiError
from lusgui.runtime.errors import log
from lusgui.session.jobs import FinishReason

if TYPE_CHECKING:
    from lusgui.core.progress import Progress
    from lusgui.runtime.jobs import JobRunner
    from lusgui.session.carrying import Found
    from lusgui.session.jobs import JobStatus
    from lusgui.session.session import Session
    from lusgui.session.through_time import TimeAsk


class CarryJobs(QObject):
    """Does what `session.times` asks for.

    Parameters
    ----------
    session : Session
        Who asks, and gets masks and the end.
    runner : JobRunner
        Runs the work, shows its progress, and is where a person stops it.
    parent : QObject, optional
        Owner.
    """

    _found = Signal(int, object)

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._runner = session, runner
        self._tokens: dict[str, int] = {}
        self._found.connect(self._take, Qt.ConnectionType.QueuedConnection)
        runner.finished.connect(self._ended)
        session.times.asked.connect(self._start)
        session.times.stop_asked.connect(self._stop)

    def shutdown(self) -> None:
        """Hear no more questions; the runner ends what is under way."""
        self._session.times.asked.disconnect(self._start)
        self._session.times.stop_asked.disconnect(self._stop)

    def _start(self, ask: TimeAsk) -> None:
        def work(progress: Progress) -> str:
            try:
                return ask.work(lambda found: self._hand_over(ask.token, found), progress)
            except (LusguiError, OSError, ValueError):
                progress(0, 0)  # whatever fails because the file was closed under it was cancelled before
                raise

        self._tokens[self._runner.start(ask.title, work)] = ask.token

    def _stop(self, token: int) -> None:
        for name, own in self._tokens.items():
            if own == token:
                self._runner.cancel(name)

    def _hand_over(self, token: int, found: Found) -> None:
        try:
            self._found.emit(token, found)
        except RuntimeError:
            log.warning("a mask was found after the window had gone")

    def _take(self, token: int, found: Found) -> None:
        self._session.times.take(token, found)

    def _ended(self, status: JobStatus, words: object) -> None:
        token = self._tokens.pop(status.id, None)
        if token is None:
            return
        if status.reason is FinishReason.CANCELLED:
            words = f"{status.title}: stopped; the ghosts that were made stay until you accept or drop them"
        self._session.times.ended(token, words if isinstance(words, str) else "")
