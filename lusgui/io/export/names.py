"""Names of exported files and MATLAB variables: readable, legal everywhere, unique."""

from __future__ import annotations

import re
import string
import unicodedata
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DEFAULT_TEMPLATE = "{stem}_{label}"
FIELDS = ("stem", "label", "study", "rater", "date")
MAX_VARIABLE = 63
"""Longest name of a variable in MATLAB."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
_KEYWORDS = {
    "break", "case", "catch", "classdef", "continue", "else", "elseif", "end", "for", "function", "global",
    "if", "otherwise", "parfor", "persistent", "return", "spmd", "switch", "try", "while",
}  # fmt: skip


def safe_file_name(name: str) -> str:
    """Return `name` as a file name (without folder) that every system accepts; letters of any script stay."""
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", name)).strip(" .")
    if name.split(".")[0].lower() in _RESERVED:
        name = f"_{name}"
    while len(name.encode()) > 180:  # leaves room for frame numbers and extensions within 255 bytes
        name = name[:-1]
    return name or "recording"


def ascii_name(name: str) -> str:
    """Return `name` as an ASCII identifier: letters, digits and underscores, beginning with a letter."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_")
    if not plain or not plain[0].isalpha():
        plain = f"x{plain}"
    return f"{plain}_" if plain in _KEYWORDS else plain


def variable_names(labels: Iterable[str], prefix: str = "mask_") -> dict[str, str]:
    """Return a unique MATLAB variable name for each label, at most 63 ASCII characters.

    Parameters
    ----------
    labels : iterable of str
        Label keys, which may hold any character.
    prefix : str
        What every name begins with.

    Returns
    -------
    dict of str to str
        Label key to variable name, in the order given.
    """
    names: dict[str, str] = {}
    # MATLAB tells variables apart by case, but Windows does not tell files apart that way.
    taken: set[str] = set()
    for label in labels:
        plain = unicodedata.normalize("NFKD", label).encode("ascii", "ignore").decode()
        base = prefix + (re.sub(r"\W+", "_", plain, flags=re.ASCII).strip("_") or "label")
        names[label] = _unique(base, taken, MAX_VARIABLE)
    return names


def unique_stems(stems: Sequence[str]) -> list[str]:
    """Return file-name stems, one for each of `stems`, of which no two collide on any system."""
    taken: set[str] = set()
    return [_unique(safe_file_name(stem), taken, 180) for stem in stems]


def _unique(base: str, taken: set[str], longest: int) -> str:
    name, count = base[:longest], 1
    while name.casefold() in taken:
        count += 1
        ending = f"_{count}"
        name = base[: longest - len(ending)] + ending
    taken.add(name.casefold())
    return name


def check_template(template: str) -> None:
    """Refuse a template that is not understood or that cannot tell files apart.

    Raises
    ------
    LusguiError
        Naming what is wrong with it.
    """
    known = ", ".join(f"{{{field}}}" for field in FIELDS)
    try:
        used = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
    except ValueError as error:
        raise LusguiError(
            f"the name template '{template}' is not understood", remedy=f"Use {known}"
        ) from error
    unknown = used - set(FIELDS)
    if unknown:
        raise LusguiError(
            f"the name template holds {{{sorted(unknown)[0]}}}, which is unknown", remedy=f"Use {known}"
        )
    if not {"stem", "label"} <= used:
        raise LusguiError(
            f"the name template '{template}' would give several files the same name",
            remedy="Use both {stem} and {label} in it",
        )


def file_base(template: str, **values: str) -> str:
    """Fill in a template and return a file name without extension.

    Parameters
    ----------
    template : str
        For example ``{stem}_{label}``.
    **values : str
        Values of the fields in `FIELDS`; those not given become empty.
    """
    filled = {field: values.get(field, "") for field in FIELDS}
    return safe_file_name(template.format(**filled))
