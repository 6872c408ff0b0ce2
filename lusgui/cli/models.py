"""``lusgui models``: which models there are, and what is to become of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from lusgui.base.errors import ModelError
from lusgui.cli.console import say
from lusgui.io.model_defaults import read_defaults, set_default
from lusgui.io.model_install import add_model, export_model, purge_removed, remove_model, rename_model
from lusgui.io.models import ModelEntry, find_model, list_models, own_models_dir, read_segmenter


def _default_for(entry: ModelEntry, defaults: dict[str, str]) -> list[str]:
    """Return the labels for which the person made a model the default."""
    card = entry.card
    return [] if card is None else [label for label, key in defaults.items() if key == card.key]


def _as_json(entry: ModelEntry, defaults: dict[str, str]) -> dict[str, object]:
    return {
        "path": str(entry.path),
        "bundled": entry.is_bundled,
        "hidden": entry.is_hidden,
        "problem": entry.problem,
        "default_for": _default_for(entry, defaults),
        "card": None if entry.card is None else entry.card.to_json(),
    }


def _as_line(entry: ModelEntry, defaults: dict[str, str]) -> str:
    if entry.card is None or entry.problem:
        return f"(unusable)  {entry.problem}"
    card = entry.card
    size = " x ".join(map(str, card.input_shape))
    where = "bundled" if entry.is_bundled else "your own"
    hidden = ", hidden by your own of that name" if entry.is_hidden else ""
    chosen = _default_for(entry, defaults)
    default = f", default for {', '.join(chosen)}" if chosen else ""
    return (
        f"{card.name}  {card.version}  labels {', '.join(card.labels)}  {card.architecture} at {size}"
        f"  ({where}{hidden}{default})  {entry.path}"
    )


def _own_file(name: str) -> Path:
    """Return the file of one of the person's own models, by its name or key.

    Raises
    ------
    ModelError
        If there is none, or several share the name.
    """
    own = [entry for entry in list_models() if not entry.is_bundled and entry.card is not None]
    found = [entry for entry in own if entry.card is not None and name in (entry.card.name, entry.card.key)]
    if len(found) == 1:
        return found[0].path
    keys = ", ".join(entry.card.key for entry in (found or own) if entry.card is not None)
    if found:
        raise ModelError(
            f"several of your models are called '{name[:60]}'", remedy=f"Name one by its key: {keys}"
        )
    known = f"Yours: {keys}" if keys else "You have none; add one with --add"
    raise ModelError(f"none of your own models is called '{name[:60]}'", remedy=known)


def _set_default(label: str, name: str) -> None:
    """Make a model, by its name or key, the default of a label."""
    path = find_model(name)
    card = read_segmenter(path)
    if label not in card.labels:
        raise ModelError(
            f"the model {card.name} does not know the label '{label[:60]}'",
            path=path,
            remedy=f"It knows: {', '.join(card.labels)}",
        )
    set_default(label, card.key)


def register(app: typer.Typer) -> None:
    """Add ``models`` to the command line."""

    @app.command()
    def models(
        as_json: bool = typer.Option(False, "--json", help="Print everything as JSON."),
        add: Path | None = typer.Option(
            None, "--add", help="Copy this model file into your own models first.", metavar="FILE"
        ),
        rename: tuple[str, str] = typer.Option(
            ("", ""), "--rename", help="Give one of your own models another name.", metavar="NAME NEW"
        ),
        export: tuple[str, str] = typer.Option(
            ("", ""),
            "--export",
            help="Copy a model to a file, its card beside it as JSON.",
            metavar="NAME FILE",
        ),
        delete: str = typer.Option("", "--delete", help="Delete one of your own models.", metavar="NAME"),
        default: tuple[str, str] = typer.Option(
            ("", ""),
            "--default",
            help="Make a model the default of a label, in every study that chose no other.",
            metavar="LABEL NAME",
        ),
        no_default: str = typer.Option(
            "", "--no-default", help="Let lusgui choose the default of a label again.", metavar="LABEL"
        ),
    ) -> None:
        """List the models that 'segment' and the window can use; take in, hand on, name, delete your own."""
        if add is not None:
            add_model(add)
        if rename[0]:
            rename_model(_own_file(rename[0]), rename[1])
        if export[0]:
            written = export_model(find_model(export[0]), Path(export[1]))
            for path in () if as_json else written:
                say(str(path))
        if delete:
            remove_model(_own_file(delete))
            purge_removed()
        if default[0]:
            _set_default(*default)
        if no_default:
            set_default(no_default, None)
        entries, defaults = list_models(), read_defaults()
        if as_json:
            typer.echo(
                json.dumps([_as_json(entry, defaults) for entry in entries], indent=2, ensure_ascii=False)
            )
            return
        for entry in entries:
            typer.echo(_as_line(entry, defaults))
        if not entries:
            typer.echo(f"No models. Put .safetensors files into {own_models_dir()}.")
