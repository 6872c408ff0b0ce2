"""No error is lost: whatever nobody caught reaches the log file and the person."""

from __future__ import annotations

import logging
import logging.handlers
import platform
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal

from lusgui import __version__
from lusgui.base.errors import LusguiError
from lusgui.base.paths import log_dir
from lusgui.session.problems import Problem, problem_from_error

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

LOG_NAME = "lusgui.log"
MAX_LOG_BYTES = 1_000_000
log = logging.getLogger("lusgui")


def problem_from_exception(error: BaseException, title: str = "") -> Problem:
    """Describe any exception: our own bring their words, any other is a bug and says so."""
    if isinstance(error, LusguiError):
        return problem_from_error(error, title or "That did not work")
    return Problem(
        title or "Something unexpected happened",
        f"{type(error).__name__}: {error}",
        "Your work is kept. Please send the details to the developers.",
        "".join(traceback.format_exception(error)),
    )


class ErrorHandling(QObject):
    """Takes what no other code caught, in any thread, to one function in the window's thread.

    Signals
    -------
    problem : Problem
        What went wrong.

    Parameters
    ----------
    report : callable
        Takes a `Problem`; always called in the thread of this object.
    """

    problem = Signal(object)

    def __init__(self, report: Callable[[Problem], None]) -> None:
        super().__init__()
        self._report = report
        # queued even in the same thread: a slot that fails must return before anything is shown
        self.problem.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        self._before = (sys.excepthook, threading.excepthook)
        self._hooks = (self._on_exception, self._on_thread_exception)
        sys.excepthook, threading.excepthook = self._hooks
        self._handler = _open_log()

    def uninstall(self) -> None:
        """Give the hooks back and close the log file; idempotent."""
        if sys.excepthook == self._hooks[0]:
            sys.excepthook = self._before[0]
        if threading.excepthook == self._hooks[1]:
            threading.excepthook = self._before[1]
        if self._handler is not None:
            log.removeHandler(self._handler)
            self._handler.close()
            self._handler = None

    def _deliver(self, problem: object) -> None:
        if isinstance(problem, Problem):
            self._report(problem)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        log.error("uncaught", exc_info=(kind, error, trace))
        self.problem.emit(problem_from_exception(error))

    def _on_thread_exception(self, arguments: threading.ExceptHookArgs) -> None:
        error = arguments.exc_value
        if error is None:
            return
        name = arguments.thread.name if arguments.thread is not None else "a thread"
        log.error("uncaught in %s", name, exc_info=(type(error), error, arguments.exc_traceback))
        self.problem.emit(problem_from_exception(error))


def install_error_handling(report: Callable[[Problem], None]) -> ErrorHandling:
    """Send everything uncaught to `report` and to the log file from now on.

    Returns
    -------
    ErrorHandling
        To be kept, and uninstalled at the end.
    """
    return ErrorHandling(report)


def _open_log() -> logging.Handler | None:
    folder = log_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / LOG_NAME, maxBytes=MAX_LOG_BYTES, backupCount=2, encoding="utf-8", delay=True
        )
    except OSError:
        return None  # a read-only home must not keep the window from opening
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.info("lusgui %s, Python %s, %s", __version__, platform.python_version(), platform.platform())
    return handler
