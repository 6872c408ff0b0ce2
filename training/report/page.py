"""One self-contained page: text, tables and figures, which opens offline and needs no script."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.base.errors import LusguiError
from training.report.figures import png_of
from training.report.notice import notices
from training.report.tables import Score, Tone, is_number, legend_of, show_value, write_csv

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    Colour = Callable[[Mapping[str, object], str], Tone | None]


class ReportError(LusguiError):
    """A report cannot be put together."""


@dataclass(frozen=True)
class _Table:
    name: str
    rows: tuple[Mapping[str, object], ...]
    columns: tuple[str, ...]


@dataclass
class Report:
    """A page under construction; what is added first stands first.

    Parameters
    ----------
    title : str
        Heading of the page.
    subtitle : str
        One line below it.
    """

    title: str
    subtitle: str = ""
    _parts: list[dict[str, Any]] = field(default_factory=list, repr=False)
    _tables: list[_Table] = field(default_factory=list, repr=False)
    _images: dict[str, bytes] = field(default_factory=dict, repr=False)

    def add_heading(self, text: str) -> None:
        """Begin a section."""
        self._parts.append({"kind": "heading", "text": text})

    def add_text(self, text: str) -> None:
        """Add paragraphs; an empty line parts them."""
        paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]
        self._parts.append({"kind": "text", "paragraphs": paragraphs})

    def add_facts(self, facts: Mapping[str, object]) -> None:
        """Add a list of names with values: settings, seeds, digests."""
        shown = [(str(name), show_value(value)) for name, value in facts.items()]
        self._parts.append({"kind": "facts", "facts": shown})

    def add_table(
        self,
        rows: Sequence[Mapping[str, object]],
        columns: Sequence[str] | None = None,
        caption: str = "",
        *,
        name: str = "",
        colour: Colour | None = None,
    ) -> None:
        """Add a table; the same numbers are written as CSV beside the page, unrounded.

        Parameters
        ----------
        rows : sequence of mapping
            From column to value; None and NaN stay empty.
        columns : sequence of str, optional
            Which columns, in order; by default those of the first row.
        caption : str
            What it shows, with n, split and seeds; the signs of scores are explained after it unless it
            does so itself.
        name : str
            Stem of the CSV file; numbered if empty.
        colour : callable, optional
            ``colour(row, column)`` gives a cell its tone.
        """
        chosen = tuple(columns) if columns is not None else tuple(rows[0]) if rows else ()
        cells = [
            [_cell(row.get(column), colour(row, column) if colour else None) for column in chosen]
            for row in rows
        ]
        tones = {
            tone
            for row in rows
            for column in chosen
            if colour and isinstance(row.get(column), Score) and (tone := colour(row, column))
        }
        caption = " ".join(part for part in (caption, legend_of(tones, caption)) if part)
        self._parts.append({"kind": "table", "caption": caption, "columns": chosen, "rows": cells})
        stem = self._free_name(name or f"table_{len(self._tables) + 1}", {t.name for t in self._tables})
        self._tables.append(_Table(stem, tuple(rows), chosen))

    def add_figure(self, figure: Figure, caption: str = "", *, name: str = "") -> None:
        """Add a figure; the image is also written beside the page.

        Parameters
        ----------
        figure : matplotlib.figure.Figure
            Made by ``training.report.figures`` or any other, without pyplot.
        caption : str
            What it shows; also what is read aloud instead of it.
        name : str
            Stem of the PNG file; numbered if empty.
        """
        image = png_of(figure)
        stem = self._free_name(name or f"figure_{len(self._images) + 1}", self._images.keys())
        self._images[stem] = image
        shown = base64.b64encode(image).decode("ascii")
        self._parts.append({"kind": "figure", "caption": caption, "image": shown})

    def html(self) -> str:
        """Return the page."""
        from jinja2 import Environment, StrictUndefined

        source = resources.files("training.report").joinpath("page.html").read_text(encoding="utf-8")
        environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
        return environment.from_string(source).render(
            title=self.title, subtitle=self.subtitle, parts=self._parts, notices=notices()
        )

    def write(self, folder: Path) -> Path:
        """Write ``report.html``, a CSV a table and a PNG a figure; return the page's path.

        Raises
        ------
        WriteFailedError
            If the folder cannot be written.
        """
        make_folder(folder)
        for table in self._tables:
            write_csv(folder / f"{table.name}.csv", table.rows, table.columns)
        for stem, image in self._images.items():
            with atomic_path(folder / f"{stem}.png", overwrite=True) as temporary:
                temporary.write_bytes(image)
        path = folder / "report.html"
        with atomic_path(path, overwrite=True) as temporary:
            temporary.write_text(self.html(), encoding="utf-8")
        return path

    @staticmethod
    def _free_name(name: str, taken: object) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
            raise ReportError(f"'{name[:60]}' cannot be the name of a file of the report")
        if name in taken:  # type: ignore[operator]
            raise ReportError(f"the report already has a file called '{name[:60]}'")
        return name


def _cell(value: object, tone: Tone | None) -> dict[str, str]:
    styles = [tone.style] if tone else []
    if is_number(value):
        styles.append("number")
    return {"text": show_value(value), "style": " ".join(styles), "mark": tone.mark if tone else ""}
