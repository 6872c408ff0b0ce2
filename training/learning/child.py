"""The training process: one job, from its file to its last message.

``python -m training finetune --job RUN/job.json``. Messages (`lusgui.core.learning.messages`) on the standard
output, words on the standard input. The last message is always ``finished``, whatever went wrong.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import sys
import traceback
from typing import TYPE_CHECKING

from lusgui.base.errors import CancelledError, LearnError, LusguiError
from lusgui.base.platforms import lower_priority
from lusgui.core.learning.messages import Finished
from lusgui.core.learning.status import FinishReason, LearnProblem
from lusgui.io.learn_folder import JOB, PROGRESS, RESULT, STATE, read_job, read_result
from training.learning.wire import WarningsAsNotices, Wire, take_stdout

if TYPE_CHECKING:
    from pathlib import Path

TITLE = "The learning did not finish"


def run_job(path: Path) -> int:
    """Do a job; return the exit status, 0 when the last message was sent.

    Parameters
    ----------
    path : Path
        ``job.json`` in the folder of the run, with ``masks.npz`` beside it.
    """
    folder = path.resolve().parent
    wire = Wire(take_stdout(), folder / PROGRESS if folder.is_dir() else None)
    wire.listen(sys.stdin.fileno())
    lower_priority()
    warnings = WarningsAsNotices(wire)
    logging.getLogger("training").addHandler(warnings)
    try:
        wire.send(_guarded(path, folder, wire))
    finally:
        logging.getLogger("training").removeHandler(warnings)
        wire.close()
    return 0


def _guarded(path: Path, folder: Path, wire: Wire) -> Finished:
    """Do the job and say how it ended."""
    try:
        return _finished_before(folder) or _do(path, folder, wire)
    except CancelledError:
        if wire.is_cancelled:
            shutil.rmtree(folder / STATE, ignore_errors=True)
            return Finished(FinishReason.CANCELLED)
        return Finished(FinishReason.INTERRUPTED)
    except LusguiError as error:
        is_memory = "not enough memory" in error.cause
        reason = FinishReason.OUT_OF_MEMORY if is_memory else FinishReason.FAILED
        where = f"{error.path.name}: " if error.path is not None else ""
        remedy = f"{error.remedy}." if error.remedy else ""
        message = f"{where}{error.cause}." if where else f"{error.cause[:1].upper()}{error.cause[1:]}."
        return Finished(reason, problem=LearnProblem(TITLE, message, remedy))
    except Exception as error:  # noqa: BLE001 - whatever it is, the last message is sent
        traceback.print_exc(file=sys.stderr)
        return _unforeseen(error)


def _do(path: Path, folder: Path, wire: Wire) -> Finished:
    if path.name != JOB:
        raise LearnError(f"a job is a file called {JOB}", path=path)
    job = read_job(folder)
    from training.learning.run import Run

    return Run(job, folder, wire).go()


def _finished_before(folder: Path) -> Finished | None:
    """Return how the run ended, if all it was to leave is there."""
    with contextlib.suppress(LearnError):
        result = read_result(folder)
        if result is not None:
            return Finished(result.reason, RESULT)
    return None


def _unforeseen(error: Exception) -> Finished:
    from lusgui.nn.devices import is_out_of_memory

    if is_out_of_memory(error):
        problem = LearnProblem(
            TITLE, "There is not enough memory.", "Close other programs, or choose the CPU, and start again."
        )
        return Finished(FinishReason.OUT_OF_MEMORY, problem=problem)
    said = f"Something went wrong that nobody foresaw ({type(error).__name__}: {error})"[:500]
    return Finished(
        FinishReason.FAILED, problem=LearnProblem(TITLE, f"{said}.", "The log says more; try again.")
    )
