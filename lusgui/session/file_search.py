"""Where a file may have gone: seen from the study, beside it, and in the folders around it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_FOLDERS = 400
"""A search ends after this many folders: it runs while a study opens."""

_DEPTH = 3


def find_moved(path: Path, relative_path: str | None, size_bytes: int, study_folder: Path) -> Iterator[Path]:
    """Go through files that may be the one that was at `path`, the likeliest first.

    Parameters
    ----------
    path : Path
        Where it was.
    relative_path : str or None
        Where it was as seen from the study, with forward slashes.
    size_bytes : int
        Its size; files of another are passed over.
    study_folder : Path
        Folder of the study.

    Yields
    ------
    Path
        Existing files of that size. Their content is still to be compared.
    """
    seen: set[Path] = set()
    for candidate in _candidates(path, relative_path, study_folder):
        try:
            place = candidate.resolve()
            if place in seen:
                continue
            seen.add(place)
            if place.is_file() and place.stat().st_size == size_bytes:
                yield candidate
        except (OSError, ValueError):
            continue


def _candidates(path: Path, relative_path: str | None, study_folder: Path) -> Iterator[Path]:
    if relative_path is not None:
        yield Path(os.path.normpath(study_folder / relative_path))
    yield study_folder / path.name
    around = [study_folder, path.parent, study_folder.parent]
    # a renamed file beside its old place, then the same name anywhere below
    for folder in (path.parent, study_folder):
        yield from _same_kind(folder, path.suffix)
    budget = _MOST_FOLDERS
    for start in around:
        if start == start.parent:
            continue  # never search a whole disk
        for folder, depth in _walk(start):
            budget -= 1
            if budget < 0:
                return
            if depth > 0:
                yield folder / path.name


def _same_kind(folder: Path, suffix: str) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.suffix == suffix)[:1000]
    except OSError:
        return []


def _walk(start: Path) -> Iterator[tuple[Path, int]]:
    """Go through folders breadth first, down to a depth, not into hidden ones or links."""
    level = [start]
    for depth in range(_DEPTH + 1):
        below: list[Path] = []
        for folder in level:
            yield folder, depth
            try:
                with os.scandir(folder) as entries:
                    below += [
                        Path(e.path)
                        for e in entries
                        if e.is_dir(follow_symlinks=False) and not e.name.startswith(".")
                    ]
            except OSError:
                continue
        level = sorted(below)
