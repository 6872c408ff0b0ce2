"""Frames for the window, read and despeckled in another thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import OFF
from lusgui.core.locked_source import share_between_threads
from lusgui.runtime.errors import log, problem_from_exception
from lusgui.runtime.frame_reader import (
    FrameAnswer,
    FrameCache,
    FrameReader,
    FrameRequest,
    LoadedFrame,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.recording import Recording
    from lusgui.runtime.frame_reader import Generation

DEFAULT_CACHE_BYTES = 256 * 1024 * 1024

__all__ = ["FrameLoader", "LoadedFrame"]


class FrameLoader(QObject):
    """Reads frames off the window's thread; the latest request wins.

    Signals
    -------
    frame_ready : int, int, str, ndarray, ndarray
        Recording, frame, key of the despeckling, gray raw and gray despeckled: float32 (H, W) in
        [0, 1], read-only, the same array twice where despeckling is off.
    stored_ready : int, int, ndarray
        Recording, frame, stored numbers (H, W), for `read_stored`.
    stored_failed : int, int, Problem
        Recording, frame and why they could not be read (None where the person knows), for `read_stored`.
    neighbour_ready : int, int
        Recording and frame of a neighbour that is in the cache now.
    problem : Problem
        Why a frame that was to be shown could not be read.

    Parameters
    ----------
    provider : callable
        Gives the open recording and its mapping for an id, or None where that failed and the person
        has been told; called in the window's thread.
    parent : QObject, optional
        Owner.
    cache_bytes : int
        Memory for loaded frames.
    """

    frame_ready = Signal(int, int, str, object, object)
    stored_ready = Signal(int, int, object)
    stored_failed = Signal(int, int, object)
    neighbour_ready = Signal(int, int)
    problem = Signal(object)
    _arrived = Signal(object)

    def __init__(
        self,
        provider: Callable[[int], tuple[Recording, DisplayMapping] | None],
        parent: QObject | None = None,
        cache_bytes: int = DEFAULT_CACHE_BYTES,
    ) -> None:
        super().__init__(parent)
        self._provider = provider
        self._cache = FrameCache(cache_bytes)
        self._reader = FrameReader(self._arrived.emit, self._cache)
        self._epoch = 0
        self._ages: dict[int, int] = {}
        self._ahead: tuple[FrameRequest, list[FrameRequest]] | None = None
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    def request(
        self,
        recording_id: int,
        frame: int,
        settings: DespeckleSettings,
        neighbours: Iterable[int] = (),
    ) -> None:
        """Ask for a frame to show; `neighbours` are read afterwards, into the cache.

        `frame_ready` always comes later, never from within this call.
        """
        opened = self._opened(recording_id)
        if opened is None:
            return
        recording, mapping = opened

        generation = self._generation(recording_id)

        def ask(index: int, is_quiet: bool) -> FrameRequest:
            return FrameRequest(
                recording_id, index, recording, mapping, settings, generation, is_quiet=is_quiet
            )

        wanted = [
            index
            for index in neighbours
            if 0 <= index < recording.frame_count
            and index != frame
            and self.get(recording_id, index, settings) is None
        ]
        request, ahead = ask(frame, False), [ask(index, True) for index in wanted]
        loaded = self._cache.get(recording_id, frame, settings.key)
        if loaded is None:
            self._ahead = None
            self._reader.show(request, ahead)
        else:  # no way through the thread, which is idle until the frame has been painted
            self._ahead = (request, ahead)
            self._reader.show(None, ())
            self._arrived.emit(FrameAnswer(request, loaded=loaded))

    def read_beside(self, recording_id: int, frame: int, settings: DespeckleSettings) -> None:
        """Ask for one more frame to be read, before the neighbours; `neighbour_ready` follows."""
        opened = self._opened(recording_id)
        if opened is not None and 0 <= frame < opened[0].frame_count:
            generation = self._generation(recording_id)
            self._reader.show_beside(
                FrameRequest(recording_id, frame, *opened, settings, generation, is_quiet=True)
            )

    def read_stored(self, recording_id: int, frame: int) -> None:
        """Ask for the stored numbers of a frame for a long job; every such request is answered."""
        opened = self._opened(recording_id)
        if opened is None:
            self.stored_failed.emit(recording_id, frame, None)
            return
        recording, mapping = opened
        request = FrameRequest(
            recording_id, frame, recording, mapping, OFF, self._generation(recording_id), is_stored_only=True
        )
        self._reader.queue_stored(request)

    def get(self, recording_id: int, frame: int, settings: DespeckleSettings) -> LoadedFrame | None:
        """Return a frame from the cache, or None; reads nothing."""
        return self._cache.get(recording_id, frame, settings.key, self._generation(recording_id))

    @property
    def bytes_held(self) -> int:
        """Bytes that the cached frames take."""
        return self._cache.bytes_held

    def forget(self, recording_id: int | None = None) -> None:
        """Forget what was loaded of a recording (of all): it was closed, or its mapping has changed."""
        self._ahead = None
        if recording_id is None:
            self._epoch += 1
        else:
            self._ages[recording_id] = self._ages.get(recording_id, 0) + 1
        dropped = self._reader.forget(recording_id)
        self._cache.forget(recording_id)
        for request in dropped:
            self.stored_failed.emit(request.recording_id, request.frame, None)

    def shutdown(self, timeout_s: float = 5.0) -> bool:
        """End the thread; return whether it has ended in time."""
        return self._reader.stop(timeout_s)

    def _opened(self, recording_id: int) -> tuple[Recording, DisplayMapping] | None:
        try:
            opened = self._provider(recording_id)
        except LusguiError as error:
            self.problem.emit(problem_from_exception(error, "The recording cannot be opened"))
            return None
        if opened is not None:
            share_between_threads(opened[0])
        return opened

    def _generation(self, recording_id: int) -> Generation:
        return self._epoch, self._ages.get(recording_id, 0)

    def _on_arrived(self, answer: Any) -> None:  # noqa: ANN401 - a Qt signal carries any object
        if not isinstance(answer, FrameAnswer):
            return
        request = answer.request
        if request.generation != self._generation(request.recording_id):
            # made of what was forgotten meanwhile; what was read since stays
            self._cache.forget(request.recording_id, request.generation)
            if request.is_stored_only:
                self.stored_failed.emit(request.recording_id, request.frame, None)
            return
        if answer.error is not None:
            self._tell(request, answer.error)
        elif answer.stored is not None:
            self.stored_ready.emit(request.recording_id, request.frame, answer.stored)
        elif request.is_quiet:
            self.neighbour_ready.emit(request.recording_id, request.frame)
        elif answer.loaded is not None:
            loaded = answer.loaded
            self.frame_ready.emit(
                loaded.recording_id, loaded.frame, loaded.despeckle_key, loaded.gray_raw, loaded.gray
            )
            if self._ahead is not None and self._ahead[0] is request:  # nothing else was asked for meanwhile
                self._reader.read_ahead(self._ahead[1])
                self._ahead = None

    def _tell(self, request: FrameRequest, error: Exception) -> None:
        title = f"Frame {request.frame + 1} cannot be read"
        log.warning("%s", title, exc_info=error)
        if request.is_stored_only:
            problem = problem_from_exception(error, title)
            self.stored_failed.emit(request.recording_id, request.frame, problem)
        elif not request.is_quiet:
            self.problem.emit(problem_from_exception(error, title))
