"""``python -m training models``: make a default model again, with its scores and its card."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

import typer


class Name(StrEnum):
    """Default models."""

    RIB = "rib"
    CEREBELLUM = "cerebellum"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("models", help="Make a default model again, with its scores and its card.")
    def models(
        rebuild: Name = typer.Option(..., "--rebuild", help="Which model"),
        data: Path = typer.Option(..., "--data", help="Folder with the data sets"),
        out: Path = typer.Option(Path("resources/weights"), "--out", help="Where the model goes"),
        work: Path = typer.Option(Path(".training"), "--work", help="Where half-done work is kept"),
        seed: int = typer.Option(0, "--seed"),
        folds: int | None = typer.Option(
            None, "--folds", help="Train and judge only the first so many folds"
        ),
        threads: int | None = typer.Option(None, "--threads", help="Processor threads"),
    ) -> None:
        import torch

        from training.models import rebuild as rebuild_model

        if threads:
            torch.set_num_threads(threads)
        card = rebuild_model(rebuild.value, data, out, work, seed=seed, most_folds=folds)
        typer.echo(card.dumps(), nl=False)
