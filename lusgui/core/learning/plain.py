"""Frozen dataclasses to JSON values and back, checked against their annotations on the way in.

Job, messages and results cross from one process to another and lie in files that anybody can change. What
comes in is believed in no point: every value must be of the kind that its field says, and ``__post_init__``
of each class refuses what makes no sense. Entries that are not known are left out, so that files of later
versions stay readable; a number that is not one (NaN) is written as null.
"""

from __future__ import annotations

import json
import math
import re
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any, Literal, Self, TypeVar, Union, get_args, get_origin, get_type_hints

from lusgui.base.errors import LearnError

MAX_TEXT = 1_000_000
MAX_ITEMS = 5_000_000
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,59}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
T = TypeVar("T")


class Plain:
    """A frozen dataclass that can be written as JSON and read back."""

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a file or a message."""
        values: dict[str, Any] = to_plain(self)
        return values

    @classmethod
    def from_json(cls, values: object) -> Self:
        """Build from plain values that nobody vouches for.

        Raises
        ------
        LearnError
            If anything is missing, of the wrong kind, or makes no sense.
        """
        return from_plain(cls, values)

    def dumps(self) -> str:
        """Return JSON text, for people to read as well."""
        return json.dumps(self.to_json(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def loads(cls, text: str | bytes) -> Self:
        """Read what `dumps` wrote.

        Raises
        ------
        LearnError
            If it is no JSON, or not sound.
        """
        return cls.from_json(parse_json(text))


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401
    """Return the value of a JSON text; NaN and infinities, which JSON does not have, become None.

    Raises
    ------
    LearnError
        If it is no JSON.
    """
    try:
        return json.loads(text, parse_constant=lambda _name: None)
    except (ValueError, RecursionError) as error:
        raise LearnError("this is no JSON") from error


def to_plain(value: object) -> Any:  # noqa: ANN401
    """Return lists, tables, texts and numbers that say the same; NaN and infinities become None."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def from_plain(cls: type[T], values: object) -> T:
    """Build a dataclass from plain values, checking each against its field's annotation.

    Raises
    ------
    LearnError
        If anything is missing, of the wrong kind, or makes no sense.
    """
    if not isinstance(values, Mapping):
        raise LearnError(f"{_words(cls)} is not a table")
    kinds = _kinds(cls)
    given: dict[str, Any] = {}
    for item in fields(cls):  # type: ignore[arg-type]
        if item.name in values:
            given[item.name] = _read(values[item.name], kinds[item.name], f"{_words(cls)}: {item.name}")
        elif item.default is MISSING and item.default_factory is MISSING:
            raise LearnError(f"{_words(cls)} says nothing about '{item.name}'")
    return cls(**given)


_HINTS: dict[type[Any], dict[str, Any]] = {}


def _kinds(cls: type[Any]) -> dict[str, Any]:
    if cls not in _HINTS:
        _HINTS[cls] = get_type_hints(cls)
    return _HINTS[cls]


def _words(cls: type[Any]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", cls.__name__).lower()


def _read(value: object, kind: Any, where: str) -> Any:  # noqa: ANN401
    origin = get_origin(kind)
    if kind is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(kind):
            return None
        (kind,) = (part for part in get_args(kind) if part is not type(None))
        return _read(value, kind, where)
    if origin is Literal:
        if value in get_args(kind) and isinstance(value, str):
            return value
        raise LearnError(f"{where} is '{str(value)[:40]}', none of {', '.join(map(str, get_args(kind)))}")
    if origin is tuple:
        return _read_items(value, get_args(kind), where)
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise LearnError(f"{where} is not a table")
        return {key: _read(item, get_args(kind)[1], where) for key, item in value.items()}
    if kind is bool:
        if isinstance(value, bool):
            return value
    elif kind is int:
        if isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63:
            return value
    elif kind is float:
        if isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value):
            return float(value)
    elif kind is str:
        if isinstance(value, str) and len(value) <= MAX_TEXT:
            return value
    elif issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError as error:
            raise LearnError(f"{where} is '{str(value)[:40]}', which is not known") from error
    elif issubclass(kind, Plain):
        return kind.from_json(value)
    raise LearnError(f"{where} is not {_KINDS.get(kind, 'what it should be')}")


_KINDS = {bool: "yes or no", int: "a whole number", float: "a number", str: "a text"}


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond every float
        return False


def _read_items(value: object, kinds: tuple[Any, ...], where: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple) or len(value) > MAX_ITEMS:
        raise LearnError(f"{where} is not a list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(item, kinds[0], where) for item in value)
    if len(value) != len(kinds):
        raise LearnError(f"{where} has {len(value)} parts instead of {len(kinds)}")
    return tuple(_read(item, kind, where) for item, kind in zip(value, kinds, strict=True))


# what the classes check in their own words


def require(is_sound: bool, problem: str) -> None:
    """Refuse values that make no sense.

    Raises
    ------
    LearnError
        With `problem`, unless `is_sound`.
    """
    if not is_sound:
        raise LearnError(problem)


def is_label(key: str) -> bool:
    """Return whether a text can be the key of a label."""
    return _LABEL.fullmatch(key) is not None


def is_sha256(text: str) -> bool:
    """Return whether a text is a SHA-256 in hexadecimal digits."""
    return _SHA256.fullmatch(text) is not None


def is_inside(path: str) -> bool:
    """Return whether a relative path with forward slashes stays in the folder it is relative to."""
    parts = path.split("/")
    return bool(path) and not any(part in ("", ".", "..") or ":" in part or "\\" in part for part in parts)


def clean(value: float | None) -> float | None:
    """Return a number, None for one that is none (NaN, infinite)."""
    return None if value is None or not math.isfinite(value) else float(value)
