"""Masks and statuses of studies that are joined: whose is taken over, and what each reader has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import and_, insert, or_, select

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.overlap import dice
from lusgui.io.study_codec import pack_mask, unpack_mask
from lusgui.io.study_readings import digest_of
from lusgui.io.study_schema import planes, readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from lusgui.core.progress import Progress
    from lusgui.io.join_sources import Source

_OF_NO_USE = (str(Status.REJECTED), str(Status.IGNORED))


@dataclass
class Choice:
    """Which plane of which study is taken over.

    Parameters
    ----------
    owners : dict
        (number of a study, plane there) of everybody who said something of a plane of the joined study.
    on_difference : str
        As `OnDifference`.
    taken : dict
        (number of a study, plane there) of what is taken over.
    alone, agreed, differing : list of PlaneKey
        Planes of the joined study that one reader has, that all agree on, and that differ.
    """

    owners: dict[PlaneKey, list[tuple[int, PlaneKey]]]
    on_difference: str
    taken: dict[PlaneKey, tuple[int, PlaneKey]] = field(default_factory=dict)
    alone: list[PlaneKey] = field(default_factory=list)
    agreed: list[PlaneKey] = field(default_factory=list)
    differing: list[PlaneKey] = field(default_factory=list)


def choose_planes(sources: Sequence[Source], on_difference: str) -> Choice:
    """Look up who said something of which plane; what is taken over follows when masks are compared."""
    c = planes.c
    said = or_(c.status != str(Status.UNTOUCHED), c.area_px > 0)
    owners: dict[PlaneKey, list[tuple[int, PlaneKey]]] = {}
    for number, source in enumerate(sources):
        for row in source.study.database.rows(select(c.recording_id, c.frame, c.label).where(said)):
            own = PlaneKey(*row)
            if own.label not in source.labels:
                raise StudyError(
                    f"a mask in it is of an unknown label ('{own.label[:40]}')", path=source.path
                )
            joined = PlaneKey(source.recordings[own.recording_id], own.frame, source.labels[own.label])
            owners.setdefault(joined, []).append((number, own))
    return Choice(dict(sorted(owners.items())), on_difference)


def write_planes(
    connection: Connection, sources: Sequence[Source], choice: Choice, report: Progress
) -> dict[str, float]:
    """Write masks, statuses and readings; return the mean Dice coefficient between readers, by label."""
    agreement: dict[str, list[float]] = {}
    shapes = [{own: source.study.journal.shape_of(own) for own in source.recordings} for source in sources]
    for done, (key, owners) in enumerate(choice.owners.items()):
        if done % 64 == 0:
            report(done, len(choice.owners), "Joining masks")
        rows = [_row(sources[number], own) for number, own in owners]
        masks = []
        for (number, own), row in zip(owners, rows, strict=True):
            frames, *size = shapes[number][own.recording_id]
            if not 0 <= own.frame < frames:
                raise StudyError("a mask in it lies outside its recording", path=sources[number].path)
            masks.append(_mask(row, (size[0], size[1]), sources[number]))
        if len(owners) == 1:
            choice.alone.append(key)
            chosen: int | None = 0
        else:
            _write_readings(connection, key, [sources[n].reader for n, _ in owners], rows, masks)
            agreement.setdefault(key.label, []).extend(_dices(masks))
            chosen = _choose(choice, key, rows, masks)
        if chosen is not None:
            choice.taken[key] = owners[chosen]
            values = _said(key, rows[chosen], masks[chosen])
            connection.execute(insert(planes).values(**values, provenance=rows[chosen]["provenance"]))
    return {label: float(np.mean(values)) for label, values in sorted(agreement.items()) if values}


def _row(source: Source, own: PlaneKey) -> dict[str, Any]:
    c = planes.c
    query = select(planes).where(
        and_(c.recording_id == own.recording_id, c.frame == own.frame, c.label == own.label)
    )
    (found,) = source.study.database.dicts(query)
    return found


def _mask(row: dict[str, Any], shape: tuple[int, int], source: Source) -> NDArray[np.bool_]:
    if row["mask"] is None:
        return np.zeros(shape, bool)
    try:
        return unpack_mask(row["mask"], shape)
    except StudyError as error:
        raise StudyError(error.cause, path=source.path, remedy="Open a backup of the study") from error


def _choose(
    choice: Choice, key: PlaneKey, rows: Sequence[dict[str, Any]], masks: Sequence[NDArray[np.bool_]]
) -> int | None:
    """Return which of several planes is taken over, None where somebody must decide."""
    newest = max(range(len(rows)), key=lambda number: (rows[number]["updated_at"], -number))
    is_of_use = {row["status"] not in _OF_NO_USE for row in rows}
    if len(is_of_use) == 1 and all(np.array_equal(masks[0], mask) for mask in masks[1:]):
        choice.agreed.append(key)
        return newest
    choice.differing.append(key)
    return {"first": 0, "newest": newest}.get(choice.on_difference)


def _said(key: PlaneKey, row: dict[str, Any], mask: NDArray[np.bool_]) -> dict[str, Any]:
    area = int(np.count_nonzero(mask))
    return {
        "recording_id": key.recording_id,
        "frame": key.frame,
        "label": key.label,
        "status": row["status"],
        "rater": row["rater"],
        "updated_at": row["updated_at"],
        "area_px": area,
        "mask": pack_mask(mask) if area else None,
    }


def _write_readings(
    connection: Connection,
    key: PlaneKey,
    readers: Sequence[str],
    rows: Sequence[dict[str, Any]],
    masks: Sequence[NDArray[np.bool_]],
) -> None:
    values = [
        _said(key, row, mask) | {"reader": reader, "digest": digest_of(mask)}
        for reader, row, mask in zip(readers, rows, masks, strict=True)
    ]
    connection.execute(insert(readings), values)


def _dices(masks: Sequence[NDArray[np.bool_]]) -> list[float]:
    return [dice(one, other) for number, one in enumerate(masks) for other in masks[number + 1 :]]
