"""``python -m training localize``: learn where a structure is first, then segment it from few masks."""

from __future__ import annotations

from pathlib import Path

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("localize", help="Learn centres first, then masks on the frozen encoder (hu2018); report.")
    def localize(
        recipe: str = typer.Option("hu2018", "--recipe", help="Name of a recipe, or a .yaml file"),
        data: Path | None = typer.Option(
            None, "--data", help="Folder with masks or points; the recipe's simulation if not given"
        ),
        out: Path = typer.Option(Path("localize_run"), "--out", help="Where models and report go"),
        settings: list[str] = typer.Option(
            [], "--set", help="Entry of the recipe to change, e.g. locate.epochs=3 or masks=[5,10]"
        ),
        device: str | None = typer.Option(None, "--device", help="cpu, cuda or mps; else the best there is"),
        tiny: bool = typer.Option(False, "--tiny", help="The whole way at toy size, in seconds"),
    ) -> None:
        from dataclasses import replace

        from training.detection.watch import Watch
        from training.localization.recipe import HuRecipe
        from training.localization.run import run_recipe
        from training.recipe_file import load_recipe
        from training.report.notice import tiny_run
        from training.transfer.watching import shown, stop_on_interrupt

        loaded = load_recipe(recipe, HuRecipe, settings, tiny=tiny)
        if data is not None:
            loaded = replace(loaded, data=replace(loaded.data, data=data, simulated=None, count=None))
        if device is not None:
            loops = {
                name: replace(getattr(loaded, name), device=device) for name in ("locate", "decode", "whole")
            }
            loaded = replace(loaded, **loops)
        with tiny_run(tiny), stop_on_interrupt() as cancelled:
            report = run_recipe(loaded, out, watch=Watch(typer.echo, shown, cancelled))
        typer.echo(str(report))
