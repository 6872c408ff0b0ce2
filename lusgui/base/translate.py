"""The window's words in another language: English is in the code, catalogues (.mo, gettext) beside it."""

from __future__ import annotations

import gettext
import re
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError
from lusgui.base.paths import config_dir, resources_dir

if TYPE_CHECKING:
    from pathlib import Path

ENGLISH = "en"
FOLDER = "translations"
LARGEST_BYTES = 4_000_000
_NAME = "lusgui language name"
"""What a catalogue translates into the name of its language."""

_catalogue: list[gettext.NullTranslations] = [gettext.NullTranslations()]
_code: list[str] = [ENGLISH]


class CatalogueError(LusguiError):
    """A catalogue that cannot be used."""


def tr(text: str, **values: object) -> str:
    """Return a text in the language of the window, with values put into its ``{names}``.

    A translation that asks for a value that is not there is not used.
    """
    if not text:
        return text
    found = _catalogue[0].gettext(text)
    if not values:
        return found
    try:
        return found.format(**values)
    except (KeyError, IndexError, ValueError):
        return text.format(**values)


def language() -> str:
    """Return the code of the language of the window."""
    return _code[0]


def catalogues() -> dict[str, Path]:
    """Return the catalogues that are there: code -> file; the person's own win over those that came along."""
    found: dict[str, Path] = {}
    for folder in (resources_dir() / FOLDER, config_dir() / FOLDER):
        if folder.is_dir():
            for path in sorted(folder.glob("*.mo")):
                if re.fullmatch(r"[a-z]{2,3}(_[A-Z]{2})?", path.stem):
                    found[path.stem] = path
    return found


def languages() -> list[tuple[str, str]]:
    """Return the languages that can be chosen: code and name; English first."""
    named = [(ENGLISH, "English")]
    for code, path in catalogues().items():
        try:
            name = _read(path).gettext(_NAME)
        except CatalogueError:
            continue
        named.append((code, code if name == _NAME else name))
    return named


def choose_language(code: str) -> None:
    """Speak a language from now on.

    Raises
    ------
    CatalogueError
        If there is no catalogue of it, or it cannot be read; the present language stays.
    """
    if code in ("", ENGLISH):
        _catalogue[0], _code[0] = gettext.NullTranslations(), ENGLISH
        return
    path = catalogues().get(code)
    if path is None:
        raise CatalogueError(f"there is no catalogue of the language {code}", remedy="Choose another one")
    _catalogue[0], _code[0] = _read(path), code


def _read(path: Path) -> gettext.NullTranslations:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise CatalogueError("the catalogue is too large", path=path)
        with path.open("rb") as file:
            return gettext.GNUTranslations(file)
    except CatalogueError:
        raise
    except Exception as error:  # gettext raises whatever a damaged file brings about
        raise CatalogueError("the catalogue cannot be read", path=path, remedy="Get it again") from error
