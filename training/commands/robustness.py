"""``python -m training robustness``: a model under everything that happens to frames on their way."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 (typer reads it at run time)
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.dataset import Sample
    from training.robustness.run import Folds, PredictSample

MARK = "="


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        "robustness",
        help="Judge a model on frames that are inverted, cropped, squeezed, stored as amplitude or decibels,"
        " written over, and more: Dice under each change, and false alarms on frames without the structure.",
    )
    def robustness(
        model: str = typer.Argument(..., help="A model's name (rib) or a .safetensors file"),
        data: list[Path] = typer.Option(..., "--data", help="Folder with images and masks; may be repeated"),
        label: str = typer.Option(..., "--label", help="What is judged"),
        out: Path = typer.Option(..., "--out", help="Folder of the page, the figure and the tables"),
        fold: list[str] = typer.Option(
            [],
            "--fold",
            help="GROUP,GROUP=FILE: judge these groups by that model, which never saw them; may be repeated,"
            " and then groups that are in none are left out",
        ),
        group: list[str] = typer.Option([], "--group", help="Only frames of this group; may be repeated"),
        only: list[str] = typer.Option([], "--only", help="Only this change; may be repeated"),
        negatives: Path | None = typer.Option(
            None, "--negatives", help="Folder of the data sets that frames without the structure come from"
        ),
        most: int | None = typer.Option(
            None, "--most", min=1, help="At most so many frames of each group, evenly drawn"
        ),
        layout: str = typer.Option("auto", "--layout", help="Of the data, if not recognised"),
        threshold: float | None = typer.Option(
            None, "--threshold", min=0.0, max=1.0, help="Least probability; else the model's own"
        ),
        least_area: float = typer.Option(
            0.0, "--least-area", min=0.0, max=1.0, help="Least size of a component as a share of the frame"
        ),
        seed: int = typer.Option(0, "--seed", help="Of noise and places"),
        device: str = typer.Option("auto", "--device", help="auto, cuda, mps or cpu"),
    ) -> None:
        from training.commands.evaluate import print_table, progress
        from training.robustness.every import perturbations_for
        from training.robustness.negatives import negatives_for
        from training.robustness.page import refuse_foreign, write_result
        from training.robustness.run import run_robustness

        refuse_foreign(out)
        chosen = perturbations_for(label, only)
        predict, card = _predictors(model, fold, label, device)
        samples = _samples(data, label, layout, [*group, *_groups_of(fold)], most)
        without = [] if negatives is None else negatives_for(label, negatives, most)
        with progress(f"Robustness {card.name}") as tell:
            result = run_robustness(
                predict,
                samples,
                without,
                label,
                perturbations=chosen,
                threshold=card.threshold if threshold is None else threshold,
                least_area=least_area,
                seed=seed,
                progress=tell,
            )
        facts = {
            "model": card.key if not fold else f"{card.name}, {len(fold)} folds",
            "data": ", ".join(path.name for path in data),
            "frames": len(samples),
            "negatives": sum(row["is_negative"] for row in result.rows) // len(chosen),
            "threshold": card.threshold if threshold is None else threshold,
            "least area": least_area,
            "seed": seed,
            "split": "each frame by a model that never saw its group"
            if fold
            else "one model on all: scores of groups that it learnt from prove nothing",
        }
        written = write_result(result, out, facts)
        table = [
            [str(row["title"]), *(_show(row[key]) for key in ("dice", "difference", "false_alarms"))]
            for row in result.table()
        ]
        print_table(f"{facts['model']}: {label}", ["change", "Dice", "difference", "false alarms"], table)
        for path in written:
            typer.echo(str(path))


def _predictors(model: str, folds: list[str], label: str, device: str) -> tuple[PredictSample | Folds, Any]:
    from lusgui.io.models import find_model, read_card
    from training.commands.evaluate import refuse_labels
    from training.robustness.run import sample_predictor

    def load(name: str) -> PredictSample:
        from lusgui.nn.checkpoint import load_model
        from lusgui.nn.predictor import Predictor

        path = find_model(name)
        refuse_labels(read_card(path), (label,), path)
        return sample_predictor(Predictor(load_model(path), device), label)

    card = read_card(find_model(model))
    refuse_labels(card, (label,), find_model(model))
    if not folds:
        return load(model), card
    return {_parted(text)[0]: load(_parted(text)[1]) for text in folds}, card


def _parted(text: str) -> tuple[tuple[str, ...], str]:
    from lusgui.base.errors import LusguiError

    groups, mark, name = text.partition(MARK)
    if not (groups and mark and name):
        raise LusguiError(f"'{text[:60]}' is no fold", remedy="Write groups and file as g_reg,g_usgra=FILE")
    return tuple(part.strip() for part in groups.split(",")), name


def _groups_of(folds: list[str]) -> list[str]:
    return [group for text in folds for group in _parted(text)[0]]


def _samples(data: list[Path], label: str, layout: str, groups: list[str], most: int | None) -> list[Sample]:
    from lusgui.base.errors import LusguiError
    from training.robustness.negatives import thin_out

    found = [one for path in data for one in _read(path, label, layout)]
    wanted = set(groups)
    kept = [one for one in found if not wanted or one.group in wanted]
    if not kept:
        known = ", ".join(sorted({one.group for one in found}))
        raise LusguiError("no frame is of these groups", remedy=f"Groups there are: {known}")
    by_group: dict[str, list[Sample]] = {}
    for one in kept:
        by_group.setdefault(one.group, []).append(one)
    return [one for part in by_group.values() for one in thin_out(part, most)]


def _read(path: Path, label: str, layout: str) -> list[Sample]:
    from training.data.open import read_dataset

    own: Callable[[Path], list[Sample]] | None = None
    if label == "rib" and (path / "ignore.json").exists():
        from training.recipes.drawn_ribs import load_drawn as own
    return read_dataset(path, label, layout).samples if own is None else own(path)


def _show(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
