"""``python -m training selfsupervise``: a base for fine-tuning that has learnt from frames without masks."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from training.selfsupervised.pretrain import Lesson

WORK_SUFFIX = ".work"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "selfsupervise",
        help="Learn from frames without masks, by rebuilding what is hidden or spoiled, and write a base for"
        " 'finetune --base OUT'. Given again it goes on where it stopped.",
    )
    def selfsupervise(
        data: Path = typer.Option(..., "--data", help="Folder with recordings and pictures, or data sets"),
        out: Path = typer.Option(
            ..., "--out", help="The .safetensors file to write; OUT.work is kept beside"
        ),
        without: list[str] = typer.Option(
            [], "--without", help="Group (recording, patient) that is never seen; may be given several times"
        ),
        steps: int = typer.Option(400, "--steps", min=1, help="Batches"),
        width: int = typer.Option(16, "--width", "--scale", min=1, help="Base width of the network"),
        size: int = typer.Option(160, "--size", min=16, help="Rows and columns of the network's input"),
        batch: int = typer.Option(6, "--batch", min=1, help="Frames a batch"),
        rate: float = typer.Option(2e-3, "--learning-rate", help="Highest learning rate"),
        minutes: float | None = typer.Option(None, "--minutes", min=0.0, help="Stop after so many minutes"),
        seed: int = typer.Option(0, "--seed", min=0),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
        as_json: bool = typer.Option(False, "--json", help="Print what came of it as JSON"),
    ) -> None:
        from training.commands.finetune import parse_size
        from training.selfsupervised.pretrain import Lesson

        parse_size(str(size))
        lesson = Lesson(
            tuple(without),
            seed,
            steps,
            width,
            size,
            batch_size=batch,
            learning_rate=rate,
            minutes=minutes,
            device=device,
        )
        run(data, out, lesson, as_json=as_json)


def run(data: Path, out: Path, lesson: Lesson, *, as_json: bool = False) -> None:
    """Learn where somebody watches, write the base, and say what came of it.

    Raises
    ------
    LusguiError
        If the file's name does not end in ``.safetensors``, it is there and not of this very lesson, there
        are no frames, or a group to leave out is not known.
    CancelledError
        If somebody stopped it; the state is kept.
    """
    import json

    from lusgui.base.errors import LusguiError, OverwriteRefusedError
    from lusgui.nn.devices import choose_device
    from training.selfsupervised.pretrain import ERROR, FILLED_ERROR, learn, run_folder, write_base
    from training.transfer.watching import shown, stop_on_interrupt

    if out.suffix != ".safetensors":
        raise LusguiError("a base ends in .safetensors", path=out, remedy="Name it so")
    choose_device(lesson.device)
    work = out.with_name(out.name + WORK_SUFFIX)
    if out.exists() and not run_folder(work, lesson).exists():
        raise OverwriteRefusedError(
            "there is a file of that name, and it is not of this lesson",
            path=out,
            remedy="Choose another name",
        )
    epochs = lesson.fit_settings().epochs
    with stop_on_interrupt() as cancelled, shown("frames without masks", epochs) as on_epoch:
        learnt = learn(
            data,
            lesson,
            work,
            on_start=lambda line: typer.echo(line, err=as_json),
            on_epoch=on_epoch,
            cancelled=cancelled,
        )
    card = write_base(out, learnt, lesson, overwrite=True)
    if as_json:
        summary = {
            "base": str(out),
            "name": card.name,
            "frames": learnt.frames,
            "groups": list(learnt.groups),
            "without": sorted(lesson.without),
            "steps": lesson.steps,
            "reason": learnt.reason,
            "scores": dict(card.scores),
        }
        typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        return
    typer.echo(f"{out}: {card.data}. {card.split}")
    if learnt.reason == "time":
        typer.echo("The time was up before all steps were taken; the same command with more minutes goes on.")
    if ERROR in card.scores:
        typer.echo(
            "Beneath hidden squares of frames kept aside it is off by"
            f" {100 * card.scores[ERROR]:.1f} % of the gray scale; the mean gray of what is visible would be"
            f" off by {100 * card.scores[FILLED_ERROR]:.1f} %."
        )
    typer.echo(f"python -m training finetune --data FOLDER --label LABEL --base {out} --out FOLDER")
