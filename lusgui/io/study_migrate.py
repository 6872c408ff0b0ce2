"""Older studies become present ones: a backup first, then every step in one transaction."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import StudyError, StudyReadOnlyError, StudyTooNewError
from lusgui.io.study_codec import unpack_mask
from lusgui.io.study_schema import (
    SCHEMA_VERSION,
    journal_marks,
    journal_notes,
    marks,
    notes,
    predictions,
    readings,
    versions,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Table

    from lusgui.io.study_database import Database


def migrate(database: Database) -> Path | None:
    """Bring a study to the present layout.

    Parameters
    ----------
    database : Database
        Open for writing, unless the study is of the present version.

    Returns
    -------
    Path or None
        Where the study as it was is kept; None if nothing had to be done.

    Raises
    ------
    StudyTooNewError
        If a newer lusgui wrote it. It is not touched.
    StudyReadOnlyError
        If it is older and may not be written.
    StudyError
        If a step fails; the study is then as it was.
    """
    version = int(database.pragma("user_version") or 0)
    if version > SCHEMA_VERSION:
        raise StudyTooNewError(
            f"it was made by a newer lusgui (layout {version}, this one knows {SCHEMA_VERSION})",
            path=database.path,
            remedy="Install the newest lusgui",
        )
    if version == SCHEMA_VERSION:
        return None
    if version not in _STEPS:
        raise StudyError(
            f"its layout ({version}) is unknown", path=database.path, remedy="Open a backup of the study"
        )
    if database.read_only:
        raise StudyReadOnlyError(
            "it was made by an older lusgui and must be brought up to date, but may not be changed here",
            path=database.path,
            remedy="Copy the file into a folder of your own and open it there",
        )
    backup = _backup_path(database.path, version)
    try:
        database.backup_to(backup)
    except BaseException:
        backup.unlink(missing_ok=True)
        raise
    with database.writing():
        for step in range(version, SCHEMA_VERSION):
            try:
                _STEPS[step](database.raw)
            except (IndexError, KeyError, TypeError, ValueError) as error:
                raise StudyError(
                    f"it could not be brought up to date ({error})",
                    path=database.path,
                    remedy=f"Nothing was changed; the study as it was is also in {backup.name}",
                ) from error
        database.raw.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    return backup


def _backup_path(study: Path, version: int) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%d")
    for number in range(1, 1000):
        more = "" if number == 1 else f"-{number}"
        path = study.with_name(f"{study.stem}.layout{version}-{stamp}{more}.lusgui-backup")
        if not path.exists():
            return path
    raise StudyError("there are too many backups beside it", path=study, remedy="Move some of them away")


def _from_1_to_2(raw: sqlite3.Connection) -> None:
    """Journal entries get a state and a title, annotations their area, probabilities a table.

    In layout 1 an edit that was undone and drawn over was deleted, so ``undone`` was a yes or no.
    """
    raw.execute("ALTER TABLE journal RENAME COLUMN undone TO state")
    raw.execute("ALTER TABLE journal ADD COLUMN title TEXT NOT NULL DEFAULT ''")
    raw.execute("UPDATE journal SET title = name")
    raw.execute("CREATE INDEX journal_state ON journal (state, seq)")
    raw.execute("ALTER TABLE recordings ADD COLUMN frame_numbers TEXT")
    raw.execute("ALTER TABLE recordings ADD COLUMN mapping TEXT")
    raw.execute("ALTER TABLE recordings ADD COLUMN removed_at TEXT")
    raw.execute("ALTER TABLE annotations ADD COLUMN area_px INTEGER NOT NULL DEFAULT 0")
    masks = raw.execute(
        "SELECT a.rowid, a.mask, r.rows, r.cols FROM annotations a JOIN recordings r ON r.id = a.recording_id"
        " WHERE a.mask IS NOT NULL"
    )
    areas = [
        (int(np.count_nonzero(unpack_mask(blob, (rows, cols)))), rowid) for rowid, blob, rows, cols in masks
    ]
    raw.executemany("UPDATE annotations SET area_px = ? WHERE rowid = ?", areas)
    raw.execute(
        "CREATE INDEX annotations_status ON annotations (recording_id, frame, label, status, area_px)"
    )
    _create(raw, predictions)


def _from_2_to_3(raw: sqlite3.Connection) -> None:
    """Models that were learnt here, points and boxes get tables."""
    for table in (versions, marks, journal_marks):
        _create(raw, table)


def _from_3_to_4(raw: sqlite3.Connection) -> None:
    """Comments and flags, and what several readers said, get tables."""
    for table in (notes, journal_notes, readings):
        _create(raw, table)


def _create(raw: sqlite3.Connection, table: Table) -> None:
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    dialect = sqlite.dialect()
    raw.execute(str(CreateTable(table).compile(dialect=dialect)))
    for index in sorted(table.indexes, key=lambda one: str(one.name)):
        raw.execute(str(CreateIndex(index).compile(dialect=dialect)))


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {
    1: _from_1_to_2,
    2: _from_2_to_3,
    3: _from_3_to_4,
}
"""From each older layout to the next."""
