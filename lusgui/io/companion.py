"""The setup file that lies beside a data file which holds pixels alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError
from lusgui.io.verasonics import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

MAX_LOOKED_AT = 24
MAX_BYTES = 256 * 1024 * 1024
_HINTS = ("setup", "set_up", "param", "config", "sequence", "script")


def find_companion(path: Path, size: tuple[int, int]) -> tuple[Path, Settings] | None:
    """Return the setup file for `path` and what it says, or None.

    Parameters
    ----------
    path : Path
        Data file without settings of its own.
    size : tuple of int
        Rows and columns of its frames; a setup for another grid is passed over.

    Notes
    -----
    Where several setups fit and say different things, the one whose name is nearest to the data
    file's is taken if it is nearer than the others; else none, for a wrong spacing is worse than none.
    """
    fits: list[tuple[int, Path, Settings]] = []
    for place in _setups(path):
        settings = _settings_of(place)
        if settings is None or settings.spacing_mm is None:
            continue
        if settings.pixel_size is not None and settings.pixel_size != size:
            continue
        fits.append((_shared_letters(place, path), place, settings))
    if not fits:
        return None
    fits.sort(key=lambda entry: -entry[0])
    rivals = {settings.spacing_mm for nearness, _, settings in fits if nearness == fits[0][0]}
    return None if len(rivals) > 1 else (fits[0][1], fits[0][2])


def is_setup_only(path: Path) -> bool:
    """Whether a MAT-file has Verasonics settings and nothing that could be an image."""
    from lusgui.io.mat_choice import list_choices
    from lusgui.io.mat_refusals import SETUP_NAMES
    from lusgui.io.matfile import list_variables

    try:
        opened = list_variables(path)
    except LusguiError:
        return False
    try:
        if not any(node.path in SETUP_NAMES for node in opened.tree.variables):
            return False
        return not any(choice.score > 0 for choice in list_choices(opened.tree))
    except LusguiError:
        return False
    finally:
        opened.close()


def _shared_letters(one: Path, other: Path) -> int:
    """Return how many letters two file names have in common at their start."""
    count = 0
    for a, b in zip(one.stem.casefold(), other.stem.casefold(), strict=False):
        if a != b:
            break
        count += 1
    return count


def _setups(path: Path) -> list[Path]:
    """Return the other MAT-files of the folder, likely setups first."""
    try:
        others = [
            place
            for place in path.parent.iterdir()
            if place.suffix.casefold() == ".mat"
            and place.name != path.name
            and not place.name.startswith(".")
            and place.is_file()
            and place.stat().st_size <= MAX_BYTES
        ]
    except OSError:
        return []

    def rank(place: Path) -> tuple[bool, int, str]:
        name = place.stem.casefold()
        return not any(hint in name for hint in _HINTS), -_shared_letters(place, path), name

    return sorted(others, key=rank)[:MAX_LOOKED_AT]


def _settings_of(path: Path) -> Settings | None:
    from lusgui.io.mat_choice import list_choices
    from lusgui.io.matfile import list_variables

    try:
        opened = list_variables(path)
    except LusguiError:
        return None
    try:
        if opened.tree.struct("PData") is None:
            return None
        # A recording with settings of its own says nothing about its neighbours.
        if any(choice.score > 0 for choice in list_choices(opened.tree)):
            return None
        return read_settings(opened.tree)
    except LusguiError:
        return None
    finally:
        opened.close()
