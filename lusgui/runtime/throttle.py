"""Signal storms made calm: at most so often, or once after quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable


class Throttle(QObject):
    """Calls a function at once, then at most once per interval, the last time with the last arguments.

    Parameters
    ----------
    function : callable
        What is called, in the thread of this object.
    interval_ms : int
        Least time between two calls.
    parent : QObject, optional
        Owner.
    """

    def __init__(
        self, function: Callable[..., object], interval_ms: int, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._function = function
        self._arguments: tuple[object, ...] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._on_timeout)

    def __call__(self, *arguments: object) -> None:
        """Call now if the interval is over, else remember the arguments for its end."""
        if self._timer.isActive():
            self._arguments = arguments
            return
        self._timer.start()
        self._function(*arguments)

    def flush(self) -> None:
        """Call now what waits."""
        if self._arguments is not None:
            arguments, self._arguments = self._arguments, None
            self._timer.start()
            self._function(*arguments)

    def cancel(self) -> None:
        """Forget what waits."""
        self._arguments = None
        self._timer.stop()

    def _on_timeout(self) -> None:
        self.flush()


class Debounce(QObject):
    """Calls a function once, with the last arguments, after nobody has asked for a while.

    Parameters
    ----------
    function : callable
        What is called, in the thread of this object.
    delay_ms : int
        How long it must be quiet.
    parent : QObject, optional
        Owner.
    """

    def __init__(self, function: Callable[..., object], delay_ms: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._function = function
        self._arguments: tuple[object, ...] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay_ms)
        self._timer.timeout.connect(self.flush)

    def __call__(self, *arguments: object) -> None:
        """Remember the arguments and start waiting anew."""
        self._arguments = arguments
        self._timer.start()

    def flush(self) -> None:
        """Call now what waits."""
        self._timer.stop()
        if self._arguments is not None:
            arguments, self._arguments = self._arguments, None
            self._function(*arguments)

    def cancel(self) -> None:
        """Forget what waits."""
        self._arguments = None
        self._timer.stop()
