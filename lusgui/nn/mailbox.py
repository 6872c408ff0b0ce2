"""Which request is answered next: the newest the person waits for, then neighbours, then long jobs."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from lusgui.core.messages import LANE_AHEAD, LANE_NOW, Predict

if TYPE_CHECKING:
    from collections.abc import Callable

    from lusgui.core.messages import LoadModel

MAX_AHEAD = 32
MAX_BATCH = 256


class Mailbox:
    """Requests between the thread that reads and the thread that computes.

    Parameters
    ----------
    on_dropped : callable
        Called with the id of each request that will not be answered.
    """

    def __init__(self, on_dropped: Callable[[int], None]) -> None:
        self._on_dropped = on_dropped
        self._condition = threading.Condition()
        self._load: deque[LoadModel] = deque(maxlen=4)
        self._now: Predict | None = None
        self._ahead: deque[Predict] = deque()
        self._batch: deque[Predict] = deque()
        self._closed = False

    def put(self, item: Predict | LoadModel) -> None:
        """Add a request; one that the person waits for replaces the one before it."""
        dropped: list[Predict] = []
        with self._condition:
            if not isinstance(item, Predict):
                self._load.append(item)
            elif item.lane == LANE_NOW:
                if self._now is not None:
                    dropped.append(self._now)
                self._now = item
            else:
                lane, most = (self._ahead, MAX_AHEAD) if item.lane == LANE_AHEAD else (self._batch, MAX_BATCH)
                lane.append(item)
                while len(lane) > most:
                    dropped.append(lane.popleft())
            self._condition.notify()
        for request in dropped:
            self._on_dropped(request.request_id)

    def cancel(self, request_ids: tuple[int, ...]) -> None:
        """Drop the requests of these ids that have not been started; all of them for an empty tuple."""
        wanted = frozenset(request_ids)
        dropped: list[Predict] = []

        def stays(request: Predict) -> bool:
            if wanted and request.request_id not in wanted:
                return True
            dropped.append(request)
            return False

        with self._condition:
            if self._now is not None and not stays(self._now):
                self._now = None
            self._ahead = deque(request for request in self._ahead if stays(request))
            self._batch = deque(request for request in self._batch if stays(request))
        for request in dropped:
            self._on_dropped(request.request_id)

    def close(self) -> None:
        """Let `take` return None from now on."""
        with self._condition:
            self._closed = True
            self._condition.notify()

    def take(self) -> Predict | LoadModel | None:
        """Wait for the next request; None when the mailbox is closed."""
        with self._condition:
            while True:
                if self._closed:
                    return None
                if self._now is not None:
                    request, self._now = self._now, None
                    return request
                for lane in (self._load, self._ahead, self._batch):
                    if lane:
                        item: Predict | LoadModel = lane.popleft()
                        return item
                self._condition.wait()
