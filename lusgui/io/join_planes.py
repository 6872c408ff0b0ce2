"""Masks and statuses of studies that are joined: whose is taken over, and what each reader has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import or_, select

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.overlap import dice
from lusgui.io.join_batches import batches, plane_of, spans, write
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
    said: list[dict[str, Any]] = []
    read: list[dict[str, Any]] = []
    for done, batch in batches(list(choice.owners)):
        report(done, len(choice.owners), "Joining masks")
        found = _rows(sources, [one for key in batch for one in choice.owners[key]])
        for key in batch:
            owners = choice.owners[key]
            rows = [found[one] for one in owners]
            drawn: list[_Drawn] = []
            for (number, own), row in zip(owners, rows, strict=True):
                frames, *size = shapes[number][own.recording_id]
                if not 0 <= own.frame < frames:
                    raise StudyError("a mask in it lies outside its recording", path=sources[number].path)
                drawn.append(_drawn(row, (size[0], size[1]), sources[number], drawn))
            if len(owners) == 1:
                choice.alone.append(key)
                chosen: int | None = 0
            else:
                for (number, _own), row, one in zip(owners, rows, drawn, strict=True):
                    told = _said(key, row, one)
                    read.append(told | {"reader": sources[number].reader, "digest": digest_of(one.mask)})
                agreement.setdefault(key.label, []).extend(_dices(drawn))
                chosen = _choose(choice, key, rows, drawn)
            if chosen is not None:
                choice.taken[key] = owners[chosen]
                told = _said(key, rows[chosen], drawn[chosen])
                said.append(told | {"provenance": rows[chosen]["provenance"]})
        write(connection, planes, said)
        write(connection, readings, read)
    return {label: float(np.mean(values)) for label, values in sorted(agreement.items()) if values}


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A mask, as it lay in its study and decoded; `blob` is None without pixels."""

    stored: bytes | None
    mask: NDArray[np.bool_]
    area: int
    blob: bytes | None


def _rows(
    sources: Sequence[Source], wanted: Sequence[tuple[int, PlaneKey]]
) -> dict[tuple[int, PlaneKey], dict[str, Any]]:
    """Return the rows of planes (number of a study, plane there)."""
    found = {}
    for number, source in enumerate(sources):
        own = [key for owner, key in wanted if owner == number]
        for condition in spans(planes, own):
            for row in source.study.database.dicts(select(planes).where(condition)):
                found[number, plane_of(row)] = row
    return found


def _drawn(row: dict[str, Any], shape: tuple[int, int], source: Source, others: Sequence[_Drawn]) -> _Drawn:
    """Decode a mask; one that is stored as another of the same plane need not be decoded again."""
    stored = row["mask"]
    for other in others:
        if other.stored == stored and other.mask.shape == shape:
            return other
    if stored is None:
        return _Drawn(None, np.zeros(shape, bool), 0, None)
    try:
        mask = unpack_mask(stored, shape)
    except StudyError as error:
        raise StudyError(error.cause, path=source.path, remedy="Open a backup of the study") from error
    area = int(np.count_nonzero(mask))
    return _Drawn(stored, mask, area, pack_mask(mask) if area else None)


def _choose(
    choice: Choice, key: PlaneKey, rows: Sequence[dict[str, Any]], drawn: Sequence[_Drawn]
) -> int | None:
    """Return which of several planes is taken over, None where somebody must decide."""
    newest = max(range(len(rows)), key=lambda number: (rows[number]["updated_at"], -number))
    is_of_use = {row["status"] not in _OF_NO_USE for row in rows}
    if len(is_of_use) == 1 and all(_is_alike(drawn[0], one) for one in drawn[1:]):
        choice.agreed.append(key)
        return newest
    choice.differing.append(key)
    return {"first": 0, "newest": newest}.get(choice.on_difference)


def _is_alike(one: _Drawn, other: _Drawn) -> bool:
    return one is other or bool(np.array_equal(one.mask, other.mask))


def _said(key: PlaneKey, row: dict[str, Any], drawn: _Drawn) -> dict[str, Any]:
    return {
        "recording_id": key.recording_id,
        "frame": key.frame,
        "label": key.label,
        "status": row["status"],
        "rater": row["rater"],
        "updated_at": row["updated_at"],
        "area_px": drawn.area,
        "mask": drawn.blob,
    }


def _dices(drawn: Sequence[_Drawn]) -> list[float]:
    return [
        1.0 if one is other else dice(one.mask, other.mask)
        for number, one in enumerate(drawn)
        for other in drawn[number + 1 :]
    ]
