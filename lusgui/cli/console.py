"""What the command line prints: plain when nobody watches, with a bar when somebody does."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lusgui.core.progress import Progress


def is_plain() -> bool:
    """Whether standard output is not a terminal, so that nothing may be wrapped, coloured or cut."""
    return not (sys.stdout is not None and sys.stdout.isatty())


def complain(sentence: str) -> None:
    """Print one sentence on standard error."""
    typer.echo(sentence, err=True)


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
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def report(done: int, total: int, text: str = "") -> None:
            bar.update(task, completed=done, total=total, description=f"{title} {text}".strip())

        yield report
