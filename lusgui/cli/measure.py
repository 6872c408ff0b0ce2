"""``lusgui measure``: what is measured of the masks of a study, as CSV or JSON."""

from __future__ import annotations

from pathlib import Path

import typer

from lusgui.cli.console import complain, progress_bar


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("measure")
    def measure(
        study: Path = typer.Argument(..., help="Study file (.lusgui).", metavar="STUDY"),
        out: Path | None = typer.Option(
            None, "--out", help="File to write, .csv or .json; without it CSV goes to standard output."
        ),
        labels: list[str] = typer.Option([], "--label", help="Only this label; may be given several times."),
        recordings: list[str] = typer.Option(
            [], "--recording", help="Only this recording; may be given several times."
        ),
        reviewed_only: bool = typer.Option(
            False, "--reviewed-only/--all", help="Only masks that a person reviewed, or every mask."
        ),
        images: bool = typer.Option(
            True, "--images/--no-images", help="Open the recordings, to find the shadows behind ribs."
        ),
        force: bool = typer.Option(False, "--force", help="Replace the file if it is already there."),
    ) -> None:
        """Measure ribs, pleura and cerebellum of a study in mm; a figure that is refused says why."""
        from lusgui.io.export.measures import as_csv, measure_study, write_measures
        from lusgui.io.study import Study

        with Study.open(study, read_only=True) as opened, progress_bar("Measuring") as progress:
            rows = measure_study(
                opened,
                labels=labels or None,
                recordings=recordings or None,
                reviewed_only=reviewed_only,
                with_images=images,
                progress=progress,
            )
            if out is not None:
                write_measures(out, rows, opened, overwrite=force)
        if out is None:
            typer.echo(as_csv(rows), nl=False)
        else:
            typer.echo(str(out))
        refused = sum(row.value is None for row in rows)
        complain(f"{len(rows)} figures, {refused} of them refused with a reason.")
