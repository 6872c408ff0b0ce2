"""One run: a thread that owns the training process, hears it, and ends it by ever stronger means.

Free of Qt, so that the window and the command line run the same.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError
from lusgui.core.learning.messages import CANCEL, STOP, Finished, Garbage, Started, follow, parse_line
from lusgui.core.learning.status import FinishReason, LearnProblem, LearnStatus, RunState
from lusgui.io.learn_folder import PROGRESS, RESULT, read_result
from lusgui.session.learn_child import LearnChild, end_orphans, training_program
from lusgui.session.learn_lines import TooLong

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lusgui.core.learning.messages import Message
    from lusgui.core.learning.result import RunResult

__all__ = ["LearnProcess", "Patience", "training_program"]

log = logging.getLogger("lusgui")

LOG_CHARS = 1000
TURN_SECONDS = 0.2
ASLEEP_SECONDS = 10.0
_DEATHS_OF_ITS_OWN = (-4, -6, -7, -8, -11)
"""Illegal instruction, abort, bus error, arithmetic, segmentation: not how we end a process."""
_MEMORY_WORDS = ("memoryerror", "out of memory", "t allocate memory", "cannot allocate memory", "bad_alloc")


@dataclass(frozen=True)
class Patience:
    """How long the training process is waited for, in seconds.

    Parameters
    ----------
    cancel_s : float
        From being asked to cancel, or from its last message, until it is asked to end.
    terminate_s : float
        From then until it is killed with everything it started.
    close_s : float
        From the end of its input until it is asked to end, when the window closes.
    stop_s : float
        Silence after being asked to stop and keep, until it is asked to end.
    silence_s : float
        Silence of a process that was not asked anything, until it is taken for dead.
    note_s : float
        Silence that is told to the person.
    report_s : float
        Least time between two reports of progress.
    """

    cancel_s: float = 10.0
    terminate_s: float = 5.0
    close_s: float = 5.0
    stop_s: float = 120.0
    silence_s: float = 900.0
    note_s: float = 30.0
    report_s: float = 0.1


class _Wish(StrEnum):
    """What was asked of the run, from the weakest to the strongest."""

    GO_ON = "go on"
    STOP = "stop"
    CLOSE = "close"
    CANCEL = "cancel"


_STRENGTH = {wish: strength for strength, wish in enumerate(_Wish)}


class LearnProcess:
    """A run of the training program on a run folder; make a new one to go on with the same folder.

    ``PREPARING -> STARTING -> RUNNING [-> STOPPING] -> FINISHED``, the last always, with a
    reason. A process that died after its result was written counts as one that finished.

    Parameters
    ----------
    folder : Path
        Run folder, with ``job.json``.
    status : LearnStatus
        What is known before the start: number of the run, labels.
    report : callable
        Gets each new `LearnStatus`, the last of them FINISHED, **in the thread of the supervisor**.
    prepare : callable, optional
        Called first, in the thread of the supervisor: writes the files of the run.
    program : sequence of str, optional
        Command of the training, without its job; for tests.
    patience : Patience
        How long it is waited for.
    """

    def __init__(
        self,
        folder: Path,
        status: LearnStatus,
        report: Callable[[LearnStatus], None],
        *,
        prepare: Callable[[], object] | None = None,
        program: Sequence[str] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._folder = folder
        self._report = report
        self._patience = patience or Patience()
        self._prepare = prepare
        self._status = replace(status, state=RunState.PREPARING, text="Writing down what is to be learnt")
        self._child = LearnChild(program or training_program(), folder)
        self._thread = threading.Thread(target=self._run, name="learning", daemon=True)
        self._wish = _Wish.GO_ON
        self._finished: Finished | None = None
        self._result: RunResult | None = None
        self._reported = 0.0
        self._heard = 0.0
        self._was_ended = False

    @property
    def folder(self) -> Path:
        """The run folder."""
        return self._folder

    @property
    def status(self) -> LearnStatus:
        """The present snapshot."""
        return self._status

    @property
    def result(self) -> RunResult | None:
        """What came of it, once it is FINISHED; None where nothing did or nothing is wanted."""
        return self._result

    @property
    def pid(self) -> int:
        """Process id of the training; 0 before its start."""
        return self._child.pid

    @property
    def is_alive(self) -> bool:
        """Whether the supervisor is at work."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Start supervisor and process; returns at once."""
        self._thread.start()

    def stop_and_keep(self) -> None:
        """Ask for an early end whose model is kept."""
        self._want(_Wish.STOP)

    def cancel(self) -> None:
        """Ask for an end that throws away what was learnt; made to happen within `Patience`."""
        self._want(_Wish.CANCEL)

    def close(self) -> None:
        """End it because its window closes: it writes down how far it came, and can go on later."""
        self._want(_Wish.CLOSE)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; return whether it has come."""
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _want(self, wish: _Wish) -> None:
        if _STRENGTH[wish] > _STRENGTH[self._wish]:
            self._wish = wish
            self._child.wake()

    # --- the thread of the supervisor ----------------------------------------------------------

    def _run(self) -> None:
        problem: LearnProblem | None = None
        try:
            end_orphans(self._folder.parent)
            self._remember()
            if self._prepare is not None:
                self._prepare()
            if self._wish in (_Wish.GO_ON, _Wish.STOP):
                self._tell(replace(self._status, state=RunState.STARTING, text="Starting"))
                self._child.start()
                self._supervise()
        except LusguiError as error:
            where = "" if error.path is None else f"{error.path.name}: "
            problem = _problem(f"{where}{error.cause}", error.remedy or "")
        except Exception as error:
            log.exception("the supervisor of run %s failed", self._status.run_id)
            problem = _problem(f"{type(error).__name__}: {error}", "Please send the log to the developers")
        finally:
            try:
                self._child.release()
            except Exception:  # the last word must come, whatever happens
                log.exception("the training process of run %s was not tidied up", self._status.run_id)
            status = self._ended(problem)
            log.info("run %s ended: %s. %s", status.run_id, status.reason, self._child.stderr_tail[-2000:])
            self._tell(status)

    def _remember(self) -> None:
        """Take up the curves of a run that goes on."""
        status = self._status
        with contextlib.suppress(OSError), (self._folder / PROGRESS).open("rb") as record:
            for line in record:
                status = follow(status, parse_line(line))
        self._status = replace(status, state=self._status.state, text=self._status.text, problem=None)

    def _supervise(self) -> None:
        """Hear the process until it is gone, and see to it that what was asked for happens."""
        child, patience = self._child, self._patience
        self._heard = time.monotonic()
        done = _Wish.GO_ON
        deadline, is_noted, before = float("inf"), False, self._heard
        while True:
            was_running = child.is_running  # asked first: what it said before its end is still to be heard
            line = child.receive(0.0 if child.is_silent and not was_running else TURN_SECONDS)
            now = time.monotonic()
            if now - before > ASLEEP_SECONDS:  # the computer slept, and so did the process
                self._heard += now - before
                deadline += now - before
            before = now
            if line is not None:
                self._hear(line)
                self._heard, is_noted = now, False
            elif not was_running and (child.is_silent or now - self._heard > patience.terminate_s):
                return
            if self._wish is not done:
                done = self._wish
                self._ask(done)
                deadline = now + _least(patience, done)
            if self._was_ended:
                if now > deadline:
                    child.kill()
                    deadline = now + patience.terminate_s
                continue
            # an obedient process may take its time as long as it speaks, but to be cancelled
            silence = now - self._heard
            is_mute = child.is_silent or self._finished is not None
            limit = min(patience.cancel_s, patience.silence_s) if is_mute else self._longest_silence(done)
            if silence > limit or (done in (_Wish.CANCEL, _Wish.CLOSE) and now > deadline):
                log.warning("the training process does not end (%s, silent %.0f s); ending it", done, silence)
                child.terminate()
                self._was_ended, deadline = True, now + patience.terminate_s
            elif silence > patience.note_s and not is_noted:
                is_noted = True
                self._tell(replace(self._status, text=f"Nothing heard for {silence:.0f} s"))

    def _longest_silence(self, done: _Wish) -> float:
        return self._patience.stop_s if done is _Wish.STOP else self._patience.silence_s

    def _ask(self, wish: _Wish) -> None:
        if wish is _Wish.CLOSE:
            self._child.close_stdin()
        else:
            self._child.say((CANCEL if wish is _Wish.CANCEL else STOP).decode().strip())
        texts = {
            _Wish.STOP: "Stopping; what was learnt so far is judged and kept",
            _Wish.CLOSE: "Stopping; the run can go on later",
            _Wish.CANCEL: "Stopping; what was learnt is thrown away",
        }
        self._tell(replace(self._status, state=RunState.STOPPING, text=texts[wish]))

    def _hear(self, line: bytes | TooLong) -> None:
        message: Message | Garbage
        if isinstance(line, TooLong):
            message = Garbage(f"a line of {line.size_bytes / 1e6:.1f} MB, skipped")
        else:
            message = parse_line(line)
        if isinstance(message, Garbage):
            log.warning("the training process sent %s: %s", message.reason, message.line[:LOG_CHARS])
        if isinstance(message, Finished):
            self._finished = message
        self._status = follow(self._status, message)
        if isinstance(message, Started) or time.monotonic() - self._reported > self._patience.report_s:
            self._tell(self._status)

    def _tell(self, status: LearnStatus) -> None:
        self._status = status
        self._reported = time.monotonic()
        try:
            self._report(status)
        except Exception:
            log.exception("nobody could be told how run %s goes", status.run_id)

    # --- the end -------------------------------------------------------------------------------

    def _ended(self, problem: LearnProblem | None) -> LearnStatus:
        """Return the last snapshot: what was asked for comes before what the process says of itself."""
        status = replace(self._status, state=RunState.FINISHED, eta_s=None)
        if self._wish is _Wish.CANCEL:
            with contextlib.suppress(OSError):  # or the next opening of the study would take it
                (self._folder / RESULT).unlink(missing_ok=True)
            return replace(status, reason=FinishReason.CANCELLED, text="Cancelled", problem=None)
        if problem is not None:
            return replace(status, reason=FinishReason.FAILED, problem=problem, text=problem.message)
        try:
            # also what a process left that died before it could say so
            self._result = read_result(self._folder)
        except LusguiError as error:
            problem = _problem(error.cause, error.remedy or "Start the run again")
            return replace(status, reason=FinishReason.FAILED, problem=problem, text=problem.message)
        if self._result is not None:
            reason = self._result.reason
            if not reason.has_result:
                reason = FinishReason.COMPLETED
            return replace(status, reason=reason, problem=None, text=reason.capitalize())
        reason, problem = self._explain()
        text = (
            "Interrupted; it can go on later" if reason is FinishReason.INTERRUPTED else reason.capitalize()
        )
        return replace(status, reason=reason, problem=problem, text=problem.message if problem else text)

    def _explain(self) -> tuple[FinishReason, LearnProblem | None]:
        """Say why there is no result."""
        said = self._finished
        if self._wish is _Wish.CLOSE or (said is not None and said.reason is FinishReason.INTERRUPTED):
            return FinishReason.INTERRUPTED, None
        if said is not None:
            if said.reason is FinishReason.CANCELLED:
                return said.reason, None
            reason = FinishReason.FAILED if said.reason.has_result else said.reason
            fallback = "The training finished without writing its result"
            return reason, said.problem or _problem(fallback, "Start the run again")
        tail = self._child.stderr_tail
        if any(word in tail.lower() for word in _MEMORY_WORDS):
            return FinishReason.OUT_OF_MEMORY, _problem(
                "There was not enough memory", "Close other programs, or learn on another device"
            )
        code = self._child.returncode
        if self._was_ended and code not in _DEATHS_OF_ITS_OWN:
            return FinishReason.FAILED, _problem(
                "The training process said nothing any more and was ended", "Start the run again"
            )
        last = tail.splitlines()[-1][:300] if tail else ""
        how = f"was ended by signal {-code}" if code is not None and code < 0 else f"ended with status {code}"
        cause = f"The training process {how}" + (f" ({last})" if last else "")
        if code == -9:
            cause += ", as systems do when memory runs out"
        return FinishReason.CRASHED, _problem(
            cause, "Nothing drawn is lost: go on with the run, or start it again"
        )


def _least(patience: Patience, wish: _Wish) -> float:
    return patience.close_s if wish is _Wish.CLOSE else patience.cancel_s


def _problem(cause: str, remedy: str) -> LearnProblem:
    return LearnProblem("The run did not finish", f"{cause}.", f"{remedy}." if remedy else "")
