"""What every experiment's page and files have in common."""

from __future__ import annotations

import logging
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Protocol

from training.report.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from _typeshed import DataclassInstance

    from training.experiments.sets import DataSet
    from training.report.page import Report

log = logging.getLogger(__name__)


class HasRows(Protocol):
    """A finished training that tells its frames."""

    def rows(self) -> list[dict[str, object]]:
        """Return plain rows, one a test frame."""


def provenance(
    settings: DataclassInstance, sets: Sequence[DataSet], more: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Return what a report states of its making: settings, data, code, machine.

    Parameters
    ----------
    settings : dataclass
        Of the experiment.
    sets : sequence of DataSet
        What was learnt and judged.
    more : mapping, optional
        Split, leaks and whatever else must be said.
    """
    import torch

    from training.engine.run_folder import environment, git_state

    facts: dict[str, object] = {}
    for part in sets:
        facts |= part.facts()
    facts |= more or {}
    facts |= {name: value for name, value in asdict(settings).items() if name != "minutes"}
    git = git_state()
    code = (
        "not a checkout"
        if git is None
        else f"{git['commit'][:12]}{', changed since' if git['dirty'] else ''}"
    )
    facts["code"] = code
    versions = environment()
    facts["versions"] = ", ".join(
        f"{name} {versions[name]}" for name in ("python", "torch", "numpy", "scipy")
    )
    facts["machine"] = f"{os.cpu_count()} processor cores, {torch.get_num_threads()} used by torch"
    return facts


def finish(report: Report, out: Path, done: Sequence[HasRows], table: Sequence[Mapping[str, object]]) -> Path:
    """Write ``results.csv`` (one row a test frame), ``table.csv``, the figures and the page.

    Returns
    -------
    Path
        The page.
    """
    path = report.write(out)
    write_csv(out / "results.csv", [row for item in done for row in item.rows()])
    write_csv(out / "table.csv", table)
    log.info("written to %s", out)
    return path


def progress(done: int, missing: int, minutes: float | None) -> str:
    """Say how much of what was planned is in the report."""
    total = done + missing
    if not missing:
        return f"All {total} trainings are done."
    limit = "" if minutes is None else f" of {minutes:g} minutes"
    return (
        f"{done} of {total} trainings are done; the time{limit} was up before the others. The same command"
        " goes on where it stopped."
    )


def validation_curve(history: Sequence[Mapping[str, float]]) -> list[float]:
    """Return the validation Dice of each epoch, or nothing where none was measured."""
    return [float(row["val_dice"]) for row in history if row.get("val_dice") is not None]
