"""The study: one SQLite file beside the recordings that holds everything a person drew and decided."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.atomic import atomic_path
from lusgui.base.errors import (
    LusguiError,
    StudyError,
    StudyLockedError,
    StudyReadOnlyError,
    WriteFailedError,
)
from lusgui.base.filesystems import is_network_folder
from lusgui.base.scratch import Scratch
from lusgui.core.label import DEFAULT_LABELS
from lusgui.io.learn_folder import copy_models
from lusgui.io.study_database import Database, check_header
from lusgui.io.study_journal import StudyJournal
from lusgui.io.study_ledger import StudyLedger
from lusgui.io.study_lock import StudyLock
from lusgui.io.study_marks import StudyMarks
from lusgui.io.study_migrate import migrate
from lusgui.io.study_new import make_database
from lusgui.io.study_notes import StudyNotes
from lusgui.io.study_place import hold_place, without_link
from lusgui.io.study_readings import StudyReadings
from lusgui.io.study_recordings import StudyRecordings
from lusgui.io.study_runs import StudyRuns
from lusgui.io.study_settings import StudySettings
from lusgui.io.study_versions import StudyVersions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.annotation import PlaneKey, Status
    from lusgui.core.edits import Edit
    from lusgui.core.label import Label
    from lusgui.io.study_entries import AnnotationEntry, NewRecording, RecordingEntry

SUFFIX = ".lusgui"


class Study:
    """An open study. Make one with `create` or `open`; close it, or use it in a ``with`` block.

    Every method that changes something is one transaction, on disk when the method returns. Calls from
    several threads take turns.

    Attributes
    ----------
    path : Path
        The file.
    read_only_reason : str or None
        Why nothing can be changed, one sentence; None when it can.
    was_opened_read_only : bool
        Whether it was so from the beginning.
    migrated_from : Path or None
        Backup of the study as it was, if opening brought it up to date.
    content : StudyRecordings
        The recordings, in detail.
    journal : StudyJournal
        Masks, statuses and edits, in detail.
    marks : StudyMarks
        Centre points and boxes.
    notes : StudyNotes
        Comments and flags.
    readings : StudyReadings
        What each reader said, in a study that was joined from several.
    settings : StudySettings
        Labels, raters, worklist, place, models and stored probabilities.
    models_left_behind : str or None
        Why the last copy went without the models that were learnt here; None when they went along.
    runs : StudyRuns
        Runs of learning, and what was reviewed for them.
    ledger : StudyLedger
        What every edit in force did, for counting the work.
    versions : StudyVersions
        Models that were learnt here.
    """

    def __init__(
        self,
        path: Path,
        database: Database,
        lock: StudyLock | None,
        read_only_reason: str | None = None,
        scratch: Scratch | None = None,
    ) -> None:
        self.path = path
        self.read_only_reason = read_only_reason
        self.was_opened_read_only = read_only_reason is not None
        self.migrated_from: Path | None = None
        self.models_left_behind: str | None = None
        self._database = database
        self._lock = lock
        self._scratch = scratch
        self._is_closed = False
        self._identity = _identify(path)
        self.content = StudyRecordings(database)
        self.journal = StudyJournal(database)
        self.marks = StudyMarks(database)
        self.notes = StudyNotes(database)
        self.readings = StudyReadings(database)
        self.settings = StudySettings(database)
        self.runs = StudyRuns(database)
        self.versions = StudyVersions(database)
        self.ledger = StudyLedger(database)

    @classmethod
    def create(cls, path: Path, labels: Iterable[Label] = DEFAULT_LABELS) -> Study:
        """Make a new study; the file appears whole or not at all.

        Raises
        ------
        OverwriteRefusedError
            If there is a file already.
        WriteFailedError
            If it cannot be written there.
        """
        path = Path(path).absolute()
        if path.suffix != SUFFIX:
            path = path.with_name(path.name + SUFFIX)
        with (
            hold_place(path),
            atomic_path(path) as temporary,
            contextlib.closing(make_database(temporary)) as database,
        ):
            settings = StudySettings(database)
            for label in labels:
                settings.put_label(label)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, read_only: bool = False) -> Study:
        """Open a study, bringing an older one up to date after a backup.

        When somebody else has it open, or its folder cannot be written to, it is opened for reading and
        `read_only_reason` says why.

        Raises
        ------
        StudyTooNewError
            If a newer lusgui made it.
        StudyError
            If it is missing, damaged or not a study.
        """
        path = without_link(path)
        check_header(path)
        if read_only:
            return cls._open_for_reading(path, "it was opened for reading only")
        is_network = is_network_folder(path.parent)
        try:
            lock = StudyLock(path, is_network=is_network)
        except (StudyLockedError, StudyReadOnlyError) as error:
            return cls._open_for_reading(path, error.cause)
        try:
            database = Database(path, is_network=is_network)
        except StudyReadOnlyError as error:
            lock.release()
            return cls._open_for_reading(path, error.cause)
        except BaseException:
            lock.release()
            raise
        study = cls(path, database, lock)
        try:
            study.migrated_from = migrate(database)
            database.check_tables()
            with database.writing():
                pass  # a file we may not change is better known now than at the first stroke
            if (locked := study.settings.lock_reason()) is not None:
                raise StudyReadOnlyError(locked, path=path)
        except StudyReadOnlyError as error:
            study.close()
            return cls._open_for_reading(path, error.cause)
        except BaseException:
            study.close()
            raise
        return study

    @classmethod
    def _open_for_reading(cls, path: Path, reason: str) -> Study:
        scratch = None
        try:
            database = Database(path, read_only=True)
        except (WriteFailedError, StudyReadOnlyError):
            # SQLite wants to write its index of the log even to read it. Nobody writes in a folder
            # that cannot be written to, so it may be told so; with a log left over, read a copy.
            log = path.with_name(f"{path.name}-wal")
            if log.exists() and log.stat().st_size > 0:
                scratch = Scratch("study")
                copy = scratch.path / path.name
                shutil.copyfile(path, copy)
                shutil.copyfile(log, copy.with_name(log.name))
                Database(copy).close()  # folds the log in
                database = Database(copy, read_only=True)
            else:
                database = Database(path, read_only=True, immutable=True)
        study = cls(path, database, None, reason, scratch)
        try:
            migrate(database)
            database.check_tables()
        except BaseException:
            study.close()
            raise
        return study

    @property
    def database(self) -> Database:
        """The connection, for what reads the tables as they are; changes go through the parts."""
        return self._database

    @property
    def is_read_only(self) -> bool:
        """Whether nothing can be changed."""
        return self.read_only_reason is not None

    def check_writable(self) -> None:
        """Make sure that the study is still ours.

        Raises
        ------
        StudyReadOnlyError
            If it was opened for reading, or its lease was taken over while this machine slept.
        WriteFailedError
            If the file was moved or deleted: what is written then would be lost with it.
        """
        if self.read_only_reason is None and self._lock is not None and not self._lock.is_held():
            self.read_only_reason = "somebody else opened it while this computer could not be reached"
        if self.read_only_reason is not None:
            raise StudyReadOnlyError(
                self.read_only_reason, path=self.path, remedy="Save a copy in another place"
            )
        if _identify(self.path) != self._identity:
            raise WriteFailedError(
                "the file was moved, deleted or replaced while it was open",
                path=self.path,
                remedy="Put it back, or save a copy; nothing drawn is lost until then",
            )

    # recordings

    def recordings(self) -> list[RecordingEntry]:
        """Return the recordings in their order."""
        return self.content.all()

    def recording(self, recording_id: int) -> RecordingEntry | None:
        """Return one recording."""
        return self.content.get(recording_id)

    def add_recording(self, new: NewRecording) -> RecordingEntry:
        """Put a recording in; the same content is not put in twice."""
        self.check_writable()
        return self.content.add(new)

    def set_hash(self, recording_id: int, sha256: str | None) -> None:
        """Write down a hash that was computed in the background."""
        self.check_writable()
        self.content.set_hash(recording_id, sha256)

    def labels(self) -> tuple[Label, ...]:
        """Return the labels in their order."""
        return self.settings.labels()

    # masks and edits

    def mask(self, key: PlaneKey, shape: tuple[int, int] | None = None) -> NDArray[np.bool_] | None:
        """Return a mask (H, W), read-only, or None where nothing was ever drawn.

        Raises
        ------
        StudyError
            If it is damaged, or not of the `shape` that is expected.
        """
        mask = self.journal.mask(key)
        if mask is not None and shape is not None and mask.shape != tuple(shape):
            raise StudyError("a mask in it does not fit its recording", path=self.path)
        return mask

    def status(self, key: PlaneKey) -> Status:
        """Return the status of a plane."""
        return self.journal.status(key)

    def statuses(self, recording_id: int) -> dict[tuple[int, str], Status]:
        """Return the status of every plane of a recording that has one, by (frame, label)."""
        return self.journal.statuses(recording_id)

    def annotation(self, key: PlaneKey) -> AnnotationEntry | None:
        """Return status, rater, time and provenance of a plane."""
        return self.journal.annotation(key)

    def push(self, edit: Edit) -> Edit:
        """Apply an edit; it is on disk when this returns."""
        self.check_writable()
        return self.journal.push(edit)

    def undo(self) -> Edit | None:
        """Take back the last edit in force; return it, or None when there is none."""
        self.check_writable()
        return self.journal.undo()

    def redo(self) -> Edit | None:
        """Do again what was last undone; return it, or None when there is none."""
        self.check_writable()
        return self.journal.redo()

    # the file as a whole

    def save_copy(self, target: Path, *, overwrite: bool = False) -> Path:
        """Write the whole study to another file, whole or not at all; return where.

        The models that were learnt here are copied beside it first, so that it never names one that is not
        there. Where they cannot be copied the masks are saved all the same, and `models_left_behind` says
        why.

        Raises
        ------
        OverwriteRefusedError
            If there is a file already and `overwrite` is false.
        WriteFailedError
            If it cannot be written there.
        """
        target = Path(target).absolute()
        if target.suffix != SUFFIX:
            target = target.with_name(target.name + SUFFIX)
        with hold_place(target, overwrite=overwrite):
            self._write_copy(target, overwrite=overwrite)
        with contextlib.closing(Database(target)) as copy:
            StudyRecordings(copy).rebase()
            StudySettings(copy).unlock_copy()
        return target

    def _write_copy(self, target: Path, *, overwrite: bool) -> None:
        """Write the copy itself, its models first."""
        self.models_left_behind = None
        try:
            copy_models(self.path, target)
        except (LusguiError, OSError) as error:
            self.models_left_behind = str(error)
        with atomic_path(target, overwrite=overwrite) as temporary:
            try:
                self._database.backup_to(temporary)
            except (WriteFailedError, sqlite3.Error) as error:
                cause = error.cause if isinstance(error, WriteFailedError) else str(error)
                raise WriteFailedError(cause, path=target, remedy="Choose another place") from error

    def check(self) -> str:
        """Let SQLite read the whole file; return "ok" or what is wrong."""
        return str(self._database.pragma("integrity_check"))

    def close(self) -> None:
        """Fold the log into the file and let others in. Idempotent."""
        if self._is_closed:
            return
        self._is_closed = True
        self._database.close()
        if self._lock is not None:
            self._lock.release()
        if self._scratch is not None:
            self._scratch.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _identify(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from another of the same name, or None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
