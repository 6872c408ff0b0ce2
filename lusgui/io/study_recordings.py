"""The recordings of a study: where their files were last seen and what is in them."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from lusgui.base.errors import LusguiError, StudyError
from lusgui.core.edits import now_utc
from lusgui.core.intensity import DisplayMapping
from lusgui.core.recording import Intensity
from lusgui.io.study_codec import from_json, to_json
from lusgui.io.study_entries import NewRecording, RecordingEntry
from lusgui.io.study_schema import planes, recordings, worklist

if TYPE_CHECKING:
    from lusgui.core.annotation import Status
    from lusgui.core.recipe import Recipe
    from lusgui.io.study_database import Database

_MAX_PIXELS = 1 << 28


def relative_to(path: Path, folder: Path) -> str | None:
    """Return `path` as seen from `folder`, with forward slashes, or None on another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return None


class StudyRecordings:
    """The table of recordings.

    Parameters
    ----------
    database : Database
        Where it lies.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def _folder(self) -> Path:
        return self._database.path.parent

    def all(self) -> list[RecordingEntry]:
        """Return the recordings in their order, without removed ones."""
        query = select(recordings).where(recordings.c.removed_at.is_(None))
        rows = self._database.rows(query.order_by(recordings.c.position, recordings.c.id))
        return [self._entry(row) for row in rows]

    def get(self, recording_id: int) -> RecordingEntry | None:
        """Return one recording, also a removed one."""
        row = self._database.one(select(recordings).where(recordings.c.id == recording_id))
        return None if row is None else self._entry(row)

    def add(self, new: NewRecording) -> RecordingEntry:
        """Put a recording at the end of the list.

        The same variable of the same file is not put in twice; one that was removed comes back with
        everything that was drawn on it.
        """
        path = new.path.absolute()
        with self._database.writing() as connection:
            known = self._find_same(new, path)
            if known is not None:
                connection.execute(update(recordings).where(recordings.c.id == known).values(removed_at=None))
            else:
                position = connection.execute(select(func.max(recordings.c.position))).scalar()
                values = self._values(new, path) | {"position": 0 if position is None else position + 1}
                result = connection.execute(insert(recordings).values(**values))
                known = int((result.inserted_primary_key or (0,))[0])
        entry = self.get(known)
        if entry is None:
            raise StudyError("the recording could not be put in", path=self._database.path)
        return entry

    def _find_same(self, new: NewRecording, path: Path) -> int | None:
        """Return the number of a recording with the same content, or at the same path and unchanged."""
        c = recordings.c
        shape = (c.frames == new.frames, c.rows == new.rows, c.cols == new.cols)
        variable = c.variable.is_(None) if new.variable is None else c.variable == new.variable
        unchanged = (c.path == str(path), c.size_bytes == new.size_bytes, c.mtime_ns == new.mtime_ns)
        queries = [select(c.id).where(*shape, variable, *unchanged)]
        if new.sha256 is not None:
            queries.insert(0, select(c.id).where(*shape, variable, c.sha256 == new.sha256))
        for query in queries:
            row = self._database.one(query.order_by(c.removed_at.is_not(None), c.id))
            if row is not None:
                return int(row.id)
        return None

    def _values(self, new: NewRecording, path: Path) -> dict[str, Any]:
        return {
            "name": new.name or path.stem,
            "path": str(path),
            "relative_path": relative_to(path, self._folder),
            "variable": new.variable,
            "sha256": new.sha256,
            "size_bytes": new.size_bytes,
            "mtime_ns": new.mtime_ns,
            "recipe": None if new.recipe is None else to_json(new.recipe.to_json()),
            "frames": new.frames,
            "rows": new.rows,
            "cols": new.cols,
            "spacing_row_mm": new.spacing_mm and new.spacing_mm[0],
            "spacing_col_mm": new.spacing_mm and new.spacing_mm[1],
            "intensity": str(new.intensity),
            "frame_rate_hz": new.frame_rate_hz,
            "frame_numbers": to_json(list(new.frame_numbers)) if new.frame_numbers else None,
            "mapping": None if new.mapping is None else to_json(new.mapping.to_json()),
        }

    def remove(self, recording_id: int) -> None:
        """Take a recording off the list. Nothing drawn on it is deleted."""
        with self._database.writing() as connection:
            connection.execute(worklist.delete().where(worklist.c.recording_id == recording_id))
            connection.execute(
                update(recordings).where(recordings.c.id == recording_id).values(removed_at=now_utc())
            )

    def move(self, order: list[int]) -> None:
        """Put the recordings into an order; `order` names all that are on the list."""
        with self._database.writing() as connection:
            for position, recording_id in enumerate(order):
                connection.execute(
                    update(recordings).where(recordings.c.id == recording_id).values(position=position)
                )

    def set_file(self, recording_id: int, path: Path, *, size_bytes: int, mtime_ns: int) -> None:
        """Write down where the file is now and how it looks from outside."""
        path = path.absolute()
        self._update(
            recording_id,
            path=str(path),
            relative_path=relative_to(path, self._folder),
            size_bytes=size_bytes,
            mtime_ns=mtime_ns,
        )

    def set_hash(self, recording_id: int, sha256: str | None) -> None:
        """Write down the hash of the file's content, None when it is to be computed anew."""
        self._update(recording_id, sha256=sha256)

    def set_mapping(self, recording_id: int, mapping: DisplayMapping) -> None:
        """Write down how stored numbers become gray."""
        self._update(recording_id, mapping=to_json(mapping.to_json()))

    def set_spacing(self, recording_id: int, spacing_mm: tuple[float, float] | None) -> None:
        """Write down the spacing (row, column) in mm, None for unknown."""
        row, col = spacing_mm if spacing_mm is not None else (None, None)
        self._update(recording_id, spacing_row_mm=row, spacing_col_mm=col)

    def set_recipe(self, recording_id: int, recipe: Recipe | None) -> None:
        """Write down how the file is read."""
        self._update(recording_id, recipe=None if recipe is None else to_json(recipe.to_json()))

    def set_reading(self, recording_id: int, new: NewRecording) -> None:
        """Write down that a file is read another way; its name, place and content stay what they were."""
        values = self._values(new, new.path.absolute())
        kept = ("name", "path", "relative_path", "sha256", "size_bytes", "mtime_ns")
        self._update(recording_id, **{name: value for name, value in values.items() if name not in kept})

    def rebase(self) -> None:
        """Write relative paths anew: the study file itself has moved."""
        rows = self._database.rows(select(recordings.c.id, recordings.c.path))
        with self._database.writing() as connection:
            for recording_id, path in rows:
                connection.execute(
                    update(recordings)
                    .where(recordings.c.id == recording_id)
                    .values(relative_path=relative_to(Path(path), self._folder))
                )

    def counts(self) -> dict[int, dict[Status, int]]:
        """Return for each recording how many planes have each status; one look at one index."""
        from lusgui.core.annotation import Status

        c = planes.c
        query = select(c.recording_id, c.status, func.count()).group_by(c.recording_id, c.status)
        known = set(Status)
        counts: dict[int, dict[Status, int]] = {}
        for recording_id, status, count in self._database.rows(query):
            if status in known:
                counts.setdefault(recording_id, {})[Status(status)] = count
        return counts

    def _update(self, recording_id: int, **values: Any) -> None:  # noqa: ANN401
        with self._database.writing() as connection:
            connection.execute(update(recordings).where(recordings.c.id == recording_id).values(**values))

    def _entry(self, row: Any) -> RecordingEntry:  # noqa: ANN401
        """Check a row on its way out: it may come from anybody."""
        try:
            if not 0 < row.rows * row.cols <= _MAX_PIXELS or row.frames < 1:
                raise ValueError("no such frame size")
            spacing = None
            if row.spacing_row_mm is not None and row.spacing_col_mm is not None:
                spacing = (float(row.spacing_row_mm), float(row.spacing_col_mm))
                if not (1e-6 < spacing[0] < 1e6 and 1e-6 < spacing[1] < 1e6):
                    spacing = None
            numbers = from_json(row.frame_numbers)
            mapping = from_json(row.mapping)
            relative = row.relative_path
            return RecordingEntry(
                id=row.id,
                position=row.position,
                name=str(row.name),
                path=Path(row.path),
                relative_path=None if relative is None else str(PurePosixPath(relative)),
                variable=row.variable,
                sha256=row.sha256,
                size_bytes=int(row.size_bytes),
                mtime_ns=int(row.mtime_ns),
                recipe=_recipe(row.recipe),
                frames=int(row.frames),
                rows=int(row.rows),
                cols=int(row.cols),
                spacing_mm=spacing,
                intensity=Intensity(row.intensity),
                frame_rate_hz=row.frame_rate_hz,
                frame_numbers=tuple(int(n) for n in numbers) if numbers else (),
                mapping=None if mapping is None else DisplayMapping.from_json(mapping),
            )
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise StudyError(
                "a recording in it is damaged", path=self._database.path, remedy="Open a backup of the study"
            ) from error


def _recipe(text: str | None) -> Recipe | None:
    values = from_json(text)
    if values is None:
        return None
    from lusgui.core.recipe import Recipe

    try:
        return Recipe.from_json(values)
    except LusguiError:  # a recipe of another version: the file is then read by content
        return None
