"""``python -m training evaluate-clicks``: how many clicks structures take that nobody learnt from."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING

import typer

from lusgui.core.click.clicker import Hand
from training.commands.evaluate import print_table, progress, show_number

if TYPE_CHECKING:
    from training.click_evaluation.run import Judged


class Kind(StrEnum):
    """What is judged."""

    NETWORK = "network"
    ALONE = "alone"
    COARSE = "coarse"
    WEIGHTLESS = "weightless"


COLUMNS = {
    "structure": "title",
    "hand": "hand",
    "n": "n",
    "groups": "groups",
    "NoC@80": "noc80",
    "NoC@85": "noc85",
    "NoC@90": "noc90",
    "NoF@90": "nof90",
    "NoC@Dice85": "noc_dice85",
    "IoU 1": "iou1",
    "IoU 3": "iou3",
    "line px": "line_px",
    "ms": "ms_median",
    "effort": "effort",
}


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "evaluate-clicks",
        help="Click to segment, judged by a scripted hand: clicks needed (NoC, at most 20), failures (NoF),"
        " IoU after each click, seconds, and effort beside drawing; on patients, clips and simulations that"
        " the model never learnt from.",
    )
    def evaluate_clicks(
        data: Path | None = typer.Option(None, "--data", help="Folder with fetal_cerebellum, hc18, usgra"),
        model: Path | None = typer.Option(
            None, "--model", help="Click weights (.safetensors); else those of the program"
        ),
        engine: Kind = typer.Option(
            Kind.NETWORK,
            "--engine",
            help="As shipped; its network alone; without its zoom; or no network",
        ),
        name: str = typer.Option("", "--name", help="What the engine is called in the tables"),
        clicks: list[Hand] = typer.Option(
            [Hand.CENTRE, Hand.JITTERED], "--clicks", help="Where in the error the hand clicks; repeat it"
        ),
        structures: str = typer.Option(
            "", "--only", help="Structures, parted by commas: hemisphere,head,...; else all"
        ),
        most: int = typer.Option(30, "--most", min=1, help="Targets of a structure"),
        minutes: float | None = typer.Option(
            None, "--minutes", min=0.0, help="Stop between structures after so long; what is kept is shown"
        ),
        seed: int = typer.Option(0, "--seed", help="Of the split, where the model's card does not name it"),
        out: Path | None = typer.Option(
            None, "--out", help="Folder for scores.csv, curves.csv, targets.csv, nothing.csv and curves.png"
        ),
        cache: Path | None = typer.Option(None, "--cache", help="Where finished trials are kept"),
        as_json: bool = typer.Option(False, "--json", help="Print everything as JSON"),
    ) -> None:
        from training.click_evaluation.run import Settings

        settings = Settings(
            engine.value,
            model,
            name.strip(),
            tuple(dict.fromkeys(clicks)),
            tuple(word.strip() for word in structures.split(",") if word.strip()),
            most,
            minutes=minutes,
            seed=seed,
        )
        run(settings, data, out, cache, as_json=as_json)


def run(settings: object, data: Path | None, out: Path | None, cache: Path | None, *, as_json: bool) -> None:
    """Judge an engine, print and write what came of it."""
    import json

    from lusgui.base.errors import UnreadableFileError
    from lusgui.base.paths import data_dir
    from training.click_evaluation.run import Settings, judge, refuse_foreign, write_tables

    assert isinstance(settings, Settings)
    if data is not None and not data.is_dir():
        raise UnreadableFileError("there is no such folder", path=data, remedy="Check the name")
    if out is not None:
        refuse_foreign(out)
    kept = cache or data_dir() / "cache" / "clicks"
    with progress(f"Clicks, {settings.title}") as tell:
        judged = judge(settings, data, kept, tell)
    written = write_tables(judged, settings.title, out) if out is not None else []
    if as_json:
        values = {"engine": settings.title, "data": None if data is None else str(data)}
        typer.echo(json.dumps(values | judged.to_json(), indent=1, allow_nan=False))
        return
    show(settings.title, judged)
    for path in written:
        typer.echo(str(path))


def show(title: str, judged: Judged) -> None:
    """Print the tables, and what is missing."""
    rows = [[_cell(row.get(key)) for key in COLUMNS.values()] for row in judged.scores]
    print_table(f"{title}: clicks at most 20; {len(rows)} rows", list(COLUMNS), rows)
    if judged.targets:
        asked = [
            [
                row["title"],
                row["hand"],
                row["asked"],
                row["wanted"],
                _cell(row["value"]),
                "yes" if row["met"] else "no",
            ]
            for row in judged.targets
        ]
        print_table("What was asked for", ["structure", "hand", "what", "wanted", "found", "met"], asked)
    for row in judged.nothing:
        typer.echo(f"Clicks on nothing ({row['source']}): told so in {100 * row['told']:.0f} % of {row['n']}")
    for sentence in judged.notes:
        sys.stderr.write(f"{sentence}\n")
    if judged.missing:
        sys.stderr.write(f"Not judged: {'; '.join(judged.missing)}.\n")


def _cell(value: object) -> str:
    return value if isinstance(value, str) else show_number(value)
