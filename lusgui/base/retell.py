"""Sentences that were said in English below the window, in the window's language.

The layers without widgets say English: errors, names of edits that a study keeps, answers of child processes.
The template for translators has these sentences as patterns (``{name} was not added``). A sentence is found
again by its pattern, and what stood in its fields is put into the translation.
"""

from __future__ import annotations

import re
from functools import lru_cache
from string import Formatter

from lusgui.base.translate import ENGLISH, KEY, catalogue_words, generation, is_translated, language, tr

LEAST_LETTERS = 4
"""Letters that a pattern must have beside its fields: one of fewer fits anything."""
DEEPEST = 3
"""Sentences within sentences are followed so far."""


def retell(text: str) -> str:
    """Return an English sentence in the language of the window, or as it is where there is none of it."""
    if language() == ENGLISH or not text or is_translated(text):
        return text
    return _retold(text, generation(), 0)


@lru_cache(maxsize=4096)
def _retold(text: str, which: int, depth: int) -> str:
    exact = tr(text)
    if exact != text or depth > DEEPEST:
        return exact
    for literal, pattern, translated in _patterns(which):
        if literal not in text or (found := pattern.fullmatch(text)) is None:
            continue
        values = {name: _retold(value, which, depth + 1) for name, value in found.groupdict().items()}
        try:
            return translated.format(**values)
        except (KeyError, IndexError, ValueError):
            continue  # a translation that asks for what is not there is not used
    return text


@lru_cache(maxsize=2)
def _patterns(which: int) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Return the patterns of the catalogue in use, those that say most first."""
    words = catalogue_words()
    found = [(pattern_of(english), translated) for english, translated in words.items()]
    made = [(*pattern, _plain(words)) for pattern, words in found if pattern is not None]
    made.sort(key=lambda each: -each[2])
    return tuple((literal, pattern, words) for literal, pattern, _letters, words in made)


def pattern_of(english: str) -> tuple[str, re.Pattern[str], int] | None:
    """Return how a sentence with fields is found again, or None where it has none or says too little.

    Returns
    -------
    tuple of (str, re.Pattern, int) or None
        The longest part that never changes, the pattern, and how many letters never change.
    """
    try:
        parts = list(Formatter().parse(english))
    except ValueError:
        return None
    literals = [literal for literal, _field, _spec, _how in parts]
    letters = sum(letter.isalpha() for literal in literals for letter in literal)
    names = [field for _literal, field, _spec, _how in parts if field is not None]
    if not names or KEY in english or letters < LEAST_LETTERS or not all(map(str.isidentifier, names)):
        return None
    pattern, known = "", set()
    for literal, field, _spec, _how in parts:
        pattern += re.escape(literal)
        if field is not None:
            pattern += f"(?P={field})" if field in known else f"(?P<{field}>.+?)"
            known.add(field)
    return max(literals, key=len), re.compile(pattern, re.DOTALL), letters


def _plain(translated: str) -> str:
    """Return a translation without how numbers are written: the sentence has them written already."""
    try:
        parts = list(Formatter().parse(translated))
    except ValueError:
        return translated
    text = ""
    for literal, field, _spec, _how in parts:
        text += literal.replace("{", "{{").replace("}", "}}")
        text += "" if field is None else f"{{{field}}}"
    return text
