"""Whether each recording's file is still there and still what was drawn on; never silently another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.session.file_search import FileSearch
from lusgui.session.recording_rows import FileState, HashJob

if TYPE_CHECKING:
    from pathlib import Path

    from lusgui.io.study import Study
    from lusgui.io.study_entries import RecordingEntry

_MOST_CANDIDATES = 50
"""So many files are compared at most in the search for one."""


class FileChecks:
    """The recordings of a study and the state of their files.

    Size and time of last change are compared at every opening. Where they differ, the hash decides; it is
    computed elsewhere: `pending_hash_jobs` says of what, `hash_ready` takes the answer.

    Parameters
    ----------
    study : Study
        The open study.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._states: dict[int, FileState] = {}
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

    def ids(self) -> list[int]:
        """Return the numbers of the recordings in their order."""
        return list(self._entries)

    def entry(self, recording_id: int) -> RecordingEntry | None:
        """Return what the study knows of a recording."""
        return self._entries.get(recording_id)

    def state(self, recording_id: int) -> FileState:
        """Return what is known of a recording's file."""
        return self._states.get(recording_id, FileState.MISSING)

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
        self._let_go(recording_id)

    def _forget(self, recording_id: int) -> None:
        """Take a recording off the list."""
        self._entries.pop(recording_id, None)
        self._states.pop(recording_id, None)
        self._jobs.pop(recording_id, None)
        self._let_go(recording_id)

    def _let_go(self, recording_id: int) -> None:
        """Close the file of a recording if it is open."""
