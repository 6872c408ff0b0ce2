"""The SQLite connection under a study: checked before use, one transaction at a time, errors in our words."""

from __future__ import annotations

import contextlib
import sqlite3
import struct
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from lusgui.base.errors import (
    LusguiError,
    StudyError,
    StudyLockedError,
    StudyReadOnlyError,
    WriteFailedError,
)
from lusgui.io.study_schema import APPLICATION_ID, metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sqlalchemy import Connection, Executable

_MAGIC = b"SQLite format 3\x00"
BUSY_SECONDS = 2.0


def check_header(path: Path) -> None:
    """Look at the first bytes of a file, before SQLite touches it.

    Raises
    ------
    StudyError
        If it is not there, not readable, or not a study.
    """
    if path.exists() and not path.is_file():
        # opening a pipe would wait for a writer for ever
        raise StudyError("this is no file", path=path, remedy="Choose a .lusgui file")
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except FileNotFoundError as error:
        raise StudyError("there is no such file", path=path, remedy="Look for it elsewhere") from error
    except OSError as error:
        raise StudyError(
            f"it cannot be opened ({error.strerror or error})", path=path, remedy="Ask for permission"
        ) from error
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise StudyError(
            "this is not a study, or its beginning is damaged",
            path=path,
            remedy="Choose a .lusgui file, or a backup of it",
        )
    if struct.unpack(">I", head[68:72])[0] != APPLICATION_ID:
        raise StudyError("this is a database of another program", path=path, remedy="Choose a .lusgui file")


def explain(error: sqlite3.Error, path: Path) -> LusguiError:
    """Turn SQLite's refusal into words and a way out."""
    code = getattr(error, "sqlite_errorcode", None)
    primary = (code or 0) & 0xFF
    elsewhere = "Save a copy in another place; nothing drawn is lost until then"
    if primary == sqlite3.SQLITE_FULL:
        return WriteFailedError("the disk is full", path=path, remedy=elsewhere)
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return StudyReadOnlyError("it may not be changed", path=path, remedy=elsewhere)
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StudyLockedError("another program is writing to it", path=path, remedy="Try again")
    if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT):
        return StudyError("the file is damaged", path=path, remedy="Open a backup of the study")
    if primary == sqlite3.SQLITE_CANTOPEN:
        return WriteFailedError("it cannot be opened for writing", path=path, remedy=elsewhere)
    if primary == sqlite3.SQLITE_IOERR:
        return WriteFailedError("the disk did not answer", path=path, remedy=elsewhere)
    return StudyError(f"the study refused it ({error})", path=path, remedy=elsewhere)


class Database:
    """One connection to a study file.

    Parameters
    ----------
    path : Path
        The file; SQLite makes it if it is not there and `read_only` is false.
    read_only : bool
        Open without the right to write.
    is_network : bool
        Use the rollback journal, because shared memory between machines does not exist.
    immutable : bool
        Promise SQLite that nobody writes: the way to read from a folder where nothing can be written.
    """

    def __init__(
        self, path: Path, *, read_only: bool = False, is_network: bool = False, immutable: bool = False
    ) -> None:
        self.path = path
        self.read_only = read_only
        self._lock = threading.RLock()
        with self._in_our_words():
            self._raw = _connect(path, read_only=read_only, immutable=immutable)
            try:
                _configure(self._raw, read_only=read_only, is_network=is_network)
            except BaseException:
                self._raw.close()
                raise
        engine = create_engine("sqlite://", creator=lambda: self._raw, poolclass=StaticPool)
        self._engine = engine
        self._connection: Connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    @property
    def raw(self) -> sqlite3.Connection:
        """The driver's own connection: for backups, pragmas and migrations."""
        return self._raw

    @contextmanager
    def _in_our_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            original = error.orig
            if isinstance(original, sqlite3.Error):
                raise explain(original, self.path) from original
            raise
        except sqlite3.Error as error:
            raise explain(error, self.path) from error
        except UnicodeDecodeError as error:  # SQLite quotes damaged names in its own messages
            raise StudyError(
                "the file is damaged", path=self.path, remedy="Open a backup of the study"
            ) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: everything in the block is on disk when it ends, or nothing of it.

        Raises
        ------
        LusguiError
            `WriteFailedError`, `StudyReadOnlyError`, `StudyLockedError` or `StudyError`; nothing changed.
        """
        with self._lock, self._in_our_words():
            if self.read_only:
                raise StudyReadOnlyError(
                    "it is open for reading only", path=self.path, remedy="Save a copy in another place"
                )
            self._raw.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._raw.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back by itself, as it does when the disk is full
                with contextlib.suppress(sqlite3.Error):
                    if self._raw.in_transaction:
                        self._raw.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Read; errors come in our words."""
        with self._lock, self._in_our_words():
            yield self._connection

    def rows(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """Return all rows that a query finds."""
        with self.reading() as connection:
            return connection.execute(statement, values).all()

    def one(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401
        """Return the first row that a query finds, or None."""
        with self.reading() as connection:
            return connection.execute(statement, values).first()

    def dicts(self, statement: Executable) -> list[dict[str, Any]]:
        """Return all rows that a query finds, each as a mapping of column to value."""
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]

    def pragma(self, text: str) -> Any:  # noqa: ANN401
        """Return the first value that ``PRAGMA text`` answers, or None."""
        with self._lock, self._in_our_words():
            row = self._raw.execute(f"PRAGMA {text}").fetchone()
        return None if row is None else row[0]

    def check_tables(self) -> None:
        """Refuse a file whose schema could do something by itself, or is not ours.

        Raises
        ------
        StudyError
            If it has triggers, views or virtual tables, or lacks a table.
        """
        with self._lock, self._in_our_words():
            found = self._raw.execute("SELECT type, name, sql FROM sqlite_schema").fetchall()
        names = {name for kind, name, _sql in found if kind == "table"}
        strange = [
            name
            for kind, name, sql in found
            if kind not in ("table", "index") or "VIRTUAL" in str(sql or "")[:20].upper()
        ]
        missing = sorted(set(metadata.tables) - names)
        if strange or missing:
            what = f"has a strange part '{strange[0]}'" if strange else f"lacks the table '{missing[0]}'"
            raise StudyError(f"the file {what}", path=self.path, remedy="Open a backup of the study")

    def backup_to(self, target: Path) -> None:
        """Write a consistent copy of the whole study as a new SQLite file at `target`.

        Raises
        ------
        LusguiError
            If the study cannot be read, or the copy not be written.
        """
        with self._lock, contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
            try:
                self._raw.backup(copy, pages=1024)
                copy.execute("PRAGMA journal_mode=DELETE")
            except sqlite3.Error as error:
                raise explain(error, target) from error

    def close(self) -> None:
        """Close the connection; the last one folds the write-ahead log into the file. Idempotent."""
        with self._lock:
            with contextlib.suppress(DBAPIError, sqlite3.Error):
                self._connection.close()
                self._engine.dispose()
            self._raw.close()


def _connect(path: Path, *, read_only: bool, immutable: bool) -> sqlite3.Connection:
    # quote() spares the slash; Windows paths become file:///C:/...
    location = quote(path.absolute().as_posix())
    if not location.startswith("/"):
        location = f"/{location}"
    query = ("?immutable=1" if immutable else "?mode=ro") if read_only else "?mode=rwc"
    return sqlite3.connect(
        f"file:{location}{query}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=BUSY_SECONDS,
        cached_statements=256,
    )


def _configure(raw: sqlite3.Connection, *, read_only: bool, is_network: bool) -> None:
    """Distrust the file's schema, then choose the journal."""
    raw.execute("PRAGMA trusted_schema=OFF")
    raw.execute("PRAGMA cell_size_check=ON")
    raw.execute("PRAGMA mmap_size=0")
    raw.execute("PRAGMA temp_store=MEMORY")
    raw.execute("PRAGMA foreign_keys=ON")
    if read_only:
        raw.execute("PRAGMA query_only=ON")
        raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return
    if is_network:
        # exclusive first: leaving WAL this way needs no shared memory
        raw.execute("PRAGMA locking_mode=EXCLUSIVE")
        raw.execute("PRAGMA journal_mode=DELETE").fetchone()
        raw.execute("PRAGMA locking_mode=NORMAL")
        raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        raw.execute("PRAGMA synchronous=EXTRA")
    else:
        raw.execute("PRAGMA journal_mode=WAL").fetchone()
        raw.execute("PRAGMA synchronous=FULL")
