"""One child process that speaks in messages; says when it dies, leaves nothing behind."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QProcess, Signal

from lusgui.core import messages
from lusgui.core.framing import Garbage
from lusgui.runtime.errors import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.framing import Decoder

STDERR_CHARS = 10_000


def worker_program() -> list[str]:
    """Return the command of the inference process."""
    # -P: a file called torch.py in the person's folder must not be imported
    return [sys.executable, "-P", "-m", "lusgui.nn.worker"]


class WorkerProcess(QObject):
    """A process started once; make a new one to start again.

    Signals
    -------
    received : Message
        Something it said.
    died : str
        It ended without having been asked; with the reason in words.

    Parameters
    ----------
    command : list of str
        Program and arguments.
    parent : QObject, optional
        Owner.
    encode : callable, optional
        Turns what is said into bytes; messages of the inference process when not given.
    decoder : Decoder, optional
        Turns bytes into what is heard.
    """

    received = Signal(object)
    died = Signal(str)

    def __init__(
        self,
        command: list[str],
        parent: QObject | None = None,
        *,
        encode: Callable[[Any], bytes] = messages.encode,
        decoder: Decoder[Any] | None = None,
    ) -> None:
        super().__init__(parent)
        self._command = command
        self._encode = encode
        self._decoder: Decoder[Any] = decoder or messages.Decoder()
        self._stderr = ""
        self._is_over = False
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._on_output)
        self._process.readyReadStandardError.connect(self._on_stderr)
        self._process.finished.connect(self._on_finished)
        self._process.errorOccurred.connect(self._on_error)

    @property
    def pid(self) -> int:
        """Process id; 0 when it does not run."""
        return int(self._process.processId())

    @property
    def stderr_tail(self) -> str:
        """The last that it printed for people."""
        return self._stderr.strip()

    def start(self) -> None:
        """Start without waiting."""
        self._process.start(self._command[0], self._command[1:])

    def send(self, message: Any) -> None:  # noqa: ANN401 - whatever the encoder takes
        """Say something; nothing happens when it is over."""
        if not self._is_over:
            self._process.write(self._encode(message))

    def kill(self) -> None:
        """End it at once; `died` follows."""
        self._process.kill()

    def shutdown(self, timeout_ms: int) -> None:
        """Ask it to end, then make it; no signal comes any more. Idempotent."""
        if self._is_over:
            return
        if self._process.state() == QProcess.ProcessState.Running:
            self.send(messages.Stop())
            self._process.closeWriteChannel()
        self._is_over = True
        if self._process.state() != QProcess.ProcessState.NotRunning and not self._process.waitForFinished(
            timeout_ms
        ):
            self._process.kill()
            self._process.waitForFinished(2000)

    def _on_output(self) -> None:
        raw = bytes(self._process.readAllStandardOutput().data())
        for item in self._decoder.feed(raw):
            if self._is_over:
                return
            if isinstance(item, Garbage):
                log.warning("the worker sent %s", item.reason)
            else:
                self.received.emit(item)

    def _on_stderr(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
        self._stderr = (self._stderr + text)[-STDERR_CHARS:]
        log.info("worker: %s", text.rstrip()[:STDERR_CHARS])

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._on_output()  # what it still said before it ended
        crashed = status == QProcess.ExitStatus.CrashExit
        self._end("it crashed" if crashed else f"it ended with status {code}")

    def _on_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end(f"it could not be started ({self._process.errorString()})")

    def _end(self, reason: str) -> None:
        if not self._is_over:
            self._is_over = True
            self.died.emit(reason)
