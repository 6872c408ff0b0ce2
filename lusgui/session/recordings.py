"""The recordings of the open study: their files, whether they are still what they were, and open handles."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError, StudyError
from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB, DisplayMapping, measure_mapping
from lusgui.io.study_entries import NewRecording, RecordingEntry
from lusgui.session.file_checks import FileChecks
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


class Recordings(FileChecks):
    """Files and handles of a study's recordings.

    Parameters
    ----------
    study : Study
        The open study.
    """

    def __init__(self, study: Study) -> None:
        self._handles: OrderedDict[int, Recording] = OrderedDict()
        super().__init__(study)

    # what there is

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

    def reread(self, recording_id: int, recipe: Recipe, has_masks: bool) -> None:
        """Read a recording another way from now on.

        Raises
        ------
        LusguiError
            If the file cannot be read that way, or masks were drawn and would not fit.
        """
        from lusgui.io.open import open_recording

        self._study.check_writable()
        entry = self._entries[recording_id]
        opened = open_recording(entry.path, recipe=recipe)
        try:
            shape = (opened.frame_count, *opened.frame_shape)
            if has_masks and shape != (entry.frames, entry.rows, entry.cols):
                raise StudyError(
                    f"masks were drawn on {entry.frames} frames of {entry.rows} x {entry.cols}; read this way"
                    f" there are {shape[0]} of {shape[1]} x {shape[2]}, so they would not fit",
                    path=entry.path,
                    remedy="Make another study for it",
                )
            range_db = recipe.dynamic_range_db
            mapping = measure_mapping(opened) if range_db is None else measure_mapping(opened, range_db)
            self._study.content.set_reading(
                recording_id,
                NewRecording(
                    path=entry.path,
                    frames=shape[0],
                    rows=shape[1],
                    cols=shape[2],
                    intensity=opened.intensity,
                    variable=opened.provenance.variable,
                    size_bytes=entry.size_bytes,
                    mtime_ns=entry.mtime_ns,
                    recipe=recipe,
                    spacing_mm=opened.spacing_mm,
                    frame_rate_hz=opened.frame_rate_hz,
                    frame_numbers=opened.frame_numbers,
                    mapping=mapping,
                ),
            )
        except BaseException:
            opened.close()
            raise
        written = self._study.recording(recording_id)
        if written is not None:
            self._entries[recording_id] = written
        self._hold(recording_id, opened)

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
        self._forget(recording_id)

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
        if not _is_same_shape(opened, entry):
            shape = opened.shape
            opened.close()
            raise StudyError(
                f"it now has {shape[0]} frames of {shape[1]} x {shape[2]} instead of {entry.frames} of"
                f" {entry.rows} x {entry.cols}, or in another order, so the masks do not fit",
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
        if not _is_same_shape(opened, entry):
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

    def _let_go(self, recording_id: int) -> None:
        handle = self._handles.pop(recording_id, None)
        if handle is not None:
            handle.close()

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


def _is_same_shape(opened: Recording, entry: RecordingEntry) -> bool:
    """Return whether masks drawn on the entry lie on the frames of what was opened."""
    shape = (entry.frames, entry.rows, entry.cols)
    is_same_order = not entry.frame_numbers or tuple(opened.frame_numbers) == entry.frame_numbers
    return tuple(opened.shape) == shape and is_same_order
