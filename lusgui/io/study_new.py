"""The database of a new study, empty, under whatever name it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.io.study_database import Database
from lusgui.io.study_schema import APPLICATION_ID, SCHEMA_VERSION, metadata

if TYPE_CHECKING:
    from pathlib import Path


def make_database(path: Path) -> Database:
    """Return a new, empty study at a temporary path, with a rollback journal until it has its name."""
    database = Database(path, is_network=True)
    database.pragma(f"application_id={APPLICATION_ID}")
    with database.writing() as connection:
        metadata.create_all(connection, checkfirst=False)
        database.raw.execute(f"PRAGMA user_version={SCHEMA_VERSION}")
    return database
