"""``python -m training detect``: train detectors by a recipe, and report what they are worth."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("detect", help="Train detectors by a recipe (ramos2020_yolo, ramos2020_tiny); judge them.")
    def detect(
        recipe: str = typer.Option("ramos2020_tiny", "--recipe", help="Name of a recipe, or a .yaml file"),
        data: Path | None = typer.Option(
            None, "--data", help="Folder with masks or boxes; the recipe's simulation if not given"
        ),
        out: Path = typer.Option(Path("detect_run"), "--out", help="Where models and report go"),
        settings: list[str] = typer.Option(
            [], "--set", help="Entry of the recipe to change, e.g. fit.epochs=3 or by=image"
        ),
        darknet: Path | None = typer.Option(
            None, "--darknet", help="Weight file of Darknet to start from", exists=True, dir_okay=False
        ),
        darknet_convolutions: int | None = typer.Option(
            None,
            "--darknet-convolutions",
            help="Take so many convolutions from it (20 of extraction.conv.weights); else the whole network",
        ),
        device: str | None = typer.Option(None, "--device", help="cpu, cuda or mps; else the best there is"),
        tiny: bool = typer.Option(False, "--tiny", help="The whole way at toy size, in seconds"),
    ) -> None:
        from dataclasses import replace

        from training.detection.recipe import DetectRecipe
        from training.detection.run import run_recipe
        from training.detection.watch import Watch
        from training.recipe_file import load_recipe
        from training.report.notice import tiny_run
        from training.transfer.watching import shown, stop_on_interrupt

        loaded = load_recipe(recipe, DetectRecipe, settings, tiny=tiny)
        if data is not None:
            loaded = replace(loaded, data=replace(loaded.data, data=data, simulated=None, count=None))
        if device is not None:
            loaded = replace(loaded, fit=replace(loaded.fit, device=device))
        with tiny_run(tiny), stop_on_interrupt() as cancelled:
            watch = Watch(typer.echo, shown, cancelled)
            report = run_recipe(loaded, out, darknet=darknet, convolutions=darknet_convolutions, watch=watch)
        typer.echo(str(report))
