"""What is asked of the default models, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

DICE = {"cerebellum": 0.87, "rib": 0.75}
MOST_FALSE_COMPONENTS = 0.3
MOST_ECE = 0.05
MOST_TCD_ERROR = 0.05
MOST_TCD_ERROR_OF_A_PATIENT = 0.12
MOST_CENTRE_LINE_ERROR = 1.0


@dataclass(frozen=True)
class TargetRow:
    """One target and whether it is met.

    Parameters
    ----------
    name : str
        What is asked for.
    wanted : str
        How much, e.g. "at least 0.87".
    got : float or None
        What was measured; None where no frame says anything of it, or where too little was found.
    met : bool or None
        None where no frame says anything of it.
    low, high : float or None
        Ends of the 95 % interval that draws whole groups.
    n : int
        Frames (groups, of a mean over these) that it was measured on.
    """

    name: str
    wanted: str
    got: float | None
    met: bool | None
    low: float | None = None
    high: float | None = None
    n: int = 0


def targets(label: str, summary: dict[str, Any]) -> list[TargetRow]:
    """Compare a summary with what is asked of the default models.

    Parameters
    ----------
    label : str
        ``cerebellum`` and ``rib`` have targets of their own; other labels have those that all share.
    summary : dict
        Of `summarise_judged`.

    Returns
    -------
    list of TargetRow
        A target is met by the estimate; its interval says how sure that is.
    """
    measures = summary["measures"]
    dices = measures.get("dice", {})
    found = []
    if label in DICE:
        found.append(_at_least("mean Dice of frames", DICE[label], dices, "mean", ("low", "high")))
    if label == "rib":
        found.append(_at_least("mean Dice of groups", DICE[label], summary["dice_of_groups"]))
        lines = measures.get("centre_line_error", {})
        name = "median error of the centre line, pixels of the network"
        row = _at_most(name, MOST_CENTRE_LINE_ERROR, lines, "median", ("median_low", "median_high"))
        if row.got is None and summary["frames"]:
            # so many are missed that even the median is infinitely far
            row = replace(row, met=False)
        found.append(row)
    if label == "cerebellum":
        sizes = measures.get("tcd_relative_error", {})
        name = "median relative error of the transverse diameter"
        found.append(_at_most(name, MOST_TCD_ERROR, sizes, "median", ("median_low", "median_high")))
        name = "relative error of the transverse diameter, worst patient"
        found.append(_at_most(name, MOST_TCD_ERROR_OF_A_PATIENT, sizes, "worst", ()))
    false = summary["false_components_per_frame"]
    found.append(_at_most("false components a frame", MOST_FALSE_COMPONENTS, false, is_strict=True))
    name = "calibration error within five pixels of the outline"
    found.append(_at_most(name, MOST_ECE, summary["ece_band_pooled"], is_strict=True))
    return found


def _at_least(
    name: str, bound: float, part: dict[str, Any], key: str = "value", ends: tuple[str, ...] = ("low", "high")
) -> TargetRow:
    got, low, high, n = _read(part, key, ends)
    return TargetRow(
        name, f"at least {bound:g}", got, got >= bound if got is not None else None, low, high, n
    )


def _at_most(
    name: str,
    bound: float,
    part: dict[str, Any],
    key: str = "value",
    ends: tuple[str, ...] = ("low", "high"),
    *,
    is_strict: bool = False,
) -> TargetRow:
    got, low, high, n = _read(part, key, ends)
    wanted = f"under {bound:g}" if is_strict else f"at most {bound:g}"
    met = None if got is None else got < bound if is_strict else got <= bound
    return TargetRow(name, wanted, got, met, low, high, n)


def _read(part: dict[str, Any], key: str, ends: tuple[str, ...]) -> tuple[Any, Any, Any, int]:
    low, high = (part.get(end) for end in ends) if ends else (None, None)
    return part.get(key), low, high, int(part.get("n", 0))
