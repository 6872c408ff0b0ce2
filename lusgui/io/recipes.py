"""Recipes on disk: one YAML file each, saved by name."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from lusgui.base import paths
from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError, UnreadableFileError
from lusgui.core.recipe import Recipe

SUFFIX = ".yaml"
_MAX_BYTES = 64 * 1024
FOLDER_RECIPE = "lusgui-recipe.yaml"
"""A recipe under this name in a folder is applied to every file of that folder."""


def recipes_dir() -> Path:
    """Return the folder of the person's recipes (not created here)."""
    return paths.config_dir() / "recipes"


def recipe_path(name: str, folder: Path | None = None) -> Path:
    """Return where the recipe `name` is saved; names that differ get files that differ."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:60]
    if slug != name:
        slug = f"{slug or 'recipe'}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return (folder or recipes_dir()) / f"{slug}{SUFFIX}"


def save_recipe(recipe: Recipe, folder: Path | None = None) -> Path:
    """Save a recipe under its name, replacing one of the same name.

    Parameters
    ----------
    recipe : Recipe
        The choices.
    folder : Path, optional
        Where; by default with the person's settings.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    LusguiError
        If the recipe has no name or the file cannot be written.
    """
    import yaml

    if not recipe.name.strip():
        raise LusguiError("the recipe has no name", remedy="Give it a name")
    target = recipe_path(recipe.name, folder)
    with atomic_path(target, overwrite=True) as temporary:
        temporary.write_text(
            yaml.safe_dump(recipe.to_json(), allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
    return target


def read_recipe(path: Path) -> Recipe:
    """Read one recipe file (YAML or JSON).

    Raises
    ------
    LusguiError
        If it cannot be read or is no recipe.
    """
    import yaml

    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UnreadableFileError("it is far too large for a recipe", path=path)
        text = path.read_text(encoding="utf-8")
        # Aliases could blow a small file up; a recipe has none.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise UnreadableFileError("this is not a recipe", path=path)
        values = yaml.safe_load(text)
    except OSError as error:
        raise UnreadableFileError(f"it cannot be read ({error.strerror or error})", path=path) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UnreadableFileError("this is not a recipe", path=path, remedy="Save it again") from error
    if not isinstance(values, dict):
        raise UnreadableFileError("this is not a recipe", path=path, remedy="Save it again")
    try:
        return Recipe.from_json(values)
    except LusguiError as error:
        raise UnreadableFileError(error.cause, path=path, remedy=error.remedy) from error


def load_recipes(folder: Path | None = None) -> list[Recipe]:
    """Return the saved recipes by name; files that are none are left out."""
    found = []
    place = folder or recipes_dir()
    files = sorted(place.glob(f"*{SUFFIX}")) if place.is_dir() else []
    for path in files:
        try:
            found.append(read_recipe(path))
        except LusguiError:
            # One spoiled file must not hide the others; asking for it by name says what is wrong.
            continue
    return sorted(found, key=lambda recipe: recipe.name.casefold())


def find_recipe(name: str, folder: Path | None = None) -> Recipe:
    """Return the saved recipe `name`, or the one in the file of that path.

    Raises
    ------
    LusguiError
        If there is none; the message lists those that exist.
    """
    path = recipe_path(name, folder)
    if path.is_file():
        return read_recipe(path)
    if Path(name).suffix in {SUFFIX, ".yml", ".json"} and Path(name).is_file():
        return read_recipe(Path(name))
    names = ", ".join(f"'{recipe.name}'" for recipe in load_recipes(folder))
    raise LusguiError(
        f"there is no recipe '{name}'", remedy=f"Saved are: {names}" if names else "None was saved yet"
    )


def delete_recipe(name: str, folder: Path | None = None) -> None:
    """Remove the saved recipe `name`.

    Raises
    ------
    LusguiError
        If there is none or it cannot be removed.
    """
    path = recipe_path(name, folder)
    try:
        path.unlink()
    except FileNotFoundError as error:
        raise LusguiError(f"there is no recipe '{name}'") from error
    except OSError as error:
        raise LusguiError(f"it cannot be removed ({error.strerror or error})", path=path) from error


def folder_recipe(folder: Path) -> Recipe | None:
    """Return the recipe that was laid into a data folder for all of its files, or None.

    Raises
    ------
    LusguiError
        If there is one and it is spoiled.
    """
    path = folder / FOLDER_RECIPE
    return read_recipe(path) if path.is_file() else None


def save_folder_recipe(recipe: Recipe, folder: Path) -> Path:
    """Lay a recipe into a data folder, so that every file opened from there is read by it."""
    import yaml

    target = folder / FOLDER_RECIPE
    with atomic_path(target, overwrite=True) as temporary:
        temporary.write_text(
            yaml.safe_dump(recipe.to_json(), allow_unicode=True, sort_keys=False), encoding="utf-8"
        )
    return target
