"""The recordings in a session: adding, opening, finding again, and going through them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lusgui.base.errors import CancelledError, LusguiError, StudyError
from lusgui.session.own_labels import OwnLabels
from lusgui.session.problems import Problem, problem_from_error
from lusgui.session.recording_rows import FileState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lusgui.core.annotation import Status
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.progress import Progress
    from lusgui.core.recipe import Recipe
    from lusgui.core.recording import Recording
    from lusgui.session.recording_rows import HashJob, RecordingRow
    from lusgui.session.recordings import Recordings


class Files(OwnLabels):
    """The part of a session that knows the recordings and their files."""

    def _has_study_for(self, paths: list[Path]) -> bool:
        """Make sure that a study is open, if need be one beside the files."""
        return self._study is not None

    def _restored(self, place: object) -> tuple[int, int] | None:
        """Return a stored place if it still exists, else the first frame."""
        if self._recordings is None:
            return None
        if isinstance(place, list) and len(place) == 2 and all(type(v) is int for v in place):
            entry = self._recordings.entry(place[0])
            if entry is not None and 0 <= place[1] < entry.frames:
                return place[0], place[1]
        ids = self._recordings.ids()
        return (ids[0], 0) if ids else None

    # recordings

    def add_recordings(
        self, paths: Iterable[Path], recipe: Recipe | None = None, progress: Progress | None = None
    ) -> list[int]:
        """Put files and folders into the study, opening or making one beside them if none is open.

        An unreadable file is reported and left out. Returns the numbers of the recordings.
        """
        from lusgui.io.open import find_recordings

        wanted = [Path(p) for p in paths]
        found: list[Path] = []
        with self.guarded("The files were not added"):
            found = find_recordings(wanted)
        if not found:
            return []
        if not self._has_study_for(wanted):
            return []
        added: list[int] = []
        for number, path in enumerate(found):
            try:
                if progress is not None:
                    progress(number, len(found), path.name)
                if self._study is None or self._recordings is None:
                    break
                self._study.check_writable()
                added.append(self._recordings.add(path, recipe))
            except CancelledError:
                break
            except LusguiError as error:
                self.report(problem_from_error(error, f"{path.name} was not added"))
            except OSError as error:
                self.report(Problem(f"{path.name} was not added", f"It cannot be read ({error.strerror})."))
        if added:
            self.recordings_changed.emit()
            if self._place is None or len(found) == 1:
                self.go_to(added[0], 0)
        return added

    def add_opened(self, opened: Recording, recipe: Recipe | None = None) -> int | None:
        """Put a recording into the study that was opened elsewhere, as in a thread; return its number.

        The session owns it from now on, and closes it if it cannot be put in.
        """
        path = opened.provenance.path
        with self.guarded(f"{path.name} was not added"):
            if not self._has_study_for([path]) or self._study is None or self._recordings is None:
                opened.close()
                return None
            try:
                self._study.check_writable()
                recording_id = self._recordings.add(path, recipe, None, opened)
            except OSError as error:
                raise StudyError(f"it cannot be read ({error.strerror})", path=path) from error
            except LusguiError:
                opened.close()
                raise
            self.recordings_changed.emit()
            if self._place is None:
                self.go_to(recording_id, 0)
            return recording_id
        return None

    def remove_recording(self, recording_id: int) -> bool:
        """Take a recording off the list. What was drawn stays in the study and comes back with the file."""
        with self.guarded("The recording was not removed"):
            if self._study is None or self._recordings is None:
                return False
            self._recordings.remove(recording_id)
            self._worklist = self._study.settings.worklist()
            if self.current_recording_id == recording_id:
                self._place = self._restored(None)
                self._place_changed()
            self.recordings_changed.emit()
            self.worklist_changed.emit()
            if self._place is not None:
                self.frame_changed.emit(*self._place)
            return True
        return False

    def recording_rows(self) -> list[RecordingRow]:
        """Return the recordings as a list shows them."""
        if self._recordings is None:
            return []
        rows = (self.row(recording_id) for recording_id in self._recordings.ids())
        return [row for row in rows if row is not None]

    def row(self, recording_id: int) -> RecordingRow | None:
        """Return one recording as a list shows it."""
        if self._recordings is None or self._masks is None:
            return None
        return self._recordings.row(recording_id, self._masks.counts(recording_id))

    def open_recording_of(self, recording_id: int) -> Recording | None:
        """Return the open recording, or None after saying why it cannot be opened."""
        if self._recordings is None or self._recordings.entry(recording_id) is None:
            return None
        before = self._recordings.state(recording_id)
        opened = None
        with self.guarded("The recording was not opened"):
            opened = self._recordings.open(recording_id)
        if self._recordings.state(recording_id) is not before:
            self.recordings_changed.emit()
        return opened

    def mapping(self, recording_id: int) -> DisplayMapping | None:
        """Return how a recording's stored numbers become gray, or None if its file cannot be read."""
        if self._recordings is not None and self._recordings.entry(recording_id) is not None:
            with self.guarded("The recording was not opened"):
                return self._recordings.mapping(recording_id)
        return None

    def set_mapping(self, recording_id: int, mapping: DisplayMapping) -> bool:
        """Change how stored numbers become gray; the model's answers for the recording go stale."""
        return self._set(recording_id, lambda own: own.set_mapping(recording_id, mapping), drop=True)

    def set_spacing(self, recording_id: int, spacing_mm: tuple[float, float] | None) -> bool:
        """Change the spacing (row, column) in mm; None for unknown."""
        return self._set(recording_id, lambda own: own.set_spacing(recording_id, spacing_mm))

    def reread(self, recording_id: int, recipe: Recipe) -> bool:
        """Read a recording by a recipe from now on; masks that were drawn stay, and must fit."""
        has_masks = bool(self.statuses(recording_id))

        def read(own: Recordings) -> None:
            own.reread(recording_id, recipe, has_masks)
            entry = own.entry(recording_id)
            last = entry.frames - 1 if entry is not None else 0
            if self._place is not None and self._place[0] == recording_id and self._place[1] > last:
                self._place = (recording_id, last)
            if any(place[0] == recording_id and place[1] > last for place in self._worklist):
                self._set_worklist([p for p in self._worklist if p[0] != recording_id or p[1] <= last])

        return self._set(recording_id, read, drop=True)

    def relocate(self, recording_id: int, path: Path) -> bool:
        """Take the file that the person points at, if its content is the right one."""
        return self._set(recording_id, lambda own: own.relocate(recording_id, Path(path)), drop=True)

    def accept_changed(self, recording_id: int) -> bool:
        """Use a changed file from now on, if the masks fit."""
        return self._set(recording_id, lambda own: own.accept_changed(recording_id), drop=True)

    def _set(self, recording_id: int, change: Callable[[Recordings], None], drop: bool = False) -> bool:
        with self.guarded("The recording was not changed"):
            if self._recordings is None or self._recordings.entry(recording_id) is None:
                return False
            try:
                change(self._recordings)
            except OSError as error:
                raise StudyError(f"it cannot be read ({error.strerror})") from error
            if drop:
                self.drop_predictions(recording_id)
                self.reading_changed.emit(recording_id)
            self.recordings_changed.emit()
            if self.current_recording_id == recording_id and self._place is not None:
                self.frame_changed.emit(*self._place)
            return True
        return False

    # hashes, computed elsewhere

    def pending_hash_jobs(self) -> list[HashJob]:
        """Return files whose content is to be hashed in the background."""
        return [] if self._recordings is None else self._recordings.pending_hash_jobs()

    def hash_ready(self, job: HashJob, digest: str | None) -> None:
        """Take the answer of a job; None says that the file could not be read."""
        if self._recordings is None:
            return
        with self.guarded("The recording's content could not be compared"):
            if digest is None:
                self._recordings.hash_failed(job)
                self.recordings_changed.emit()
            elif self._recordings.hash_ready(job, digest):
                self.recordings_changed.emit()
                state, row = self._recordings.state(job.recording_id), self.row(job.recording_id)
                if row is not None and state is FileState.CHANGED:
                    self.report(
                        Problem(
                            "A recording has changed",
                            f"{row.path.name} is no longer what was drawn on.",
                            "Show the right file, or accept the changed one.",
                        )
                    )
                elif row is not None and state is FileState.MISSING:
                    self.report(
                        Problem(
                            "A recording is missing",
                            f"{row.path.name} was not found.",
                            "Show where it is now.",
                        )
                    )

    def run_hash_jobs(self, progress: Progress | None = None) -> None:
        """Hash everything that waits for it, here and now: for the command line and for tests."""
        from lusgui.io.hashing import content_hash

        while jobs := self.pending_hash_jobs():
            for job in jobs:
                try:
                    digest: str | None = content_hash(job.path, progress)
                except CancelledError:
                    return
                except (LusguiError, OSError):
                    digest = None
                self.hash_ready(job, digest)

    # going through them

    def step(self, delta: int) -> bool:
        """Go some frames on or back, staying in the recording."""
        return self._place is not None and self.go_to(self._place[0], self._place[1] + delta)

    def step_recording(self, delta: int) -> bool:
        """Go to the same frame number of a later or earlier recording."""
        if self._place is None or self._recordings is None:
            return False
        ids = self._recordings.ids()
        at = min(max(ids.index(self._place[0]) + delta, 0), len(ids) - 1)
        return self.go_to(ids[at], self._place[1])

    def count_statuses(self) -> dict[Status, int]:
        """Return how many planes of the whole study have each status."""
        counts: dict[Status, int] = {}
        for row in self.recording_rows():
            for status, count in row.counts.items():
                counts[status] = counts.get(status, 0) + count
        return counts
