"""Tables as plain rows: the papers' layouts, their colours as a stated rule, CSV out and in."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import UnreadableFileError
from training.statistics.tukey import tukey_hsd

if TYPE_CHECKING:
    from pathlib import Path

SIGNIFICANT = 0.05
STRONG = 0.001

RULE = (
    "Within each column the highest mean is marked ▲. The others are compared with it by Tukey's honest"
    f" significant difference over all rows of the column: ≈ not told apart (p ≥ {SIGNIFICANT}),"
    f" ▽ worse (p < {SIGNIFICANT}), ▼ worse (p < {STRONG}). Signs and colours say the same."
)
"""How `significance_table` colours its cells."""


class Tone(Enum):
    """What a cell's colour and sign mean."""

    BEST = ("best", "▲")
    SAME = ("same", "≈")
    WORSE = ("worse", "▽")
    MUCH_WORSE = ("much", "▼")
    FAILED = ("failed", "✕")

    @property
    def style(self) -> str:
        """The style sheet's name for it."""
        return self.value[0]

    @property
    def mark(self) -> str:
        """The sign that says the same without colour."""
        return self.value[1]


def legend_of(tones: Set[Tone], caption: str = "") -> str:
    """Return what the signs of a table mean, without what its caption explains already."""
    rule = RULE if tones - {Tone.FAILED} and Tone.BEST.mark not in caption else ""
    failed = f"{Tone.FAILED.mark} there is no score." if Tone.FAILED in tones else ""
    return " ".join(part for part in (rule, failed) if part)


@dataclass(frozen=True)
class Score:
    """Scores of one way of training on one set of data.

    Parameters
    ----------
    mean, sd : float
        Over the test images (or folds); ``sd`` with n - 1.
    n : int
        Number of them.
    p_against_best : float or None
        Tukey-corrected; None for the best itself or where it was not computed.
    is_best : bool
        Whether its mean is the highest of its column.
    failed : int
        Folds whose training did not get off the ground.
    """

    mean: float
    sd: float
    n: int
    p_against_best: float | None = None
    is_best: bool = False
    failed: int = 0

    @property
    def tone(self) -> Tone | None:
        """The colour by `RULE`."""
        if self.n == 0 or not math.isfinite(self.mean):
            return Tone.FAILED
        if self.is_best:
            return Tone.BEST
        if self.p_against_best is None or math.isnan(self.p_against_best):
            return None
        if self.p_against_best < STRONG:
            return Tone.MUCH_WORSE
        return Tone.WORSE if self.p_against_best < SIGNIFICANT else Tone.SAME

    def __str__(self) -> str:
        if self.n == 0 or not math.isfinite(self.mean):
            return "–"
        spread = f" ({self.sd:.3f})" if math.isfinite(self.sd) else ""
        return f"{self.mean:.3f}{spread}"


def score_columns(values: Mapping[str, Mapping[str, Sequence[float]]]) -> dict[str, dict[str, Score]]:
    """Turn values into scores, each column judged by itself.

    Parameters
    ----------
    values : mapping
        ``values[column][row]`` are the scores of the test images; a row may miss in a column.

    Returns
    -------
    dict
        ``scores[row][column]``.
    """
    scores: dict[str, dict[str, Score]] = {}
    for column, rows in values.items():
        arrays = {row: np.asarray([v for v in vs if np.isfinite(v)], float) for row, vs in rows.items()}
        present = [row for row, array in arrays.items() if len(array)]
        best = max(present, key=lambda row: arrays[row].mean()) if present else None
        tukey = tukey_hsd({row: array.tolist() for row, array in arrays.items()})
        for row, array in arrays.items():
            count = len(array)
            scores.setdefault(row, {})[column] = Score(
                float(array.mean()) if count else math.nan,
                float(array.std(ddof=1)) if count > 1 else math.nan,
                count,
                tukey.p(row, best) if best is not None and row != best else None,
                row == best,
            )
    return scores


def significance_table(
    scores: Mapping[str, Mapping[str, Score]], head: str = "strategy"
) -> list[dict[str, object]]:
    """Return rows for ``Report.add_table``: Table II of Amiri et al., doi:10.1109/TUFFC.2020.3015081.

    Parameters
    ----------
    scores : mapping
        ``scores[row][column]``, as `score_columns` gives it; give `tone_of` to ``add_table`` as `colour`.
    head : str
        Heading of the first column.
    """
    columns = list(dict.fromkeys(column for row in scores.values() for column in row))
    return [{head: row} | {column: cells.get(column) for column in columns} for row, cells in scores.items()]


def tone_of(row: Mapping[str, object], column: str) -> Tone | None:
    """Give a cell that holds a `Score` its tone."""
    value = row.get(column)
    return value.tone if isinstance(value, Score) else None


def transfer_table(results: Mapping[tuple[str, str], Sequence[float]]) -> list[dict[str, object]]:
    """Return rows model, transfer, Dice highest and average: Table 1 of Cheng & Lam 2021.

    Parameters
    ----------
    results : mapping
        From (model, transfer) to the Dice of each fold. The highest of several folds flatters; the table
        gives it because the paper does, with the average and the number of folds beside it.
    """
    rows: list[dict[str, object]] = []
    for (model, transfer), values in results.items():
        array = np.asarray([v for v in values if np.isfinite(v)], float)
        rows.append(
            {
                "model": model,
                "transfer": transfer,
                "Dice, highest": float(array.max()) if len(array) else None,
                "Dice, average": float(array.mean()) if len(array) else None,
                "SD": float(array.std(ddof=1)) if len(array) > 1 else None,
                "folds": len(array),
            }
        )
    return rows


def is_number(value: object) -> bool:
    """Whether a cell is set to the right."""
    return isinstance(value, (int, float, np.number, Score)) and not isinstance(value, bool)


def show_value(value: object) -> str:
    """Return what people read: numbers to three significant digits after the point, nothing as a dash."""
    if value is None or (isinstance(value, (float, np.floating)) and not math.isfinite(value)):
        return "–"
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    if isinstance(value, (float, np.floating)):
        return _show_float(float(value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {show_value(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return ", ".join(show_value(item) for item in value)
    return str(value)


def _show_float(value: float) -> str:
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.3f}" if abs(value) < 100 else f"{value:.1f}"
    return f"{value:.2g}"


def write_csv(path: Path, rows: Sequence[Mapping[str, object]], columns: Sequence[str] | None = None) -> None:
    """Write rows with a heading; floats to six places, None and NaN empty, a `Score` as five columns.

    Raises
    ------
    WriteFailedError
        If the file cannot be written.
    """
    chosen = list(columns) if columns is not None else list(dict.fromkeys(key for row in rows for key in row))
    rows, chosen = _spread_scores(rows, chosen)
    with (
        atomic_path(path, overwrite=True) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(chosen)
        writer.writerows([[_plain(row.get(column)) for column in chosen] for row in rows])


def _spread_scores(
    rows: Sequence[Mapping[str, object]], columns: Sequence[str]
) -> tuple[list[Mapping[str, object]], list[str]]:
    spread = {c for c in columns if any(isinstance(row.get(c), Score) for row in rows)}
    names = ("mean", "sd", "n", "p_against_best", "failed")
    wide: list[Mapping[str, object]] = []
    for row in rows:
        cells: dict[str, object] = {}
        for column, value in row.items():
            if column not in spread:
                cells[column] = value
            elif isinstance(value, Score):
                cells |= {f"{column} {name}": getattr(value, name) for name in names}
        wide.append(cells)
    chosen = [part for c in columns for part in ([f"{c} {name}" for name in names] if c in spread else [c])]
    return wide, chosen


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return repr(round(float(value), 6)) if math.isfinite(value) else ""
    return str(value)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read rows back.

    Raises
    ------
    UnreadableFileError
        If the file is missing or no table.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError("the table cannot be read", path=path) from error
