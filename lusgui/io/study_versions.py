"""The models of a study. At most one answers for a label, and each knows which one it replaced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from lusgui.base.errors import LearnError, StudyError
from lusgui.core.edits import now_utc
from lusgui.core.learning.version import ModelVersion, VersionState
from lusgui.io.study_codec import from_json, to_json
from lusgui.io.study_runs import finish_in
from lusgui.io.study_schema import meta, runs, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from lusgui.io.study_database import Database

_ACTIVE, _RETIRED = str(VersionState.ACTIVE), str(VersionState.RETIRED)


@dataclass(frozen=True)
class NewVersion:
    """What a run brings for one label; fields as in `ModelVersion`.

    `promotes` says whether it takes over at once.
    """

    label: str
    labels: tuple[str, ...]
    name: str
    key: str
    parent_key: str
    path: str
    sha256: str
    data: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    card: Mapping[str, Any] = field(default_factory=dict)
    promotes: bool = False


class StudyVersions:
    """The table of versions.

    Parameters
    ----------
    database : Database
        Where it lies.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self, label: str | None = None) -> list[ModelVersion]:
        """Return the versions (of a label), newest first, without deleted ones."""
        query = select(versions).where(versions.c.deleted_at.is_(None)).order_by(versions.c.id.desc())
        if label is not None:
            query = query.where(versions.c.label == label)
        return [self._version(row) for row in self._database.rows(query)]

    def get(self, version_id: int) -> ModelVersion | None:
        """Return a version, also a deleted one."""
        row = self._database.one(select(versions).where(versions.c.id == version_id))
        return None if row is None else self._version(row)

    def active(self, label: str) -> ModelVersion | None:
        """Return the version that answers for a label; None when the default model does."""
        c = versions.c
        row = self._database.one(select(versions).where(c.label == label, c.state == _ACTIVE))
        return None if row is None else self._version(row)

    def of_run(self, run_id: int) -> list[ModelVersion]:
        """Return what a run brought, also what was deleted since."""
        query = select(versions).where(versions.c.run_id == run_id).order_by(versions.c.id)
        return [self._version(row) for row in self._database.rows(query)]

    def take(
        self,
        run_id: int,
        new: Sequence[NewVersion],
        reason: str,
        detail: Mapping[str, Any],
        settings: Mapping[str, object],
    ) -> list[ModelVersion]:
        """Put in what a run brought, promote what is to be promoted, and end the run: all or nothing.

        The files must be on the disk already. A run that was taken is not taken again.

        Parameters
        ----------
        run_id : int
            Which run.
        new : sequence of NewVersion
            One a label.
        reason : str
            `FinishReason` of the run.
        detail : mapping
            Added to what the run's row says.
        settings : mapping
            Settings of the study to be written with it.

        Returns
        -------
        list of ModelVersion
            What of the run is in the study now.
        """
        with self._database.writing() as connection:
            row = connection.execute(select(runs.c.id).where(runs.c.id == run_id)).first()
            if row is None:
                raise LearnError(f"the study knows of no run {run_id}", path=self._database.path)
            if finish_in(connection, run_id, reason, detail):
                for one in new:
                    self._insert(connection, run_id, one)
                for key, value in settings.items():
                    text = to_json(value)
                    statement = upsert(meta).values(key=key, value=text)
                    connection.execute(
                        statement.on_conflict_do_update(index_elements=["key"], set_={"value": text})
                    )
        return self.of_run(run_id)

    def add(self, new: NewVersion) -> ModelVersion:
        """Put in a model that no run of this study made, as one that was imported."""
        with self._database.writing() as connection:
            version_id = self._insert(connection, None, new)
        found = self.get(version_id)
        if found is None:
            raise StudyError("the model could not be put in", path=self._database.path)
        return found

    def _insert(self, connection: Connection, run_id: int | None, new: NewVersion) -> int:
        values = {
            "label": new.label,
            "labels": to_json(list(new.labels)),
            "name": new.name,
            "key": new.key,
            "parent_key": new.parent_key,
            "state": str(VersionState.CANDIDATE),
            "path": new.path,
            "sha256": new.sha256,
            "created_at": now_utc(),
            "run_id": run_id,
            "data": to_json(dict(new.data)),
            "scores": to_json(dict(new.scores)),
            "reason": new.reason,
            "card": to_json(dict(new.card)),
        }
        result = connection.execute(insert(versions).values(**values))
        version_id = int((result.inserted_primary_key or (0,))[0])
        if new.promotes:
            _promote(connection, version_id, new.label)
        return version_id

    def promote(self, version_id: int) -> bool:
        """Let a version answer for its label; return whether it did not already."""
        c = versions.c
        with self._database.writing() as connection:
            row = connection.execute(
                select(c.label, c.state).where(c.id == version_id, c.deleted_at.is_(None))
            ).first()
            if row is None:
                raise LearnError(f"there is no version {version_id}", path=self._database.path)
            if row.state == _ACTIVE:
                return False
            _promote(connection, version_id, row.label)
        return True

    def roll_back(self, label: str) -> ModelVersion | None:
        """Let the version answer again that was replaced last; None when that was the default model."""
        c = versions.c
        with self._database.writing() as connection:
            row = connection.execute(
                select(c.id, c.replaces).where(c.label == label, c.state == _ACTIVE)
            ).first()
            if row is None:
                return None
            _set(connection, row.id, state=_RETIRED)
            before, seen = row.replaces, {row.id}
            while before is not None and before not in seen:  # a file from elsewhere may hold a circle
                seen.add(before)
                query = select(c.replaces, c.deleted_at).where(c.id == before, c.label == label)
                older = connection.execute(query).first()
                if older is not None and older.deleted_at is None:
                    _set(connection, int(before), state=_ACTIVE)
                    break
                before = None if older is None else older.replaces
        return self.active(label)

    def use_default(self, label: str) -> bool:
        """Let the default model answer for a label; return whether it did not already."""
        c = versions.c
        with self._database.writing() as connection:
            changed = connection.execute(
                update(versions).where(c.label == label, c.state == _ACTIVE).values(state=_RETIRED)
            )
        return changed.rowcount > 0

    def rename(self, version_id: int, name: str) -> None:
        """Give a version another name."""
        with self._database.writing() as connection:
            _set(connection, version_id, name=name)

    def delete(self, version_id: int) -> None:
        """Take a version off the list; what it was stays written down.

        Raises
        ------
        LearnError
            If it answers for its label.
        """
        c = versions.c
        with self._database.writing() as connection:
            row = connection.execute(select(c.state).where(c.id == version_id)).first()
            if row is None:
                raise LearnError(f"there is no version {version_id}", path=self._database.path)
            if row.state == _ACTIVE:
                raise LearnError(
                    "the model in use cannot be deleted",
                    remedy="Use another model first, then delete this one",
                )
            _set(connection, version_id, deleted_at=now_utc())

    def restore(self, version_id: int) -> None:
        """Put a deleted version back on the list."""
        with self._database.writing() as connection:
            _set(connection, version_id, deleted_at=None)

    def is_file_wanted(self, path: str) -> bool:
        """Return whether a version that is not deleted needs a file."""
        c = versions.c
        row = self._database.one(select(func.count()).where(c.path == path, c.deleted_at.is_(None)))
        return int(row[0]) > 0

    def count(self, label: str) -> int:
        """Return how many versions a label ever had."""
        row = self._database.one(select(func.count()).where(versions.c.label == label))
        return int(row[0])

    def _version(self, row: Any) -> ModelVersion:  # noqa: ANN401
        """Check a row on its way out: it may come from anybody."""
        try:
            return ModelVersion.from_json(
                {
                    "id": row.id,
                    "label": row.label,
                    "labels": from_json(row.labels),
                    "name": row.name,
                    "key": row.key,
                    "parent_key": row.parent_key,
                    "state": row.state,
                    "path": row.path,
                    "sha256": row.sha256,
                    "created_at": row.created_at,
                    "run_id": row.run_id or 0,
                    "data": from_json(row.data),
                    "scores": from_json(row.scores),
                    "reason": row.reason,
                    "card": from_json(row.card),
                    "replaces": row.replaces or 0,
                }
            )
        except LearnError as error:
            raise StudyError(
                f"a model in it is damaged ({error.cause})",
                path=self._database.path,
                remedy="Open a backup of the study",
            ) from error


def _promote(connection: Connection, version_id: int, label: str) -> None:
    """Put a version on top of those that answered for a label before.

    They form a chain that `roll_back` walks down. One that stood in it already is taken out first, so that
    the chain stays without a circle.
    """
    c = versions.c
    own = connection.execute(select(c.replaces).where(c.id == version_id)).scalar()
    connection.execute(update(versions).where(c.replaces == version_id).values(replaces=own))
    before = connection.execute(select(c.id).where(c.label == label, c.state == _ACTIVE)).scalar()
    if before is not None:
        _set(connection, int(before), state=_RETIRED)
    _set(connection, version_id, state=_ACTIVE, replaces=before)


def _set(connection: Connection, version_id: int, **values: object) -> None:
    connection.execute(update(versions).where(versions.c.id == version_id).values(**values))
