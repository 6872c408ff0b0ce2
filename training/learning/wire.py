"""The two wires of a training process: messages out, words in.

What else prints goes to the standard error: a library's greeting must not lie between two messages.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, BinaryIO

from lusgui.core.learning.messages import CANCEL, STOP, Log, Notice, Progress, encode

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.learning.messages import Message, Phase

GONE = b""
"""What is heard when the standard input has ended: the parent is gone."""

EVERY_S = 0.2
"""Progress of one phase is told no more often."""

MEMORY_EVERY_S = 1.0
_READ_BYTES = 4096


class Wire:
    """Whole messages out, from any thread; the last word heard.

    Parameters
    ----------
    out : binary file
        Where messages go.
    record : Path, optional
        File to which they are appended as well.
    """

    def __init__(self, out: BinaryIO, record: Path | None = None) -> None:
        self._out = out
        self._record: BinaryIO | None = None
        if record is not None:
            with contextlib.suppress(OSError):
                self._record = record.open("ab")
        self._lock = threading.Lock()
        self._word: bytes | None = None
        self._began = time.monotonic()
        self._told: tuple[str, float] = ("", 0.0)
        self._memory: tuple[float, float | None, float | None] = (0.0, None, None)
        self.peak_memory_mb = 0.0

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def close(self) -> None:
        """Close the record."""
        if self._record is not None:
            self._record.close()
            self._record = None

    def listen(self, descriptor: int) -> threading.Thread:
        """Hear words from a file descriptor in a thread of their own.

        Nothing of Python's own buffers is used: a lock held by a waiting thread would make the end a crash.
        """
        thread = threading.Thread(target=self._hear, args=(descriptor,), name="learning words", daemon=True)
        thread.start()
        return thread

    def _hear(self, descriptor: int) -> None:
        waiting = b""
        with contextlib.suppress(OSError):
            while heard := os.read(descriptor, _READ_BYTES):
                *lines, waiting = (waiting + heard)[-_READ_BYTES:].split(b"\n")
                for line in lines:
                    word = line.strip() + b"\n"
                    if word == CANCEL or (word == STOP and self._word is None):
                        self._word = word
        if self._word is None:
            self._word = GONE

    @property
    def is_told_to_end(self) -> bool:
        """Whether any word was heard, or the parent is gone."""
        return self._word is not None

    @property
    def is_cancelled(self) -> bool:
        """Whether what was learnt is to be thrown away."""
        return self._word == CANCEL

    @property
    def is_alone(self) -> bool:
        """Whether the parent is gone, or stopped listening."""
        return self._word == GONE

    @property
    def must_hurry(self) -> bool:
        """Whether even judging and writing are to be left out."""
        return self.is_cancelled or self.is_alone

    def send(self, message: Message) -> None:
        """Send a message; nobody listening any more counts as the parent gone."""
        raw = encode(message)
        with self._lock:
            if self._record is not None:
                with contextlib.suppress(OSError):
                    self._record.write(raw)
                    self._record.flush()
            try:
                self._out.write(raw)
                self._out.flush()
            except (OSError, ValueError):
                if self._word is None:
                    self._word = GONE

    def notice(self, text: str) -> None:
        """Say what the person should know."""
        self.send(Notice(text))

    def log(self, text: str) -> None:
        """Say what stands in the log."""
        self.send(Log(text))

    def progress(
        self,
        phase: Phase,
        step: int = 0,
        steps: int = 0,
        *,
        loss: float | None = None,
        eta_s: float | None = None,
        images_per_s: float | None = None,
    ) -> None:
        """Say how far it is; thinned out within a phase, but for its last step."""
        now = time.monotonic()
        is_last = steps > 0 and step >= steps
        if self._told[0] == phase and now - self._told[1] < EVERY_S and not is_last:
            return
        self._told = (phase, now)
        if now - self._memory[0] >= MEMORY_EVERY_S:
            self._memory = (now, *self._measure())
        self.send(
            Progress(
                phase,
                step,
                steps,
                loss,
                round(self.seconds, 2),
                eta_s,
                images_per_s,
                self._memory[1],
                self._memory[2],
            )
        )

    def _measure(self) -> tuple[float, float | None]:
        import psutil

        held = psutil.Process().memory_info().rss / 1e6
        self.peak_memory_mb = max(self.peak_memory_mb, held)
        torch = sys.modules.get("torch")
        on_gpu = None
        if torch is not None and torch.cuda.is_initialized():
            on_gpu = round(torch.cuda.memory_reserved() / 1e6, 1)
        return round(held, 1), on_gpu


class WarningsAsNotices(logging.Handler):
    """Tells the person what the engine warns of, such as memory that was short."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(logging.WARNING)
        self._wire = wire

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record as a notice."""
        self._wire.notice(record.getMessage())


def take_stdout() -> BinaryIO:
    """Return the standard output for messages alone; whatever else prints goes to the standard error."""
    sys.stdout.flush()
    kept = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = sys.stderr
    return os.fdopen(kept, "wb", buffering=0)
