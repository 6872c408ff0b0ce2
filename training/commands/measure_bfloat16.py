"""``python -m training measure-bfloat16``: whether a model's masks stay the same in shorter precisions."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations at run time

import typer


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "measure-bfloat16",
        help="Compare a model's masks in bfloat16, and in mixed precision (the first blocks in float32), with"
        " those in float32 and note the least Dice in its card, by which the program decides which it may"
        " compute in.",
    )
    def measure_bfloat16(
        model: str = typer.Option(..., "--model", help="A model's name (rib) or a .safetensors file"),
        data: Path = typer.Option(..., "--data", help="Folder with frames the model did not learn from"),
        layout: str = typer.Option("auto", "--layout", help="Of the folder, if not recognised"),
        group: list[str] = typer.Option(
            [], "--group", help="Only this recording or patient; repeat it for several"
        ),
        dry_run: bool = typer.Option(False, "--dry-run", help="Measure, but leave the card as it is"),
    ) -> None:
        run(model, data, layout, group, dry_run=dry_run)


def run(model: str, data: Path, layout: str, groups: list[str], *, dry_run: bool) -> None:
    """Measure, write the card, and say what that means."""
    import math
    import statistics
    from dataclasses import replace

    from lusgui.io.models import find_model, read_segmenter
    from lusgui.nn.checkpoint import load_model, rewrite_card
    from lusgui.nn.packing import BFLOAT16, MIXED
    from lusgui.nn.predictor import LEAST_BFLOAT16_DICE, compare_precision
    from training.frames import frames_of

    path = find_model(model)
    grays = frames_of(read_segmenter(path), data, groups, layout=layout)
    loaded = load_model(path)
    found = {precision: compare_precision(loaded, grays, precision) for precision in (BFLOAT16, MIXED)}
    # rounded down, so that what the card says is never more than what was found
    least = {precision: math.floor(min(dices) * 1e4) / 1e4 for precision, dices in found.items()}
    if not dry_run:
        card = replace(loaded.card, bfloat16_dice=least[BFLOAT16], mixed_dice=least[MIXED])
        rewrite_card(path, card)
    fit = [precision for precision, dice in least.items() if dice >= LEAST_BFLOAT16_DICE]
    names = {BFLOAT16: "bfloat16", MIXED: "mixed precision"}
    verdict = f"computes in {names[fit[0]]} where the processor can" if fit else "stays float32"
    done = "The card was left as it is." if dry_run else f"Written into the card of {path}."
    typer.echo(
        f"{loaded.card.key}: least Dice of bfloat16 against float32 {least[BFLOAT16]:.4f}, median"
        f" {statistics.median(found[BFLOAT16]):.4f}; of mixed precision {least[MIXED]:.4f}, median"
        f" {statistics.median(found[MIXED]):.4f}; {len(grays)} frames, {LEAST_BFLOAT16_DICE} is asked for:"
        f" it {verdict}.\n{done}"
    )
