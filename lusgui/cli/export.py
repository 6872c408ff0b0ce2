"""``lusgui export``: masks and despeckled frames of a study as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import typer

from lusgui.cli.console import complain, progress_bar
from lusgui.io.export.names import DEFAULT_TEMPLATE


class Format(StrEnum):
    """Kinds of file."""

    TIFF = "tiff"
    MAT = "mat"
    PNG = "png"
    CSV = "csv"


class MatVersion(StrEnum):
    """Kinds of MAT file."""

    V5 = "5"
    V73 = "7.3"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("export")
    def export(
        study: Path = typer.Argument(..., help="Study file (.lusgui).", metavar="STUDY"),
        out: Path = typer.Option(..., "--out", help="Folder to write to; made if need be."),
        formats: list[Format] = typer.Option(
            [Format.TIFF, Format.MAT],
            "--format",
            help="Kind of file; may be given several times. csv: points and boxes.",
        ),
        mat_version: MatVersion = typer.Option(MatVersion.V5, "--mat-version", help="Kind of MAT file."),
        labels: list[str] = typer.Option([], "--label", help="Only this label; may be given several times."),
        recordings: list[str] = typer.Option(
            [], "--recording", help="Only this recording; may be given several times."
        ),
        reviewed_only: bool = typer.Option(
            True, "--reviewed-only/--all", help="Only frames that a person reviewed, or every frame."
        ),
        despeckled: bool = typer.Option(False, "--despeckled", help="Write the despeckled frames too."),
        one_file_a_frame: bool = typer.Option(
            False, "--one-file-a-frame", help="TIFF: one file a frame rather than one page a frame."
        ),
        template: str = typer.Option(
            DEFAULT_TEMPLATE, "--template", help="File names, from {stem} {label} {study} {rater} {date}."
        ),
        force: bool = typer.Option(False, "--force", help="Replace files that are already there."),
    ) -> None:
        """Write the masks of a study as TIFF, MAT or PNG, each with its provenance beside it."""
        from lusgui.io.export.from_study import export_study
        from lusgui.io.study import Study

        settings = None
        if despeckled:
            from lusgui.core.despeckle import BEST

            settings = BEST
        # Exporting changes nothing, so a study that is open in the window can be exported too.
        with Study.open(study, read_only=True) as opened, progress_bar("Exporting") as progress:
            written = export_study(
                opened,
                out,
                [str(one) for one in formats],
                mat_version=str(mat_version),
                template=template,
                overwrite=force,
                progress=progress,
                labels=labels or None,
                recordings=recordings or None,
                reviewed_only=reviewed_only,
                despeckle=settings,
                one_file_a_frame=one_file_a_frame,
            )
        for path in written:
            typer.echo(str(path))
        complain("1 file written." if len(written) == 1 else f"{len(written)} files written.")
