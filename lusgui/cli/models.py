"""``lusgui models``: which models there are."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from lusgui.io.model_install import add_model
from lusgui.io.models import ModelEntry, list_models, own_models_dir


def _as_json(entry: ModelEntry) -> dict[str, object]:
    return {
        "path": str(entry.path),
        "bundled": entry.is_bundled,
        "hidden": entry.is_hidden,
        "problem": entry.problem,
        "card": None if entry.card is None else entry.card.to_json(),
    }


def _as_line(entry: ModelEntry) -> str:
    if entry.card is None or entry.problem:
        return f"(unusable)  {entry.problem}"
    card = entry.card
    size = " x ".join(map(str, card.input_shape))
    where = "bundled" if entry.is_bundled else "your own"
    hidden = ", hidden by your own of that name" if entry.is_hidden else ""
    return (
        f"{card.name}  {card.version}  labels {', '.join(card.labels)}  {card.architecture} at {size}"
        f"  ({where}{hidden})  {entry.path}"
    )


def register(app: typer.Typer) -> None:
    """Add ``models`` to the command line."""

    @app.command()
    def models(
        as_json: bool = typer.Option(False, "--json", help="Print everything as JSON."),
        add: Path | None = typer.Option(
            None, "--add", help="Copy this model file into your own models first.", metavar="FILE"
        ),
    ) -> None:
        """List the models that 'segment' and the window can use."""
        if add is not None:
            add_model(add)
        entries = list_models()
        if as_json:
            typer.echo(json.dumps([_as_json(entry) for entry in entries], indent=2, ensure_ascii=False))
            return
        for entry in entries:
            typer.echo(_as_line(entry))
        if not entries:
            typer.echo(f"No models. Put .safetensors files into {own_models_dir()}.")
