"""The window's words in another language: English is in the code, catalogues (.mo, gettext) beside it.

A text may name the key of a command, ``{key:edit.undo}``: the key in force is put there.
"""

from __future__ import annotations

import gettext
import re
from typing import TYPE_CHECKING, Any

from lusgui.base.errors import LusguiError
from lusgui.base.paths import config_dir, resources_dir

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGLISH = "en"
FOLDER = "translations"
LARGEST_BYTES = 4_000_000
KEY = "{key:"
"""What the name of a command begins with where a text names its key."""
MOST_REMEMBERED = 2000
_NAME = "lusgui language name"
"""What a catalogue translates into the name of its language."""

_catalogue: list[gettext.NullTranslations] = [gettext.NullTranslations()]
_code: list[str] = [ENGLISH]
_key_of: list[Callable[[str], str]] = [str]
_generation: list[int] = [0]
_with_keys: dict[str, tuple[str, dict[str, object]]] = {}
"""Texts that named keys, and what they were made of: they change when keys do."""


_made: dict[str, None] = {}
"""Texts in the language of the window, but English."""


class CatalogueError(LusguiError):
    """A catalogue that cannot be used."""


class _Keys:
    """Stands for ``key`` in a text: formatted with the id of a command it is the key of that command."""

    def __format__(self, command_id: str) -> str:
        return _key_of[0](command_id)


def tr(text: str, **values: object) -> str:
    """Return a text in the language of the window, with values put into its ``{names}``.

    A translation that asks for a value that is not there is not used.
    """
    if not text:
        return text
    return _filled(text, _catalogue[0].gettext(text), values)


def trn(one: str, many: str, count: int, **values: object) -> str:
    """Return the text for a number of things, ``{count}``, in the form that the language has for it."""
    english = one if count == 1 else many
    return _filled(english, _catalogue[0].ngettext(one, many, count), {"count": count, **values})


def is_translated(text: str) -> bool:
    """Whether a text was made lately in the language of the window: it is no English to be told again."""
    return text in _made


def _filled(english: str, found: str, values: dict[str, object]) -> str:
    text = _with_values(english, found, values)
    if found != english:
        _remember(_made, text, None)
    return text


def _remember(memory: dict[str, Any], text: str, about: object) -> None:
    if text not in memory and len(memory) >= MOST_REMEMBERED:
        del memory[next(iter(memory))]
    memory[text] = about


def _with_values(english: str, found: str, values: dict[str, object]) -> str:
    names_keys = KEY in english
    if not values and not names_keys:
        return found
    given = {"key": _Keys(), **values} if names_keys else values
    try:
        text = found.format(**given)
    except (KeyError, IndexError, ValueError):
        text = english.format(**given)
    if names_keys:
        _remember(_with_keys, text, (english, values))
    return text


def use_keys(key_of: Callable[[str], str]) -> None:
    """Let texts name keys as this function does: id of a command -> its key, as a person reads it."""
    _key_of[0] = key_of


def with_keys_now(text: str) -> str:
    """Return a text that `tr` made, with the keys that are in force now; any other text as it is."""
    made_of = _with_keys.get(text)
    if made_of is not None:
        return tr(made_of[0], **made_of[1])
    lines = text.split("\n")
    return "\n".join(map(with_keys_now, lines)) if len(lines) > 1 else text


def generation() -> int:
    """Return a number that is another one whenever a language was chosen."""
    return _generation[0]


def catalogue_words() -> dict[str, str]:
    """Return what the catalogue in use has: English -> the language of the window; nothing in English."""
    words = getattr(_catalogue[0], "_catalog", {})
    return {key: value for key, value in words.items() if isinstance(key, str) and key}


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
    _generation[0] += 1
    _with_keys.clear()
    _made.clear()
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
