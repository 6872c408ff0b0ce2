"""``lusgui merge``: several people's studies become one more."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lusgui.cli.console import complain, progress_bar

if TYPE_CHECKING:
    from lusgui.io.study_join import JoinReport


class Difference(StrEnum):
    """What becomes of masks that differ."""

    ADJUDICATE = "adjudicate"
    FIRST = "first"
    NEWEST = "newest"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("merge")
    def merge(
        studies: list[Path] = typer.Argument(..., help="Two studies or more (.lusgui).", metavar="STUDY..."),
        out: Path = typer.Option(..., "--out", help="The new study."),
        on_difference: Difference = typer.Option(
            Difference.ADJUDICATE,
            "--on-difference",
            help="Where masks differ: leave the frame open until somebody decides, take the first study's, or"
            " the one changed last. Every reader's mask is kept beside it either way.",
        ),
        force: bool = typer.Option(False, "--force", help="Replace a study that is already there."),
    ) -> None:
        """Join studies of several readers into a new one. None of them is altered."""
        from lusgui.io.study_join import OnDifference, join_studies

        with progress_bar("Joining") as progress:
            report = join_studies(
                studies,
                out,
                on_difference=OnDifference(on_difference.value),
                overwrite=force,
                progress=progress,
            )
        typer.echo(str(report.path))
        for line in describe(report):
            complain(line)


def describe(report: JoinReport) -> list[str]:
    """Return what came of joining, line by line."""
    count = report.agreed + report.differing
    lines = [
        f"Readers: {', '.join(report.readers)}.",
        f"Recordings: {report.recordings}. Masks that one reader alone has: {report.alone}.",
        f"Read by several: {count}; the same in every pixel: {report.agreed}, different: {report.differing}.",
    ]
    lines += [f"Mean Dice between readers, {label}: {value:.3f}." for label, value in report.dice.items()]
    return [*lines, *(f"{note}." for note in report.notes)]
