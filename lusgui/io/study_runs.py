"""The runs of a study, and what of it was reviewed for a run to learn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, insert, or_, select, update

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import now_utc
from lusgui.core.learning.job import IGNORE
from lusgui.io.study_codec import from_json, to_json
from lusgui.io.study_schema import (
    APPLIED,
    journal,
    journal_patches,
    planes,
    recordings,
    runs,
    versions,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy import Connection

    from lusgui.core.learning.status import FinishReason
    from lusgui.io.study_database import Database

_UNFINISHED = ("interrupted", "crashed")
_DECIDED = tuple(str(status) for status in Status if status.is_reviewed)


@dataclass(frozen=True)
class RunEntry:
    """A run as the study holds it.

    Parameters
    ----------
    id : int
        Number, never used again.
    kind : str
        As in `LearnJob`.
    started_at : str
        ISO 8601 in UTC.
    finished_at : str or None
        The same; None while it goes on.
    reason : str or None
        A `FinishReason`; None while it goes on.
    detail : mapping
        ``labels``, ``seq`` (last journal entry when it began), ``active`` (key of the model that answered
        for each label), ``frames``, ``started_by``, ``text``.
    """

    id: int
    kind: str
    started_at: str
    finished_at: str | None
    reason: str | None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[str, ...]:
        """What it learnt."""
        return tuple(str(label) for label in self.detail.get("labels", ()))

    @property
    def is_open(self) -> bool:
        """Whether its result, should it come, is still wanted: it goes on, or could go on."""
        return self.finished_at is None or self.reason in _UNFINISHED


@dataclass(frozen=True)
class ReviewedPlane:
    """A plane that is part of a job: its mask as it is stored, None where no pixel is set."""

    key: PlaneKey
    status: Status
    updated_at: str
    mask: bytes | None


class StudyRuns:
    """The table of runs.

    Parameters
    ----------
    database : Database
        Where it lies.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[RunEntry]:
        """Return the runs, newest first."""
        return [_entry(row) for row in self._database.rows(select(runs).order_by(runs.c.id.desc()))]

    def get(self, run_id: int) -> RunEntry | None:
        """Return a run."""
        row = self._database.one(select(runs).where(runs.c.id == run_id))
        return None if row is None else _entry(row)

    def start(self, kind: str, detail: Mapping[str, Any]) -> int:
        """Write down that a run begins; return its number."""
        with self._database.writing() as connection:
            # numbers of runs name folders: one that was used is not used again
            highest = connection.execute(select(func.max(runs.c.id))).scalar() or 0
            of_versions = connection.execute(select(func.max(versions.c.run_id))).scalar() or 0
            run_id = max(int(highest), int(of_versions)) + 1
            values = {"kind": kind, "started_at": now_utc(), "detail": to_json(dict(detail))}
            connection.execute(insert(runs).values(id=run_id, **values))
        return run_id

    def finish(self, run_id: int, reason: FinishReason, **detail: Any) -> bool:  # noqa: ANN401
        """Write down how a run ended; one that is done stays as it is. Return whether it was open."""
        with self._database.writing() as connection:
            return finish_in(connection, run_id, str(reason), detail)

    def reopen(self, run_id: int) -> None:
        """Write down that an interrupted run goes on."""
        with self._database.writing() as connection:
            connection.execute(
                update(runs)
                .where(runs.c.id == run_id, runs.c.reason.in_(_UNFINISHED))
                .values(finished_at=None, reason=None)
            )

    # what there is to learn

    def last_seq(self) -> int:
        """Return the number of the newest journal entry; 0 without any."""
        row = self._database.one(select(func.max(journal.c.seq)))
        return int(row[0] or 0)

    def reviewed(self, labels: Iterable[str]) -> list[ReviewedPlane]:
        """Return every plane that was reviewed for one of the labels, with its mask as stored, at one moment.

        Planes of the label ``ignore`` that have pixels come along, whatever their status. One that was
        drawn on and erased again (edited, no pixels) says nothing and is left out.
        """
        c = planes.c
        wanted = or_(and_(c.label.in_(list(labels)), _is_decided()), and_(c.label == IGNORE, c.area_px > 0))
        query = (
            select(c.recording_id, c.frame, c.label, c.status, c.updated_at, c.area_px, c.mask)
            .join(recordings, recordings.c.id == c.recording_id)
            .where(wanted, recordings.c.removed_at.is_(None))
            .order_by(c.recording_id, c.frame, c.label)
        )
        try:
            return [
                ReviewedPlane(
                    PlaneKey(row.recording_id, row.frame, row.label),
                    Status(row.status),
                    row.updated_at,
                    row.mask if row.area_px > 0 else None,
                )
                for row in self._database.rows(query)
            ]
        except ValueError as error:
            raise StudyError("a status in it is unknown", remedy="Open a backup") from error

    def reviewed_frames(self, label: str) -> dict[int, dict[int, bool]]:
        """Return for each recording its reviewed frames, and whether each has pixels of the label."""
        c = planes.c
        query = (
            select(c.recording_id, c.frame, c.area_px)
            .join(recordings, recordings.c.id == c.recording_id)
            .where(c.label == label, _is_decided(), recordings.c.removed_at.is_(None))
            .order_by(c.recording_id, c.frame)
        )
        found: dict[int, dict[int, bool]] = {}
        for recording_id, frame, area in self._database.rows(query):
            found.setdefault(recording_id, {})[frame] = area > 0
        return found

    def count_changed(self, label: str, seq: int) -> int:
        """Return how many reviewed frames of a label an edit in force after `seq` touched."""
        c, p = planes.c, journal_patches.c
        touched = (
            select(p.recording_id, p.frame)
            .distinct()
            .select_from(journal_patches)
            .join(journal, journal.c.seq == p.seq)
            .join(planes, and_(c.recording_id == p.recording_id, c.frame == p.frame, c.label == p.label))
            .join(recordings, recordings.c.id == c.recording_id)
            .where(p.label == label, p.seq > seq, journal.c.state == APPLIED)
            .where(_is_decided(), recordings.c.removed_at.is_(None))
        )
        row = self._database.one(select(func.count()).select_from(touched.subquery()))
        return int(row[0])


def _is_decided() -> Any:  # noqa: ANN401
    c = planes.c
    return and_(c.status.in_(_DECIDED), or_(c.status != str(Status.EDITED), c.area_px > 0))


def finish_in(connection: Connection, run_id: int, reason: str, detail: Mapping[str, Any]) -> bool:
    """Write down how a run ended, in a transaction that is open; see `StudyRuns.finish`."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).first()
    if row is None or not _entry(row).is_open:
        return False
    kept = dict(_entry(row).detail) | dict(detail)
    connection.execute(
        update(runs)
        .where(runs.c.id == run_id)
        .values(finished_at=now_utc(), reason=reason, detail=to_json(kept))
    )
    return True


def _entry(row: Any) -> RunEntry:  # noqa: ANN401
    detail = from_json(row.detail)
    return RunEntry(
        row.id,
        row.kind,
        row.started_at,
        row.finished_at,
        row.reason,
        detail if isinstance(detail, dict) else {},
    )
