"""The recordings of the open study: their files, whether they are still what they were, and open handles."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError, StudyError
from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB, DisplayMapping, measure_mapping
from lusgui.io.study_entries import NewRecording, RecordingEntry
from lusgui.session.file_search import FileSearch
from lusgui.session.recording_rows import FileState, HashJob, RecordingRow

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.core.annotation import Status
    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Recording
    from lusgui.io.study import Study

__all__ = ["FileState", "HashJob", "RecordingRow", "Recordings"]

_OPEN_AT_ONCE = 8
_MOST_CANDIDATES = 50


class Recordings:
    """Files and handles of a study's recordings.

    Parameters
    ----------
    study : Study
        The open study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._states: dict[int, FileState] = {}
        self._handles: OrderedDict[int, Recording] = OrderedDict()
        self._jobs: dict[int, HashJob] = {}
        self._candidates: dict[int, list[Path]] = {}
        self._finder = FileSearch(study.path.parent)
        entries = study.recordings()
        self._entries = {entry.id: entry for entry in entries}
        for entry in entries:
            self._look_at(entry)
        for entry in entries:
            if self._states[entry.id] is FileState.MISSING:
                self._search(entry)

    # what there is

    def ids(self) -> list[int]:
        """Return the numbers of the recordings in their order."""
        return list(self._entries)

    def entry(self, recording_id: int) -> RecordingEntry | None:
        """Return what the study knows of a recording."""
        return self._entries.get(recording_id)

    def state(self, recording_id: int) -> FileState:
        """Return what is known of a recording's file."""
        return self._states.get(recording_id, FileState.MISSING)

    def row(self, recording_id: int, counts: dict[Status, int]) -> RecordingRow | None:
        """Return a recording as a list shows it."""
        entry = self._entries.get(recording_id)
        if entry is None:
            return None
        handle = self._handles.get(recording_id)
        return RecordingRow(
            entry.id,
            entry.name,
            entry.path,
            entry.frames,
            entry.shape,
            entry.spacing_mm,
            entry.intensity,
            self.state(entry.id),
            counts,
            entry.frame_rate_hz,
            handle.warnings if handle is not None else (),
        )

    def empty_frames(self, recording_id: int) -> frozenset[int]:
        """Return the slots of a recording that were never filled, as far as its file has been opened."""
        handle = self._handles.get(recording_id)
        return handle.empty_frames if handle is not None else frozenset()

    # files

    def add(
        self,
        path: Path,
        recipe: Recipe | None,
        progress: Progress | None = None,
        opened: Recording | None = None,
    ) -> int:
        """Open a file and put it into the study; return its number.

        A file that is the missing one of a recording takes that recording's place. An already `opened`
        recording is taken over, and closed if it cannot be put in.
        """
        from lusgui.io.open import open_recording

        try:
            stat = path.stat()
            found = self._adopt_missing(path, stat.st_size, progress)
            if found is not None:
                if opened is not None:
                    self._hold(found, opened)
                return found
            if opened is None:
                opened = open_recording(path, recipe=recipe, progress=progress)
            entry = self._study.add_recording(
                NewRecording(
                    path=path,
                    frames=opened.frame_count,
                    rows=opened.frame_shape[0],
                    cols=opened.frame_shape[1],
                    intensity=opened.intensity,
                    variable=opened.provenance.variable,
                    size_bytes=stat.st_size,
                    mtime_ns=stat.st_mtime_ns,
                    recipe=recipe,
                    spacing_mm=opened.spacing_mm,
                    frame_rate_hz=opened.frame_rate_hz,
                    frame_numbers=opened.frame_numbers,
                )
            )
        except BaseException:
            if opened is not None:
                opened.close()
            raise
        opened.spacing_mm = entry.spacing_mm
        self._entries[entry.id] = entry
        self._look_at(entry)
        self._hold(entry.id, opened)
        return entry.id

    def _adopt_missing(self, path: Path, size_bytes: int, progress: Progress | None) -> int | None:
        lost = [
            entry
            for entry in self._entries.values()
            if self.state(entry.id) is FileState.MISSING
            and entry.sha256 is not None
            and entry.size_bytes == size_bytes
        ]
        if not lost:
            return None
        from lusgui.io.hashing import content_hash

        digest = content_hash(path, progress)
        for entry in lost:
            if entry.sha256 == digest:
                self._settle(entry.id, path)
                return entry.id
        return None

    def remove(self, recording_id: int) -> None:
        """Take a recording off the list; what was drawn on it stays in the study."""
        self._study.check_writable()
        self._study.content.remove(recording_id)
        self._entries.pop(recording_id, None)
        self._states.pop(recording_id, None)
        self._jobs.pop(recording_id, None)
        handle = self._handles.pop(recording_id, None)
        if handle is not None:
            handle.close()

    def _look_at(self, entry: RecordingEntry) -> None:
        """Compare size and time of last change with what they were; cheap enough for every opening."""
        self._jobs.pop(entry.id, None)
        try:
            stat = entry.path.stat()
        except (OSError, ValueError):
            self._states[entry.id] = FileState.MISSING
            return
        if entry.path.is_dir():  # frames saved one a file: no single content to hash
            self._states[entry.id] = FileState.OK
        elif stat.st_size == entry.size_bytes and stat.st_mtime_ns == entry.mtime_ns:
            self._states[entry.id] = FileState.OK
            if entry.sha256 is None:
                self._jobs[entry.id] = HashJob(entry.id, entry.path, "first")
        elif stat.st_size == entry.size_bytes and entry.sha256 is not None:
            self._states[entry.id] = FileState.CHECKING
            self._jobs[entry.id] = HashJob(entry.id, entry.path, "verify")
        else:
            self._states[entry.id] = FileState.CHANGED

    def _search(self, entry: RecordingEntry) -> None:
        """Look for a file that has moved; where there is a hash, let it decide between all that may be it."""
        taken = {e.path for e in self._entries.values() if self.state(e.id) is FileState.OK}
        found = self._finder.find(entry.path, entry.relative_path, entry.size_bytes)
        likely = [path for path in found if path not in taken][:_MOST_CANDIDATES]
        if entry.sha256 is not None:
            self._candidates[entry.id] = likely
            self._try_next(entry.id)
            return
        for path in likely:
            if path.stat().st_mtime_ns == entry.mtime_ns:
                self._settle(entry.id, path)
                return

    def _try_next(self, recording_id: int) -> None:
        """Have the next file compared that may be the missing one."""
        likely = self._candidates.get(recording_id, [])
        if likely:
            self._states[recording_id] = FileState.CHECKING
            self._jobs[recording_id] = HashJob(recording_id, likely.pop(0), "search")
        else:
            self._states[recording_id] = FileState.MISSING

    def _settle(self, recording_id: int, path: Path) -> None:
        """Take a file as the recording's from now on."""
        stat = path.stat()
        entry = self._entries[recording_id]
        if not self._study.is_read_only:
            self._study.content.set_file(
                recording_id, path, size_bytes=stat.st_size, mtime_ns=stat.st_mtime_ns
            )
        self._entries[recording_id] = replace(
            entry, path=path.absolute(), size_bytes=stat.st_size, mtime_ns=stat.st_mtime_ns
        )
        self._states[recording_id] = FileState.OK
        self._jobs.pop(recording_id, None)
        if entry.sha256 is None:
            self._jobs[recording_id] = HashJob(recording_id, path.absolute(), "first")
        handle = self._handles.pop(recording_id, None)
        if handle is not None:
            handle.close()

    def pending_hash_jobs(self) -> list[HashJob]:
        """Return the files to be hashed in the background, those somebody waits for first."""
        return sorted(self._jobs.values(), key=lambda job: job.reason == "first")

    def hash_ready(self, job: HashJob, digest: str) -> bool:
        """Take the answer of a job; return whether the state of the recording changed."""
        entry = self._entries.get(job.recording_id)
        if entry is None or self._jobs.get(job.recording_id) != job:
            return False
        del self._jobs[job.recording_id]
        if entry.sha256 is None:
            if not self._study.is_read_only:
                self._study.set_hash(entry.id, digest)
            self._entries[entry.id] = replace(entry, sha256=digest)
            return False
        if digest == entry.sha256:
            self._settle(entry.id, job.path)
        elif job.reason == "search":
            self._try_next(entry.id)
        else:
            self._states[entry.id] = FileState.CHANGED
        return self._states[entry.id] is not FileState.CHECKING

    def hash_failed(self, job: HashJob) -> None:
        """Take note that a job's file could not be read: it counts as missing, or stays unhashed for now."""
        if self._jobs.pop(job.recording_id, None) is not None and job.reason != "first":
            self._try_next(job.recording_id)

    def relocate(self, recording_id: int, path: Path) -> None:
        """Take the file that the person points at.

        Raises
        ------
        StudyError
            If its content is another.
        """
        entry = self._entries[recording_id]
        if entry.sha256 is not None:
            from lusgui.io.hashing import content_hash

            is_same = path.stat().st_size == entry.size_bytes and content_hash(path) == entry.sha256
        else:
            is_same = path.stat().st_size == entry.size_bytes
        if not is_same:
            raise StudyError(
                f"this is not the file that '{entry.name}' was drawn on",
                path=path,
                remedy="Choose another file, or add this one as a new recording",
            )
        self._settle(recording_id, path)

    def accept_changed(self, recording_id: int) -> None:
        """Use a changed file from now on.

        Raises
        ------
        StudyError
            If frames or their size are others, so that the masks cannot lie on it.
        """
        entry = self._entries[recording_id]
        opened = self._open(entry)
        if (opened.frame_count, *opened.frame_shape) != (entry.frames, entry.rows, entry.cols):
            shape = opened.shape
            opened.close()
            raise StudyError(
                f"it now has {shape[0]} frames of {shape[1]} x {shape[2]} instead of {entry.frames} of"
                f" {entry.rows} x {entry.cols}, so the masks do not fit",
                path=entry.path,
                remedy="Add it as a new recording",
            )
        self._study.check_writable()
        self._study.set_hash(recording_id, None)
        self._entries[recording_id] = replace(entry, sha256=None)
        self._settle(recording_id, entry.path)
        self._hold(recording_id, opened)

    # handles

    def open(self, recording_id: int) -> Recording:
        """Return the open recording; a few are kept open.

        Raises
        ------
        LusguiError
            If the file is missing, unreadable, or not the one that was drawn on.
        """
        held = self._handles.get(recording_id)
        if held is not None:
            self._handles.move_to_end(recording_id)
            return held
        entry = self._entries[recording_id]
        if self.state(recording_id) is FileState.MISSING:
            raise StudyError(
                f"the file of '{entry.name}' is missing", path=entry.path, remedy="Show where it is now"
            )
        try:
            opened = self._open(entry)
        except LusguiError:
            if not entry.path.exists():
                self._states[recording_id] = FileState.MISSING
            raise
        if (opened.frame_count, *opened.frame_shape) != (entry.frames, entry.rows, entry.cols):
            self._states[recording_id] = FileState.CHANGED
        self._hold(recording_id, opened)
        return opened

    def _open(self, entry: RecordingEntry) -> Recording:
        from lusgui.io.open import open_recording

        opened: Recording = open_recording(entry.path, recipe=entry.recipe)
        if entry.recipe is None and opened.provenance.variable != entry.variable and entry.variable:
            from lusgui.core.recipe import Recipe

            opened.close()
            named = Recipe(entry.name, entry.variable)
            opened = open_recording(entry.path, recipe=named)
        opened.spacing_mm = entry.spacing_mm
        return opened

    def _hold(self, recording_id: int, opened: Recording) -> None:
        previous = self._handles.pop(recording_id, None)
        if previous is not None and previous is not opened:
            previous.close()
        self._handles[recording_id] = opened
        while len(self._handles) > _OPEN_AT_ONCE:
            self._handles.popitem(last=False)[1].close()

    def mapping(self, recording_id: int) -> DisplayMapping:
        """Return how stored numbers become gray, measured at the first question and kept."""
        entry = self._entries[recording_id]
        if entry.mapping is None:
            width = entry.recipe.dynamic_range_db if entry.recipe is not None else None
            mapping = measure_mapping(self.open(recording_id), width or DEFAULT_DYNAMIC_RANGE_DB)
            self._entries[recording_id] = replace(entry, mapping=mapping)
            with contextlib.suppress(LusguiError):  # measured again next time
                self.set_mapping(recording_id, mapping)
            return mapping
        return entry.mapping

    def set_mapping(self, recording_id: int, mapping: DisplayMapping) -> None:
        """Change how stored numbers become gray."""
        if not self._study.is_read_only:
            self._study.content.set_mapping(recording_id, mapping)
        self._entries[recording_id] = replace(self._entries[recording_id], mapping=mapping)

    def set_spacing(self, recording_id: int, spacing_mm: tuple[float, float] | None) -> None:
        """Change the spacing (row, column) in mm, None for unknown."""
        self._study.check_writable()
        self._study.content.set_spacing(recording_id, spacing_mm)
        self._entries[recording_id] = replace(self._entries[recording_id], spacing_mm=spacing_mm)
        handle = self._handles.get(recording_id)
        if handle is not None:
            handle.spacing_mm = spacing_mm

    def move_to(self, study: Study) -> None:
        """Go on in a copy of the study."""
        self._study = study

    def close(self) -> None:
        """Close every handle."""
        for handle in self._handles.values():
            handle.close()
        self._handles.clear()
