"""What a person sees of a long training, and Ctrl-C that stops it without losing anything."""

from __future__ import annotations

import logging
import math
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    OnEpoch = Callable[[dict[str, float]], None]

log = logging.getLogger(__name__)


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Give a function that says whether somebody pressed Ctrl-C; a second time stops at once."""
    pressed = threading.Event()

    def press(number: int, frame: object) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()
        log.warning("Stopping after this batch; the state is being kept.")

    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = signal.signal(signal.SIGINT, press)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def shown(title: str, epochs: int) -> Iterator[OnEpoch]:
    """Give a function that is told each epoch: a bar on a terminal, a line in a log.

    Parameters
    ----------
    title : str
        What is trained.
    epochs : int
        At most so many.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda row: log.info("%s: %s", title, describe_epoch(row, epochs))
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[scores]}"),
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        task = bar.add_task(title, total=epochs, scores="")

        def tell(row: dict[str, float]) -> None:
            bar.update(task, completed=int(row["epoch"]), scores=_scores(row))

        yield tell


def describe_epoch(row: dict[str, float], epochs: int) -> str:
    """Return one line about an epoch, as the loop gives its row."""
    return f"epoch {int(row['epoch'])} of {epochs}, {_scores(row)}, {row.get('seconds', 0):.0f} s"


def _scores(row: dict[str, float]) -> str:
    parts = [f"loss {row['loss']:.4f}"]
    for key, name in (("val_loss", "validation"), ("val_dice", "Dice")):
        if key in row and math.isfinite(row[key]):
            parts.append(f"{name} {row[key]:.3f}")
    return ", ".join(parts)
