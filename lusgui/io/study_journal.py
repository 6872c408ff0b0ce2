"""Masks, statuses and the edit journal: each edit, undo and redo is one transaction."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, StatusChange, now_utc
from lusgui.core.geometry import EMPTY_BOX, Box
from lusgui.io.study_codec import from_json, pack_mask, to_json, unpack_mask
from lusgui.io.study_entries import AnnotationEntry
from lusgui.io.study_marks import load_marks, marked_place, record_marks, step_marks
from lusgui.io.study_notes import load_notes, noted_place, record_notes, step_notes
from lusgui.io.study_schema import (
    APPLIED,
    DISCARDED,
    IN_FORCE,
    UNDONE,
    journal,
    journal_patches,
    planes,
    recordings,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import ColumnElement, Connection, Table

    from lusgui.io.study_database import Database

_CACHE_BYTES = 64 * 1024 * 1024
_STATUSES = {str(status): status for status in Status}


def _is_plane(table: Table, key: PlaneKey) -> ColumnElement[bool]:
    return and_(
        table.c.recording_id == key.recording_id, table.c.frame == key.frame, table.c.label == key.label
    )


def _status(text: str) -> Status:
    status = _STATUSES.get(text)
    if status is None:
        raise StudyError(f"a status in it is unknown ('{str(text)[:40]}')", remedy="Open a backup")
    return status


class PlaneCache:
    """Decoded masks, read-only arrays (H, W), the least recently used go first."""

    def __init__(self, limit_bytes: int = _CACHE_BYTES) -> None:
        self._limit = limit_bytes
        self._items: OrderedDict[PlaneKey, NDArray[np.bool_]] = OrderedDict()
        self._bytes = 0

    def get(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return a mask that is held, or None."""
        mask = self._items.get(key)
        if mask is not None:
            self._items.move_to_end(key)
        return mask

    def put(self, key: PlaneKey, mask: NDArray[np.bool_]) -> None:
        """Hold a mask."""
        self.forget(key)
        mask.setflags(write=False)
        self._items[key] = mask
        self._bytes += mask.nbytes
        while self._bytes > self._limit and len(self._items) > 1:
            self.forget(next(iter(self._items)))

    def forget(self, key: PlaneKey) -> None:
        """Let a mask go."""
        gone = self._items.pop(key, None)
        if gone is not None:
            self._bytes -= gone.nbytes


class StudyJournal:
    """The annotations of a study and how they came about.

    Parameters
    ----------
    database : Database
        Where they lie.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache = PlaneCache()
        self._shapes: dict[int, tuple[int, int, int]] = {}

    def shape_of(self, recording_id: int) -> tuple[int, int, int]:
        """Return (frames, rows, columns) of a recording.

        Raises
        ------
        StudyError
            If there is no such recording.
        """
        shape = self._shapes.get(recording_id)
        if shape is None:
            columns = (recordings.c.frames, recordings.c.rows, recordings.c.cols)
            row = self._database.one(select(*columns).where(recordings.c.id == recording_id))
            if row is None:
                raise StudyError(f"there is no recording {recording_id} in it", path=self._database.path)
            shape = self._shapes[recording_id] = (int(row[0]), int(row[1]), int(row[2]))
        return shape

    def mask(self, key: PlaneKey) -> NDArray[np.bool_] | None:
        """Return a mask (H, W), read-only, or None where nothing was ever drawn."""
        held = self._cache.get(key)
        if held is not None:
            return held
        row = self._database.one(select(planes.c.mask).where(_is_plane(planes, key)))
        if row is None or row.mask is None:
            return None
        mask = unpack_mask(row.mask, self.shape_of(key.recording_id)[1:])
        self._cache.put(key, mask)
        return mask

    def annotation(self, key: PlaneKey) -> AnnotationEntry | None:
        """Return all but the pixels of a plane, or None where nothing was ever said."""
        c = planes.c
        columns = (c.status, c.rater, c.updated_at, c.area_px, c.provenance)
        row = self._database.one(select(*columns).where(_is_plane(planes, key)))
        if row is None:
            return None
        provenance = from_json(row.provenance)
        return AnnotationEntry(
            key,
            _status(row.status),
            row.rater,
            row.updated_at,
            row.area_px,
            provenance if isinstance(provenance, dict) else {},
        )

    def status(self, key: PlaneKey) -> Status:
        """Return the status of a plane."""
        row = self._database.one(select(planes.c.status).where(_is_plane(planes, key)))
        return Status.UNTOUCHED if row is None else _status(row.status)

    def statuses(self, recording_id: int) -> dict[tuple[int, str], Status]:
        """Return the status of every plane of a recording that has one, by (frame, label)."""
        c = planes.c
        query = select(c.frame, c.label, c.status).where(c.recording_id == recording_id)
        return {(frame, label): _status(status) for frame, label, status in self._database.rows(query)}

    def areas(self, recording_id: int) -> dict[tuple[int, str], int]:
        """Return how many pixels are set in every plane of a recording that has an annotation."""
        c = planes.c
        query = select(c.frame, c.label, c.area_px).where(c.recording_id == recording_id)
        return {(frame, label): area for frame, label, area in self._database.rows(query)}

    def push(self, edit: Edit) -> Edit:
        """Apply an edit and write it down; what was undone before can no longer be redone.

        Parameters
        ----------
        edit : Edit
            Patches must lie inside their frames.

        Returns
        -------
        Edit
            The same with its number.

        Raises
        ------
        LusguiError
            Nothing changed then.
        """
        from dataclasses import replace

        with self._database.writing() as connection:
            connection.execute(update(journal).where(journal.c.state == UNDONE).values(state=DISCARDED))
            result = connection.execute(
                insert(journal).values(
                    state=APPLIED,
                    name=edit.name,
                    title=edit.title,
                    source=edit.source,
                    rater=edit.rater,
                    at=edit.at or now_utc(),
                )
            )
            seq = int((result.inserted_primary_key or (0,))[0])
            edit = replace(edit, seq=seq)
            if edit.planes:
                connection.execute(insert(journal_patches), _rows_of(edit))
            after = self._apply(connection, edit, edit)
            record_marks(connection, edit, edit.at or now_utc(), self.shape_of)
            record_notes(connection, edit, self.shape_of)
        self._remember(after)
        return edit

    def undo(self) -> Edit | None:
        """Take back the last edit in force; return it, or None when there is none."""
        return self._step(APPLIED, UNDONE)

    def redo(self) -> Edit | None:
        """Do again what was last undone; return it, or None when there is none."""
        return self._step(UNDONE, APPLIED)

    def _step(self, present: int, wanted: int) -> Edit | None:
        with self._database.writing() as connection:
            seq = self._next(connection, present)
            if seq is None:
                return None
            edit = self._load(connection, seq)
            connection.execute(update(journal).where(journal.c.seq == seq).values(state=wanted))
            after = self._apply(connection, edit if wanted == APPLIED else edit.reversed(), edit)
            step_marks(connection, seq, forwards=wanted == APPLIED)
            step_notes(connection, seq, forwards=wanted == APPLIED)
        self._remember(after)
        return edit

    def next_undo(self) -> tuple[str, PlaneKey] | None:
        """Return title and place of what undo would take back."""
        return self._peek(APPLIED)

    def next_redo(self) -> tuple[str, PlaneKey] | None:
        """Return title and place of what redo would do again."""
        return self._peek(UNDONE)

    def _peek(self, state: int) -> tuple[str, PlaneKey] | None:
        c = journal_patches.c
        with self._database.reading() as connection:
            seq = self._next(connection, state)
            if seq is None:
                return None
            title = connection.execute(select(journal.c.title).where(journal.c.seq == seq)).scalar_one()
            query = select(c.recording_id, c.frame, c.label).where(c.seq == seq)
            row = connection.execute(query.order_by(c.recording_id, c.frame, c.label).limit(1)).first()
            place = PlaneKey(*row) if row is not None else marked_place(connection, seq)
            place = place or noted_place(connection, seq)
        return None if place is None else (title, place)

    @staticmethod
    def _next(connection: Connection, state: int) -> int | None:
        # what is undone lies above what is applied: undo takes the highest applied, redo the lowest undone
        pick = func.max(journal.c.seq) if state == APPLIED else func.min(journal.c.seq)
        found = connection.execute(select(pick).where(journal.c.state == state)).scalar()
        return None if found is None else int(found)

    def entries(self, limit: int = 1000) -> list[Edit]:
        """Return the edits in force without their pixels, newest first."""
        c = journal.c
        query = select(c.seq, c.title, c.source, c.rater, c.at).where(c.state == APPLIED)
        rows = self._database.rows(query.order_by(c.seq.desc()).limit(limit))
        return [Edit(r.title, rater=r.rater, at=r.at, seq=r.seq, source=r.source) for r in rows]

    def _load(self, connection: Connection, seq: int) -> Edit:
        head = connection.execute(select(journal).where(journal.c.seq == seq)).one()
        query = select(journal_patches).where(journal_patches.c.seq == seq)
        c = journal_patches.c
        patches, statuses = [], []
        for row in connection.execute(query.order_by(c.recording_id, c.frame, c.label)):
            key = PlaneKey(row.recording_id, row.frame, row.label)
            if row.flipped is not None:
                frame_shape = self.shape_of(key.recording_id)[1:]
                corners = (row.row0, row.col0, row.row1, row.col1)
                box = EMPTY_BOX if None in corners else Box(*corners)
                if box.is_empty or box.clipped(frame_shape) != box:
                    raise StudyError("an edit in it lies outside its frame", path=self._database.path)
                patches.append(MaskPatch(key, box, unpack_mask(row.flipped, box.shape)))
            if row.status_after is not None:
                statuses.append(StatusChange(key, _status(row.status_before), _status(row.status_after)))
        said = (tuple(patches), tuple(statuses), head.rater, head.at, head.seq, head.source)
        changes = load_marks(connection, seq), load_notes(connection, seq)
        return Edit(head.name, *said, *changes)

    def _apply(
        self, connection: Connection, edit: Edit, written: Edit
    ) -> dict[PlaneKey, NDArray[np.bool_] | None]:
        """Write the planes as they are after `edit`; return the masks to remember once it is committed."""
        patches = {patch.key: patch for patch in edit.patches}
        changes = {change.key: change for change in edit.statuses}
        is_undo = edit is not written
        after: dict[PlaneKey, NDArray[np.bool_] | None] = {}
        for key in edit.planes:
            row = connection.execute(select(planes).where(_is_plane(planes, key))).first()
            values: dict[str, Any] = {
                "status": str(Status.UNTOUCHED) if row is None else row.status,
                "area_px": 0 if row is None else row.area_px,
                "mask": None if row is None else row.mask,
            }
            patch = patches.get(key)
            if patch is not None:
                mask = self._patched(key, values["mask"], patch)
                after[key] = mask
                values["area_px"] = int(np.count_nonzero(mask))
                values["mask"] = pack_mask(mask)
            if key in changes:
                values["status"] = str(changes[key].after)
            origin = self._last_origin(connection, key) if is_undo else _origin(row, written)
            if origin is None and values["area_px"] == 0 and values["status"] == str(Status.UNTOUCHED):
                connection.execute(delete(planes).where(_is_plane(planes, key)))
                after[key] = None
                continue
            values |= origin or {}
            values.setdefault("rater", written.rater)
            values.setdefault("updated_at", written.at or now_utc())
            values.setdefault("provenance", "{}")
            plane = {"recording_id": key.recording_id, "frame": key.frame, "label": key.label}
            statement = upsert(planes).values(**plane, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=list(plane), set_=values))
        return after

    def _patched(self, key: PlaneKey, blob: bytes | None, patch: MaskPatch) -> NDArray[np.bool_]:
        shape = self.shape_of(key.recording_id)
        if not 0 <= key.frame < shape[0]:
            raise StudyError(f"frame {key.frame + 1} of {shape[0]} does not exist", path=self._database.path)
        if patch.box.is_empty or patch.box.clipped(shape[1:]) != patch.box:
            raise StudyError("an edit lies outside its frame", path=self._database.path)
        held = self._cache.get(key)
        if held is None:
            held = np.zeros(shape[1:], dtype=bool) if blob is None else unpack_mask(blob, shape[1:])
        mask = held.copy()
        mask[patch.box.slices] ^= patch.flipped
        return mask

    def _last_origin(self, connection: Connection, key: PlaneKey) -> dict[str, Any] | None:
        """Return rater, time and provenance of a plane from the edits in force, or None without any."""
        query = (
            select(journal.c.seq, journal.c.name, journal.c.source, journal.c.rater, journal.c.at)
            .join(journal_patches, journal_patches.c.seq == journal.c.seq)
            .where(_is_plane(journal_patches, key), journal.c.state.in_(IN_FORCE))
            .order_by(journal.c.seq)
        )
        rows = connection.execute(query).all()
        if not rows:
            return None
        last = rows[-1]
        sources = list(dict.fromkeys(row.source for row in rows))
        return {
            "rater": last.rater,
            "updated_at": last.at,
            "provenance": to_json({"source": last.source, "edit": last.name, "sources": sources}),
        }

    def _remember(self, after: dict[PlaneKey, NDArray[np.bool_] | None]) -> None:
        """Hold the new masks; only ever called once they are committed."""
        for key, mask in after.items():
            if mask is None:
                self._cache.forget(key)
            else:
                self._cache.put(key, mask)


def _origin(row: Any, edit: Edit) -> dict[str, Any]:  # noqa: ANN401
    """Return rater, time and provenance of a plane after a new edit."""
    known = None if row is None else from_json(row.provenance)
    sources = known.get("sources", []) if isinstance(known, dict) else []
    sources = [str(s) for s in sources] if isinstance(sources, list) else []
    if edit.source not in sources:
        sources.append(edit.source)
    return {
        "rater": edit.rater,
        "updated_at": edit.at or now_utc(),
        "provenance": to_json({"source": edit.source, "edit": edit.name, "sources": sources}),
    }


def _rows_of(edit: Edit) -> list[dict[str, Any]]:
    """Return the journal's rows for an edit: one for each plane it touches."""
    patches = {patch.key: patch for patch in edit.patches}
    changes = {change.key: change for change in edit.statuses}
    rows = []
    for key in edit.planes:
        patch, change = patches.get(key), changes.get(key)
        rows.append(
            {
                "seq": edit.seq,
                "recording_id": key.recording_id,
                "frame": key.frame,
                "label": key.label,
                "row0": patch and patch.box.row0,
                "col0": patch and patch.box.col0,
                "row1": patch and patch.box.row1,
                "col1": patch and patch.box.col1,
                "flipped": None if patch is None else pack_mask(patch.flipped),
                "status_before": None if change is None else str(change.before),
                "status_after": None if change is None else str(change.after),
            }
        )
    return rows
