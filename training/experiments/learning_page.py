"""The page of the experiment on learning from few masks: curves, table with targets, forgetting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from training.experiments.learning_data import GAP, NEAR, TITLES
from training.experiments.learning_tables import RULE, forgetting_table, skill_table
from training.experiments.pages import progress, provenance
from training.report.figures import COLOURS, MARKERS, new_figure
from training.report.page import Report
from training.report.tables import write_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from training.experiments.learning import LearningDone, Settings
    from training.experiments.learning_data import Case

COLUMNS = (
    "what",
    "variant",
    "masks",
    "trainings",
    "frames",
    "groups",
    "dice",
    "low",
    "high",
    "before",
    "difference",
    "difference_low",
    "difference_high",
    "worse",
    "met",
)


def write_page(
    settings: Settings, cases: Sequence[Case], done: Sequence[LearningDone], missing: int, out: Path
) -> Path:
    """Write everything and return the page's path.

    Beside the page lie ``skill.csv``, ``forgetting.csv``, ``results.csv`` (one row a judged frame),
    ``elsewhere.csv`` (one row a frame that must not be forgotten) and ``curves.png``.
    """
    report = Report("From masks to skill", "Dice on what was never seen after a few drawn masks")
    report.add_text(
        "Every base is rebuilt without whoever is drawn or judged. Each training starts from the base with"
        " all of its masks and is judged on frames of other patients, recordings or contributors; within one"
        f" recording on the other half of it in time, more than {GAP} frames away, or on what lies between"
        f" drawn frames, at least {NEAR} away from each.\n\n" + progress(len(done), missing, settings.minutes)
    )
    table = skill_table(done)
    report.add_heading("Dice by number of masks")
    if table:
        report.add_figure(curves(table), "Dice by number of masks, with 95 % intervals.", name="curves")
    report.add_table(table, [*COLUMNS], caption=RULE, name="skill_shown")
    forgotten = forgetting_table(done)
    report.add_heading("What is forgotten")
    report.add_table(
        forgotten,
        caption="Dice before and after learning on frames that were not learnt: the same pairs of frames and"
        " trainings.",
        name="forgetting",
    )
    report.add_heading("How it was made")
    facts = provenance(settings, [], {f"groups, {TITLES[name]}": _folds(cases, name) for name in TITLES})
    report.add_facts(facts)
    path = report.write(out)
    write_csv(out / "skill.csv", table)
    write_csv(out / "results.csv", [row for item in done for row in item.rows()])
    write_csv(out / "elsewhere.csv", [row for item in done for row in item.elsewhere()])
    return path


def _folds(cases: Sequence[Case], name: str) -> str:
    found = [f"{case.fold} (base {case.base})" for case in cases if case.name == name]
    return "; ".join(found) or "its data is not there"


def curves(table: Sequence[Mapping[str, object]]) -> Figure:
    """Draw Dice over masks, a panel a case and a line a variant, with intervals and targets.

    Parameters
    ----------
    table : sequence of mapping
        Of `learning_tables.skill_table`.
    """
    names = [name for name in TITLES if any(row["case"] == name for row in table)]
    columns = min(len(names), 3)
    rows = -(-len(names) // columns)
    figure = new_figure(rows, columns, height=2.9 * rows, width=3.0 * columns)
    for axes, name in zip(figure.axes, names, strict=False):
        mine = [row for row in table if row["case"] == name]
        base = [row for row in mine if row["masks"] == 0]
        for i, variant in enumerate(dict.fromkeys(str(row["variant"]) for row in mine)):
            # the base is where learning from it begins; random weights answer nothing
            first = base if variant.startswith("default") else []
            points = first + [row for row in mine if row["variant"] == variant and row["masks"] != 0]
            x = [int(str(row["masks"])) for row in points]
            y = [_number(row["dice"]) for row in points]
            low, high = ([_number(row[end]) for row in points] for end in ("low", "high"))
            colour = COLOURS[i % len(COLOURS)]
            axes.plot(x, y, color=colour, marker=MARKERS[i % len(MARKERS)], markersize=4, label=variant)
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot([5], [0.8], "k_", markersize=9)
        axes.plot([10], [0.85], "k_", markersize=9)
        axes.set_title(_wrapped(TITLES[name]), fontsize=8)
        axes.set_ylim(0, 1)
        axes.set_xlabel("masks", fontsize=8)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.25)
        axes.set_ylabel("Dice", fontsize=8)
        axes.legend(fontsize=7, loc="lower right")
    for axes in figure.axes[len(names) :]:
        axes.set_visible(False)
    return figure


def _wrapped(text: str) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, 36))


def _number(value: object) -> float:
    return math.nan if value is None else float(str(value))
