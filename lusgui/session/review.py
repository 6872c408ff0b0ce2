"""Comments and flags: what people say to one another about a frame, each an edit that can be undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.core.annotation import PlaneKey
from lusgui.core.notes import Note, NoteChange, NoteKind, is_flagged, make_note

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.session.session import Session


class Review:
    """The notes of the open study.

    Parameters
    ----------
    session : Session
        Whose study.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def notes(self, key: PlaneKey | None) -> tuple[Note, ...]:
        """Return the comments and flags of a frame and label, oldest first."""
        if key is None:
            return ()
        return self._session.notes_of(key.recording_id).get((key.frame, key.label), ())

    def comments(self, key: PlaneKey | None) -> tuple[Note, ...]:
        """Return the comments of a frame and label, oldest first."""
        return tuple(note for note in self.notes(key) if note.kind is NoteKind.COMMENT)

    def is_flagged(self, key: PlaneKey | None) -> bool:
        """Return whether a frame is flagged for a label."""
        return is_flagged(self.notes(key))

    def flag(self, key: PlaneKey, text: str = "") -> bool:
        """Flag a frame for a label; return whether it was not flagged already."""
        if self.is_flagged(key):
            return False
        note = make_note(key, NoteKind.FLAG, text, self._session.rater)
        return self._session.push_notes("Flag", (NoteChange(None, note),))

    def unflag(self, key: PlaneKey) -> bool:
        """Take the flags of a frame and label away; return whether there were any."""
        flags = [note for note in self.notes(key) if note.kind is NoteKind.FLAG and not note.is_settled]
        changes = tuple(NoteChange(note, note.settled()) for note in flags)
        return bool(changes) and self._session.push_notes("Remove flag", changes)

    def comment(self, key: PlaneKey, text: str) -> bool:
        """Leave a comment; false for one that says nothing."""
        if not text.strip():
            return False
        note = make_note(key, NoteKind.COMMENT, text, self._session.rater)
        return self._session.push_notes("Comment", (NoteChange(None, note),))

    def settle(self, note: Note, is_settled: bool = True) -> bool:
        """Say that a comment has been dealt with, or not after all."""
        present = self._present(note)
        if present is None or present.is_settled == is_settled:
            return False
        name = "Settle comment" if is_settled else "Open comment again"
        return self._session.push_notes(name, (NoteChange(present, present.settled(is_settled)),))

    def remove(self, note: Note) -> bool:
        """Take a comment away; undo brings it back."""
        present = self._present(note)
        return present is not None and self._session.push_notes(
            "Delete comment", (NoteChange(present, None),)
        )

    def _present(self, note: Note) -> Note | None:
        return next((one for one in self.notes(note.key) if one.uid == note.uid), None)

    def flagged(self) -> list[PlaneKey]:
        """Return the flagged planes of the study, in the order of its recordings."""
        return self._where(is_flagged)

    def commented(self) -> list[PlaneKey]:
        """Return the planes with a comment that nobody has dealt with."""
        return self._where(lambda notes: any(n.kind is NoteKind.COMMENT and not n.is_settled for n in notes))

    def _where(self, is_meant: Callable[[tuple[Note, ...]], bool]) -> list[PlaneKey]:
        found = []
        for row in self._session.recording_rows():
            own = self._session.notes_of(row.id)
            found += [PlaneKey(row.id, *place) for place in sorted(own) if is_meant(own[place])]
        return found
