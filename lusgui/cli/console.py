"""What the command line prints: plain when nobody watches, with a bar when somebody does."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress as Bar

    from lusgui.core.progress import Progress

_bars: list[Bar] = []
"""The bars that are drawn now."""


def is_plain() -> bool:
    """Whether standard output is not a terminal, so that nothing may be wrapped, coloured or cut."""
    return not (sys.stdout is not None and sys.stdout.isatty())


def complain(sentence: str) -> None:
    """Print one sentence on standard error."""
    if not _print_above_bar(sentence):
        typer.echo(sentence, err=True)


def say(line: str) -> None:
    """Print one line on standard output, also while a bar is shown."""
    if is_plain() or not _print_above_bar(line):
        typer.echo(line)


def _print_above_bar(line: str) -> bool:
    """Print a line on the terminal where a bar is drawn, not behind the bar; answer whether there is one."""
    if not _bars:
        return False
    _bars[-1].console.print(line, markup=False, highlight=False, emoji=False, soft_wrap=True)
    return True


@contextmanager
def _shown(bar: Bar) -> Iterator[None]:
    _bars.append(bar)
    try:
        yield
    finally:
        _bars.remove(bar)


@contextmanager
def progress_bar(title: str) -> Iterator[Progress]:
    """Give a progress function that draws a bar on standard error when that is a terminal.

    Parameters
    ----------
    title : str
        What is being done.

    Yields
    ------
    Progress
        Call it with (done, total, text).
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda done, total, text="": None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    # what is printed meanwhile goes through `say` and `complain`; standard output is no business of the bar
    bar = Bar(
        *columns,
        console=Console(stderr=True),
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar, _shown(bar):
        task = bar.add_task(title, total=None)

        def report(done: int, total: int, text: str = "") -> None:
            bar.update(task, completed=done, total=total, description=f"{title} {text}".strip())

        yield report
