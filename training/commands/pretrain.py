"""``python -m training pretrain``: learn from other frames first, folders and simulations mixed at will."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)

import typer

from training.commands.finetune import By, changed, parse_size, report


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "pretrain",
        help="Learn from one or more other sources, their masks united under one label, and write"
        " OUT/model.safetensors to fine-tune from. Given again it goes on where it stopped.",
    )
    def pretrain(
        source: list[str] = typer.Option(
            ...,
            "--source",
            help="NAME=FOLDER, or simulated:lung|cyst|head|salient[=COUNT]; may be given several times",
        ),
        out: Path = typer.Option(..., "--out", help="Folder of the run and the model"),
        label: str = typer.Option("object", "--label", help="What the united masks are called"),
        take: list[str] = typer.Option([], "--take", help="NAME=LABEL,LABEL: only these masks of a source"),
        limit: list[str] = typer.Option([], "--count", help="NAME=COUNT: at most so many frames of a source"),
        base: str = typer.Option("scratch:lus-unet", "--base", help="scratch:ARCHITECTURE, a name or a file"),
        vgg16: Path | None = typer.Option(None, "--vgg16", help="Weights of VGG16 for a V-Unet's encoder"),
        strategy: str = typer.Option("all", "--strategy", help="Which blocks learn"),
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
        width: int | None = typer.Option(
            None, "--width", "--scale", min=1, help="Base width of a network from scratch"
        ),
        despeckle: str | None = typer.Option(None, "--despeckle", help="Filter of the frames: none, fast"),
        size: str | None = typer.Option(None, "--size", help="Network input ROWSxCOLUMNS"),
        name: str = typer.Option("", "--name", help="Name of the model; the folder's if left out"),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
        as_json: bool = typer.Option(False, "--json", help="Print what came of it as JSON"),
    ) -> None:
        from lusgui.core.networks import spec_of
        from training.bases import find_base, network_for_masks
        from training.transfer.finetune import FinetuneJob, default_fit
        from training.transfer.sources import parse_sources

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
        job = FinetuneJob(
            parse_sources(source, take, limit),
            label,
            base,
            out,
            strategy=strategy,
            fit=fit,
            loss=loss,
            augment=augment,
            by=fold_by.value,
            validation=0.1,
            arguments=arguments,
            input_shape=parse_size(size),
            despeckle=despeckle,
            name=name,
            vgg16=vgg16,
            unites=True,
        )
        report(job, as_json=as_json)
