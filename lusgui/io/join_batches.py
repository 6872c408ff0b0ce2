"""Planes of studies that are joined, some hundreds at a time: one question a batch, not several a plane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, insert

from lusgui.core.annotation import PlaneKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Connection, Table

BATCH = 256
"""Planes that are in memory at a time."""


def batches(keys: Sequence[PlaneKey]) -> Iterator[tuple[int, Sequence[PlaneKey]]]:
    """Part planes into batches; with each comes how many are done before it."""
    for done in range(0, len(keys), BATCH):
        yield done, keys[done : done + BATCH]


def spans(table: Table, keys: Iterable[PlaneKey]) -> list[ColumnElement[bool]]:
    """Return conditions, one a recording, that rows of a table about planes meet.

    Rows of other planes between them meet these too: their key says which they are.
    """
    ends: dict[int, tuple[int, int]] = {}
    for key in keys:
        first, last = ends.get(key.recording_id, (key.frame, key.frame))
        ends[key.recording_id] = min(first, key.frame), max(last, key.frame)
    c = table.c
    return [
        and_(c.recording_id == recording, c.frame.between(first, last))
        for recording, (first, last) in ends.items()
    ]


def plane_of(row: dict[str, Any]) -> PlaneKey:
    """Return the plane that a row is about."""
    return PlaneKey(row["recording_id"], row["frame"], row["label"])


def write(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert rows, all with the same columns, and empty their list."""
    if rows:
        connection.execute(insert(table), rows)
        rows.clear()
