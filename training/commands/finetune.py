"""``python -m training finetune``: fit a model to frames and masks of one's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from training.transfer.finetune import FinetuneJob


class By(StrEnum):
    """How frames are kept aside or dealt into folds."""

    GROUP = "group"
    IMAGE = "image"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "finetune",
        help="Fit a model to your own frames and masks, and write OUT/model.safetensors for"
        " 'lusgui segment --model'. Given again it goes on where it stopped.",
    )
    def finetune(
        data: Path | None = typer.Option(None, "--data", help="Folder with frames and masks"),
        label: str | None = typer.Option(None, "--label", help="Which masks, e.g. rib"),
        base: str | None = typer.Option(
            None, "--base", help="A model's name (rib), a .safetensors file, or scratch:ARCHITECTURE"
        ),
        out: Path | None = typer.Option(None, "--out", help="Folder of the run and the model"),
        job: Path | None = typer.Option(
            None, "--job", help="Instead of all else: the job.json of a study's run; speaks JSON lines"
        ),
        strategy: str = typer.Option("all", "--strategy", help="Which blocks learn (all, except-5, 9, ...)"),
        minutes: float | None = typer.Option(None, "--minutes", min=0.0, help="Stop after so many minutes"),
        seed: int = typer.Option(0, "--seed", min=0),
        epochs: int | None = typer.Option(None, "--epochs", min=1, help="At most so many"),
        steps: int | None = typer.Option(None, "--steps", min=1, help="Batches an epoch"),
        batch: int | None = typer.Option(None, "--batch", min=1, help="Frames a batch"),
        rate: float | None = typer.Option(None, "--learning-rate", help="Highest learning rate"),
        patience: int | None = typer.Option(None, "--patience", min=1, help="Epochs without gain, then stop"),
        loss: str = typer.Option("dice-ce", "--loss", help="bce, dice, log-dice, dice-ce or focal"),
        augment: str = typer.Option("strong", "--augment", help="Views: none, amiri, cheng, ultrasound, ..."),
        fold_by: By = typer.Option(By.GROUP, "--fold-by", help="Keep whole groups or single images aside"),
        layout: str = typer.Option("auto", "--layout", help="Of the folder, if not recognised"),
        width: int | None = typer.Option(
            None, "--width", "--scale", min=1, help="Base width of a network from scratch"
        ),
        despeckle: str | None = typer.Option(
            None, "--despeckle", help="Filter, if not the base's: none, fast"
        ),
        size: str | None = typer.Option(None, "--size", help="Network input ROWSxCOLUMNS, if not the base's"),
        name: str = typer.Option("", "--name", help="Name of the model; the folder's if left out"),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
        as_json: bool = typer.Option(False, "--json", help="Print what came of it as JSON"),
    ) -> None:
        if job is not None:
            from training.learning.child import run_job

            raise typer.Exit(run_job(job))
        if data is None or label is None or base is None or out is None:
            raise typer.BadParameter("--data, --label, --base and --out are needed, or --job alone")
        from lusgui.core.networks import spec_of
        from training.bases import find_base, network_for_masks
        from training.recipe_types import SourceRecipe
        from training.transfer.finetune import FinetuneJob, default_fit

        found = find_base(base)
        architecture, known = network_for_masks(found)
        arguments = {} if width is None else spec_of(architecture).at_width(width)
        fit = changed(
            default_fit(found, architecture, known | arguments),
            epochs=epochs,
            steps_per_epoch=steps,
            batch_size=batch,
            learning_rate=rate,
            patience=patience,
            minutes=minutes,
            seed=seed,
            device=device,
        )
        asked = FinetuneJob(
            {"data": SourceRecipe(data=data, layout=layout)},
            label,
            base,
            out,
            strategy=strategy,
            fit=fit,
            loss=loss,
            augment=augment,
            by=fold_by.value,
            arguments=arguments,
            input_shape=parse_size(size),
            despeckle=despeckle,
            name=name,
        )
        report(asked, as_json=as_json)


def changed(fit: Any, **values: Any) -> Any:  # noqa: ANN401
    """Return settings with those values that were given."""
    from dataclasses import replace

    return replace(fit, **{key: value for key, value in values.items() if value is not None})


def parse_size(text: str | None) -> tuple[int, int] | None:
    """Read ``256`` or ``512x128``; None stays None.

    Raises
    ------
    ModelError
        If it is no size that a network takes.
    """
    from lusgui.base.errors import ModelError
    from lusgui.core.networks import MAX_INPUT_SIDE, SIZE_STEP, check_input_shape

    if text is None:
        return None
    parts = text.lower().split("x")
    if len(parts) == 1:
        parts *= 2
    try:
        return check_input_shape([int(part) if part.isdecimal() else part for part in parts])
    except ModelError as error:
        raise ModelError(
            f"the input size must be two multiples of {SIZE_STEP} up to {MAX_INPUT_SIDE}, not '{text[:40]}'",
            remedy="Write rows and columns as in 256x256, or one number for a square",
        ) from error


def report(job: FinetuneJob, *, as_json: bool) -> None:
    """Run a job where somebody watches, and say what came of it."""
    import json

    from training.transfer.finetune import finetune, how_to_use
    from training.transfer.kept_aside import compare_with_base
    from training.transfer.watching import shown, stop_on_interrupt

    with stop_on_interrupt() as cancelled, shown(job.label, job.fit.epochs) as on_epoch:
        # JSON is alone on the standard output
        result = finetune(
            job,
            on_start=lambda line: typer.echo(line, err=as_json),
            on_epoch=on_epoch,
            cancelled=cancelled,
        )
    if not result.summary:
        return
    if as_json:
        typer.echo(json.dumps(result.summary, indent=2, allow_nan=False))
        return
    summary = result.summary
    typer.echo(
        f"{result.path}: weights of epoch {summary['best_epoch']} ({summary['reason']}), {summary['taken']}."
    )
    typer.echo(summary["split"])
    said = compare_with_base(summary["scores"].get("kept_aside", {}), summary["base_scores"])
    if said:
        typer.echo(said)
    if summary["failed"]:
        typer.echo(
            "Warning: it finds nothing of what the masks show in the frames kept aside, and is of no use so."
            " More epochs, more frames or a lower learning rate may help."
        )
        return
    typer.echo(how_to_use(result))
