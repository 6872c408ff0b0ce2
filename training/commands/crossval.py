"""``python -m training crossval``: train and judge every fold, by patient, as published, or both."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from training.recipe_types import CrossvalRecipe
    from training.transfer.stages import Bench


class SplitBy(StrEnum):
    """What is dealt into folds."""

    GROUP = "group"
    IMAGE = "image"
    BOTH = "both"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "crossval",
        help="Train and judge every fold: a recipe (cheng2021_xunet, cheng2021_vunet, a .yaml file), or your"
        " own frames and masks. Writes OUT/scores.csv and OUT/report.html; given again it goes on.",
    )
    def crossval(
        out: Path = typer.Option(..., "--out", help="Folder of scores, report and run folders"),
        recipe: str | None = typer.Option(None, "--recipe", help="Name of a shipped recipe, or a .yaml file"),
        data: Path | None = typer.Option(None, "--data", help="Folder with frames and masks"),
        label: str | None = typer.Option(None, "--label", help="Which masks, e.g. rib"),
        architecture: str | None = typer.Option(None, "--architecture", help="Without a recipe: the network"),
        base: str | None = typer.Option(None, "--base", help="Without a recipe: a model to start from"),
        strategy: str = typer.Option("all", "--strategy", help="Without a recipe: which blocks learn"),
        folds: int | None = typer.Option(None, "--folds", min=2, help="How many folds"),
        first: int | None = typer.Option(None, "--first-folds", min=1, help="Train only the first so many"),
        by: SplitBy | None = typer.Option(None, "--by", help="Deal whole groups, single images, or both"),
        seed: list[int] = typer.Option([], "--seed", min=0, help="May be given several times"),
        scale: int | None = typer.Option(None, "--scale", min=1, help="Base width of the network"),
        epochs: int | None = typer.Option(None, "--epochs", min=1, help="At most so many in every stage"),
        changes: list[str] = typer.Option([], "--set", help="entry=value of the recipe; several times"),
        tiny: bool = typer.Option(False, "--tiny", help="The recipe's own small version, in seconds"),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
        drop: bool = typer.Option(False, "--drop-weights", help="Keep scores only, no weights"),
    ) -> None:
        from training.report.notice import tiny_run

        overrides = experiment_overrides(data, label, scale, seed, first, architecture)
        if folds is not None:
            overrides.append(f"folds={folds}")
        if by is not None:
            overrides.append(f"by={by.value}")
        refuse_unheard(recipe, architecture, base, tiny=tiny)
        if recipe is None:
            chosen = own_recipe(data, label, architecture, base, strategy, [*overrides, *changes])
        else:
            chosen = load(recipe, [*overrides, *changes], tiny=tiny)
        if epochs is not None:
            chosen = with_epochs(chosen, epochs)
        with tiny_run(tiny and recipe is not None):
            run(chosen, out, device, drop=drop)


def refuse_unheard(recipe: str | None, architecture: str | None, base: str | None, *, tiny: bool) -> None:
    """Refuse options that would change nothing, with a recipe or without.

    Raises
    ------
    RecipeError
        Naming the option.
    """
    from training.recipe_file import RecipeError

    if recipe is None and tiny:
        raise RecipeError(
            "--tiny needs a recipe",
            remedy="Give --recipe, or try --epochs 1 --first-folds 1",
        )
    for name, value in (("architecture", architecture), ("base", base)):
        if recipe is not None and value is not None:
            raise RecipeError(
                f"--{name} is for a training without a recipe",
                remedy=f"Change the recipe itself: --set {'pretrain.base' if name == 'base' else name}=...",
            )


def experiment_overrides(
    data: Path | None,
    label: str | None,
    scale: int | None,
    seeds: list[int],
    first: int | None,
    architecture: str | None = None,
) -> list[str]:
    """Return what the options of an experiment change in its recipe, as ``entry=value``."""
    import json

    from lusgui.core.networks import spec_of

    widths = {"base_width": scale}
    if scale is not None and architecture is not None:
        widths = dict(spec_of(architecture).at_width(scale))
    given = {f"arguments.{key}": width for key, width in widths.items()} | {
        "data.data": None if data is None else str(data),
        "label": label,
        "seeds": seeds or None,
        "first_folds": first,
    }
    overrides = [f"{key}={json.dumps(value)}" for key, value in given.items() if value is not None]
    return overrides + (["data.simulated=null", "data.count=null"] if data is not None else [])


def load(name: str, overrides: list[str], *, tiny: bool) -> CrossvalRecipe:
    """Return the recipe of a cross-validation."""
    from training.recipe_file import load_recipe
    from training.recipe_types import CrossvalRecipe

    return load_recipe(name, CrossvalRecipe, overrides, tiny=tiny)


def own_recipe(
    data: Path | None,
    label: str | None,
    architecture: str | None,
    base: str | None,
    strategy: str,
    overrides: list[str],
) -> CrossvalRecipe:
    """Return the recipe for a person's own frames: one stage with the loop that fine-tuning has.

    Raises
    ------
    LusguiError
        If what is needed without a recipe is missing.
    """
    from training.bases import find_base, network_for_masks
    from training.recipe_file import RecipeError, build_recipe
    from training.recipe_types import CrossvalRecipe
    from training.transfer.finetune import SHAPES, STEPS_PER_EPOCH, default_fit

    if data is None or label is None or (architecture is None) == (base is None):
        raise RecipeError(
            "nothing was said of what to train",
            remedy="Give --recipe, or --data, --label and one of --architecture and --base",
        )
    found = find_base(base or f"scratch:{architecture}")
    network, arguments = network_for_masks(found)
    arguments.pop("out_channels", None)
    fit = default_fit(found, network, arguments).to_json() | {"steps_per_epoch": STEPS_PER_EPOCH}
    shape = found.card.input_shape if found.card else SHAPES.get(network, (256, 256))
    method = found.card.despeckle_settings.method.value if found.card and found.card.despeckle else "none"
    values: dict[str, Any] = {
        "title": f"{label} by {network}",
        "label": label,
        "architecture": network,
        "arguments": arguments,
        "input_shape": list(shape),
        "despeckle": method,
        "head": "auto",
        "pretrain": {"base": base} if base else None,
        "stages": {"model": {"strategy": strategy, "fit": fit, "loss": "dice-ce", "augment": "strong"}},
    }
    return build_recipe(CrossvalRecipe, values, overrides)


def with_epochs(recipe: CrossvalRecipe, epochs: int) -> CrossvalRecipe:
    """Return the recipe with at most so many epochs in every stage."""
    from dataclasses import replace

    stages = {
        name: replace(stage, fit=replace(stage.fit, epochs=epochs)) for name, stage in recipe.stages.items()
    }
    return replace(recipe, stages=stages)


def run(recipe: CrossvalRecipe, out: Path, device: str, *, drop: bool) -> None:
    """Run a recipe where somebody watches, and say what came of it."""
    from training.transfer.crossval import run_crossval
    from training.transfer.crossval_report import gaps, write_crossval_report
    from training.transfer.watching import shown, stop_on_interrupt

    with stop_on_interrupt() as cancelled:
        result = run_crossval(recipe, out, bench(out, cancelled, shown, drop=drop), device)
    page = write_crossval_report(recipe, result, out)
    typer.echo(f"{result.data}.")
    for model in result.models:
        means = result.fold_means(model)
        best = max(means, default=float("nan"))
        values = result.values(model)
        mean = sum(values) / len(values) if values else float("nan")
        typer.echo(f"{model}: Dice {mean:.3f} over {len(values)} frames, highest fold {best:.3f}.")
    if recipe.by == "both":
        for row in gaps(result):
            if row["gap"] is not None:
                typer.echo(f"{row['stage']}: split by image scores {row['gap']:+.3f} against split by group.")
    for way, sentences in result.leaks.items():
        for sentence in sentences:
            typer.echo(f"By {way}: {sentence}")
    typer.echo(str(page))


def bench(out: Path, cancelled: Any, shown: Any, *, drop: bool) -> Bench:  # noqa: ANN401
    """Return where trials are run and kept; the folder is made when the first trial begins."""
    from training.transfer.stages import Bench

    return Bench(out, cancelled, shown, keep_weights=not drop)
