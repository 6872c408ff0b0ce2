"""How a training is shown on the console: a bar where there is a terminal, else a line now and then."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from rich.progress import Progress, TaskID

REFRESH_S = 0.1
"""Shortest time between two looks of the bar."""

LINE_S = 5.0
"""Shortest time between two lines where there is no terminal."""


class FitProgress:
    """Shows a training; give its two methods to ``fit``.

    .. code-block:: python

        with FitProgress("fold 1 of 5") as progress:
            fit(network, task, settings, on_epoch=progress.on_epoch, on_step=progress.on_step)

    Parameters
    ----------
    title : str
        What is being trained.
    stream : file, optional
        Standard error if not given: standard output belongs to results.
    now : callable
        Seconds on a clock that never goes back.

    Notes
    -----
    The bar is drawn when a step ends, by no thread of its own.
    """

    def __init__(
        self, title: str, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._title = title
        self._stream = sys.stderr if stream is None else stream
        self._now = now
        self._drawn = self._wrote = -float("inf")
        self._row: dict[str, float] = {}
        self._line = ""
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> FitProgress:
        if self._stream.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                TextColumn("{task.fields[scores]}"),
                console=Console(file=self._stream),
                auto_refresh=False,
            )
            self._bar.start()
            self._task = self._bar.add_task(self._title, total=None, scores="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.refresh()
            self._bar.stop()
        elif self._line:
            self._write()

    def on_step(self, step: int, steps: int, loss: float) -> None:
        """Take note of a finished step."""
        now = self._now()
        if self._bar is None or self._task is None or (now - self._drawn < REFRESH_S and step < steps):
            return
        scores = describe({**self._row, "loss": loss})
        self._bar.update(self._task, completed=step, total=steps, scores=scores)
        self._bar.refresh()
        self._drawn = now

    def on_epoch(self, row: Mapping[str, float]) -> None:
        """Take note of a finished epoch."""
        self._row = dict(row)
        if self._bar is None:
            self._line = f"{self._title}: {describe(self._row)}"
            if self._now() - self._wrote >= LINE_S:
                self._write()

    def _write(self) -> None:
        self._stream.write(self._line + "\n")
        self._stream.flush()
        self._line = ""
        self._wrote = self._now()


def describe(row: Mapping[str, float]) -> str:
    """Return an epoch's row in words, e.g. ``epoch 3, loss 0.412, validation loss 0.398, dice 0.71``."""
    parts = []
    if "epoch" in row:
        parts.append(f"epoch {row['epoch']:.0f}")
    parts.append(f"loss {row['loss']:.4g}")
    for name, value in row.items():
        if name.startswith("val_"):
            what = name.removeprefix("val_").replace("_", " ")
            parts.append(f"{'validation loss' if what == 'loss' else what} {value:.4g}")
    return ", ".join(parts)
