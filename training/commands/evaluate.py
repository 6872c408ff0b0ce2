"""``python -m training evaluate``: a model against images with truth."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003 - typer reads annotations at run time
from typing import TYPE_CHECKING, Any

import typer

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample
    from training.metrics.evaluation import Evaluation, EvaluationSettings

MODELS_OWN = "model"
WORST = 5
"""Frames that are named as the ones to look at first."""

WIDEST = 1000
"""Columns a table may take where no terminal says how wide it is."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "evaluate",
        help="Judge a model on images with truth, on their raw grid: masks, boxes or points,"
        " whichever the model gives.",
    )
    def evaluate(
        model: str = typer.Option(..., "--model", help="A model's name (rib) or a .safetensors file"),
        data: Path = typer.Option(..., "--data", help="Folder with images and truth"),
        label: list[str] = typer.Option(
            [], "--label", help="What is judged; repeat it for several. Else all that both know"
        ),
        layout: str = typer.Option("auto", "--layout", help="Of the folder, if not recognised"),
        despeckle: str = typer.Option(
            MODELS_OWN, "--despeckle", help="Filter before the model: none, fast, ...; else the model's own"
        ),
        threshold: float | None = typer.Option(
            None, "--threshold", min=0.0, max=1.0, help="Least probability; else the model's own"
        ),
        largest: bool = typer.Option(
            False, "--largest", help="Keep only the largest pieces, as 'lusgui segment' does"
        ),
        pieces: bool = typer.Option(
            False, "--pieces", help="Detectors: each piece of a mask is a box of its own"
        ),
        boxes: int | None = typer.Option(
            None, "--boxes", min=1, help="Detectors: boxes of a label kept in a frame"
        ),
        out: Path | None = typer.Option(None, "--out", help="Folder for scores.json and scores.csv"),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
        as_json: bool = typer.Option(False, "--json", help="Print per-image and mean measures as JSON"),
    ) -> None:
        from training.metrics.evaluation import EvaluationSettings

        settings = EvaluationSettings(
            tuple(label), despeckle_of(despeckle), threshold, largest, not pieces, boxes, device
        )
        run(model, data, layout, settings, out, as_json=as_json)


def run(
    model: str, data: Path, layout: str, settings: EvaluationSettings, out: Path | None, *, as_json: bool
) -> None:
    """Judge a model, print and write what came of it."""
    import json

    from lusgui.base.atomic import make_folder
    from lusgui.io.models import find_model, read_card
    from lusgui.nn.checkpoint import load_model
    from training.metrics.evaluation import evaluate_model
    from training.metrics.scores import refuse_foreign, write_scores

    if out is not None:
        refuse_foreign(out)
    path = find_model(model)
    card = read_card(path)
    refuse_labels(card, settings.labels, path)
    samples, warnings = read_samples(data, card, settings.labels, layout)
    loaded = load_model(path)
    if out is not None:
        make_folder(out)  # before the work, so that a disk that refuses is known at once
    with progress(f"Evaluate {card.name}") as tell:
        result = evaluate_model(loaded, samples, settings, tell)
    payload = {**result.to_json(), "model_file": path.name, "data": str(data), "warnings": warnings}
    written = write_scores(out, payload) if out is not None else ()
    if as_json:
        typer.echo(json.dumps(payload, indent=1, allow_nan=False))
        return
    for sentence in (*warnings, *result.notes):
        sys.stderr.write(f"{sentence[:1].upper()}{sentence[1:].rstrip('.')}.\n")
    show(result)
    for file in written:
        typer.echo(str(file))


def despeckle_of(name: str) -> DespeckleSettings | None:
    """Return a filter by its name; None for the model's own.

    Raises
    ------
    LusguiError
        If there is none of that name.
    """
    from lusgui.core.despeckle import OFF, DespeckleSettings, Method

    if name == MODELS_OWN:
        return None
    if name == "none":
        return OFF
    try:
        return DespeckleSettings(Method(name))
    except ValueError:
        known = ", ".join([MODELS_OWN, "none", *(m.value for m in Method if m is not Method.OFF)])
        raise LusguiError(f"there is no filter called '{name[:40]}'", remedy=f"Known: {known}") from None


def refuse_labels(card: ModelCard, labels: tuple[str, ...], path: Path) -> None:
    """Refuse labels that a model does not know, before any data are read.

    Raises
    ------
    ModelError
        Naming those it knows.
    """
    from lusgui.base.errors import ModelError

    for label in labels:
        if label not in card.labels:
            raise ModelError(
                f"the model {card.name} knows no label '{label[:60]}'",
                path=path,
                remedy=f"It knows: {', '.join(card.labels)}",
            )


def read_samples(
    data: Path, card: ModelCard, labels: tuple[str, ...], layout: str
) -> tuple[list[Sample], list[str]]:
    """Return the frames of a data set, and what was guessed about it.

    Masks without a name of their own get the one label in question.
    """
    from training.data.open import read_dataset

    wanted = labels or card.labels
    found = read_dataset(data, wanted[0] if len(wanted) == 1 else None, layout)
    return found.samples, list(found.warnings)


@contextmanager
def progress(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """Give a function (done, total, name) that draws a bar on standard error when that is a terminal."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda done, total, name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    with bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total, name: bar.update(
            task, completed=done, total=total, description=f"{title} {name}".strip()
        )


def show(result: Evaluation) -> None:
    """Print a table a label, and the frames to look at first."""
    for label, summary in result.summary().items():
        heading = f"{result.card.key}: {label}, {summary['frames']} frames of {summary['groups']} groups"
        if summary["negatives"]:
            heading += (
                f", {summary['negatives']} without it"
                f" ({summary['negatives_with_anything_found']} of these with something found)"
            )
        rows = [
            [
                name,
                *(show_number(part[key]) for key in ("mean", "sd", "median", "low", "high")),
                str(part["n"]),
            ]
            for name, part in summary["metrics"].items()
        ]
        print_table(heading, ["measure", "mean", "SD", "median", "95 % from", "to", "n"], rows)
        overall = summary.get("overall", {})
        if overall:
            print_table(
                f"{label}, all frames together",
                ["measure", "value"],
                [[name, show_number(value)] for name, value in overall.items() if value is not None],
            )
        for line in worst(result, label):
            typer.echo(line)


def worst(result: Evaluation, label: str) -> list[str]:
    """Return lines about the frames that did worst, by Dice, IoU or distance."""
    for metric, higher_is_better in (("dice", True), ("iou", True), ("error_px", False)):
        rows = [row for row in result.rows if row["label"] == label and row.get(metric) is not None]
        if rows:
            rows.sort(key=lambda row: row[metric], reverse=not higher_is_better)
            named = ", ".join(f"{row['name']} {show_number(row[metric])}" for row in rows[:WORST])
            return [f"Look at first ({metric}): {named}"]
    return []


def show_number(value: Any) -> str:  # noqa: ANN401
    """Return a number as people read it; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value)}"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.1f}"


def print_table(title: str, columns: list[str], rows: list[list[str]]) -> None:
    """Print a title and a table on standard output; without a terminal as wide as it needs."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE)
    for i, name in enumerate(columns):
        is_text = i == 0 or any(row[i][:1].isalpha() for row in rows)
        table.add_column(name, justify="left" if is_text else "right", overflow="fold")
    for row in rows:
        table.add_row(*row)
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    width = None if is_terminal else WIDEST
    typer.echo(title)
    Console(highlight=False, markup=False, width=width, no_color=not is_terminal or None).print(table)
