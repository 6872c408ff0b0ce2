"""The tables of the ablation, from plain rows: one a variant, and one a variant and group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.experiments.bridge_variants import REFERENCE
from training.experiments.orderings import paired_interval

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Rows = Sequence[Mapping[str, Any]]

INPUTS = ("raw", "despeckled")
MOST_GROUP_COLUMNS = 6
"""Sets of more groups (patients) are told by their worst group."""

GROUPS_RULE = (
    "The difference to the reference is paired over the same frames (mean of raw and despeckled, and of"
    " seeds); its 95 % interval draws groups first and frames second, and groups weigh the same in it, so it"
    " need not be the difference of the means."
)


def ablation_table(rows: Rows, titles: Mapping[str, str], folds: int) -> list[dict[str, object]]:
    """Return one row a variant.

    Parameters
    ----------
    rows : sequence of mapping
        Of one label: ``variant fold seed group name input dice false_components found_anything``.
    titles : mapping
        By variant, what differs; in the order of the table.
    folds : int
        How many there are, for variants that are not done with all.

    Returns
    -------
    list of dict
        ``variant what folds frames groups dice dice_raw dice_despeckled``, ``dice <group>`` or ``worst
        group``, ``false_components`` a frame with the label, ``negatives false_alarms`` (share of frames
        without the label in which something is found), ``difference low high`` to the reference.
    """
    by_variant = {key: [row for row in rows if row["variant"] == key] for key in titles}
    reference = _dice_by_frame(by_variant.get(REFERENCE, ()))
    groups = sorted({str(row["group"]) for row in rows if row["dice"] is not None})
    table: list[dict[str, object]] = []
    for key, title in titles.items():
        mine = by_variant[key]
        if not mine:
            continue
        with_label = [row for row in mine if row["dice"] is not None]
        without = [row for row in mine if row["dice"] is None]
        dice = _dice_by_frame(mine)
        row: dict[str, object] = {
            "variant": key,
            "what": title,
            "folds": f"{len({row['fold'] for row in mine})}/{folds}",
            "frames": len(dice),
            "groups": len({group for group, _ in dice}),
            "dice": _mean(dice.values()),
        }
        for kind in INPUTS:
            row[f"dice_{kind}"] = _mean(row["dice"] for row in with_label if row["input"] == kind)
        by_group = group_means(mine)
        if len(groups) <= MOST_GROUP_COLUMNS:
            row |= {f"dice {group}": by_group.get(group) for group in groups}
        else:
            row["worst group"] = min(by_group.values(), default=None)
        row["false_components"] = _mean(row["false_components"] for row in with_label)
        row["negatives"] = len({(row["group"], row["name"]) for row in without})
        row["false_alarms"] = _mean(float(row["found_anything"]) for row in without)
        if key != REFERENCE:
            row |= dict(zip(("difference", "low", "high"), difference(dice, reference), strict=True))
        table.append(row)
    return table


def group_means(rows: Rows) -> dict[str, float]:
    """Return the mean Dice of each group that shows the label, over frames, inputs and seeds."""
    values: dict[str, list[float]] = {}
    for row in rows:
        if row["dice"] is not None:
            values.setdefault(str(row["group"]), []).append(float(row["dice"]))
    return {group: float(np.mean(values[group])) for group in sorted(values)}


def group_table(rows: Rows, titles: Mapping[str, str]) -> list[dict[str, object]]:
    """Return a row a variant and group with the label: ``variant group frames dice_raw dice_despeckled``."""
    table: list[dict[str, object]] = []
    for key in titles:
        mine = [row for row in rows if row["variant"] == key and row["dice"] is not None]
        for group in sorted({str(row["group"]) for row in mine}):
            here = [row for row in mine if row["group"] == group]
            table.append(
                {"variant": key, "group": group, "frames": len({row["name"] for row in here})}
                | {
                    f"dice_{kind}": _mean(row["dice"] for row in here if row["input"] == kind)
                    for kind in INPUTS
                }
            )
    return table


def difference(
    first: Mapping[tuple[str, str], float], second: Mapping[tuple[str, str], float]
) -> tuple[float, float, float]:
    """Return mean and 95 % interval of first minus second over the frames that both have."""
    blocks: dict[str, list[float]] = {}
    for group, name in sorted(first.keys() & second.keys()):
        blocks.setdefault(group, []).append(first[group, name] - second[group, name])
    return paired_interval([np.array(blocks[group]) for group in sorted(blocks)])


def _dice_by_frame(rows: Rows) -> dict[tuple[str, str], float]:
    """Return the Dice of each frame that shows the label, the mean over inputs and seeds."""
    values: dict[tuple[str, str], list[float]] = {}
    for row in rows:
        if row["dice"] is not None:
            values.setdefault((str(row["group"]), str(row["name"])), []).append(float(row["dice"]))
    return {frame: float(np.mean(found)) for frame, found in values.items()}


def _mean(values: Iterable[float | None]) -> float | None:
    kept = [float(value) for value in values if value is not None]
    return float(np.mean(kept)) if kept else None
