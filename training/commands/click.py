"""``python -m training click``: a network that answers clicks on structures of every kind."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.click.course import State
    from training.click.run import ClickLesson


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "click",
        help="Teach a network to answer clicks, on the project's real sets and on simulations, from simulated"
        " clicks. Half of the patients of every set (see --halvings) are left out, to be judged on."
        " Given again it goes on where it stopped.",
    )
    def click(
        data: Path = typer.Option(..., "--data", help="Folder with fetal_cerebellum, hc18, usgra"),
        out: Path = typer.Option(..., "--out", help="Folder of the training and of the model it writes"),
        minutes: float | None = typer.Option(None, "--minutes", min=0.0, help="Stop after so many minutes"),
        steps: int = typer.Option(6000, "--steps", min=1, help="Batches at most"),
        without: str = typer.Option(
            "", "--without", help="Labels never learnt, with commas between; cerebellum takes its parts along"
        ),
        iterations: int = typer.Option(
            3,
            "--iterations",
            min=0,
            max=10,
            help="Clicks simulated at most before the one learnt from; 0 for none",
        ),
        learns_all: bool = typer.Option(False, "--all", help="Learn from every patient; nobody is left out"),
        halvings: int = typer.Option(
            1, "--halvings", min=1, max=3, help="1 leaves half of the patients out, 2 a quarter, 3 an eighth"
        ),
        start: Path | None = typer.Option(
            None, "--start", help="Click weights to begin with; they must not know who is left out"
        ),
        rate: float = typer.Option(2e-3, "--rate", min=1e-6, max=0.1, help="Highest learning rate"),
        seed: int = typer.Option(0, "--seed", min=0),
        as_json: bool = typer.Option(False, "--json", help="Print what came of it as JSON"),
    ) -> None:
        from training.click.course import CourseSettings
        from training.click.run import ClickLesson

        labels = tuple(sorted({word.strip() for word in without.split(",") if word.strip()}))
        course = CourseSettings(steps, seed, minutes, iterations, rate=rate)
        lesson = ClickLesson(seed, labels, learns_all, halvings, course=course)
        run(data, out, lesson, start=start, as_json=as_json)


def run(
    data: Path, out: Path, lesson: ClickLesson, *, start: Path | None = None, as_json: bool = False
) -> None:
    """Teach where somebody watches, and say what came of it.

    Raises
    ------
    LusguiError
        If there is nothing to learn from, or the folder holds something else.
    CancelledError
        If somebody stopped it; the state is kept.
    """
    import json

    from lusgui.base.errors import LusguiError
    from training.click.run import teach
    from training.transfer.watching import stop_on_interrupt

    if not data.is_dir():
        raise LusguiError("there is no such folder", path=data, remedy="Check the name")
    with stop_on_interrupt() as cancelled:
        taught = teach(
            data,
            lesson,
            out,
            start=start,
            on_line=lambda line: typer.echo(line, err=True),
            on_step=_teller(),
            cancelled=cancelled,
        )
    if as_json:
        summary = {
            "model": str(taught.path),
            "batches": taught.state.step,
            "minutes": round(taught.state.seconds / 60, 2),
            "reason": taught.reason,
            "without": list(lesson.without),
            "data": taught.card.data,
            "split": taught.card.split,
        }
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    typer.echo(f"{taught.path}: {taught.card.data} {taught.card.split}")
    if taught.reason == "time":
        typer.echo("The time was up before all batches; more minutes go on from here.")


def _teller() -> Callable[[State], None]:
    """Return a function that says every so many batches how it goes."""
    import numpy as np

    from training.click.run import TELL_STEPS

    def tell(state: State) -> None:
        if state.step % TELL_STEPS == 0 and state.history:
            rows = state.history[-TELL_STEPS:]
            means = {key: np.mean([row.get(key, np.nan) for row in rows]) for key in rows[-1]}
            parts = ", ".join(f"{key} {mean:.3f}" for key, mean in means.items())
            typer.echo(f"batch {state.step}: {parts}, {state.seconds / 60:.1f} min", err=True)

    return tell
