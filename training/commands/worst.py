"""``python -m training worst``: the worst held-out frames of a default model, to look at and explain."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "worst",
        help="Show the twenty worst held-out frames of a default model, from the trainings that 'models"
        " --rebuild' kept, with a list in which to write what each shows.",
    )
    def worst(
        name: str = typer.Argument(..., help="rib or cerebellum"),
        data: Path = typer.Option(..., "--data", help="Folder with the data sets"),
        work: Path = typer.Option(..., "--work", help="Where the rebuilding kept its trainings"),
        out: Path = typer.Option(..., "--out", help="Folder of the figure and the lists"),
        weights: Path | None = typer.Option(
            None, "--weights", help="Folder of the models' cards; that of the program if not given"
        ),
    ) -> None:
        from lusgui.base.paths import resources_dir
        from training.experiments.worst_frames import write_worst

        frames = write_worst(name, data, work, weights or resources_dir() / "weights", out)
        for i, frame in enumerate(frames, 1):
            score = "false alarm" if frame.dice is None else f"Dice {frame.dice:.2f}"
            typer.echo(f"{i:3}  {score}  {frame.group}  {frame.name}  {frame.words}".rstrip())
