"""Comments and flags in a study and their part of the journal, in the transaction of the edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey
from lusgui.core.notes import Note, NoteChange, NoteKind
from lusgui.io.study_codec import from_json, to_json
from lusgui.io.study_schema import journal_notes, notes, recordings

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from lusgui.core.edits import Edit
    from lusgui.io.study_database import Database

_DAMAGED = "a comment or flag in it is damaged"
_REMEDY = "Open a backup of the study"


class StudyNotes:
    """The comments and flags of a study.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, recording_id: int | None = None) -> list[Note]:
        """Return the notes of a recording, or of all that are on the list, oldest first.

        Raises
        ------
        StudyError
            If one of them makes no sense.
        """
        query = select(notes).join(recordings, recordings.c.id == notes.c.recording_id)
        if recording_id is None:
            query = query.where(recordings.c.removed_at.is_(None))
        else:
            query = query.where(notes.c.recording_id == recording_id)
        return [_note(row) for row in self._database.rows(query.order_by(notes.c.at, notes.c.uid))]

    def of(self, recording_id: int) -> dict[tuple[int, str], tuple[Note, ...]]:
        """Return the notes of a recording by (frame, label)."""
        found: dict[tuple[int, str], tuple[Note, ...]] = {}
        for note in self.all(recording_id):
            place = note.key.frame, note.key.label
            found[place] = (*found.get(place, ()), note)
        return found


def record_notes(connection: Connection, edit: Edit, shape_of: Callable[[int], tuple[int, int, int]]) -> None:
    """Write what an edit does to notes into the journal, and do it.

    Parameters
    ----------
    connection : Connection
        Of the transaction that writes the edit.
    edit : Edit
        With its number.
    shape_of : callable
        Gives (frames, rows, columns) of a recording; raises ``StudyError`` for one that is not there.

    Raises
    ------
    StudyError
        If a note lies outside its recording. Nothing may be kept then.
    """
    rows: list[dict[str, Any]] = []
    for position, change in enumerate(edit.notes):
        key = change.key
        if not 0 <= key.frame < shape_of(key.recording_id)[0]:
            raise StudyError("a comment or flag lies outside its recording")
        rows.append(
            {
                "seq": edit.seq,
                "position": position,
                "recording_id": key.recording_id,
                "frame": key.frame,
                "label": key.label,
                "before": None if change.before is None else _packed(change.before),
                "after": None if change.after is None else _packed(change.after),
            }
        )
        _exchange(connection, change)
    if rows:
        connection.execute(insert(journal_notes), rows)


def step_notes(connection: Connection, seq: int, *, forwards: bool) -> None:
    """Do the changes of notes of a journal entry again, or take them back, last one first."""
    changes = load_notes(connection, seq)
    for change in changes if forwards else [one.reversed() for one in reversed(changes)]:
        _exchange(connection, change)


def load_notes(connection: Connection, seq: int) -> tuple[NoteChange, ...]:
    """Return the changes of notes of a journal entry."""
    c = journal_notes.c
    found = connection.execute(select(journal_notes).where(c.seq == seq).order_by(c.position))
    try:
        return tuple(
            NoteChange(_unpacked(row, row["before"]), _unpacked(row, row["after"]))
            for row in found.mappings()
        )
    except ValueError as error:
        raise StudyError(_DAMAGED, remedy=_REMEDY) from error


def noted_place(connection: Connection, seq: int) -> PlaneKey | None:
    """Return frame and label of the first note of a journal entry, or None where it has none."""
    c = journal_notes.c
    query = select(c.recording_id, c.frame, c.label).where(c.seq == seq).order_by(c.position).limit(1)
    row = connection.execute(query).first()
    return None if row is None else PlaneKey(row.recording_id, row.frame, row.label)


def put_note(connection: Connection, note: Note) -> None:
    """Write a note as it is, in place of what it was."""
    key = note.key
    values = {
        "recording_id": key.recording_id,
        "frame": key.frame,
        "label": key.label,
        "kind": str(note.kind),
        "text": note.text,
        "rater": note.rater,
        "at": note.at,
        "settled": int(note.is_settled),
    }
    statement = upsert(notes).values(uid=note.uid, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["uid"], set_=values))


def _exchange(connection: Connection, change: NoteChange) -> None:
    if change.after is not None:
        put_note(connection, change.after)
    elif change.before is not None:
        connection.execute(delete(notes).where(notes.c.uid == change.before.uid))


def _packed(note: Note) -> str:
    return to_json(
        {
            "uid": note.uid,
            "kind": str(note.kind),
            "text": note.text,
            "rater": note.rater,
            "at": note.at,
            "settled": note.is_settled,
        }
    )


def _unpacked(row: Any, text: str | None) -> Note | None:  # noqa: ANN401
    values = from_json(text)
    if values is None:
        return None
    try:
        key = PlaneKey(row["recording_id"], row["frame"], row["label"])
        text, rater, at = (str(values[name]) for name in ("text", "rater", "at"))
        kind, is_settled = NoteKind(values["kind"]), bool(values["settled"])
        return Note(str(values["uid"]), key, kind, text, rater, at, is_settled)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise StudyError(_DAMAGED, remedy=_REMEDY) from error


def _note(row: Any) -> Note:  # noqa: ANN401
    try:
        key = PlaneKey(row.recording_id, row.frame, row.label)
        return Note(row.uid, key, NoteKind(row.kind), row.text, row.rater, row.at, bool(row.settled))
    except ValueError as error:
        raise StudyError(_DAMAGED, remedy=_REMEDY) from error
