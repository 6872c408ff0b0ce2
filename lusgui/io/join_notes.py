"""Points, boxes, comments and flags of studies that are joined: everybody's, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select

from lusgui.core.annotation import PlaneKey
from lusgui.core.notes import Note
from lusgui.io.study_notes import put_note
from lusgui.io.study_schema import marks, recordings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lusgui.io.join_sources import Source


def copy_marks(connection: Connection, sources: Sequence[Source]) -> None:
    """Write the points and boxes of all studies; one that two have in the same place is one."""
    seen = set()
    for source in sources:
        for values in source.study.database.dicts(select(marks).order_by(marks.c.id)):
            del values["id"]
            values["recording_id"] = source.recordings[values["recording_id"]]
            values["label"] = source.labels[values["label"]]
            what = tuple(values[name] for name in values if name not in ("rater", "at"))
            if what not in seen:
                seen.add(what)
                connection.execute(insert(marks).values(**values))


def copy_notes(connection: Connection, sources: Sequence[Source]) -> None:
    """Write the comments and flags of all studies; one that two have counts as settled if either says so."""
    found: dict[str, Note] = {}
    for source in sources:
        for row in source.study.database.rows(select(recordings.c.id)):
            for note in source.study.notes.all(row.id):
                key = PlaneKey(
                    source.recordings[note.key.recording_id], note.key.frame, source.labels[note.key.label]
                )
                known = found.get(note.uid)
                is_settled = note.is_settled or (known is not None and known.is_settled)
                here = key if known is None else known.key
                found[note.uid] = Note(note.uid, here, note.kind, note.text, note.rater, note.at, is_settled)
    for note in found.values():
        put_note(connection, note)
