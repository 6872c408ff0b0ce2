"""Notes: comments and flags that people leave on one label in one frame."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from lusgui.core.edits import now_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lusgui.core.annotation import PlaneKey

LONGEST = 4000
"""A comment of more characters is cut: it is a note, not a report."""


class NoteKind(StrEnum):
    """What a note is."""

    COMMENT = "comment"
    FLAG = "flag"
    """Somebody shall look at this again."""


@dataclass(frozen=True)
class Note:
    """A comment or a flag.

    Parameters
    ----------
    uid : str
        Names it for good, also in a study that is joined from several.
    key : PlaneKey
        Frame and label it is about.
    kind : NoteKind
        Comment or flag.
    text : str
        What was written; may be empty for a flag.
    rater : str
        Who left it.
    at : str
        When, ISO 8601 in UTC.
    is_settled : bool
        Whether somebody has dealt with it.

    Raises
    ------
    ValueError
        If a comment says nothing, or the note has no name.
    """

    uid: str
    key: PlaneKey
    kind: NoteKind
    text: str
    rater: str
    at: str
    is_settled: bool = False

    def __post_init__(self) -> None:
        if not self.uid:
            raise ValueError("a note without a name")
        if self.kind is NoteKind.COMMENT and not self.text.strip():
            raise ValueError("a comment that says nothing")

    def settled(self, is_settled: bool = True) -> Note:
        """Return the note as dealt with, or as open again."""
        return replace(self, is_settled=is_settled)


def make_note(key: PlaneKey, kind: NoteKind, text: str, rater: str) -> Note:
    """Return a new note of this moment."""
    return Note(secrets.token_hex(8), key, kind, text.strip()[:LONGEST], rater, now_utc())


@dataclass(frozen=True)
class NoteChange:
    """A note that is left, taken away, or settled.

    Parameters
    ----------
    before, after : Note or None
        What goes and what comes: the same note, and not both None.
    """

    before: Note | None
    after: Note | None

    def __post_init__(self) -> None:
        both = [note for note in (self.before, self.after) if note is not None]
        if not both:
            raise ValueError("a change of no note")
        if len({(note.uid, note.key, note.kind) for note in both}) > 1:
            raise ValueError("a note does not become another one")

    @property
    def key(self) -> PlaneKey:
        """Frame and label of the note."""
        note = self.after if self.before is None else self.before
        assert note is not None
        return note.key

    def reversed(self) -> NoteChange:
        """Return the change that takes this one back."""
        return NoteChange(self.after, self.before)


def changed_notes(notes: Sequence[Note], changes: Iterable[NoteChange]) -> tuple[Note, ...]:
    """Return the notes of a frame and label after some changes, in the order they were left."""
    after = {note.uid: note for note in notes}
    for change in changes:
        if change.after is not None:
            after[change.after.uid] = change.after
        elif change.before is not None:
            after.pop(change.before.uid, None)
    return tuple(sorted(after.values(), key=lambda note: (note.at, note.uid)))


def is_flagged(notes: Iterable[Note]) -> bool:
    """Return whether one of the notes is a flag that nobody has dealt with."""
    return any(note.kind is NoteKind.FLAG and not note.is_settled for note in notes)
