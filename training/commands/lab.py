"""``python -m training lab``: the transfer lab, source x strategy x fraction x seed in one table."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)

import typer

from training.commands.crossval import bench, experiment_overrides


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "lab",
        help="Transfer lab: every source, strategy, fraction and seed of a recipe (amiri2020_sus, a .yaml"
        " file). Writes OUT/scores.csv and OUT/report.html; given again it goes on.",
    )
    def lab(
        out: Path = typer.Option(..., "--out", help="Folder of scores, report and run folders"),
        recipe: str = typer.Option("amiri2020_sus", "--recipe", help="A shipped recipe, or a .yaml file"),
        data: Path | None = typer.Option(None, "--data", help="Folder with frames and masks"),
        label: str | None = typer.Option(None, "--label", help="Which masks, e.g. cyst"),
        strategy: list[str] = typer.Option([], "--strategy", help="Only these; may be given several times"),
        fraction: list[float] = typer.Option([], "--fraction", help="Only these, e.g. 0.05; several times"),
        seed: list[int] = typer.Option([], "--seed", min=0, help="May be given several times"),
        first: int | None = typer.Option(None, "--first-folds", min=1, help="Train only the first so many"),
        scale: int | None = typer.Option(None, "--scale", min=1, help="Base width of the network"),
        changes: list[str] = typer.Option([], "--set", help="entry=value of the recipe; several times"),
        tiny: bool = typer.Option(False, "--tiny", help="The recipe's own small version, in seconds"),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
        keep: bool = typer.Option(False, "--keep-weights", help="Keep the weights of every trial"),
    ) -> None:
        import json

        from training.recipe_file import load_recipe
        from training.recipe_types import LabRecipe
        from training.report.notice import tiny_run
        from training.transfer.lab import run_lab
        from training.transfer.lab_report import write_lab_report
        from training.transfer.watching import shown, stop_on_interrupt

        overrides = experiment_overrides(data, label, scale, seed, first)
        if strategy:
            overrides.append(f"strategies={json.dumps(strategy)}")
        if fraction:
            overrides.append(f"fractions={json.dumps(fraction)}")
        chosen = load_recipe(recipe, LabRecipe, [*overrides, *changes], tiny=tiny)
        with stop_on_interrupt() as cancelled:
            result = run_lab(chosen, out, bench(out, cancelled, shown, drop=not keep), device)
        with tiny_run(tiny):
            page = write_lab_report(chosen, result, out)
        failed = sum(bool(trial["failed"]) for trial in result.trials)
        typer.echo(f"{result.data}; {len(result.trials)} trainings, {failed} failed.")
        typer.echo(str(page))
