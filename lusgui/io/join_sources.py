"""Studies to be joined: read from copies, so that not a byte of them changes; what of them is the same."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lusgui.base.atomic import explain_os_error
from lusgui.base.errors import CancelledError, LusguiError, StudyReadOnlyError, WriteFailedError
from lusgui.core.label import KNOWN_LABELS, Label, free_color
from lusgui.core.learning.job import IGNORE
from lusgui.io.hashing import content_hash
from lusgui.io.study import Study
from lusgui.io.study_codec import from_json
from lusgui.io.study_database import Database, check_header
from lusgui.io.study_schema import planes, recordings
from lusgui.io.study_settings import READING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lusgui.core.progress import Progress

_KNOWN = frozenset((IGNORE, *(label.key for label in KNOWN_LABELS)))
_WAL = 2
"""What the header of a file says that is written ahead."""


@dataclass
class Source:
    """One of the studies that are joined.

    Parameters
    ----------
    path : Path
        The study itself.
    study : Study
        Its copy, brought up to date.
    reader : str
        Whose it is; unique among those that are joined.
    recordings : dict
        Number of a recording in the joined study, by its number here.
    labels : dict
        Key of a label in the joined study, by its key here.
    """

    path: Path
    study: Study
    reader: str = ""
    recordings: dict[int, int] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


def open_copy(path: Path, folder: Path) -> Study:
    """Return a study, as it is at this moment, opened as a copy in a folder.

    Neither the study nor its folder is written to: not even an older study, which its copy is brought up to
    date for.

    Raises
    ------
    LusguiError
        If it is no study, or cannot be read.
    """
    path = Path(path).resolve()  # SQLite writes ahead beside the file itself, not beside a link to it
    check_header(path)
    copy = folder / path.name
    log = path.with_name(f"{path.name}-wal")
    with path.open("rb") as file:
        is_ahead = file.read(19)[18] == _WAL
    try:
        # one that is written ahead and that nobody has open is read without SQLite's own files beside it
        with contextlib.closing(
            Database(path, read_only=True, immutable=is_ahead and not log.exists())
        ) as database:
            database.backup_to(copy)
    except (WriteFailedError, StudyReadOnlyError):
        try:
            copy.unlink(missing_ok=True)
            shutil.copyfile(path, copy)
            if log.exists():
                shutil.copyfile(log, copy.with_name(log.name))
        except OSError as error:
            cause = explain_os_error(error, folder).cause
            raise WriteFailedError(
                f"it cannot be copied to {folder.parent} to be read: {cause}",
                path=path,
                remedy="Free some space there, or name another folder for temporary files by TMPDIR",
            ) from error
    return Study.open(copy)


def name_readers(sources: Sequence[Source]) -> None:
    """Give every study the name of its reader: the one who drew in it, else the name of the file."""
    for source in sources:
        reading = source.study.settings.setting(READING)
        found = reading.get("reader") if isinstance(reading, dict) else None
        if not found:
            query = select(planes.c.rater).where(planes.c.rater != "").distinct()
            raters = [row.rater for row in source.study.database.rows(query)]
            found = raters[0] if len(raters) == 1 else source.path.stem
        source.reader = str(found)
    names = [source.reader for source in sources]
    for source in sources:
        if names.count(source.reader) > 1:
            source.reader = f"{source.reader} ({source.path.stem})"
    taken: set[str] = set()
    for source in sources:
        name, number = source.reader, 2
        while source.reader in taken:
            source.reader, number = f"{name} {number}", number + 1
        taken.add(source.reader)


def rows_of_recordings(source: Source, progress: Progress) -> list[dict[str, Any]]:
    """Return the recordings of a study, also removed ones, with their hashes as far as these can be had."""
    query = select(recordings).order_by(recordings.c.position, recordings.c.id)
    rows = source.study.database.dicts(query)
    for row in rows:
        row["path"] = str(_found(source, row))
        if row["sha256"] is None:
            row["sha256"] = _hash(row, progress)
    return rows


def _found(source: Source, row: dict[str, Any]) -> Path:
    """Return where the file of a recording is, or was last."""
    last = Path(row["path"])
    if not last.exists() and row["relative_path"] is not None:
        beside = Path(row["relative_path"])
        beside = beside if beside.is_absolute() else source.path.parent / beside
        if beside.exists():
            return beside.resolve()
    return last


def _hash(row: dict[str, Any], progress: Progress) -> str | None:
    """Return the hash of a file that is still what it was, else None."""
    path = Path(row["path"])
    try:
        found = path.stat()
        if (found.st_size, found.st_mtime_ns) != (row["size_bytes"], row["mtime_ns"]):
            return None
        return content_hash(path, progress)
    except CancelledError:
        raise
    except (OSError, LusguiError):
        return None


def find_same(row: dict[str, Any], known: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the recording of the same pictures on the same grid, or None.

    Where it is not certain, there is none: a recording listed twice can be seen, a mask on a picture that
    it was not drawn on cannot.
    """
    return next((other for other in known if _is_same(row, other)), None)


def _is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if any(one[name] != other[name] for name in ("frames", "rows", "cols", "variable")):
        return False
    if (one["frame_numbers"] or None) != (other["frame_numbers"] or None):
        return False
    axes = [_axes(row) for row in (one, other)]
    if axes[0] != axes[1] and (None not in axes or one["rows"] == one["cols"]):
        return False  # read another way: rows may be columns
    if one["sha256"] is not None and other["sha256"] is not None:
        return bool(one["sha256"] == other["sha256"])
    looks = ("size_bytes", "mtime_ns")
    is_alike = all(one[name] == other[name] for name in looks) and one["size_bytes"] > 0
    return is_alike and (one["path"] == other["path"] or Path(one["path"]).name == Path(other["path"]).name)


def _axes(row: dict[str, Any]) -> str | None:
    recipe = from_json(row["recipe"])
    return recipe.get("axes") if isinstance(recipe, dict) else None


def join_labels(sources: Sequence[Source]) -> tuple[list[Label], list[str]]:
    """Say which labels of the studies are one, and what each is called in the joined study.

    Labels that lusgui knows are one by their key, others by their name; of one that both have, name and
    colour of the first study stay. A key that stands for two different things becomes two, and two things
    never have one colour.

    Returns
    -------
    list of Label
        Those of the joined study.
    list of str
        What a person should know of it.
    """
    joined: list[Label] = []
    notes: list[str] = []
    for source in sources:
        for label in source.study.labels():
            own = set(source.labels.values())  # two labels of one study never become one
            found = next((one for one in joined if one.key not in own and _is_one(one, label)), None)
            if found is None:
                found = label
                taken = {one.key for one in joined}
                if label.key in taken:
                    key = next(k for n in range(2, 10_000) if (k := f"{label.key}_{n}") not in taken)
                    found = Label(key, label.name, label.color, label.max_components)
                    notes.append(
                        f"'{label.key}' is '{label.name}' in {source.path.name} and something else in"
                        " another study: they were kept apart"
                    )
                color = free_color(joined, found.color)
                if color not in (found.color, *(one.color for one in joined)):
                    notes.append(
                        f"'{label.name}' of {source.path.name} has another colour now: its own was that of"
                        " another label"
                    )
                    found = replace(found, color=color)
                joined.append(found)
            source.labels[label.key] = found.key
    return joined, notes


def _is_one(one: Label, other: Label) -> bool:
    if one.key == other.key and one.key in _KNOWN:
        return True
    is_named_alike = one.name.strip().casefold() == other.name.strip().casefold()
    return is_named_alike and (one.key == other.key or not {one.key, other.key} & _KNOWN)
