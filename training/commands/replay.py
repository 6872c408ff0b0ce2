"""``python -m training replay``: make the frames that are carried along against forgetting."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "replay",
        help="Make resources/replay/NAME.npz: a few frames of what a default model learnt, mixed in when a"
        " study's frames are learnt on top of it.",
    )
    def replay(
        name: str = typer.Argument(..., help="rib or cerebellum"),
        data: Path = typer.Option(..., "--data", help="Folder of the data sets"),
        out: Path | None = typer.Option(None, "--out", help="File, if not the one that ships"),
    ) -> None:
        from training.learning.replay import pool_path
        from training.recipes.replay_pools import make_pool_file

        path = out or pool_path(name)
        frames, size = make_pool_file(name, data, path)
        typer.echo(f"{path}: {frames} frames, {size / 1e6:.2f} MB")
