"""The window's side of clicking: open a frame, ask what marks mean, lose no question without a word."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal

from lusgui.core.click import messages as m
from lusgui.core.click.question import ClickQuestion, FrameKey
from lusgui.runtime.click_frames import ClickFrame, ClickFrames
from lusgui.runtime.click_process import ClickProcess, Death, click_program, find_model
from lusgui.runtime.errors import log
from lusgui.session.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.runtime.inference import WorkerStatus

__all__ = ["ClickClient", "ClickQuestion", "FrameKey"]

MOST_TRIES = 2
"""A question during which the process died this often is given up: it may be what kills it."""
IDLE_MS = 600_000
"""So long after the tool was put away the process ends, and its memory is free."""


@dataclass(eq=False)
class _Asked:
    request_id: int
    question: ClickQuestion
    frame: ClickFrame
    tries: int = 0

    def to_message(self) -> m.Ask:
        q = self.question
        return m.Ask(self.request_id, self.frame.frame_id, q.prompt, q.previous, q.is_preview)


class ClickClient(QObject):
    """Asks the click process; what was clicked last counts, and only on the frame that is open.

    Nothing runs until the first `open`. An answer is emitted only while somebody waits for it: a question is
    lost as soon as a newer one is asked, its frame is left or it is withdrawn. An answer that comes is about
    the open frame and about the newest click. Previews go one at a time: while one is computed the newest of
    the others waits, and no preview is answered once there was a click.

    Signals
    -------
    answer_ready : int, FrameKey, ClickAnswer
        Token and frame of the question, and its answer; its arrays are read-only, on the raw grid.
    ready_changed : bool
        Whether the embedding of the open frame is there: a click costs little, previews are answered.
    lost : int
        Token of a question that will not be answered; may be emitted while `ask`, `open` or `cancel` runs.
    status_changed : WorkerStatus
        State, engine (as ``device``) or note are others.
    problem : Problem
        What the person should know.

    Parameters
    ----------
    parent : QObject, optional
        Owner.
    program : list of str, optional
        Command of the process, without the model.
    find : callable, optional
        Gives the weights, or None for the engine without a model; called at each start.
    pauses_ms : tuple of int
        Waits before the first, second, ... restart.
    """

    answer_ready = Signal(object, object, object)
    ready_changed = Signal(bool)
    lost = Signal(object)
    status_changed = Signal(object)
    problem = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        program: list[str] | None = None,
        find: Callable[[], Path | None] = find_model,
        pauses_ms: tuple[int, ...] = (100, 1000, 3000),
    ) -> None:
        super().__init__(parent)
        self._process = ClickProcess(program or click_program(), find, pauses_ms, self)
        self._process.launched.connect(self._on_launched)
        self._process.received.connect(self._on_message)
        self._process.died.connect(self._on_death)
        self._process.status_changed.connect(self.status_changed)
        self._process.problem.connect(self.problem)
        self._frames = ClickFrames()
        self._current: ClickFrame | None = None
        self._question: _Asked | None = None
        self._preview: _Asked | None = None
        self._next_preview: ClickQuestion | None = None
        self._numbers = itertools.count(1)
        self._was_ready = False
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._on_idle)
        application = QCoreApplication.instance()
        if application is not None:
            application.aboutToQuit.connect(self.shutdown)

    # --- what is known -------------------------------------------------------------------------

    @property
    def status(self) -> WorkerStatus:
        """The present snapshot; ``device`` is the name of the engine, empty until it is known."""
        return self._process.status

    @property
    def has_model(self) -> bool:
        """Whether a network answers; False too until the process has said so."""
        return self._process.has_model

    @property
    def frame_key(self) -> FrameKey | None:
        """The open frame; None before the first and while the tool is put away."""
        return None if self._current is None else self._current.key

    @property
    def is_ready(self) -> bool:
        """Whether the embedding of the open frame is there."""
        return self._current is not None and self._current.is_held

    @property
    def pid(self) -> int:
        """Process id of the click process; 0 when there is none."""
        return self._process.pid

    # --- what is asked -------------------------------------------------------------------------

    def open(self, frame_key: FrameKey, gray: NDArray[np.float32], spacing_ratio: float = 1.0) -> None:
        """Have the frame on screen ready; what was asked about another one is lost.

        Parameters
        ----------
        frame_key : FrameKey
            Its name in questions and answers.
        gray : (H, W) float32 ndarray in [0, 1]
            What the engine sees; nobody may write to it any more.
        spacing_ratio : float
            Height over width of a pixel in mm; 1.0 where unknown.
        """
        self._idle.stop()
        frame = self._frames.put(frame_key, gray, spacing_ratio)
        if frame is not self._current:
            self._withdraw()
            self._current = frame
            self._show(frame)
        self._process.start()
        self._tell()

    def prefetch(self, frames: Iterable[tuple[FrameKey, NDArray[np.float32], float]]) -> None:
        """Have neighbours ready too, once there is nothing else to do.

        Parameters
        ----------
        frames : iterable of (FrameKey, (H, W) ndarray, float)
            As for `open`, the most likely one first.
        """
        for key, gray, ratio in frames:
            frame = self._frames.put(key, gray, ratio)
            if not frame.is_sent and self._process.is_there:
                frame.is_sent = True
                self._process.send(m.OpenFrame(frame.frame_id, gray, ratio, is_ahead=True))
        if self._current is not None:
            self._frames.touch(self._current)

    def ask(self, question: ClickQuestion) -> None:
        """Ask what marks mean; a click replaces whatever was asked before, a preview only previews."""
        frame = self._current
        if frame is None or frame.key != question.frame_key or self._process.has_failed:
            self.lost.emit(question.token)
        elif not question.is_preview:
            self._withdraw()
            self._question = self._put(question, frame)
        elif not frame.is_held or self._question is not None:
            self.lost.emit(question.token)
        elif self._preview is None:
            self._preview = self._put(question, frame)
        else:
            waiting, self._next_preview = self._next_preview, question
            if waiting is not None:
                self.lost.emit(waiting.token)
        self._tell()

    def cancel(self) -> None:
        """Withdraw every question."""
        self._withdraw()
        self._tell()

    def rest(self) -> None:
        """Note that the tool was put away: no frame is open; after a while the process ends."""
        self._withdraw()
        self._current = None
        self._tell()
        if self._process.is_there:
            self._idle.start()

    def forget(self) -> None:
        """Forget every frame: another study is open, or the images behind the keys have changed."""
        self._withdraw()
        self._current = None
        self._frames.clear()
        self._process.send(m.ForgetFrames())
        self._tell()

    def retry(self) -> None:
        """Start again after it was given up."""
        self._process.retry()

    def shutdown(self, timeout_ms: int = 2000) -> None:
        """End the process and forget everything; idempotent, silent."""
        self._idle.stop()
        self._question = self._preview = self._next_preview = self._current = None
        self._frames.clear()
        self._was_ready = False
        self._process.end(timeout_ms)

    def _withdraw(self) -> None:
        asked = [each for each in (self._question, self._preview) if each is not None]
        tokens = [each.question.token for each in asked]
        if self._next_preview is not None:
            tokens.append(self._next_preview.token)
        self._question = self._preview = self._next_preview = None
        if asked:
            self._process.send(m.Cancel(tuple(each.request_id for each in asked)))
        for token in tokens:
            self.lost.emit(token)

    def _show(self, frame: ClickFrame) -> None:
        if not self._process.is_there:
            return
        if frame.is_sent:
            self._process.send(m.ShowFrame(frame.frame_id))
        else:
            frame.is_sent = True
            self._process.send(m.OpenFrame(frame.frame_id, frame.gray, frame.spacing_ratio))

    def _put(self, question: ClickQuestion, frame: ClickFrame) -> _Asked:
        asked = _Asked(next(self._numbers), question, frame)
        self._process.send(asked.to_message())
        return asked

    # --- what it says --------------------------------------------------------------------------

    def _on_launched(self) -> None:
        self._frames.after_death()
        if self._current is not None:
            self._show(self._current)
        if self._question is not None:
            self._process.send(self._question.to_message())
        self._tell()

    def _on_message(self, message: object) -> None:
        if isinstance(message, m.Embedded):
            frame = self._frames.with_id(message.frame_id)
            if frame is not None:
                frame.is_held = True
        elif isinstance(message, m.NotEmbedded):
            log.warning("frame %d: %s", message.frame_id, message.reason)
            frame = self._frames.with_id(message.frame_id)
            if frame is not None:
                frame.is_refused = True
        elif isinstance(message, m.Forgot):
            self._on_forgot(message.frame_id)
        elif isinstance(message, m.Answer):
            self._on_answer(message)
        elif isinstance(message, m.Dropped):
            asked = self._take(message.request_id)
            if asked is not None:
                self.lost.emit(asked.question.token)
        elif isinstance(message, m.Failed):
            self._on_failed(message)
        elif not isinstance(message, (m.Hello, m.EngineReady)):
            log.warning("the click process sent an unexpected %s", type(message).__name__)
        self._tell()

    def _take(self, request_id: int) -> _Asked | None:
        """Take out what was asked under a number; None when nobody waits for it (any more)."""
        if self._question is not None and self._question.request_id == request_id:
            asked, self._question = self._question, None
            return asked
        if self._preview is not None and self._preview.request_id == request_id:
            asked, self._preview = self._preview, None
            waiting, self._next_preview = self._next_preview, None
            if waiting is not None:
                self._preview = self._put(waiting, asked.frame)
            return asked
        return None

    def _on_answer(self, message: m.Answer) -> None:
        asked = self._take(message.request_id)
        if asked is None:
            return
        frame = asked.frame
        if message.frame_id != frame.frame_id or message.answer.mask.shape != frame.gray.shape:
            log.error("the click process answered about another image")
            self.lost.emit(asked.question.token)
        else:
            self.answer_ready.emit(asked.question.token, frame.key, message.answer)

    def _on_forgot(self, frame_id: int) -> None:
        frame = self._frames.with_id(frame_id)
        if frame is None:
            return
        frame.lose()
        if frame is self._current:
            self._show(frame)
            if self._question is not None:
                self._process.send(self._question.to_message())

    def _on_failed(self, message: m.Failed) -> None:
        asked = self._take(message.request_id)
        log.warning("%s\n%s", message.message, message.detail)
        if message.request_id < 0 or (asked is not None and not asked.question.is_preview):
            remedy = f"{message.remedy.rstrip('.')}." if message.remedy else ""
            self.problem.emit(Problem("The click was not answered", message.message, remedy, message.detail))
        if asked is not None:
            self.lost.emit(asked.question.token)

    def _on_death(self, death: Death) -> None:
        self._frames.after_death()
        asked, self._question = self._question, None
        previews = (self._preview.question if self._preview is not None else None, self._next_preview)
        self._preview = self._next_preview = None
        lost = [each.token for each in previews if each is not None]
        is_given_up = False
        if asked is not None:
            asked.tries += death.was_ready  # a process that never was ready was not killed by a question
            is_given_up = death.is_final or asked.tries >= MOST_TRIES
            if is_given_up:
                lost.append(asked.question.token)
            else:
                self._question = asked
        if is_given_up and not death.is_final:
            self._process.do_without_model()
        self._tell()
        for token in lost:
            self.lost.emit(token)
        if is_given_up and not death.is_final:  # else the process says more
            message = f"The click process failed on it {MOST_TRIES} times: {death.reason}."
            remedy = "Click elsewhere, or draw it with the brush."
            self.problem.emit(Problem("The click was not answered", message, remedy, death.tail))

    def _on_idle(self) -> None:
        self._process.end(500)
        self._frames.after_death()

    def _tell(self) -> None:
        """Tell what has changed: busy or not, ready or not."""
        is_busy = self._question is not None or (self._current is not None and self._current.is_owed)
        self._process.show_activity(is_busy, is_owing=is_busy or self._preview is not None)
        if self.is_ready is not self._was_ready:
            self._was_ready = self.is_ready
            self.ready_changed.emit(self._was_ready)
