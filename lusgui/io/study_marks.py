"""Centre points and boxes in a study and their part of the journal, in the transaction of the edit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import and_, delete, func, insert, select

from lusgui.base.errors import LearnError, StudyError
from lusgui.core.annotation import PlaneKey
from lusgui.core.edits import MarkChange
from lusgui.core.learning.job import Mark
from lusgui.core.marks import fits
from lusgui.io.study_codec import from_json, to_json
from lusgui.io.study_schema import journal_marks, marks, recordings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy import ColumnElement, Connection

    from lusgui.core.edits import Edit
    from lusgui.io.study_database import Database

CORNERS = ("row0", "col0", "row1", "col1")
_DAMAGED = "a point or box in it is damaged"
_REMEDY = "Open a backup of the study"


@dataclass(frozen=True)
class MarkEntry:
    """A mark as the study holds it.

    Parameters
    ----------
    mark : Mark
        What and where.
    rater : str
        Who put it there.
    at : str
        When, ISO 8601 in UTC.
    """

    mark: Mark
    rater: str
    at: str


class StudyMarks:
    """The centre points and boxes of a study.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, recording_id: int | None = None) -> list[MarkEntry]:
        """Return the marks of a recording, or of all that are on the list, in the order they were put down.

        Raises
        ------
        StudyError
            If one of them makes no sense.
        """
        query = select(marks).join(recordings, recordings.c.id == marks.c.recording_id)
        if recording_id is None:
            query = query.where(recordings.c.removed_at.is_(None))
        else:
            query = query.where(marks.c.recording_id == recording_id)
        rows = self._database.rows(query.order_by(marks.c.recording_id, marks.c.id))
        return [MarkEntry(_mark(row), row.rater, row.at) for row in rows]

    def of(self, recording_id: int) -> dict[tuple[int, str], tuple[Mark, ...]]:
        """Return the marks of a recording by (frame, label)."""
        found: dict[tuple[int, str], tuple[Mark, ...]] = {}
        for entry in self.entries(recording_id):
            place = entry.mark.frame, entry.mark.label
            found[place] = (*found.get(place, ()), entry.mark)
        return found

    def count(self) -> dict[tuple[str, str], int]:
        """Return how many frames of the recordings on the list bear marks, by (label, kind)."""
        c = marks.c
        frames = (
            select(c.label, c.kind, c.recording_id, c.frame)
            .join(recordings, recordings.c.id == c.recording_id)
            .where(recordings.c.removed_at.is_(None))
            .distinct()
            .subquery()
        )
        query = select(frames.c.label, frames.c.kind, func.count()).group_by(frames.c.label, frames.c.kind)
        return {(label, kind): int(count) for label, kind, count in self._database.rows(query)}


def record_marks(
    connection: Connection, edit: Edit, at: str, shape_of: Callable[[int], tuple[int, int, int]]
) -> None:
    """Write what an edit does to marks into the journal, and do it.

    Parameters
    ----------
    connection : Connection
        Of the transaction that writes the edit.
    edit : Edit
        With its number.
    at : str
        When.
    shape_of : callable
        Gives (frames, rows, columns) of a recording; raises ``StudyError`` for one that is not there.

    Raises
    ------
    StudyError
        If a mark lies outside its recording, or one that shall go is not there. Nothing may be kept then.
    """
    rows = []
    for position, change in enumerate(edit.marks):
        for mark in (change.before, change.after):
            frames, *shape = shape_of(change.key.recording_id)
            if mark is not None and not fits(mark, frames, (shape[0], shape[1])):
                raise StudyError("a point or box lies outside its frame")
        row: dict[str, Any] = {
            "seq": edit.seq,
            "position": position,
            "recording_id": change.key.recording_id,
            "frame": change.key.frame,
            "label": change.key.label,
            "kind": (change.after or cast("Mark", change.before)).kind,
            "before": _packed_as_found(connection, change.before),
            "after": None if change.after is None else _packed(change.after, edit.rater, at),
        }
        rows.append(row)
        _exchange(connection, row, row["before"], row["after"])
    if rows:
        connection.execute(insert(journal_marks), rows)


def step_marks(connection: Connection, seq: int, *, forwards: bool) -> None:
    """Do the changes of marks of a journal entry again, or take them back, last one first."""
    c = journal_marks.c
    order = c.position if forwards else c.position.desc()
    for row in connection.execute(select(journal_marks).where(c.seq == seq).order_by(order)).mappings():
        gone, comes = (row["before"], row["after"]) if forwards else (row["after"], row["before"])
        _exchange(connection, row, gone, comes)


def load_marks(connection: Connection, seq: int) -> tuple[MarkChange, ...]:
    """Return the changes of marks of a journal entry."""
    query = select(journal_marks).where(journal_marks.c.seq == seq).order_by(journal_marks.c.position)
    return tuple(
        _change(_unpacked(row, row["before"]), _unpacked(row, row["after"]))
        for row in connection.execute(query).mappings()
    )


def marked_place(connection: Connection, seq: int) -> PlaneKey | None:
    """Return frame and label of the first mark of a journal entry, or None where it has none."""
    c = journal_marks.c
    query = select(c.recording_id, c.frame, c.label).where(c.seq == seq).order_by(c.position).limit(1)
    row = connection.execute(query).first()
    return None if row is None else PlaneKey(row.recording_id, row.frame, row.label)


def _change(before: tuple[Mark, str, str] | None, after: tuple[Mark, str, str] | None) -> MarkChange:
    try:
        return MarkChange(before and before[0], after and after[0])
    except ValueError as error:
        raise StudyError(_DAMAGED, remedy=_REMEDY) from error


def _exchange(connection: Connection, row: Any, gone: str | None, comes: str | None) -> None:  # noqa: ANN401
    """Take one mark away and put another down; both packed, of the frame and label of `row`."""
    before, after = _unpacked(row, gone), _unpacked(row, comes)
    for old in (before, after):  # the one that comes is never there twice
        if old is not None:
            connection.execute(delete(marks).where(_is(old[0])))
    if after is not None:
        mark, rater, at = after
        connection.execute(insert(marks).values(**_values(mark), rater=rater, at=at))


def _packed_as_found(connection: Connection, mark: Mark | None) -> str | None:
    """Return a mark that is in the study with the name of who put it there."""
    if mark is None:
        return None
    row = connection.execute(select(marks.c.rater, marks.c.at).where(_is(mark)).limit(1)).first()
    if row is None:
        raise StudyError("a point or box that was to go is not there")
    return _packed(mark, row.rater, row.at)


def _packed(mark: Mark, rater: str, at: str) -> str:
    corners: dict[str, Any] = {name: getattr(mark, name) for name in CORNERS}
    return to_json(corners | {"rater": rater, "at": at})


def _unpacked(row: Any, text: str | None) -> tuple[Mark, str, str] | None:  # noqa: ANN401
    values = from_json(text)
    if values is None:
        return None
    try:
        where = [float(values[name]) for name in CORNERS]
        mark = Mark(row["recording_id"], row["frame"], row["label"], _kind(row["kind"]), *where)
        return mark, str(values.get("rater", "")), str(values.get("at", ""))
    except (LearnError, TypeError, KeyError, ValueError, AttributeError, OverflowError) as error:
        raise StudyError(_DAMAGED, remedy=_REMEDY) from error


def _mark(row: Any) -> Mark:  # noqa: ANN401
    try:
        where = [float(getattr(row, name)) for name in CORNERS]
        return Mark(row.recording_id, row.frame, row.label, _kind(row.kind), *where)
    except (LearnError, TypeError, ValueError, OverflowError) as error:
        raise StudyError(_DAMAGED, remedy=_REMEDY) from error


def _kind(text: object) -> Literal["point", "box"]:
    if text == "point":
        return "point"
    if text == "box":
        return "box"
    raise ValueError(f"no kind of mark is called {text!r}")


def _values(mark: Mark) -> dict[str, Any]:
    names = ("recording_id", "frame", "label", "kind", *CORNERS)
    return {name: getattr(mark, name) for name in names}


def _is(mark: Mark) -> ColumnElement[bool]:
    conditions: Iterable[ColumnElement[bool]] = (
        marks.c[name] == value for name, value in _values(mark).items()
    )
    return and_(*conditions)
