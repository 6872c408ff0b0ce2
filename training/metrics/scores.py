"""Scores of every image on disk: what ``evaluate --out`` writes and ``compare`` reads.

``scores.json`` is one object: ``format`` ("lusgui-scores"), ``version`` (1), facts of the evaluation
(``task``, ``model``, ``labels``, ``data``, ``threshold``, ...), ``images`` (one object a frame and label:
``name``, ``group``, ``label``, then the measures, null where one is not defined), ``mean`` (of each measure)
and ``summary`` (by label, see ``training.metrics.frame.summarise_rows``).

``scores.csv`` has the same rows: ``model``, ``fold``, ``seed``, ``name``, ``group``, ``label`` as far as they
are known, then the measures; an empty cell is null. Cross-validation writes the same table with several
models, folds and seeds in it; a column of words that differs between rows of one image, as the fraction of
the data in a transfer lab, parts a model into several. Only ``name`` and one measure are needed to read one:
without ``model`` the folder's name stands for it, without ``group`` the frame's name.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.base.errors import LusguiError, OverwriteRefusedError, UnreadableFileError
from lusgui.core.networks import DETECT, LOCATE, SEGMENT, TASKS
from training.metrics.frame import IDENTITY, measures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = "lusgui-scores"
VERSION = 1
JSON_NAME = "scores.json"
CSV_NAME = "scores.csv"
MAX_BYTES = 500_000_000


class ScoresError(LusguiError):
    """Scores that cannot be compared as asked."""


@dataclass(frozen=True)
class ScoreSet:
    """The scores of one model.

    Parameters
    ----------
    model : str
        How tables call it.
    rows : tuple of dict
        One an image (and label, fold and seed): ``name``, ``group``, and measures as float or None.
    path : Path
        Where they were read.
    task : str
        What the model gives, as ``lusgui.core.networks`` calls it; told by the measures if not given, and
        empty where these do not tell it.
    """

    model: str
    rows: tuple[dict[str, Any], ...]
    path: Path
    task: str = ""

    def __post_init__(self) -> None:
        if not self.task:
            object.__setattr__(self, "task", _task_of(self.measures))

    @property
    def measures(self) -> list[str]:
        """Names of the measures."""
        return measures_of(self.rows)

    @property
    def labels(self) -> tuple[str, ...]:
        """What was judged, sorted; empty where the rows do not say."""
        return tuple(sorted({str(row["label"]) for row in self.rows if row.get("label")}))

    def values(
        self, metric: str, by: str = "image", *, has_labels: bool = True
    ) -> dict[tuple[str, str, str], float | None]:
        """Return one value an image, or one a group.

        Parameters
        ----------
        metric : str
            Which measure.
        by : {"image", "group"}
            Image: several folds or seeds of one image are averaged. Group: the images of one group then are
            averaged too.
        has_labels : bool
            Whether rows of different labels are different images.

        Returns
        -------
        mapping of (group, name, label) to float or None
            The name is empty by group, the label without labels. None where the measure is defined nowhere.
        """
        gathered = self._means(
            (
                (str(row.get("group")), str(row["name"]), str(row.get("label", "")) if has_labels else ""),
                row.get(metric),
            )
            for row in self.rows
        )
        if by == "image":
            return gathered
        return self._means(((group, "", label), value) for (group, _, label), value in gathered.items())

    @staticmethod
    def _means(pairs: Any) -> dict[tuple[str, str, str], float | None]:  # noqa: ANN401
        parts: dict[tuple[str, str, str], list[float]] = {}
        for key, value in pairs:
            known = parts.setdefault(key, [])
            if value is not None and math.isfinite(value):
                known.append(float(value))
        return {key: math.fsum(known) / len(known) if known else None for key, known in parts.items()}


def _task_of(measures: Sequence[str]) -> str:
    known = set(measures)
    if "dice" in known:
        return SEGMENT
    if "error_px" in known:
        return LOCATE
    return DETECT if {"iou", "score"} <= known or "ap50" in known else ""


def write_scores(folder: Path, payload: Mapping[str, Any], *, overwrite: bool = True) -> tuple[Path, Path]:
    """Write ``scores.json`` and ``scores.csv``.

    Parameters
    ----------
    folder : Path
        Made where missing.
    payload : mapping
        As the module says, without ``format`` and ``version``; ``images`` are the rows.
    overwrite : bool
        Whether files already there may be replaced.

    Returns
    -------
    tuple of Path
        The two files.

    Raises
    ------
    OverwriteRefusedError, WriteFailedError
        As ``lusgui.base.atomic.atomic_path``.
    """
    make_folder(folder)
    whole = {"format": FORMAT, "version": VERSION, **payload}
    first, second = folder / JSON_NAME, folder / CSV_NAME
    with atomic_path(first, overwrite=overwrite) as temporary:
        temporary.write_text(
            json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8"
        )
    rows = [{"model": payload.get("model", ""), **row} for row in payload["images"]]
    write_rows(second, rows, overwrite=overwrite)
    return first, second


def refuse_foreign(folder: Path) -> None:
    """Refuse a folder that holds something, but no former scores of `write_scores`.

    Raises
    ------
    OverwriteRefusedError
        Also if it is a file. Nothing is touched.
    """
    if folder.exists() and not folder.is_dir():
        raise OverwriteRefusedError("it is a file, not a folder", path=folder, remedy="Name another folder")
    if not folder.is_dir() or all(path.name.startswith(".") for path in folder.iterdir()):
        return
    try:
        former = json.loads((folder / JSON_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        former = None
    if not isinstance(former, Mapping) or former.get("format") != FORMAT:
        raise OverwriteRefusedError(
            "it is not empty and holds no former scores; nothing was written",
            path=folder,
            remedy="Name another folder",
        )


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]], *, overwrite: bool = True) -> None:
    """Write rows as CSV, exactly: a float comes back as the same float, None as an empty cell."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [name for name in IDENTITY if name in names] + [name for name in names if name not in IDENTITY]
    with (
        atomic_path(path, overwrite=overwrite) as temporary,
        temporary.open("w", encoding="utf-8", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)


def read_scores(path: Path) -> list[ScoreSet]:
    """Read the scores of one or several models.

    Parameters
    ----------
    path : Path
        A file ``*.json`` or ``*.csv``, or a folder that holds ``scores.json`` or ``scores.csv``.

    Returns
    -------
    list of ScoreSet
        In the order of the file; a table of several models gives several.

    Raises
    ------
    UnreadableFileError
        If there is no such file, or it holds no scores.
    """
    path = Path(path)
    if path.is_dir():
        for name in (JSON_NAME, CSV_NAME):
            if (path / name).is_file():
                return read_scores(path / name)
        raise UnreadableFileError(
            f"there is neither {JSON_NAME} nor {CSV_NAME} in the folder",
            path=path,
            remedy="Name what 'evaluate --out' or 'crossval' wrote",
        )
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFileError("the file is too large to be scores", path=path)
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UnreadableFileError(f"the scores cannot be read ({reason})", path=path) from error
    tables, task = (
        _json_tables(text, path) if path.suffix.lower() == ".json" else (_csv_tables(text, path), "")
    )
    sets = [
        ScoreSet(name, part, path, task)
        for model, rows in tables.items()
        for name, part in _parted(model, _checked(rows, path)).items()
    ]
    if not sets or not any(part.measures for part in sets):
        raise UnreadableFileError("the file holds no scores", path=path)
    return sets


def _default_name(path: Path) -> str:
    own = path.name in (JSON_NAME, CSV_NAME)
    return (path.resolve().parent.name if own else path.stem.removesuffix(".scores")) or "model"


def _json_tables(text: str, path: Path) -> tuple[dict[str, list[Any]], str]:
    """Return rows by model, and the task if it is stated."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFileError("the scores are no JSON", path=path) from error
    if isinstance(values, Mapping) and "images" in values:
        version = values.get("version", VERSION)
        if isinstance(version, int) and version > VERSION:
            raise UnreadableFileError(
                f"the scores are of version {version}, which this program does not know",
                path=path,
                remedy="Update the program",
            )
        task = values.get("task")
        rows = {str(values.get("model") or _default_name(path)): _list(values["images"], path)}
        return rows, task if isinstance(task, str) and task in TASKS else ""
    if isinstance(values, list):
        return {_default_name(path): values}, ""
    # the scores of a default model: rows by kind of input
    if isinstance(values, Mapping) and values and all(isinstance(part, list) for part in values.values()):
        return {f"{_default_name(path)} {kind}": part for kind, part in values.items()}, ""
    raise UnreadableFileError("the file holds no scores", path=path)


def _list(value: object, path: Path) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadableFileError("'images' is not a list", path=path)
    return value


def _csv_tables(text: str, path: Path) -> dict[str, list[Any]]:
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise UnreadableFileError(f"the scores are no table ({error})", path=path) from error
    tables: dict[str, list[Any]] = {}
    for row in rows:
        # cells beyond the heading, or missing ones
        if None in row or None in row.values():
            raise UnreadableFileError("a row has not as many cells as the heading", path=path)
        plain = {name: value if name in IDENTITY else _number(value) for name, value in row.items()}
        tables.setdefault(str(plain.get("model") or _default_name(path)), []).append(plain)
    return tables


def _number(text: str) -> float | str | None:
    if text.strip().lower() in ("", "nan", "none", "null"):
        return None
    try:
        return float(text)
    except ValueError:
        return text


def _checked(rows: list[Any], path: Path) -> tuple[dict[str, Any], ...]:
    checked = []
    for row in rows:
        if not isinstance(row, Mapping) or not row.get("name"):
            raise UnreadableFileError("a score does not say of which image it is ('name')", path=path)
        checked.append({**row, "group": row.get("group") or row["name"]})
    return tuple(checked)


def _parted(model: str, rows: tuple[dict[str, Any], ...]) -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the rows by what words besides the model's name tell apart rows of one image."""
    seen: dict[tuple[str, ...], dict[str, set[str]]] = {}
    for row in rows:
        images = seen.setdefault(tuple(str(row.get(name)) for name in ("group", "name", "label")), {})
        for column, value in row.items():
            if column not in IDENTITY and isinstance(value, str):
                images.setdefault(column, set()).add(value)
    columns = dict.fromkeys(c for images in seen.values() for c, values in images.items() if len(values) > 1)
    parted: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        words = [str(row[column]) for column in columns if row.get(column) is not None]
        parted.setdefault(", ".join([model, *words]), []).append(row)
    return {name: tuple(part) for name, part in parted.items()}


def only(sets: Sequence[ScoreSet], conditions: Sequence[str]) -> list[ScoreSet]:
    """Return the rows in which columns have certain values, and the sets that have any.

    Parameters
    ----------
    sets : sequence of ScoreSet
        All.
    conditions : sequence of str
        ``column=value``, all of which must hold.

    Raises
    ------
    ScoresError
        If one is of another form, or no row is left.
    """
    wanted = []
    for condition in conditions:
        column, sign, value = condition.partition("=")
        if not sign or not column.strip():
            raise ScoresError(f"'{condition[:60]}' is not of the form column=value")
        wanted.append((column.strip(), value.strip()))
    kept = [
        ScoreSet(part.model, rows, part.path, part.task)
        for part in sets
        if (rows := tuple(r for r in part.rows if all(_says(r.get(c)) == value for c, value in wanted)))
    ]
    if not kept:
        raise ScoresError(f"no scores have {' and '.join(conditions)[:120]}")
    return kept


def _says(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def distinct(sets: Sequence[ScoreSet]) -> list[ScoreSet]:
    """Return the sets under names that differ: those that share one get their folder's, else a number."""
    names = [part.model for part in sets]
    chosen: list[str] = []
    for part in sets:
        name = part.model
        if names.count(name) > 1:
            name = f"{name} ({_default_name(part.path)})"
        number, unique = 2, name
        while unique in chosen:
            unique, number = f"{name} #{number}", number + 1
        chosen.append(unique)
    return [ScoreSet(name, part.rows, part.path, part.task) for name, part in zip(chosen, sets, strict=True)]
