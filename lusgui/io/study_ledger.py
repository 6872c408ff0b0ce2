"""What the journal tells of the work: when which frame was changed, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import select

from lusgui.base.errors import StudyError
from lusgui.io.study_codec import unpack_mask
from lusgui.io.study_schema import APPLIED, journal, journal_patches

if TYPE_CHECKING:
    from lusgui.io.study_database import Database


@dataclass(frozen=True)
class LedgerRow:
    """What one edit did to one plane.

    Parameters
    ----------
    seq : int
        Number of the edit.
    at : str
        When it was done, ISO 8601 in UTC.
    source : str
        ``human``, ``model:<version>``, ``import:<file>`` or ``proposal:<kind>``.
    recording_id, frame, label
        Which plane.
    changed_px : int
        Pixels that flipped; 0 where only something was said of the plane.
    """

    seq: int
    at: str
    source: str
    recording_id: int
    frame: int
    label: str
    changed_px: int


class StudyLedger:
    """The edits in force, read for how much work they were.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._counted: dict[tuple[int, int, int, str], int] = {}

    def rows(self) -> list[LedgerRow]:
        """Return one row an edit in force and plane that it changed, in the order in which they were done.

        Pixels are counted once: what an edit changed never changes.

        Raises
        ------
        StudyError
            If a patch in the file is damaged.
        """
        j, p = journal.c, journal_patches.c
        query = (
            select(j.seq, j.at, j.source, p.recording_id, p.frame, p.label)
            .where(p.seq == j.seq, j.state == APPLIED)
            .order_by(j.seq, p.recording_id, p.frame, p.label)
        )
        found = self._database.rows(query)
        keys = [(row.seq, row.recording_id, row.frame, row.label) for row in found]
        if not all(key in self._counted for key in keys):
            self._count()
        return [
            LedgerRow(row.seq, row.at, row.source, *key[1:], self._counted.get(key, 0))
            for row, key in zip(found, keys, strict=True)
        ]

    def _count(self) -> None:
        p = journal_patches.c
        newest = max((key[0] for key in self._counted), default=0)
        columns = (p.seq, p.recording_id, p.frame, p.label, p.row0, p.col0, p.row1, p.col1, p.flipped)
        for row in self._database.rows(select(*columns).where(p.seq > newest)):
            key = (row.seq, row.recording_id, row.frame, row.label)
            self._counted[key] = 0 if row.flipped is None else self._pixels(row)

    def _pixels(self, row: object) -> int:
        corners = [getattr(row, name) for name in ("row0", "col0", "row1", "col1")]
        if any(type(value) is not int for value in corners):
            raise StudyError("an edit in it lies nowhere", path=self._database.path)
        shape = (corners[2] - corners[0], corners[3] - corners[1])
        if min(shape) <= 0 or max(corners) > _LONGEST:
            raise StudyError("an edit in it lies outside its frame", path=self._database.path)
        return int(np.count_nonzero(unpack_mask(row.flipped, shape)))  # type: ignore[attr-defined]


_LONGEST = 1 << 16
"""Rows or columns beyond all frames."""
