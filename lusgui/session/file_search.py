"""Where a file may have gone: seen from the study, beside it, and in the folders around it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_FOLDERS = 400
"""A search around one place ends after this many folders: it runs while a study opens."""

_MOST_FILES = 1000
_DEPTH = 3


class FileSearch:
    """Looks for files that have moved; folders are listed once for all of them.

    Parameters
    ----------
    study_folder : Path
        Folder of the study.
    """

    def __init__(self, study_folder: Path) -> None:
        self._study_folder = study_folder
        self._around: dict[Path, list[Path]] = {}
        self._files: dict[Path, list[Path]] = {}

    def find(self, path: Path, relative_path: str | None, size_bytes: int) -> Iterator[Path]:
        """Go through files that may be the one that was at `path`, the likeliest first.

        Parameters
        ----------
        path : Path
            Where it was.
        relative_path : str or None
            Where it was as seen from the study, with forward slashes.
        size_bytes : int
            Its size; files of another are passed over.

        Yields
        ------
        Path
            Existing files of that size, each once. Their content is still to be compared.
        """
        seen: set[Path] = set()
        for candidate in self._candidates(path, relative_path):
            try:
                place = candidate.resolve()
                if place in seen:
                    continue
                seen.add(place)
                if place.is_file() and place.stat().st_size == size_bytes:
                    yield candidate
            except (OSError, ValueError):
                continue

    def _candidates(self, path: Path, relative_path: str | None) -> Iterator[Path]:
        if relative_path is not None:
            yield Path(os.path.normpath(self._study_folder / relative_path))
        starts = [self._study_folder, path.parent, self._study_folder.parent]
        for start in dict.fromkeys(starts):
            for folder in self._folders_below(start):
                yield folder / path.name
        # renamed in its old place, or beside the study
        for folder in dict.fromkeys((path.parent, self._study_folder)):
            yield from (file for file in self._files_in(folder) if file.suffix == path.suffix)

    def _files_in(self, folder: Path) -> list[Path]:
        if folder not in self._files:
            try:
                self._files[folder] = sorted(folder.iterdir())[:_MOST_FILES]
            except (OSError, ValueError):
                self._files[folder] = []
        return self._files[folder]

    def _folders_below(self, start: Path) -> list[Path]:
        """List a folder and those below it, the nearest first; none hidden, no links, never a whole disk."""
        if start in self._around:
            return self._around[start]
        found: list[Path] = []
        level = [] if start == start.parent else [start]
        for _depth in range(_DEPTH + 1):
            below: list[Path] = []
            for folder in level:
                if len(found) >= _MOST_FOLDERS:
                    break
                found.append(folder)
                try:
                    with os.scandir(folder) as entries:
                        below += [
                            Path(entry.path)
                            for entry in entries
                            if not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)
                        ]
                except (OSError, ValueError):
                    continue
            level = sorted(below)
        self._around[start] = found
        return found
