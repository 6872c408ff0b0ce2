"""The one place where session signals meet widgets: connections that end together, bursts merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

    from psygnal import SignalInstance
    from PySide6.QtWidgets import QWidget


class Bindings:
    """Connections of one widget to the session, undone by one call."""

    def __init__(self) -> None:
        self._made: list[tuple[SignalInstance, Callable[..., Any]]] = []

    def connect(self, signal: SignalInstance, slot: Callable[..., Any]) -> None:
        """Call `slot` whenever `signal` is emitted, until `disconnect`."""
        signal.connect(slot)
        self._made.append((signal, slot))

    def disconnect(self) -> None:
        """Undo every connection."""
        for signal, slot in self._made:
            signal.disconnect(slot, missing_ok=True)
        self._made.clear()


class Later(QObject):
    """Calls a function once after a burst of calls.

    Parameters
    ----------
    function : callable
        Called without arguments.
    parent : QObject
        Owner; nothing is called after it has gone.
    interval_ms : int
        How long to wait; 0 waits for the present event to end.
    """

    def __init__(self, function: Callable[[], None], parent: QObject, interval_ms: int = 0) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(function)

    def __call__(self, *_: object) -> None:
        """Ask for the call; what a signal says is left aside."""
        if not self._timer.isActive():
            self._timer.start()

    def stop(self) -> None:
        """Forget a call that is waiting."""
        self._timer.stop()


def set_quietly(widget: QWidget, setter: Callable[[Any], object], value: object) -> None:
    """Set a widget's value without it telling anybody."""
    was = widget.blockSignals(True)
    try:
        setter(value)
    finally:
        widget.blockSignals(was)
