"""The strokes behind the masks of studies that are joined: kept in their order, out of the reach of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import insert, select

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import now_utc, patch_between
from lusgui.core.geometry import Box
from lusgui.io.join_batches import BATCH, batches, plane_of, spans, write
from lusgui.io.study_codec import pack_mask, unpack_mask
from lusgui.io.study_schema import BASE, IN_FORCE, journal, journal_patches, planes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from lusgui.core.progress import Progress
    from lusgui.io.join_planes import Choice
    from lusgui.io.join_sources import Source


def copy_history(connection: Connection, sources: Sequence[Source], choice: Choice, report: Progress) -> None:
    """Write the history of every plane that was taken over.

    What the strokes of a study do not explain, as after a file was mended by hand, is one more entry, so that
    the masks of the joined study are what its history says.
    """
    taken = {where: key for key, where in choice.taken.items()}
    numbers = _write_entries(connection, sources, taken)
    copies: list[dict[str, Any]] = []
    for done, batch in batches(list(choice.owners)):
        report(done, len(choice.owners), "Joining histories")
        here = [key for key in batch if key in choice.taken]
        strokes = _strokes(sources, [choice.taken[key] for key in here])
        written = _written(connection, here)
        for key in here:
            where = choice.taken[key]
            copies += _copy_plane(
                connection, sources[where[0]], where, strokes.get(where, []), key, written[key], numbers
            )
        write(connection, journal_patches, copies)


def _strokes(
    sources: Sequence[Source], wanted: Sequence[tuple[int, PlaneKey]]
) -> dict[tuple[int, PlaneKey], list[dict[str, Any]]]:
    """Return what the strokes in force changed of planes (number of a study, plane there), in their order."""
    is_wanted = set(wanted)
    found: dict[tuple[int, PlaneKey], list[dict[str, Any]]] = {}
    p = journal_patches.c
    for number, source in enumerate(sources):
        for condition in spans(journal_patches, [key for owner, key in wanted if owner == number]):
            query = select(journal_patches).join(journal, journal.c.seq == p.seq)
            query = query.where(condition, journal.c.state.in_(IN_FORCE)).order_by(p.seq)
            for row in source.study.database.dicts(query):
                where = number, plane_of(row)
                if where in is_wanted:
                    found.setdefault(where, []).append(row)
    return found


def _written(connection: Connection, keys: Sequence[PlaneKey]) -> dict[PlaneKey, dict[str, Any]]:
    """Return the rows of planes of the joined study."""
    found = {}
    for condition in spans(planes, keys):
        for row in connection.execute(select(planes).where(condition)).mappings():
            found[plane_of(dict(row))] = dict(row)
    return found


def _write_entries(
    connection: Connection, sources: Sequence[Source], taken: dict[tuple[int, PlaneKey], PlaneKey]
) -> dict[tuple[int, int], int]:
    """Write the entries that touch a plane that was taken over; return their new numbers."""
    j, p = journal.c, journal_patches.c
    wanted: dict[tuple[int, int], tuple[str, int, int]] = {}
    for number, source in enumerate(sources):
        query = select(j.seq, j.at, p.recording_id, p.frame, p.label).where(
            p.seq == j.seq, j.state.in_(IN_FORCE)
        )
        latest = ""
        for row in source.study.database.rows(query.order_by(j.seq)):
            latest = max(latest, row.at)  # a clock that was put back does not turn strokes round
            if (number, PlaneKey(row.recording_id, row.frame, row.label)) in taken:
                wanted[number, row.seq] = (latest, number, row.seq)
    found: dict[tuple[int, int], int] = {}
    names = sorted(wanted, key=wanted.__getitem__)
    for done in range(0, len(names), BATCH):
        rows = _entries(sources, names[done : done + BATCH])
        for seq, (name, row) in enumerate(rows, start=done + 1):  # the joined study has no entries yet
            found[name] = row["seq"] = seq
        write(connection, journal, [row for _name, row in rows])
    return found


def _entries(
    sources: Sequence[Source], names: Sequence[tuple[int, int]]
) -> list[tuple[tuple[int, int], dict[str, Any]]]:
    """Return entries (number of a study, number there) as they are to be written."""
    known = {}
    for number, source in enumerate(sources):
        wanted = [seq for owner, seq in names if owner == number]
        for row in source.study.database.dicts(select(journal).where(journal.c.seq.in_(wanted))):
            known[number, row["seq"]] = row
    return [(name, known[name] | {"state": BASE}) for name in names]


def _copy_plane(
    connection: Connection,
    source: Source,
    where: tuple[int, PlaneKey],
    strokes: Sequence[dict[str, Any]],
    key: PlaneKey,
    plane: dict[str, Any],
    numbers: dict[tuple[int, int], int],
) -> list[dict[str, Any]]:
    """Return the strokes of a plane as they are to be written; write what they do not explain."""
    number, own = where
    shape = source.study.journal.shape_of(own.recording_id)[1:]
    drawn = np.zeros(shape, bool)
    status = str(Status.UNTOUCHED)
    copies = []
    for values in strokes:
        if values["flipped"] is not None:
            box = _box(values, shape, source)
            drawn[box.slices] ^= unpack_mask(values["flipped"], box.shape)
        status = values["status_after"] or status
        copies.append(values | _place(key) | {"seq": numbers[number, values["seq"]]})
    mask = np.zeros(shape, bool) if plane["mask"] is None else unpack_mask(plane["mask"], shape)
    if status != plane["status"] or not np.array_equal(drawn, mask):
        _explain(connection, source, key, plane, drawn, mask, status)
    return copies


def _explain(
    connection: Connection,
    source: Source,
    key: PlaneKey,
    plane: dict[str, Any],
    drawn: NDArray[np.bool_],
    mask: NDArray[np.bool_],
    status: str,
) -> None:
    """Write one entry that turns what the strokes give into what the plane is."""
    name = f"As it was in {source.path.name}"
    head = {
        "state": BASE,
        "name": name,
        "title": f"{name}, frame {key.frame + 1}",
        "source": f"study:{source.path.name}",
        "rater": plane["rater"],
        "at": plane["updated_at"] or now_utc(),
    }
    result = connection.execute(insert(journal).values(**head))
    patch = patch_between(key, drawn, mask)
    corners = ("row0", "col0", "row1", "col1")
    row = {
        "seq": int((result.inserted_primary_key or (0,))[0]),
        **_place(key),
        **{name: None if patch is None else getattr(patch.box, name) for name in corners},
        "status_before": None if status == plane["status"] else status,
        "status_after": None if status == plane["status"] else plane["status"],
        "flipped": None if patch is None else pack_mask(patch.flipped),
    }
    connection.execute(insert(journal_patches).values(**row))


def _place(key: PlaneKey) -> dict[str, Any]:
    return {"recording_id": key.recording_id, "frame": key.frame, "label": key.label}


def _box(values: dict[str, Any], shape: tuple[int, int], source: Source) -> Box:
    corners = [values[name] for name in ("row0", "col0", "row1", "col1")]
    if None not in corners:
        box = Box(*corners)
        if not box.is_empty and box.clipped(shape) == box:
            return box
    raise StudyError("an edit in it lies outside its frame", path=source.path)
