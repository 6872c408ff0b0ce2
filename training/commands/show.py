"""``python -m training show``: run one of the experiments that put published claims to the test."""

from __future__ import annotations

import importlib
from dataclasses import fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from lusgui.base.errors import LusguiError


class Name(StrEnum):
    """Experiments, each a module of ``training.experiments``."""

    STRATEGIES = "strategies"
    LOCALIZE_FIRST = "localize_first"
    YOLO_GRID = "yolo_grid"
    PRETRAINING = "pretraining"
    LEAK = "leak"
    NORMALISATION = "normalisation"
    SELFSUPERVISED = "selfsupervised"
    BRIDGE = "bridge"
    CONFIDENCE = "confidence"
    LEARNING = "learning"
    ACTIVE = "active"
    CHEAP = "cheap"
    TIME_ON_TASK = "time_on_task"
    UNREPRODUCIBLE = "unreproducible"


HELP = (
    "Run an experiment and write its tables, figures and page. Finished trainings are kept in the cache, so"
    " that the same command goes on where it was stopped."
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("show", help=HELP)
    def show(
        name: str = typer.Argument(..., help=f"Which experiment: {', '.join(Name)}"),
        data: Path | None = typer.Option(None, "--data", help="Folder with the data sets"),
        out: Path | None = typer.Option(
            None, "--out", help="Where results go; .training/show/NAME if not given"
        ),
        cache: Path = typer.Option(
            Path(".training/show/cache"), "--cache", help="Where finished trainings stay"
        ),
        minutes: float | None = typer.Option(
            None, "--minutes", min=0.0, help="Time budget; the experiment's own if not given"
        ),
        seeds: int | None = typer.Option(
            None, "--seeds", min=1, help="Trainings of each cell; the experiment's own if not given"
        ),
        vgg: Path | None = typer.Option(
            None, "--vgg", help="VGG16's weights (.h5, .pth, .safetensors), for 'pretraining'"
        ),
        only: list[str] = typer.Option(
            [],
            "--only",
            help="Train only this now (repeatable): a label or variant of 'bridge', a case of 'learning'",
        ),
        changed: list[str] = typer.Option(
            [],
            "--set",
            help="A change (repeatable): label.field=value for 'bridge', field=value of how is learnt for"
            " 'learning'",
        ),
        words: Path | None = typer.Option(
            None, "--words", help="CSV (stem, words): what the worst frames show, for 'bridge'"
        ),
        work: Path | None = typer.Option(
            None,
            "--work",
            help="Folder of trained networks; in the cache if not given, for 'bridge' and 'learning'",
        ),
        masks: str | None = typer.Option(
            None, "--masks", help="How many masks are drawn, as in 0,1,3,5,10,20, for 'learning'"
        ),
        variants: str | None = typer.Option(
            None, "--variants", help="What is started from, as in default,scratch,x-unet, for 'learning'"
        ),
        threads: int = typer.Option(1, "--threads", min=1, help="Processor threads"),
        tiny: bool = typer.Option(
            False, "--tiny", help="The same way through in seconds, to see that it runs"
        ),
    ) -> None:
        chosen = experiment(name)
        if data is not None and not data.is_dir():
            raise LusguiError("this folder is not there", path=data)
        folder = out or Path(".training/show") / chosen.value
        if chosen is Name.UNREPRODUCIBLE:
            from training.experiments.unreproducible import write_page

            typer.echo(write_page(folder))
            return
        import torch

        from training.report.notice import tiny_run

        torch.set_num_threads(threads)
        module = importlib.import_module(f"training.experiments.{chosen.value}")
        settings = module.TINY if tiny else module.Settings()
        changes = {
            "minutes": minutes,
            "seeds": seeds,
            "vgg": None if vgg is None else str(vgg),
            "only": tuple(only) or None,
            "set": (*getattr(settings, "set", ()), *changed) if changed else None,
            "work": None if work is None else str(work),
            "words": None if words is None else str(words),
            "masks": None if masks is None else whole_numbers(masks),
            "variants": None if variants is None else tuple(variants.split(",")),
        }
        settings = adjusted(settings, changes)
        with tiny_run(tiny):
            page = module.run(settings, data, folder, cache)
        typer.echo(page)


def experiment(name: str) -> Name:
    """Return an experiment by its name, however it is written.

    Raises
    ------
    LusguiError
        If there is none of that name.
    """
    try:
        return Name(name.strip().lower().replace("-", "_"))
    except ValueError:
        raise LusguiError(
            f"there is no experiment '{name[:40]}'", remedy=f"Known: {', '.join(Name)}"
        ) from None


def whole_numbers(text: str) -> tuple[int, ...]:
    """Return numbers such as ``0,1,3``.

    Raises
    ------
    LusguiError
        If one is none, or below 0.
    """
    try:
        found = tuple(int(part) for part in text.split(","))
    except ValueError:
        found = (-1,)
    if min(found) < 0:
        raise LusguiError(f"'{text[:40]}' is no list of whole numbers", remedy="Write it as 0,1,3,5")
    return found


def adjusted(settings: Any, changes: dict[str, Any]) -> Any:  # noqa: ANN401
    """Return an experiment's settings with what was asked for on the command line.

    Raises
    ------
    LusguiError
        If the experiment has no such setting.
    """
    wanted = {key: value for key, value in changes.items() if value is not None}
    known = {item.name for item in fields(settings)}
    for key in wanted:
        if key not in known:
            raise LusguiError(f"this experiment has no setting '--{key}'", remedy="Leave it out")
    return replace(settings, **wanted)
