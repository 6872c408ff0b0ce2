"""What a model's card says, in words and figures for people: its score in one line, its limits, a table."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lusgui.base.translate import tr, trn

if TYPE_CHECKING:
    from lusgui.core.model_card import ModelCard

RESEARCH_ONLY = "Research use only, not a medical device."

_PLACES = {
    "held_out_of_these_weights": "Held out",
    "held_out_of_the_study": "Held out in the study",
    "cross_validation": "Cross-validation",
    "kept_aside": "Kept aside",
    "base_kept_aside": "Its base, kept aside",
    "first_training_alone": "Simulation alone",
}
"""What scores of a card are of; those of `_UNSEEN` are on frames that the judged weights never saw."""
_STUDY = "held_out_of_the_study"
_UNSEEN = ("held_out_of_these_weights", _STUDY, "cross_validation", "kept_aside")
_NO_SCORES = "learning"
"""What a run of learning notes of its frames: no scores for people."""
_MEASURES = {
    "frames": "Frames with the structure",
    "frames_with_label": "Frames with the structure",
    "groups": "Groups (patients or recordings)",
    "recordings": "Recordings",
    "dice_mean": "Dice, mean",
    "missed": "… of these, nothing found on",
    "dice": "Dice",
    "dice_low": "Dice, 95 % interval from",
    "dice_high": "Dice, 95 % interval to",
    "dice_median": "Dice, median",
    "dice_sd": "Dice, spread (SD)",
    "frames_with_dice_above_0.5": "Frames with Dice above 0.5",
    "covered_mean": "Part of the true mask covered",
    "false_components_per_frame": "False pieces a frame",
    "centre_line_error_percent_of_height": "Centre line off, % of the frame's height",
    "negatives": "Frames without the structure",
    "negatives_with_anything_found": "… of these, something found on",
    "false_components_per_negative": "False pieces on each of these",
    "hd95": "HD95, pixels",
    "hd95_mean": "HD95, mean",
    "hd95_unit": "… in",
    "hd95_median": "HD95, median, pixels of the network",
    "hd95_px": "HD95, pixels",
    "hd95_mm": "HD95, mm",
    "ece": "Calibration error (ECE)",
    "tcd_relative_error": "TCD, relative error",
    "tcd_relative_error_median": "TCD, relative error, median",
    "tcd_relative_error_worst": "TCD, relative error, worst patient",
    "centre_line_error_median": "Centre line off, median, pixels of the network",
    "ece_band": "Calibration error near the outline",
}
_NOUNS = {"rib": ("frame", "recording group")}
_FETAL = ("plane", "patient")
_NOUNS |= dict.fromkeys(("cerebellum", "vermis", "cisterna_magna"), _FETAL)
_COUNTED = {
    "frame": ("{count} frame", "{count} frames"),
    "recording group": ("{count} recording group", "{count} recording groups"),
    "group": ("{count} group", "{count} groups"),
    "plane": ("{count} plane", "{count} planes"),
    "patient": ("{count} patient", "{count} patients"),
}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“])")


@dataclass(frozen=True)
class ScoreColumn:
    """The scores of one set of frames.

    Parameters
    ----------
    path : tuple of str
        Where it stands in the card, outermost first.
    label : str
        Label it is of; empty where the card does not say.
    values : mapping
        Measure to number, text or pair of numbers.
    """

    path: tuple[str, ...]
    label: str
    values: Mapping[str, Any]

    @property
    def is_of_a_group(self) -> bool:
        """Whether it is about one patient or recording of several."""
        return any(part.endswith("_by_group") for part in self.path)

    @property
    def is_unseen(self) -> bool:
        """Whether the judged weights never saw these frames."""
        return self.path[:1] != () and self.path[0].removesuffix("_by_group") in _UNSEEN

    @property
    def title(self) -> str:
        """What people read above it, e.g. ``Held out · raw``."""
        parts = [part.removesuffix("_by_group") for part in self.path if part != self.label]
        return " · ".join(_PLACES.get(part, part.replace("_", " ")) for part in parts) or "Scores"


@dataclass(frozen=True)
class ScoreTable:
    """Scores as a table: one row a measure, one column a set of frames; every cell is text."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def list_scores(card: ModelCard) -> list[ScoreColumn]:
    """Return every set of scores in a card, in its order."""
    found: list[ScoreColumn] = []

    def walk(path: tuple[str, ...], values: Mapping[str, Any]) -> None:
        if path and any(key in values for key in ("frames", "frames_with_label", "dice_mean", "dice")):
            label = next((part for part in path if part in card.labels), "")
            figures = {key: value for key, value in values.items() if not isinstance(value, Mapping)}
            found.append(
                ScoreColumn(path, label or (card.labels[0] if len(card.labels) == 1 else ""), figures)
            )
        for key, value in values.items():
            if isinstance(value, Mapping) and (*path, key) != (_NO_SCORES,):
                walk((*path, str(key)), value)

    walk((), card.scores)
    return found


def describe_score(card: ModelCard, label: str = "") -> str:
    """Return the score on frames never seen in one line; empty where the card has none.

    Of the sets of frames that the judged weights never saw, the largest counts, on the input that the
    card asks for: ``Dice 0.87 on 23 planes of 15 patients it never saw``.
    """
    label = label or card.labels[0]
    columns = [
        each
        for each in list_scores(card)
        if each.is_unseen and not each.is_of_a_group and each.label in ("", label) and _dice(each) is not None
    ]
    if not columns:
        return ""
    wanted = "raw" if card.despeckle is None else "despeckled"

    def rank(column: ScoreColumn) -> tuple[bool, int, bool]:
        return column.label == label, _count(column), wanted in column.path

    best = max(columns, key=rank)
    frame, group = _NOUNS.get(label, ("frame", "group"))
    dice, count, groups = f"{_dice(best):.2f}", _count(best), best.values.get("groups")
    if not count:
        words = "Dice {dice}"
    elif best.path[0] == _STUDY and card.scores.get("held_out_how") == "leave-one-out":
        words = "Dice {dice} on {frames} of the study, each left out in turn"
    elif best.path[0] == _STUDY:
        words = "Dice {dice} on {frames} of the study it never saw"
    else:
        words = "Dice {dice} on {frames} it never saw"
    frames = _plural(count, frame)
    if isinstance(groups, int) and groups > 0:
        frames = tr("{frames} of {groups}", frames=frames, groups=_plural(groups, group))
    text = tr(words, dice=dice, frames=frames)
    return f"{text} {tr('(cross-validated)')}" if best.path[0] == "cross_validation" else text


def describe_limits(card: ModelCard) -> str:
    """Return what a card says of the model's use and limits, without the notice that stands everywhere."""
    return card.notes.replace(RESEARCH_ONLY, "").strip()


def first_limit(card: ModelCard) -> str:
    """Return the first sentence of the limits, for a narrow place."""
    return _SENTENCE_END.split(describe_limits(card), maxsplit=1)[0].strip()


def score_table(card: ModelCard, label: str = "") -> ScoreTable:
    """Return the scores of a label, and those that name none, without those of single groups."""
    label = label or card.labels[0]
    columns = [c for c in list_scores(card) if not c.is_of_a_group and c.label in ("", label)]
    keys = [key for key in _MEASURES if any(key in column.values for column in columns)]
    for column in columns:
        keys += [key for key in column.values if key not in keys]
    rows = [
        (name_measure(key), tuple(_text(key, column.values.get(key)) for column in columns)) for key in keys
    ]
    return ScoreTable(tuple(column.title for column in columns), tuple(rows))


def group_table(card: ModelCard, label: str = "") -> ScoreTable:
    """Return the mean Dice (and number of frames) of every patient or recording that was judged by itself."""
    label = label or card.labels[0]
    columns = [c for c in list_scores(card) if c.is_of_a_group and c.label in ("", label)]
    cells: dict[tuple[str, str], str] = {}
    for column in columns:
        title = ScoreColumn(column.path[:-1], column.label, {}).title
        cells[column.path[-1], title] = _group_cell(column)
    titles = tuple(dict.fromkeys(title for _group, title in cells))
    groups = sorted({group for group, _title in cells})
    rows = tuple((group, tuple(cells.get((group, title), "–") for title in titles)) for group in groups)
    return ScoreTable(titles, rows)


def name_measure(key: str) -> str:
    """Return what people call a measure; an unknown one by its own name."""
    words = key.replace("_", " ")
    return _MEASURES.get(key, words[:1].upper() + words[1:])


def _group_cell(column: ScoreColumn) -> str:
    dice, count = _dice(column), _count(column)
    negatives, found = column.values.get("negatives"), column.values.get("negatives_with_anything_found")
    parts = [] if dice is None else [f"{dice:.2f} ({count})" if count else f"{dice:.2f}"]
    if negatives:
        parts.append(f"something found on {found} of {negatives} without it")
    return "; ".join(parts) or "–"


def _dice(column: ScoreColumn) -> float | None:
    for key in ("dice_mean", "dice", "dice_median"):
        value = column.values.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
    return None


def _count(column: ScoreColumn) -> int:
    for key in ("frames", "frames_with_label"):
        value = column.values.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return 0


def _plural(count: int, noun: str) -> str:
    one, many = _COUNTED[noun]
    return trn(one, many, count)


def _text(key: str, value: Any) -> str:  # noqa: ANN401 - whatever a card holds
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.0%}" if "relative_error" in key else f"{value:.2f}"
    if isinstance(value, (list, tuple)):
        return " to ".join(_text(key, each) for each in value) if len(value) == 2 else f"{len(value)} values"
    return "–" if value is None else str(value)[:60]
