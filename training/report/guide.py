"""Pages of the guide whose numbers come from tables of experiments, so that they are those of a landing."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError, UnreadableFileError
from training.report.tables import read_csv

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PAGES = {
    "default-models.md": "default_models.md.jinja",
    "learning-measured.md": "learning_measured.md.jinja",
    "clicking-measured.md": "clicking_measured.md.jinja",
}
"""Pages of the guide that are rendered, with their templates in this package."""

PICTURES = "images"
NOTHING = "–"


class Sources:
    """What a template may ask for, all of it below the folder of resources.

    Parameters
    ----------
    root : Path
        Folder with ``experiments`` and ``weights``.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self.pictures: dict[str, Path] = {}

    def has(self, name: str) -> bool:
        """Whether a file is there, by its path below the resources."""
        return (self._root / name).is_file()

    def rows(self, name: str, **where: str) -> list[dict[str, str]]:
        """Return the rows of a CSV whose columns have these values.

        Raises
        ------
        UnreadableFileError
            If the file is missing or no table.
        """
        rows = read_csv(self._root / name)
        for column in where:
            if rows and column not in rows[0]:
                raise LusguiError(f"the table {name} has no column '{column[:40]}'", path=self._root / name)
        return [row for row in rows if all(row[column] == value for column, value in where.items())]

    def table(
        self, rows: Sequence[Mapping[str, str]], columns: Mapping[str, str], digits: int | None = 2
    ) -> str:
        """Return rows as a Markdown table.

        Parameters
        ----------
        rows : sequence of mapping
            From `rows`.
        columns : mapping
            From the heading to the column, or to a pattern such as ``{low} to {high}``; columns that no row
            has are left out.
        digits : int
            After the point.
        """
        known = {name for row in rows for name in row}
        kept = {head: column for head, column in columns.items() if "{" in column or column in known}
        lines = ["| " + " | ".join(kept) + " |", "|" + "---|" * len(kept)]
        for row in rows:
            cells = [_cell(row, column, digits) for column in kept.values()]
            lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
        return "\n".join(lines)

    def plain(self, name: str, digits: int = 2) -> str:
        """Return a whole CSV as a Markdown table, its own columns as headings."""
        rows = self.rows(name)
        columns = {column.replace("_", " "): column for row in rows for column in row}
        return self.table(rows, columns, digits)

    def text(self, name: str) -> str:
        """Return the words of a file, without white space around them.

        Raises
        ------
        UnreadableFileError
            If it is missing or no text.
        """
        path = self._root / name
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise UnreadableFileError("words of the guide cannot be read", path=path) from error

    def mean(self, rows: Sequence[Mapping[str, str]], column: str) -> float:
        """Return the mean of a column over the rows that have a number in it; NaN where none has."""
        values = [float(row[column]) for row in rows if row[column]]
        return sum(values) / len(values) if values else math.nan

    def card(self, name: str) -> dict[str, Any]:
        """Return the card of a shipped model.

        Raises
        ------
        UnreadableFileError
            If it is missing or no card.
        """
        path = self._root / "weights" / f"{name}.json"
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UnreadableFileError("the card of the model cannot be read", path=path) from error
        return dict(values)

    def groups(self, card: Mapping[str, Any]) -> list[dict[str, str]]:
        """Return one row a held-out group from a card's cross-validation, in the card's own kind of input."""
        scores = card.get("scores", {})
        label, kind = card["labels"][0], scores.get("input")
        found = scores.get("cross_validation_by_group", {}).get(label, {}).get(kind, {})
        return [
            {"group": group} | {name: str(value) for name, value in row.items()}
            for group, row in sorted(found.items())
        ]

    def megabytes(self, name: str) -> str:
        """Return the size of a shipped model's weights, as ``3.9 MB``."""
        size = (self._root / "weights" / f"{name}.safetensors").stat().st_size
        return f"{size / 1e6:.1f} MB"

    def picture(self, name: str, alt: str, called: str) -> str:
        """Return the Markdown of a picture, which is copied beside the page under a name of its own.

        Raises
        ------
        LusguiError
            If the picture is not there.
        """
        path = self._root / name
        if not path.is_file():
            raise LusguiError("a picture of the guide is missing", path=path)
        self.pictures[called] = path
        return f"![{alt}]({PICTURES}/{called})"


def number(value: object, digits: int | None = 2) -> str:
    """Return a number of a table for people; yes and no for truths, a dash for nothing, other text as is."""
    text = "" if value is None else str(value)
    if text in ("", "None", "nan"):
        return NOTHING
    if text in ("True", "False"):
        return "yes" if text == "True" else "no"
    try:
        found = float(text)
    except ValueError:
        return text
    if not math.isfinite(found):
        return NOTHING
    if digits is None or not set(text) & set(".e"):
        return text
    shown = f"{found:.{digits}f}"
    return shown.removeprefix("-") if float(shown) == 0 else shown


def percent(value: object, digits: int = 0) -> str:
    """Return a share of a table in percent; a dash for nothing."""
    text = number(value, 6)
    return text if text == NOTHING else f"{100 * float(text):.{digits}f} %"


def _cell(row: Mapping[str, str], column: str, digits: int | None) -> str:
    if "{" not in column:
        return number(row.get(column), digits)
    words = {name: number(value, digits) for name, value in row.items()}
    try:
        text = column.format_map(words)
    except KeyError as error:
        raise LusguiError(f"the table has no column {error}") from None
    # where nothing was measured one dash says so
    return NOTHING if set(text) <= set(f"{NOTHING} to()±,/") else text


def render(name: str, root: Path) -> tuple[str, dict[str, Path]]:
    """Return a page and the pictures it shows.

    Parameters
    ----------
    name : str
        One of `PAGES`.
    root : Path
        Folder of resources.

    Returns
    -------
    tuple of (str, dict)
        Markdown; pictures by the name they have beside the page.

    Raises
    ------
    LusguiError
        If a table that the page stands on is missing or lacks a column.
    """
    from jinja2 import Environment, StrictUndefined

    if name not in PAGES:
        raise LusguiError(f"no page '{name[:40]}' is rendered", remedy=f"Known: {', '.join(PAGES)}")
    template = resources.files("training.report").joinpath(PAGES[name]).read_text(encoding="utf-8")
    sources = Sources(root)
    environment = Environment(
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {
        name: getattr(sources, name)
        for name in (
            "has",
            "rows",
            "table",
            "plain",
            "text",
            "mean",
            "card",
            "groups",
            "megabytes",
            "picture",
        )
    }
    environment.filters |= {"number": number, "percent": percent}
    return environment.from_string(template).render(), sources.pictures


def write_guide(root: Path) -> list[Path]:
    """Render all pages into ``guide`` of the resources, with their pictures; return what has changed."""
    changed = []
    for name, wanted in _wanted(root).items():
        path = root / "guide" / name
        if not path.is_file() or path.read_bytes() != wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(path, overwrite=True) as temporary:
                temporary.write_bytes(wanted)
            changed.append(path)
    return changed


def stale(root: Path) -> list[str]:
    """Return names of pages and pictures that are not what the tables say now."""
    return [
        name
        for name, wanted in _wanted(root).items()
        if not (root / "guide" / name).is_file() or (root / "guide" / name).read_bytes() != wanted
    ]


def _wanted(root: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for page in PAGES:
        text, pictures = render(page, root)
        files[page] = text.encode()
        files |= {f"{PICTURES}/{called}": path.read_bytes() for called, path in pictures.items()}
    return files
