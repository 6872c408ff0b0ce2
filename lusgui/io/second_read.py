"""A blinded second read: a study of its own, in which nothing of the first reader's can be seen.

What is not in the file cannot be looked at by mistake: the second reader gets recordings, labels and the
frames to be read, and neither masks, nor statuses, nor comments, nor anything a model answered.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError, StudyError
from lusgui.core.edits import now_utc
from lusgui.io.study import SUFFIX, Study
from lusgui.io.study_codec import to_json
from lusgui.io.study_new import make_database
from lusgui.io.study_place import hold_place
from lusgui.io.study_recordings import StudyRecordings
from lusgui.io.study_schema import labels, meta, raters, recordings, worklist
from lusgui.io.study_settings import READING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class SecondRead:
    """What a study that is a second read says of itself.

    Parameters
    ----------
    reader : str
        Who reads.
    first : Path
        The study that is read again.
    labels : tuple of str
        Keys of what is read.
    places : tuple of (recording id, frame)
        What is to be read, in numbers of this study.
    begun_at : str
        When, ISO 8601 in UTC.
    locked_at : str
        When it was finished; empty while it goes on.
    """

    reader: str
    first: Path
    labels: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    begun_at: str
    locked_at: str = ""

    @property
    def is_locked(self) -> bool:
        """Whether it is finished."""
        return bool(self.locked_at)


def suggest_path(first: Path, reader: str) -> Path:
    """Return where the second read of a study by somebody would lie: beside it."""
    plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in reader.strip()) or "reader"
    path = first.with_name(f"{first.stem}.second-{plain}{SUFFIX}")
    number = 2
    while path.exists():
        path = first.with_name(f"{first.stem}.second-{plain}-{number}{SUFFIX}")
        number += 1
    return path


def begin_second_read(
    study: Study, target: Path, reader: str, keys: Sequence[str], places: Sequence[tuple[int, int]]
) -> Path:
    """Make the study of a second reader; return where it lies.

    Parameters
    ----------
    study : Study
        What is read again; only looked at.
    target : Path
        The new study; it appears whole or not at all.
    reader : str
        Who reads.
    keys : sequence of str
        Labels that are read.
    places : sequence of (recording id, frame)
        Frames that are read, in numbers of `study`.

    Raises
    ------
    StudyError
        If there is nothing to read, or nobody reads.
    OverwriteRefusedError
        If there is a file already.
    """
    target = Path(target).absolute()
    if target.suffix != SUFFIX:
        target = target.with_name(target.name + SUFFIX)
    wanted = [label for label in study.labels() if label.key in set(keys)]
    if not reader.strip():
        raise StudyError("a second reader needs a name", remedy="Say who reads")
    if not wanted or not places:
        raise StudyError("there is nothing to read", remedy="Choose a label and at least one frame")
    numbers = {old: new for new, old in enumerate(dict.fromkeys(place[0] for place in places), start=1)}
    own = sorted({(numbers[recording_id], frame) for recording_id, frame in places})
    said = SecondRead(reader.strip(), study.path, tuple(one.key for one in wanted), tuple(own), now_utc())
    rows = {row["id"]: row for row in study.database.dicts(select(recordings))}
    with (
        hold_place(target),
        atomic_path(target) as temporary,
        contextlib.closing(make_database(temporary)) as database,
        database.writing() as connection,
    ):
        for old, new in numbers.items():
            row = rows[old] | {"id": new, "position": new - 1, "removed_at": None}
            connection.execute(insert(recordings).values(**row))
        for position, label in enumerate(wanted):
            values: dict[str, Any] = {"key": label.key, "name": label.name, "color": label.color}
            values |= {"max_components": label.max_components, "position": position}
            connection.execute(insert(labels).values(**values))
        connection.execute(insert(raters).values(name=said.reader, first_seen=said.begun_at))
        for position, (recording_id, frame) in enumerate(own):
            row = {"position": position, "recording_id": recording_id, "frame": frame}
            connection.execute(insert(worklist).values(**row))
        settings = {READING: _to_json(said), "place": list(own[0])}
        for key, value in settings.items():
            connection.execute(insert(meta).values(key=key, value=to_json(value)))
    with contextlib.closing(Study.open(target)) as made:
        StudyRecordings(made.database).rebase()
    return target


def second_read_of(study: Study) -> SecondRead | None:
    """Return what a study says of itself as a second read; None where it is none."""
    stored = study.settings.setting(READING)
    if not isinstance(stored, dict):
        return None
    try:
        return SecondRead(
            str(stored["reader"]),
            Path(stored["first"]),
            tuple(str(key) for key in stored["labels"]),
            tuple((_count(place[0]), _count(place[1])) for place in stored["places"]),
            str(stored["begun_at"]),
            str(stored.get("locked_at") or ""),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise StudyError(
            "what it says of the second read is damaged", path=study.path, remedy="Open a backup"
        ) from error


def _count(value: object) -> int:
    if type(value) is not int or not 0 <= value < 2**31:
        raise ValueError("no number of a recording or frame")
    return value


def lock_second_read(study: Study) -> SecondRead:
    """Say that a second read is finished; at the next opening nothing in it can be changed.

    Raises
    ------
    StudyError
        If it is none.
    """
    study.check_writable()
    said = second_read_of(study)
    if said is None:
        raise StudyError("it is no second read", path=study.path)
    if not said.is_locked:
        study.settings.set_setting(READING, _to_json(said) | {"locked_at": now_utc()})
    found = second_read_of(study)
    assert found is not None
    return found


def find_second_reads(first: Path) -> list[Path]:
    """Return the second reads of a study that lie beside it and are finished, by name."""
    found = []
    for path in sorted(first.parent.glob(f"{_escaped(first.stem)}.second-*{SUFFIX}")):
        with contextlib.suppress(LusguiError), Study.open(path, read_only=True) as study:
            said = second_read_of(study)
            if said is not None and said.is_locked:
                found.append(path)
    return found


def _escaped(stem: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in stem)


def _to_json(said: SecondRead) -> dict[str, Any]:
    return {
        "reader": said.reader,
        "first": str(said.first),
        "labels": list(said.labels),
        "places": [list(place) for place in said.places],
        "begun_at": said.begun_at,
        "locked_at": said.locked_at,
    }
