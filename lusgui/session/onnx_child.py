"""A model as an ONNX file, made by the training program in a process of its own: the window has no torch."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING

from lusgui.base.errors import WorkerError
from lusgui.base.platforms import background_process_options, lower_priority_of
from lusgui.session.learn_child import kill_tree, training_program

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

    from lusgui.core.progress import Progress

TURN_SECONDS = 0.1
MOST_SECONDS = 900.0
MESSAGE_CHARS = 2000


def onnx_program() -> list[str]:
    """Return the command that writes ONNX files, without what it is to write."""
    return [*training_program()[:-1], "export-onnx"]


def export_onnx(model: Path, target: Path, progress: Progress, program: Sequence[str] | None = None) -> str:
    """Write a model as an ONNX file; it is checked against torch before it appears under its name.

    Parameters
    ----------
    model : Path
        The model's file.
    target : Path
        The ``.onnx`` file; one that is there is replaced.
    progress : Progress
        Asked whether to go on several times a second.
    program : sequence of str, optional
        In place of `onnx_program`.

    Returns
    -------
    str
        What the program said of how well the two agree.

    Raises
    ------
    WorkerError
        If the program cannot be started, takes too long, or refuses: the message is its own.
    CancelledError
        If `progress` says so; the process is ended and no file is left.
    """
    command = [*(program or onnx_program()), "--model", str(model), "--out", str(target), "--overwrite"]
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complained:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=complained,
                env=os.environ | {"PYTHONUTF8": "1"},
                **background_process_options(),
            )
        except (OSError, ValueError) as error:
            raise WorkerError(
                f"the training program could not be started ({error})",
                remedy="Run 'lusgui doctor'; it says what is missing",
            ) from error
        lower_priority_of(process.pid)
        begun = time.monotonic()
        try:
            while process.poll() is None:
                seconds = time.monotonic() - begun
                if seconds > MOST_SECONDS:
                    raise WorkerError("it took too long", path=target, remedy="Try again with less running")
                progress(0, 0, f"{seconds:.0f} s; written, run and compared with the model itself")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(TURN_SECONDS)
        finally:
            if process.poll() is None:
                kill_tree(process.pid)
                process.wait()
        text = _text_of(said)
        if process.returncode != 0:
            raise _refusal(_text_of(complained) or text, target)
        return text


def _refusal(text: str, target: Path) -> WorkerError:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = lines[-1] if lines else "the training program ended without a word"
    return WorkerError(f"nothing was written: {last[:400]}", path=target)


def _text_of(stream: IO[bytes]) -> str:
    stream.seek(0, os.SEEK_END)
    stream.seek(max(stream.tell() - MESSAGE_CHARS, 0))
    return stream.read().decode("utf-8", "replace").strip()
