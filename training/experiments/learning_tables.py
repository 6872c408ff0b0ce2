"""What the trainings say together: Dice by number of masks, against the base and against targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.experiments.learning_data import TITLES
from training.statistics.bootstrap import bootstrap_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from training.experiments.learning import LearningDone

TARGETS = {5: "Dice 0.80, or 0.15 more than without", 10: "Dice 0.85"}
"""What was asked for beforehand, by number of masks."""

RULE = (
    "Dice: mean over the frames judged, all folds and seeds. The difference is to the base that learning"
    " started from, on the very same frames. Intervals (95 %) draw whole groups (patients, recordings or"
    " contributors); with fewer than about ten groups they are too narrow, and with one there is none."
)


def target_of(masks: int, is_new: bool) -> str:
    """Return what was asked for; of a new label only a Dice: more than nothing is no feat."""
    return "Dice 0.80" if is_new and masks == 5 else TARGETS.get(masks, "")


def is_met(masks: int, dice: float, difference: float | None) -> bool | None:
    """Whether a target is met; None where none was set. The difference is None for a new label."""
    if masks == 5:
        return dice >= 0.8 or (difference is not None and difference >= 0.15)
    return dice >= 0.85 if masks == 10 else None


def base_scores(done: Iterable[LearningDone]) -> dict[tuple[str, str, str], Mapping[str, object]]:
    """Return the base's row of each frame, by case, fold and frame."""
    return {
        (item.cell.case.name, item.cell.case.fold, row["name"]): row
        for item in done
        if item.cell.masks == 0
        for row in item.result["rows"]
    }


def skill_table(done: Sequence[LearningDone]) -> list[dict[str, object]]:
    """Return one row a case, variant and number of masks, in the order of `TITLES`.

    Columns: ``case what variant masks trainings seeds folds frames groups dice low high before difference
    difference_low difference_high worse hd95_px hd95_before false_components false_before seconds steps
    target met``. ``worse`` is the share of frames whose Dice fell by more than 0.05. HD95 is a median.
    """
    before = base_scores(done)
    parts: dict[tuple[str, str, int], list[LearningDone]] = {}
    for item in done:
        parts.setdefault((item.cell.case.name, item.cell.told, item.cell.masks), []).append(item)
    order = list(TITLES)
    keys = sorted(parts, key=lambda key: (order.index(key[0]), key[1] != "default", key[1], key[2]))
    return [_row(key, parts[key], before) for key in keys]


def _row(
    key: tuple[str, str, int],
    items: Sequence[LearningDone],
    before: Mapping[tuple[str, str, str], Mapping[str, object]],
) -> dict[str, object]:
    name, variant, masks = key
    rows = [(item.cell.case, row) for item in items for row in item.result["rows"]]
    shown = [(case, row) for case, row in rows if row["dice"] is not None]
    groups = [str(row["group"]) for _, row in shown]
    dice = [float(row["dice"]) for _, row in shown]
    bases = [before.get((case.name, case.fold, row["name"])) for case, row in shown]
    paired = [
        (value - float(str(base["dice"])), group)
        for value, base, group in zip(dice, bases, groups, strict=True)
        if base is not None
    ]
    level = bootstrap_interval(list(dice), groups)
    change = bootstrap_interval([value for value, _ in paired], [group for _, group in paired])
    is_base, is_new = masks == 0, name.startswith("usgra")
    all_before = [before.get((case.name, case.fold, row["name"])) for case, row in rows]
    known = [base for base in all_before if base is not None]
    return {
        "case": name,
        "what": TITLES[name],
        "variant": variant,
        "masks": masks,
        "trainings": 0 if is_base else len(items),
        "seeds": len({item.cell.seed for item in items}),
        "folds": len({item.cell.case.fold for item in items}),
        "frames": len({str(row["name"]) for _, row in shown}),
        "groups": len(set(groups)),
        "dice": level.estimate,
        "low": level.low,
        "high": level.high,
        "before": _mean([float(str(base["dice"])) for base in bases if base is not None]),
        "difference": None if is_base else change.estimate,
        "difference_low": None if is_base else change.low,
        "difference_high": None if is_base else change.high,
        "worse": None if is_base or not paired else float(np.mean([value < -0.05 for value, _ in paired])),
        "hd95_px": _median([row["hd95_px"] for _, row in shown]),
        "hd95_before": _median([base["hd95_px"] for base in bases if base is not None]),
        "false_components": _mean([float(row["false_components"]) for _, row in rows]),
        "false_before": _mean([float(str(base["false_components"])) for base in known]),
        "seconds": None if is_base else _median([item.result["seconds"] for item in items]),
        "steps": None if is_base else _median([item.result["steps"] for item in items]),
        "target": target_of(masks, is_new),
        "met": None
        if level.estimate is None
        else is_met(masks, level.estimate, None if is_new else change.estimate),
    }


def forgetting_table(done: Sequence[LearningDone]) -> list[dict[str, object]]:
    """Return Dice on what the base could do, before and after, one row a case, number of masks and kind.

    Columns: ``case what kept variant masks trainings frames groups before after difference low high``.
    """
    before: dict[tuple[str, str, str, str], float] = {}
    after: dict[tuple[str, str, int, str], list[tuple[float, float, str]]] = {}
    trainings: dict[tuple[str, str, int, str], set[tuple[str, int]]] = {}
    names: dict[tuple[str, str, int, str], set[str]] = {}
    for item in sorted(done, key=lambda one: one.cell.masks):
        cell = item.cell
        for row in item.result["elsewhere"]:
            if row["dice"] is None:
                continue
            place = (cell.case.name, cell.case.fold, row["what"], row["name"])
            if cell.masks == 0:
                before[place] = float(row["dice"])
            elif place in before:
                key = (cell.case.name, cell.told, cell.masks, row["what"])
                after.setdefault(key, []).append((before[place], float(row["dice"]), row["group"]))
                trainings.setdefault(key, set()).add((cell.case.fold, cell.seed))
                names.setdefault(key, set()).add(row["name"])
    order = list(TITLES)
    table: list[dict[str, object]] = []
    for key in sorted(after, key=lambda key: (order.index(key[0]), key[3], key[1], key[2])):
        name, variant, masks, what = key
        pairs = after[key]
        change = bootstrap_interval([b - a for a, b, _ in pairs], [group for *_, group in pairs])
        table.append(
            {
                "case": name,
                "what": TITLES[name],
                "kept": what,
                "variant": variant,
                "masks": masks,
                "trainings": len(trainings[key]),
                "frames": len(names[key]),
                "groups": len({group for *_, group in pairs}),
                "before": _mean([a for a, _, _ in pairs]),
                "after": _mean([b for _, b, _ in pairs]),
                "difference": change.estimate,
                "low": change.low,
                "high": change.high,
            }
        )
    return table


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _median(values: Iterable[object]) -> float | None:
    known = [float(str(value)) for value in values if value is not None]
    return float(np.median(known)) if known else None
