"""The thread that reads frames: file handles want one reader, and the window must not wait for a disk."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lusgui.core.despeckle import OFF
from lusgui.core.pipeline import gray_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.recording import Recording

Generation = tuple[int, int]
"""How often everything, and a recording, was forgotten."""


@dataclass(frozen=True, eq=False)
class LoadedFrame:
    """A frame as stored and as gray, raw and despeckled in exact register; all arrays are read-only.

    Parameters
    ----------
    recording_id, frame : int
        Which frame (0-based).
    despeckle_key : str
        ``DespeckleSettings.key`` of `gray`.
    stored : (H, W) ndarray
        Numbers as the recording holds them.
    gray_raw, gray : (H, W) float32 ndarray in [0, 1]
        Without and with despeckling; the same array where that is off.
    generation : (int, int)
        That of the request: what was forgotten since is not mistaken for what is read now.
    """

    recording_id: int
    frame: int
    despeckle_key: str
    stored: NDArray[Any]
    gray_raw: NDArray[np.float32]
    gray: NDArray[np.float32]
    generation: Generation = (0, 0)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """What it keeps in memory, each array once; other loaded frames may share some."""
        return tuple({id(each): each for each in (self.stored, self.gray_raw, self.gray)}.values())


@dataclass(frozen=True, eq=False)
class FrameRequest:
    """What is to be read; captures everything, so that the thread asks nobody."""

    recording_id: int
    frame: int
    recording: Recording
    mapping: DisplayMapping
    settings: DespeckleSettings
    generation: Generation
    is_stored_only: bool = False
    is_quiet: bool = False


@dataclass(frozen=True, eq=False)
class FrameAnswer:
    """What came of a request: a frame, stored numbers, or an error."""

    request: FrameRequest
    loaded: LoadedFrame | None = None
    stored: NDArray[Any] | None = None
    error: Exception | None = None


class FrameCache:
    """Loaded frames in bounded memory, the least recently used go first; safe in any thread.

    A raw frame and its despeckled forms share arrays: each array counts once, for as long as one of them is
    kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._items: OrderedDict[tuple[int, int, str, Generation], LoadedFrame] = OrderedDict()
        self._bytes = 0
        self._users: dict[int, int] = {}
        self._lock = threading.Lock()

    def get(
        self, recording_id: int, frame: int, despeckle_key: str, generation: Generation = (0, 0)
    ) -> LoadedFrame | None:
        """Return a loaded frame or None."""
        key = (recording_id, frame, despeckle_key, generation)
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def put(self, loaded: LoadedFrame) -> None:
        """Keep a loaded frame."""
        key = (loaded.recording_id, loaded.frame, loaded.despeckle_key, loaded.generation)
        with self._lock:
            self._drop(key)
            self._items[key] = loaded
            for array in loaded.arrays:
                users = self._users.get(id(array), 0)
                self._users[id(array)] = users + 1
                self._bytes += 0 if users else array.nbytes
            while self._bytes > self._limit and len(self._items) > 2:
                self._drop(next(iter(self._items)))

    def forget(self, recording_id: int | None, generation: Generation | None = None) -> None:
        """Drop the frames of a recording, or all; of one generation, or of every one."""

        def goes(key: tuple[int, int, str, Generation]) -> bool:
            return recording_id in (None, key[0]) and generation in (None, key[3])

        with self._lock:
            for key in list(filter(goes, self._items)):
                self._drop(key)

    @property
    def bytes_held(self) -> int:
        """Bytes that the frames take."""
        return self._bytes

    def _drop(self, key: tuple[int, int, str, Generation]) -> None:
        gone = self._items.pop(key, None)
        for array in () if gone is None else gone.arrays:
            self._users[id(array)] -= 1
            if not self._users[id(array)]:
                del self._users[id(array)]
                self._bytes -= array.nbytes


class FrameReader:
    """Reads and despeckles in one thread: first what is shown, then neighbours, then long jobs.

    Parameters
    ----------
    answer : callable
        Called in the thread with each `FrameAnswer`.
    cache : FrameCache
        Where loaded frames are kept.
    """

    def __init__(self, answer: Callable[[FrameAnswer], None], cache: FrameCache) -> None:
        self._answer = answer
        self._cache = cache
        self._condition = threading.Condition()
        self._now: FrameRequest | None = None
        self._ahead: deque[FrameRequest] = deque()
        self._stored: deque[FrameRequest] = deque()
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def show(self, request: FrameRequest | None, neighbours: Iterable[FrameRequest]) -> None:
        """Read this next (None where it has been read), then its neighbours.

        What was asked for before and has not begun is forgotten.
        """
        with self._condition:
            self._now = request
            self._ahead = deque(neighbours)
            self._wake()

    def read_ahead(self, neighbours: Iterable[FrameRequest]) -> None:
        """Read these too, after what waits; forgotten when another frame is shown."""
        with self._condition:
            self._ahead.extend(neighbours)
            self._wake()

    def show_beside(self, request: FrameRequest) -> None:
        """Read this too, before the neighbours; forgotten like them when another frame is shown."""
        with self._condition:
            self._ahead.appendleft(request)
            self._wake()

    def queue_stored(self, request: FrameRequest) -> None:
        """Read the stored numbers when there is nothing better to do."""
        with self._condition:
            self._stored.append(request)
            self._wake()

    def forget(self, recording_id: int | None) -> list[FrameRequest]:
        """Drop the waiting requests of a recording, or all; return those of long jobs."""

        def stays(request: FrameRequest) -> bool:
            return recording_id is not None and request.recording_id != recording_id

        with self._condition:
            if self._now is not None and not stays(self._now):
                self._now = None
            self._ahead = deque(filter(stays, self._ahead))
            dropped = [request for request in self._stored if not stays(request)]
            self._stored = deque(filter(stays, self._stored))
        return dropped

    def stop(self, timeout_s: float) -> bool:
        """End the thread after what it is doing; return whether it has ended in time."""
        with self._condition:
            self._is_stopping = True
            self._condition.notify()
        if self._thread is not None:
            self._thread.join(timeout_s)
            return not self._thread.is_alive()
        return True

    def _wake(self) -> None:
        if self._thread is None and not self._is_stopping:
            self._thread = threading.Thread(target=self._run, name="frame reader", daemon=True)
            self._thread.start()
        self._condition.notify()

    def _take(self) -> FrameRequest | None:
        with self._condition:
            while not self._is_stopping:
                if self._now is not None:
                    request, self._now = self._now, None
                    return request
                if self._ahead:
                    return self._ahead.popleft()
                if self._stored:
                    return self._stored.popleft()
                self._condition.wait()
        return None

    def _run(self) -> None:
        while (request := self._take()) is not None:
            try:
                answer = self._read(request)
            except Exception as error:  # noqa: BLE001 - told to the person by the loader
                answer = FrameAnswer(request, error=error)
            try:
                self._answer(answer)
            except RuntimeError:
                return  # the loader's Qt side is gone: nobody listens any more

    def _read(self, request: FrameRequest) -> FrameAnswer:
        key, now = (request.recording_id, request.frame), request.generation
        base = self._cache.get(*key, OFF.key, now)
        if request.is_stored_only:
            stored = base.stored if base is not None else request.recording.frame(request.frame)
            return FrameAnswer(request, stored=stored)
        loaded = self._cache.get(*key, request.settings.key, now)
        if loaded is not None:
            return FrameAnswer(request, loaded=loaded)
        if base is None:
            stored = request.recording.frame(request.frame)
            stored.setflags(write=False)
            gray_raw = gray_frame(stored, request.mapping)
            gray_raw.setflags(write=False)
            base = LoadedFrame(*key, OFF.key, stored, gray_raw, gray_raw, now)
            self._cache.put(base)
        if request.settings.key == OFF.key:
            return FrameAnswer(request, loaded=base)
        gray = gray_frame(base.stored, request.mapping, request.settings)
        gray.setflags(write=False)
        loaded = LoadedFrame(*key, request.settings.key, base.stored, base.gray_raw, gray, now)
        self._cache.put(loaded)
        return FrameAnswer(request, loaded=loaded)
