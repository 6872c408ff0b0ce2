"""The table of a model's robustness: CSV, figure, page."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.base.errors import OverwriteRefusedError
from training.report.figures import Mean, forest
from training.report.page import Report
from training.report.tables import write_csv
from training.robustness.perturbation import PLAIN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from training.robustness.run import Robustness

TABLE_NAME, ROWS_NAME, FACTS_NAME = "robustness.csv", "frames.csv", "robustness.json"

KINDS = {
    "input": "Input",
    "file": "Kind of file",
    "gray": "Gray",
    "view": "View",
    "paint": "Burnt in",
}

_SAYS = (
    "Each frame is changed with its drawn mask in register and goes the way that a person's recording goes:"
    " reader, intensity state, mapping to gray, the model's own despeckling, network, threshold, largest"
    " components. Dice is on the changed frame's own grid; a view that leaves less than a quarter of the"
    " structure is not judged. Differences are to the plain frame, over the frames judged in both; intervals"
    " are 95 % bootstrap intervals that draw whole groups (patients, recordings), too narrow with fewer than"
    " ten. False alarms are the share of frames without the structure in which anything is found."
)


def refuse_foreign(out: Path) -> None:
    """Refuse a folder that holds something, but no former result of `write_result`.

    Raises
    ------
    OverwriteRefusedError
        Also if it is a file. Nothing is touched.
    """
    if out.exists() and not out.is_dir():
        raise OverwriteRefusedError("it is a file, not a folder", path=out, remedy="Name another folder")
    if not out.is_dir() or (out / FACTS_NAME).is_file():
        return
    if any(not path.name.startswith(".") for path in out.iterdir()):
        raise OverwriteRefusedError(
            "it is not empty and holds no former table; nothing was written",
            path=out,
            remedy="Name another folder",
        )


def figure_of(table: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw the differences to the plain frame with their intervals."""
    rows = {
        str(row["title"]): Mean(
            _number(row["difference"]), _number(row["difference_low"]), _number(row["difference_high"])
        )
        for row in table
        if row["perturbation"] != PLAIN and row["difference"] is not None
    }
    return forest(rows, "Dice, difference to the plain frame")


def write_result(result: Robustness, out: Path, facts: Mapping[str, Any]) -> list[Path]:
    """Write ``robustness.csv`` (one row a perturbation), ``frames.csv`` (one a frame), figure and page.

    Parameters
    ----------
    result : Robustness
        What came of it.
    out : Path
        Folder; made where it is missing.
    facts : mapping
        What was judged on what: model, data, seed.

    Returns
    -------
    list of Path
        Page and table.
    """
    make_folder(out)
    table = result.table()
    report = Report(f"Robustness: {result.label}", str(facts.get("model", "")))
    report.add_text(_SAYS)
    report.add_facts(facts)
    for kind, heading in KINDS.items():
        rows = [_shown(row) for row in table if row["kind"] == kind]
        if rows:
            report.add_heading(heading)
            report.add_table(rows, name=f"table_{kind}")
    report.add_heading("Differences")
    report.add_figure(
        figure_of(table),
        "Difference of Dice to the plain frame with 95 % intervals over groups; round points: the interval"
        " excludes no difference",
        name="differences",
    )
    page = report.write(out)
    write_csv(out / TABLE_NAME, table)
    write_csv(out / ROWS_NAME, result.rows)
    with atomic_path(out / FACTS_NAME, overwrite=True) as temporary:
        temporary.write_text(json.dumps(dict(facts), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return [page, out / TABLE_NAME]


def _shown(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "change": row["title"],
        "Dice": row["dice"],
        "95 %": _ends(row["low"], row["high"]),
        "difference": None if row["perturbation"] == PLAIN else row["difference"],
        "95 % of it": ""
        if row["perturbation"] == PLAIN
        else _ends(row["difference_low"], row["difference_high"]),
        "frames": row["frames"],
        "groups": row["groups"],
        "false components": row["false_components"],
        "false alarms": row["false_alarms"],
        "negatives": row["negatives"],
    }


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
