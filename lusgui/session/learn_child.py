"""The training process: started, heard, told to stop, and ended together with whatever it started."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import queue
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError, WorkerError
from lusgui.base.platforms import background_process_options, console_program, lower_priority_of
from lusgui.io.learn_folder import JOB
from lusgui.session.learn_lines import LineSplitter, TooLong

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import IO

    import psutil

log = logging.getLogger("lusgui")

PROCESS_FILE = ".process.json"
"""Who works in a run folder: process id and time of its start, so that no other is mistaken for it. Its name
begins with a dot because copies of a study leave such files behind."""

READ_BYTES = 1 << 16
STDERR_CHARS = 20_000
LINES_WAITING = 500
"""When so many lines wait to be read, the child's pipe is left to fill: a flood must not become memory."""

PUMP_SECONDS = 2.0
SAME_START_SECONDS = 2.0


def training_program() -> list[str]:
    """Return the command of the training process, without its job."""
    if getattr(sys, "frozen", False):
        return [str(console_program("lusgui-training")), "finetune"]
    # -P: a file called torch.py in the person's folder must not be imported
    return [sys.executable, "-P", "-m", "training", "finetune"]


class LearnChild:
    """One training process and the threads that empty its pipes.

    Parameters
    ----------
    program : sequence of str
        Command, without the job.
    folder : Path
        Run folder with ``job.json``.
    """

    def __init__(self, program: Sequence[str], folder: Path) -> None:
        self._command = [*program, "--job", str(folder / JOB)]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._inbox: queue.Queue[bytes | TooLong | None] = queue.Queue(LINES_WAITING)
        self._pumps: list[threading.Thread] = []
        self._is_over = threading.Event()
        self._stderr = ""
        self._is_silent = False

    @property
    def pid(self) -> int:
        """Process id; 0 before the start."""
        return 0 if self._process is None else self._process.pid

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def is_silent(self) -> bool:
        """Whether its output has ended and all of it was received."""
        return self._is_silent and self._inbox.empty()

    @property
    def stderr_tail(self) -> str:
        """The last that it printed for people."""
        return self._stderr.strip()

    def start(self) -> None:
        """Start it.

        Raises
        ------
        WorkerError
            If the program is not there or may not run.
        """
        environment = os.environ | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env=environment,
                **background_process_options(),
            )
        except (OSError, ValueError) as error:
            raise WorkerError(
                f"the training program could not be started ({error})",
                remedy="Run 'lusgui doctor'; it says what is missing",
            ) from error
        self._process = process
        lower_priority_of(process.pid)
        self._note_process(process.pid)
        for stream, pump in ((process.stdout, self._pump_lines), (process.stderr, self._pump_stderr)):
            thread = threading.Thread(target=pump, args=(stream,), name="learning pipe", daemon=True)
            self._pumps.append(thread)
            thread.start()

    def receive(self, timeout_s: float) -> bytes | TooLong | None:
        """Return the next line; None when none came in time, somebody woke us, or its output ended."""
        try:
            item = self._inbox.get(timeout=timeout_s)
        except queue.Empty:
            return None
        return item

    def wake(self) -> None:
        """Let `receive` return at once; from any thread."""
        with contextlib.suppress(queue.Full):  # then it returns anyway
            self._inbox.put_nowait(None)

    def say(self, word: str) -> None:
        """Write a line on its standard input; nothing happens when nobody reads it any more."""
        stream = None if self._process is None else self._process.stdin
        if stream is not None and not stream.closed:
            with contextlib.suppress(OSError, ValueError):
                stream.write(f"{word}\n".encode())
                stream.flush()

    def close_stdin(self) -> None:
        """End its standard input: its parent is gone."""
        stream = None if self._process is None else self._process.stdin
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()

    def terminate(self) -> None:
        """Ask the system to end it; one that is gone is a success."""
        if self._process is not None:
            with contextlib.suppress(OSError):
                self._process.terminate()

    def kill(self) -> None:
        """End it and whatever it started; those that are gone are a success."""
        if self._process is not None:
            kill_tree(self._process.pid)
            with contextlib.suppress(OSError):
                self._process.kill()

    def release(self) -> None:
        """Make sure that nothing of it is left: process, pipes, threads, note; idempotent."""
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(PUMP_SECONDS)
        self._is_over.set()
        self.close_stdin()
        for pump in self._pumps:
            pump.join(PUMP_SECONDS)
        for pump, stream in zip(self._pumps, (process.stdout, process.stderr), strict=True):
            # one that somebody else still holds open is left to its thread, which ends when they do
            if stream is not None and not pump.is_alive():
                stream.close()
        with contextlib.suppress(OSError):
            (self._folder / PROCESS_FILE).unlink(missing_ok=True)

    def _note_process(self, pid: int) -> None:
        import psutil

        with contextlib.suppress(psutil.Error, LusguiError, OSError):
            note = {"pid": pid, "started": psutil.Process(pid).create_time()}
            with atomic_path(self._folder / PROCESS_FILE, overwrite=True) as temporary:
                temporary.write_text(json.dumps(note), encoding="utf-8")

    def _pump_lines(self, stream: IO[bytes]) -> None:
        splitter = LineSplitter()
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), READ_BYTES):
                for line in splitter.feed(data):
                    self._put(line)
        for line in splitter.finish():
            self._put(line)
        self._is_silent = True
        self.wake()

    def _put(self, line: bytes | TooLong) -> None:
        while not self._is_over.is_set():
            with contextlib.suppress(queue.Full):
                self._inbox.put(line, timeout=0.2)
                return

    def _pump_stderr(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := os.read(stream.fileno(), READ_BYTES):
                self._stderr = (self._stderr + data.decode("utf-8", "replace"))[-STDERR_CHARS:]


def kill_tree(pid: int) -> None:
    """End a process and its descendants at once; those that are gone are a success."""
    import psutil

    doomed: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        doomed = [*root.children(recursive=True), root]
    for process in doomed:
        with contextlib.suppress(psutil.Error):
            process.kill()


def end_orphan(folder: Path, wait_s: float = PUMP_SECONDS) -> bool:
    """End the process that a window left behind in a run folder when it died; return whether there was one.

    A process that ends by itself because its input ended is waited for shortly, since it is writing down how
    far it came.
    """
    import psutil

    process = _orphan(folder)
    if process is not None:
        log.warning("the training process %s outlived its window; ending it", process.pid)
        with contextlib.suppress(psutil.Error):
            process.wait(wait_s)
        kill_tree(process.pid)
        with contextlib.suppress(psutil.Error):
            process.wait(PUMP_SECONDS)
    with contextlib.suppress(OSError):
        (folder / PROCESS_FILE).unlink(missing_ok=True)
    return process is not None


def end_orphans(models: Path) -> None:
    """End what a window that died left behind in any run folder of a study."""
    for note in sorted(models.glob(f"run-*/{PROCESS_FILE}")):
        end_orphan(note.parent)


def _orphan(folder: Path) -> psutil.Process | None:
    import psutil

    try:
        note = json.loads((folder / PROCESS_FILE).read_text(encoding="utf-8")[:1000])
        pid, started = int(note["pid"]), float(note["started"])
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(pid)
        if abs(process.create_time() - started) < SAME_START_SECONDS and process.is_running():
            return process
    return None
