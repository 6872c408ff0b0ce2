"""What the click process does next, and which embeddings it holds.

A click goes before everything, then a preview; the frame on screen is embedded before its neighbours, and
those only once nobody has asked anything for a while.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.click.messages import Ask, OpenFrame

MOST_BYTES = 192 * 1024 * 1024
MOST_AHEAD = 6
QUIET_S = 0.15
"""So long after the last question neighbours are prepared again."""


@dataclass(frozen=True, eq=False)
class Held:
    """An embedding.

    Parameters
    ----------
    embedding : Embedding
        What the engine made.
    shape : (int, int)
        Rows and columns of the frame.
    elapsed_ms : float
        How long it took.
    """

    embedding: Any
    shape: tuple[int, int]
    elapsed_ms: float

    @property
    def nbytes(self) -> int:
        """Memory it takes."""
        return int(self.embedding.nbytes)


class Desk:
    """Work between the thread that reads, the one that answers and those that embed.

    Parameters
    ----------
    on_dropped : callable
        Called with the id of each question that will not be answered.
    on_forgot : callable
        Called with the id of each frame that is not held (any more).
    most_bytes : int
        Memory for embeddings; that of the frame on screen is held in any case.
    quiet_s : float
        How long to leave the machine alone after a question before a neighbour is embedded.
    """

    def __init__(
        self,
        on_dropped: Callable[[int], None],
        on_forgot: Callable[[int], None],
        *,
        most_bytes: int = MOST_BYTES,
        quiet_s: float = QUIET_S,
    ) -> None:
        self._on_dropped = on_dropped
        self._on_forgot = on_forgot
        self._most_bytes = most_bytes
        self._quiet_s = quiet_s
        self._condition = threading.Condition()
        self._held: dict[int, Held] = {}
        self._waiting: dict[int, OpenFrame] = {}
        self._working: set[int] = set()
        self._refused: dict[int, str] = {}
        self._current = 0
        self._question: Ask | None = None
        self._preview: Ask | None = None
        self._asked_at = -quiet_s
        self._closed = False

    @property
    def bytes_held(self) -> int:
        """Memory of all embeddings."""
        with self._condition:
            return sum(held.nbytes for held in self._held.values())

    # --- the thread that reads -----------------------------------------------------------------

    def open(self, frame: OpenFrame) -> Held | None:
        """Put a frame on the list of those to be embedded; return its embedding if it is there already."""
        gone: list[int] = []
        with self._condition:
            if not frame.is_ahead:
                gone = self._show(frame.frame_id)
            held = self._held.get(frame.frame_id)
            if held is None and frame.frame_id not in self._working:
                self._refused.pop(frame.frame_id, None)
                self._waiting[frame.frame_id] = frame
                neighbours = [number for number in self._waiting if number != self._current]
                for number in neighbours[:-MOST_AHEAD]:
                    del self._waiting[number]
                    gone.append(number)
            self._condition.notify_all()
        self._tell_forgotten(gone)
        return held

    def show(self, frame_id: int) -> Held | None:
        """Note which frame is on screen; return its embedding if it is there already."""
        with self._condition:
            gone = self._show(frame_id)
            held = self._held.get(frame_id)
            if held is None and frame_id not in self._waiting and frame_id not in self._working:
                gone.append(frame_id)
            self._condition.notify_all()
        self._tell_forgotten(gone)
        return held

    def ask(self, question: Ask) -> None:
        """Take a question; a click replaces what was asked before, a preview only previews."""
        dropped: list[Ask | None] = []
        with self._condition:
            if question.is_preview:
                dropped.append(self._preview)
                self._preview = question
            else:
                dropped += [self._question, self._preview]
                self._question, self._preview = question, None
            self._asked_at = time.monotonic()
            self._condition.notify_all()
        self._tell_dropped(dropped)

    def cancel(self, request_ids: tuple[int, ...]) -> None:
        """Drop questions that have not been begun; all of them for an empty tuple."""
        dropped: list[Ask | None] = []
        with self._condition:
            if self._question is not None and (not request_ids or self._question.request_id in request_ids):
                dropped.append(self._question)
                self._question = None
            if self._preview is not None and (not request_ids or self._preview.request_id in request_ids):
                dropped.append(self._preview)
                self._preview = None
        self._tell_dropped(dropped)

    def forget(self) -> None:
        """Let go of every frame and question; what is being embedded is let go of when it is done."""
        with self._condition:
            dropped = [self._question, self._preview]
            self._question = self._preview = None
            self._held.clear()
            self._waiting.clear()
            self._working.clear()
            self._refused.clear()
            self._current = 0
        self._tell_dropped(dropped)

    def close(self) -> None:
        """Let everybody who waits go home."""
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    # --- the threads that embed ----------------------------------------------------------------

    def take_frame(self, *, ahead: bool) -> OpenFrame | None:
        """Wait for a frame to embed, the one on screen or a neighbour; None when the desk is closed."""
        with self._condition:
            while not self._closed:
                pause = self._pause() if ahead else None
                number = self._next_frame(ahead) if not pause else None
                if number is not None:
                    frame = self._waiting.pop(number)
                    self._working.add(number)
                    return frame
                self._condition.wait(pause)
            return None

    def embedded(self, frame_id: int, held: Held) -> bool:
        """Keep an embedding; return whether anybody still wants it."""
        gone: list[int] = []
        with self._condition:
            if frame_id not in self._working:
                return False  # everything was forgotten meanwhile
            self._working.discard(frame_id)
            self._held[frame_id] = held
            total = sum(each.nbytes for each in self._held.values())
            for number in list(self._held):
                if total <= self._most_bytes:
                    break
                if number != self._current:
                    total -= self._held.pop(number).nbytes
                    gone.append(number)
            self._condition.notify_all()
        self._tell_forgotten(gone)
        return frame_id not in gone

    def refuse(self, frame_id: int, reason: str) -> bool:
        """Note that a frame cannot be embedded, and why; return whether it is the one on screen."""
        with self._condition:
            self._working.discard(frame_id)
            is_current = frame_id == self._current
            if is_current:
                self._refused = {frame_id: reason}
            self._condition.notify_all()
        if not is_current:
            self._on_forgot(frame_id)  # tried again when it is looked at
        return is_current

    # --- the thread that answers ---------------------------------------------------------------

    def take_question(self) -> tuple[Ask, Held | str] | None:
        """Wait for a question whose frame is embedded, or cannot be.

        Returns
        -------
        (Ask, Held or str) or None
            The question, and the embedding or why there is none; None when the desk is closed.
        """
        while True:
            gone: list[int] = []
            dropped: list[Ask | None] = []
            with self._condition:
                if self._closed:
                    return None
                for question in (self._question, self._preview):
                    if question is None:
                        continue
                    number = question.frame_id
                    found: Held | str | None = self._held.get(number) or self._refused.get(number)
                    if found is not None:
                        self._take_out(question)
                        if isinstance(found, Held):
                            self._held[number] = self._held.pop(number)  # last in order: used last
                        return question, found
                    if number not in self._waiting and number not in self._working:
                        self._take_out(question)
                        gone.append(number)
                    elif question.is_preview:
                        self._take_out(question)
                        dropped.append(question)
                if not gone and not dropped:
                    self._condition.wait()
            self._tell_forgotten(gone)
            self._tell_dropped(dropped)

    # --- with the lock held --------------------------------------------------------------------

    def _show(self, frame_id: int) -> list[int]:
        """Note which frame is on screen; return that which was, if nobody began with it."""
        left, self._current = self._current, frame_id
        if frame_id in self._held:
            self._held[frame_id] = self._held.pop(frame_id)
        if left != frame_id and self._waiting.pop(left, None) is not None:
            return [left]
        return []

    def _pause(self) -> float:
        """Return for how long neighbours have to wait; 0 when they need not."""
        return max(self._asked_at + self._quiet_s - time.monotonic(), 0.0)

    def _next_frame(self, ahead: bool) -> int | None:
        if not ahead:
            return self._current if self._current in self._waiting else None
        is_busy = self._question is not None or self._preview is not None
        if is_busy or self._current in self._waiting or self._current in self._working:
            return None
        return next(iter(self._waiting), None)

    def _take_out(self, question: Ask) -> None:
        if self._question is question:
            self._question = None
        if self._preview is question:
            self._preview = None

    # --- without it ----------------------------------------------------------------------------

    def _tell_dropped(self, questions: list[Ask | None]) -> None:
        for question in questions:
            if question is not None:
                self._on_dropped(question.request_id)

    def _tell_forgotten(self, numbers: list[int]) -> None:
        for number in numbers:
            self._on_forgot(number)
