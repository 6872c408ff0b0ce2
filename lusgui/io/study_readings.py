"""What each of several readers said of a plane: annotations of joined studies, never changed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import func, insert, or_, select

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.io.study_codec import unpack_mask
from lusgui.io.study_schema import readings, recordings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement

    from lusgui.io.study_database import Database


@dataclass(frozen=True, eq=False)
class Reading:
    """What one reader said of one plane.

    Parameters
    ----------
    reader : str
        Whose study it was; unique in the joined study.
    key : PlaneKey
        Recording, frame and label.
    status : Status
        What was said.
    rater : str
        Who drew.
    updated_at : str
        When, ISO 8601 in UTC.
    mask : (H, W) bool ndarray
        What was drawn; all false where nothing was.
    """

    reader: str
    key: PlaneKey
    status: Status
    rater: str
    updated_at: str
    mask: NDArray[np.bool_]


def digest_of(mask: NDArray[np.bool_]) -> str:
    """Return what tells a mask (H, W) from any other of its size; empty for one without pixels."""
    if not mask.any():
        return ""
    return hashlib.blake2b(np.packbits(mask).tobytes(), digest_size=16).hexdigest()


class StudyReadings:
    """The table of readings.

    Parameters
    ----------
    database : Database
        Where it lies.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def readers(self) -> tuple[str, ...]:
        """Return whose readings there are."""
        rows = self._database.rows(select(readings.c.reader).distinct().order_by(readings.c.reader))
        return tuple(row.reader for row in rows)

    def of(self, key: PlaneKey) -> tuple[Reading, ...]:
        """Return what was said of a plane, by reader."""
        c = readings.c
        query = (
            select(readings, recordings.c.rows, recordings.c.cols)
            .join(recordings, recordings.c.id == c.recording_id)
            .where(c.recording_id == key.recording_id, c.frame == key.frame, c.label == key.label)
            .order_by(c.reader)
        )
        return tuple(_reading(row) for row in self._database.rows(query))

    def places(self) -> list[PlaneKey]:
        """Return every plane of the recordings on the list that was read by more than one."""
        return self._grouped()

    def differing(self) -> list[PlaneKey]:
        """Return the planes of `places` on which readers differ, in a pixel or on whether it is of use."""
        c = readings.c
        is_of_use = c.status.not_in([str(Status.REJECTED), str(Status.IGNORED)])
        # from the index alone: opening a study must not read every mask in it
        return self._grouped(or_(func.count(c.digest.distinct()) > 1, func.count(is_of_use.distinct()) > 1))

    def frames_of(self, label: str) -> set[tuple[int, int]]:
        """Return recording and frame of everything a reader drew of a label."""
        c = readings.c
        query = select(c.recording_id, c.frame).where(c.label == label, c.mask.is_not(None)).distinct()
        return {(int(row[0]), int(row[1])) for row in self._database.rows(query)}

    def _grouped(self, *having: ColumnElement[bool]) -> list[PlaneKey]:
        c = readings.c
        query = (
            select(c.recording_id, c.frame, c.label)
            .join(recordings, recordings.c.id == c.recording_id)
            .where(recordings.c.removed_at.is_(None))
            .group_by(c.recording_id, c.frame, c.label)
            .having(func.count() > 1, *having)
            .order_by(recordings.c.position, c.recording_id, c.frame, c.label)
        )
        return [PlaneKey(*row) for row in self._database.rows(query)]

    def put(self, rows: Iterable[dict[str, Any]]) -> None:
        """Write rows of the table, as `lusgui merge` makes them."""
        found = list(rows)
        if found:
            with self._database.writing() as connection:
                connection.execute(insert(readings), found)


def _reading(row: Any) -> Reading:  # noqa: ANN401
    try:
        status = Status(row.status)
    except ValueError as error:
        raise StudyError("a status in it is unknown", remedy="Open a backup") from error
    shape = (row.rows, row.cols)
    mask = np.zeros(shape, bool) if row.mask is None else unpack_mask(row.mask, shape)
    mask.setflags(write=False)
    key = PlaneKey(row.recording_id, row.frame, row.label)
    return Reading(row.reader, key, status, row.rater, row.updated_at, mask)
