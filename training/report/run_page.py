"""The report of one run folder: what was asked for, on what data, by which code, and what came of it."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.base.errors import UnreadableFileError
from training.report.figures import lines_of, new_figure
from training.report.page import Report
from training.report.tables import read_csv, show_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

MOST_FRAMES = 300
"""More rows of frames are left to the CSV."""

_SCORES = ("dice", "iou", "hd95_mm", "hd95_px", "assd_mm", "nsd_1mm", "false_components", "ece")


def write_run_report(folder: Path, scores: Sequence[Mapping[str, Any]] = (), title: str = "") -> Path:
    """Write ``report.html`` with its tables and figures into a run's folder.

    Parameters
    ----------
    folder : Path
        As ``training.engine.run_folder.RunFolder`` makes it: ``config.yaml``, ``run.json``, ``data.json``,
        and ``curves.csv`` once an epoch is done.
    scores : sequence of mapping, optional
        One row a judged frame, as ``training.trials.judge`` gives them; those of ``scores.csv`` in the
        folder if there are none.
    title : str
        Heading; the folder's name if empty.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UnreadableFileError
        If the folder holds no run, or its records are damaged.
    """
    config, facts, data = _records(folder)
    curves = read_csv(folder / "curves.csv") if (folder / "curves.csv").exists() else []
    rows: list[Mapping[str, Any]] = list(scores)
    if not rows and (folder / "scores.csv").exists():
        rows = list(read_csv(folder / "scores.csv"))
    report = Report(
        title or f"Training run {folder.name}", f"Seed {facts.get('seed')}, {facts.get('started')}"
    )
    report.add_heading("Outcome")
    report.add_facts(_outcome(curves))
    figure = curves_figure(curves)
    if figure is not None:
        report.add_figure(
            figure, "Losses and, where there are frames kept aside, their Dice.", name="curves_figure"
        )
    if rows:
        _add_scores(report, rows)
    report.add_heading("Settings")
    report.add_facts(flat(config))
    report.add_heading("Data")
    report.add_text(
        "Numbers of frames by group; pixels and masks of each frame have their SHA-256 in data.json."
    )
    report.add_table(
        _groups(data), caption=f"SHA-256 of the whole list: {facts.get('data_sha256')}", name="data_groups"
    )
    report.add_heading("Code and machine")
    git = facts.get("git")
    code = "not a checkout"
    if isinstance(git, dict):
        code = f"{git.get('commit')}{', files changed since' if git.get('dirty') else ''}"
    environment = facts.get("environment")
    report.add_facts({"commit": code} | (environment if isinstance(environment, dict) else {}))
    return report.write(folder)


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, object]:
    """Return nested settings as one list with dotted names."""
    found: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, dict) and value:
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found


def curves_figure(rows: Sequence[Mapping[str, Any]]) -> Figure | None:
    """Draw losses on the left, and validation scores on the right if there are any; None without epochs."""
    if not rows:
        return None
    numbers = {name: [_number(row.get(name)) for row in rows] for name in rows[0]}
    losses = {name: numbers[name] for name in ("loss", "val_loss") if name in numbers}
    scores = {
        name.removeprefix("val_"): values
        for name, values in numbers.items()
        if name.startswith("val_") and name != "val_loss" and not all(map(math.isnan, values))
    }
    figure = new_figure(1, 2 if scores else 1)
    names = {"loss": "training", "val_loss": "validation"}
    lines_of(figure.axes[0], {names[name]: values for name, values in losses.items()}, "epoch", "loss")
    if scores:
        lines_of(figure.axes[1], scores, "epoch", "validation")
    return figure


def _records(folder: Path) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    import yaml

    try:
        config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
        facts = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        data = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UnreadableFileError(
            "the folder holds no training run", path=folder, remedy="Name the folder a training wrote to"
        ) from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UnreadableFileError("the records of the run are damaged", path=folder) from error
    if not (isinstance(config, dict) and isinstance(facts, dict) and isinstance(data, list)):
        raise UnreadableFileError("the records of the run are damaged", path=folder)
    return config, facts, data


def _outcome(curves: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    if not curves:
        return {"epochs": 0}
    losses = [_number(row.get("val_loss")) for row in curves]
    outcome: dict[str, object] = {
        "epochs": len(curves),
        "last training loss": _number(curves[-1].get("loss")),
    }
    if any(math.isfinite(loss) for loss in losses):
        best = int(np.nanargmin(losses))
        outcome["epoch of the least validation loss"] = best + 1
        outcome["validation loss then"] = losses[best]
        dice = _number(curves[best].get("val_dice"))
        if math.isfinite(dice):
            outcome["validation Dice then"] = dice
    return outcome


def _add_scores(report: Report, rows: Sequence[Mapping[str, Any]]) -> None:
    measures = [name for name in _SCORES if any(math.isfinite(_number(row.get(name))) for row in rows)]
    means = []
    for name in measures:
        values = [value for row in rows if math.isfinite(value := _number(row.get(name)))]
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else None
        means.append({"measure": name, "mean": float(np.mean(values)), "SD": spread, "frames": len(values)})
    report.add_heading("Scores")
    caption = f"Means over {len(rows)} judged frames; a measure is left out where it is not defined."
    report.add_table(means, caption=caption, name="score_means")
    identity = [name for name in ("fold", "seed", "stage", "group", "name") if name in rows[0]]
    shown = [
        {name: row.get(name) for name in identity} | {name: _number(row.get(name)) for name in measures}
        for row in rows[:MOST_FRAMES]
    ]
    left = f" {len(rows) - MOST_FRAMES} more are not shown." if len(rows) > MOST_FRAMES else ""
    report.add_table(shown, caption=f"Each judged frame.{left}", name="score_frames")


def _groups(data: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    groups: dict[str, dict[str, int]] = {}
    for entry in data:
        counts = groups.setdefault(str(entry.get("group")), {})
        counts["frames"] = counts.get("frames", 0) + 1
        masks = entry.get("masks")
        for label in masks if isinstance(masks, dict) else ():
            counts[str(label)] = counts.get(str(label), 0) + 1
    return [
        {"group": group, "frames": counts.pop("frames"), "masks": show_value(counts) if counts else "none"}
        for group, counts in sorted(groups.items())
    ]


def _number(value: object) -> float:
    """Return a number from a table's text; NaN where there is none."""
    if value is None or value == "" or isinstance(value, bool):
        return math.nan
    try:
        return float(str(value))
    except ValueError:
        return math.nan
