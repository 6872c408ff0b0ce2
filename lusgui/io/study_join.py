"""Several studies become one more: nothing of theirs changes, and nothing of theirs is lost."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import LusguiError, OverwriteRefusedError
from lusgui.base.filesystems import is_network_folder
from lusgui.base.scratch import Scratch
from lusgui.core.edits import now_utc
from lusgui.core.progress import no_progress
from lusgui.io.join_batches import write
from lusgui.io.join_callipers import copy_callipers
from lusgui.io.join_history import copy_history
from lusgui.io.join_notes import copy_marks, copy_notes
from lusgui.io.join_planes import Choice, choose_planes, write_planes
from lusgui.io.join_sources import (
    Source,
    find_same,
    join_labels,
    name_readers,
    open_copy,
    rows_of_recordings,
)
from lusgui.io.study import SUFFIX
from lusgui.io.study_codec import to_json
from lusgui.io.study_database import Database
from lusgui.io.study_new import make_database
from lusgui.io.study_place import hold_place, without_link
from lusgui.io.study_recordings import StudyRecordings
from lusgui.io.study_schema import labels, meta, raters, recordings, worklist
from lusgui.io.study_settings import READING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from lusgui.core.progress import Progress

JOINED = "joined"
"""Setting of a study that was joined from others: when, from which, and whose they were."""


class OnDifference(StrEnum):
    """What becomes of a plane of which several studies say different things."""

    ADJUDICATE = "adjudicate"
    """It stays empty, beside what each reader drew, until somebody decides."""
    FIRST = "first"
    """That of the study named first is taken over."""
    NEWEST = "newest"
    """The one that was changed last is taken over."""


@dataclass(frozen=True)
class JoinReport:
    """What came of joining.

    Parameters
    ----------
    path : Path
        The joined study.
    readers : tuple of str
        Whose studies they were, in their order.
    recordings : int
        Recordings in the joined study.
    alone, agreed, differing : int
        Masks and statuses that one reader alone has, that all who have them agree on, and that differ.
    dice : mapping
        Mean Dice coefficient between the readers of a label, over the frames that more than one of them has.
    notes : tuple of str
        What a person should know.
    """

    path: Path
    readers: tuple[str, ...]
    recordings: int
    alone: int
    agreed: int
    differing: int
    dice: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def join_studies(
    paths: Sequence[Path],
    target: Path,
    *,
    on_difference: OnDifference = OnDifference.ADJUDICATE,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> JoinReport:
    """Join studies into a new one. They themselves are only read, and may be open elsewhere.

    What one reader alone drew or decided is taken over with its history. Of what several have, each
    reader's mask is kept beside the others as a reading; where all pixels agree it is taken over as well,
    else `on_difference` says.

    Parameters
    ----------
    paths : sequence of Path
        At least two studies.
    target : Path
        The new study; it appears whole or not at all.
    on_difference : OnDifference
        What becomes of what differs.
    overwrite : bool
        Whether a study of that name may be replaced.
    progress : Progress, optional
        Told how far it is; may raise ``CancelledError``.

    Raises
    ------
    OverwriteRefusedError
        If there is a file already.
    LusguiError
        If a study cannot be read, or the new one not be written.
    """
    report = progress or no_progress
    wanted = [Path(path).absolute() for path in paths]
    target = without_link(target)
    if target.suffix != SUFFIX:
        target = target.with_name(target.name + SUFFIX)
    _check(wanted, target)
    with (
        hold_place(target, overwrite=overwrite),
        Scratch("join") as scratch,
        contextlib.ExitStack() as opened,
    ):
        sources = []
        for number, path in enumerate(wanted):
            report(0, 0, f"Reading {path.name}")
            folder = scratch / str(number)
            folder.mkdir()
            sources.append(Source(path, opened.enter_context(open_copy(path, folder))))
        name_readers(sources)
        with (
            atomic_path(target, overwrite=overwrite) as temporary,
            contextlib.closing(make_database(temporary)) as database,
            database.writing() as connection,
        ):
            notes = _write_head(connection, sources, report)
            choice = choose_planes(sources, OnDifference(on_difference).value)
            dice = write_planes(connection, sources, choice, report)
            copy_history(connection, sources, choice, report)
            copy_marks(connection, sources)
            copy_notes(connection, sources)
            copy_callipers(connection, sources)
            _write_tail(connection, sources, choice, on_difference)
            count = len({one for source in sources for one in source.recordings.values()})
        with contextlib.closing(Database(target, is_network=is_network_folder(target.parent))) as made:
            StudyRecordings(made).rebase()
    numbers = len(choice.alone), len(choice.agreed), len(choice.differing)
    return JoinReport(target, tuple(s.reader for s in sources), count, *numbers, dice, tuple(notes))


def _check(paths: Sequence[Path], target: Path) -> None:
    if len(paths) < 2:
        raise LusguiError("there is nothing to join it with", remedy="Name at least two studies")
    if len({path.resolve() for path in paths}) < len(paths):
        raise LusguiError("a study is named twice", remedy="Name two different studies")
    if target.resolve() in {path.resolve() for path in paths}:
        raise OverwriteRefusedError(
            "it is one of the studies to be joined", path=target, remedy="Choose another name"
        )


def _write_head(connection: Connection, sources: Sequence[Source], report: Progress) -> list[str]:
    """Write recordings, labels and raters; return what a person should know."""
    joined, notes = join_labels(sources)
    for position, label in enumerate(joined):
        values = {"key": label.key, "name": label.name, "color": label.color}
        values_too = {"max_components": label.max_components, "position": position}
        connection.execute(insert(labels).values(**values, **values_too))
    known: list[dict[str, Any]] = []
    for source in sources:
        own = set()
        for row in rows_of_recordings(source, report):
            same = find_same(row, [one for one in known if one["id"] not in own])
            if same is None:
                same = row | {"id": len(known) + 1, "position": len(known)}
                same["name"] = _free_name(
                    str(row["name"]), [str(one["name"]) for one in known], source.path.stem
                )
                known.append(same)
            else:
                notes += _join_recording(same, row, source)
            own.add(same["id"])
            source.recordings[row["id"]] = same["id"]
        if source.study.settings.setting(JOINED) is not None:
            notes.append(
                f"{source.path.name} was itself joined from others: it counts as one reader here. To have"
                " each of its readers, join the studies it was made from"
            )
        if source.study.versions.all():
            notes.append(f"The models that were learnt in {source.path.name} stay there")
    for row in known:
        row["relative_path"] = None
        connection.execute(insert(recordings).values(**row))
    seen: set[str] = set()
    for source in sources:
        for row in source.study.database.rows(select(raters).order_by(raters.c.first_seen)):
            if row.name not in seen:
                seen.add(row.name)
                connection.execute(insert(raters).values(name=row.name, first_seen=row.first_seen))
    return notes


def _free_name(name: str, taken: Sequence[str], study: str) -> str:
    return f"{name} ({study})" if name in taken else name


def _join_recording(same: dict[str, Any], row: dict[str, Any], source: Source) -> list[str]:
    """Take from a recording what the one that is known lacks; return where they differ."""
    notes = []
    spacing = ("spacing_row_mm", "spacing_col_mm")
    if same[spacing[0]] is None:
        for name in spacing:
            same[name] = row[name]
    elif row[spacing[0]] is not None and any(abs(same[n] - row[n]) > 1e-9 for n in spacing):
        kept, other = (" x ".join(f"{one[name]:.4g}" for name in spacing) for one in (same, row))
        notes.append(
            f"{source.path.name} has another spacing for {row['name']} ({other} mm): that of the first study"
            f" ({kept} mm) was kept, and all is measured with it"
        )
    for name in ("sha256", "frame_rate_hz", "recipe", "mapping", "frame_numbers"):
        if same[name] is None:
            same[name] = row[name]
    if row["removed_at"] is None:
        same["removed_at"] = None
    if not Path(same["path"]).exists() and Path(row["path"]).exists():
        for name in ("path", "size_bytes", "mtime_ns"):
            same[name] = row[name]
    return notes


def _write_tail(
    connection: Connection, sources: Sequence[Source], choice: Choice, on_difference: OnDifference
) -> None:
    """Write what is to be done next, and where everything came from."""
    undecided = sorted(set(choice.differing) - set(choice.taken))
    places = list(dict.fromkeys((key.recording_id, key.frame) for key in undecided))
    if not places:
        for source in sources:
            for recording_id, frame in source.study.settings.worklist():
                if recording_id in source.recordings:
                    places.append((source.recordings[recording_id], frame))
        places = list(dict.fromkeys(places))
    rows = [
        {"position": position, "recording_id": recording_id, "frame": frame}
        for position, (recording_id, frame) in enumerate(places)
    ]
    write(connection, worklist, rows)
    made_of = [
        {"reader": s.reader, "study": s.path.name, "path": str(s.path), "reading": bool(_is_reading(s))}
        for s in sources
    ]
    settings: dict[str, Any] = {
        JOINED: {"at": now_utc(), "sources": made_of, "on_difference": str(on_difference)}
    }
    if places:
        settings["place"] = list(places[0])
    for name, value in settings.items():
        connection.execute(insert(meta).values(key=name, value=to_json(value)))


def _is_reading(source: Source) -> bool:
    return source.study.settings.setting(READING) is not None
