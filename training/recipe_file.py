"""Recipes on disk: YAML read into frozen dataclasses, every key and type checked."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union

from lusgui.base.errors import LusguiError

T = TypeVar("T")
TINY = "tiny"
FOLDER = Path(__file__).parent / "recipes"
NAMED_BY_RECIPE = "named by the recipe"
"""In a field's metadata: a table whose names a recipe chooses, and the command line may not add to."""


class RecipeError(LusguiError):
    """A recipe that cannot be followed; the message names the entry and what it may be."""


def shipped_recipes() -> list[str]:
    """Return the names of the recipes that come with the program."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_recipe(
    source: str | Path, schema: type[T], overrides: Sequence[str] = (), *, tiny: bool = False
) -> T:
    """Read a recipe.

    Parameters
    ----------
    source : str or Path
        A YAML file, or the name of a shipped recipe.
    schema : type
        Frozen dataclass that says which entries there are and of which types; dataclasses may nest.
    overrides : sequence of str
        Entries changed on the command line, ``fit.epochs=3``; the value is read as YAML.
    tiny : bool
        Merge the recipe's own ``tiny`` section over it: the same way through all steps in seconds.

    Returns
    -------
    schema

    Raises
    ------
    RecipeError
        If the file cannot be read, an entry is unknown or missing, or a value is of the wrong type.
    """
    path = _find(source)
    values = _read(path)
    small = values.pop(TINY, {})
    if not isinstance(small, Mapping):
        raise RecipeError("the section 'tiny' is not a table", path=path)
    if tiny:
        values = _merged(values, small)
    try:
        return build_recipe(schema, values, overrides)
    except RecipeError as error:
        raise RecipeError(error.cause, path=path, remedy=error.remedy) from error


def build_recipe(schema: type[T], values: Mapping[str, Any], overrides: Sequence[str] = ()) -> T:
    """Build a recipe of plain values that come from no file.

    Parameters
    ----------
    schema, overrides
        As `load_recipe`.
    values : mapping
        What a YAML file would hold.

    Raises
    ------
    RecipeError
        As `load_recipe`.
    """
    for override in overrides:
        changed = _merged(values, _parsed(override))
        _refuse_new_names(schema, values, changed, "")
        values = changed
    return _build(schema, values, "")


def _find(source: str | Path) -> Path:
    path = Path(source)
    if path.suffix in {".yaml", ".yml"} and path.is_file():
        return path
    shipped = FOLDER / f"{path.stem if path.suffix in {'.yaml', '.yml'} else path.name}.yaml"
    if shipped.is_file() and len(path.parts) == 1:
        return shipped
    known = ", ".join(shipped_recipes())
    raise RecipeError("there is no such recipe", path=path, remedy=f"Known: {known}; or name a .yaml file")


def _read(path: Path) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = "" if mark is None else f" in line {mark.line + 1}, column {mark.column + 1}"
        cause = f"the recipe is no YAML{where}: {error.problem or error.context}"
        raise RecipeError(cause, path=path) from error
    except OSError as error:
        raise RecipeError(f"the recipe cannot be read ({error.strerror or error})", path=path) from error
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
        cause = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise RecipeError(f"the recipe cannot be read ({cause})", path=path) from error
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise RecipeError("the recipe is not a table of named entries", path=path)
    return values


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        merged[key] = (
            _merged(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
        )
    return merged


def _parsed(override: str) -> dict[str, Any]:
    import yaml

    name, sign, text = override.partition("=")
    parts = name.strip().split(".")
    if not sign or not all(parts):
        raise RecipeError(f"'{override[:80]}' is not of the form entry=value")
    try:
        value: Any = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"the value in '{override[:80]}' cannot be read") from error
    for part in reversed(parts):
        value = {part: value}
    result: dict[str, Any] = value
    return result


def _refuse_new_names(schema: type, before: Mapping[str, Any], after: Mapping[str, Any], where: str) -> None:
    """Refuse names that an override adds to a table whose names the recipe gives: it was misspelt."""
    hints = typing.get_type_hints(schema)
    for item in dataclasses.fields(schema):
        old, new = before.get(item.name), after.get(item.name)
        if not isinstance(old, Mapping) or not isinstance(new, Mapping):
            continue
        if item.metadata.get(NAMED_BY_RECIPE):
            added = [name for name in new if name not in old]
            if added and old:
                raise RecipeError(
                    f"the recipe has no '{where}{item.name}.{added[0]}'",
                    remedy=f"Known: {', '.join(map(str, old))}",
                )
            continue
        hint = hints[item.name]
        for choice in (hint, *typing.get_args(hint)):
            if dataclasses.is_dataclass(choice) and isinstance(choice, type):
                _refuse_new_names(choice, old, new, f"{where}{item.name}.")


def _build(schema: type[T], values: Mapping[str, Any], where: str) -> T:
    hints = typing.get_type_hints(schema)
    fields = {item.name: item for item in dataclasses.fields(schema) if item.init}  # type: ignore[arg-type]
    for key in values:
        if key not in fields:
            raise RecipeError(f"there is no entry '{where}{key}'", remedy=f"Known: {', '.join(fields)}")
    given = {key: _convert(hints[key], value, f"{where}{key}") for key, value in values.items()}
    for name, item in fields.items():
        no_default = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        if no_default and name not in given:
            raise RecipeError(f"the entry '{where}{name}' is missing")
    try:
        return schema(**given)
    except (ValueError, TypeError) as error:
        raise RecipeError(f"the values under '{where or 'the top'}' do not fit together: {error}") from error


def _convert(hint: object, value: object, where: str) -> object:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _one_of(arguments, value, where)
    if origin is typing.Literal:
        if value in arguments:
            return value
        raise RecipeError(f"'{where}' must be one of {', '.join(map(str, arguments))}, not {value!s:.60}")
    if origin is tuple:
        return _tuple(arguments, value, where)
    if origin in (dict, Mapping):
        if not isinstance(value, Mapping):
            raise _wrong(where, "a table", value)
        return {
            _convert(arguments[0], key, where): _convert(arguments[1], item, f"{where}.{key}")
            for key, item in value.items()
        }
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise _wrong(where, "a table", value)
        return _build(hint, value, f"{where}.")
    return _plain(hint, value, where)


def _one_of(choices: Sequence[object], value: object, where: str) -> object:
    if value is None and type(None) in choices:
        return None
    problem: RecipeError | None = None
    for choice in choices:
        if choice is type(None):
            continue
        try:
            return _convert(choice, value, where)
        except RecipeError as error:
            problem = error
    raise problem or _wrong(where, "nothing", value)


def _tuple(arguments: Sequence[object], value: object, where: str) -> tuple[object, ...]:
    if not isinstance(value, (list, tuple)):
        raise _wrong(where, "a list", value)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_convert(arguments[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    if len(arguments) != len(value):
        raise _wrong(where, f"a list of {len(arguments)}", value)
    return tuple(
        _convert(hint, item, f"{where}[{i}]")
        for i, (hint, item) in enumerate(zip(arguments, value, strict=True))
    )


def _plain(hint: object, value: object, where: str) -> object:
    if hint is float and isinstance(value, str):
        # YAML 1.1 reads 1e-5 as a text
        try:
            return float(value)
        except ValueError:
            raise _wrong(where, "a number", value) from None
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is Path and isinstance(value, str):
        return Path(value)
    if isinstance(hint, type) and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    names: dict[object, str] = {
        float: "a number",
        int: "a whole number",
        str: "a text",
        bool: "true or false",
        Path: "a path",
    }
    raise _wrong(where, names.get(hint, getattr(hint, "__name__", str(hint))), value)


def _wrong(where: str, wanted: str, value: object) -> RecipeError:
    return RecipeError(f"'{where}' must be {wanted}, not {str(value)[:60]!r}")
