"""One frame at a time from a source that several threads share: file handles cannot be read twice at once."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.recording import FrameSource, Recording


class LockedSource:
    """A frame source whose reads wait for one another.

    Parameters
    ----------
    source : FrameSource
        What is read.
    """

    def __init__(self, source: FrameSource) -> None:
        self.source = source
        self._lock = threading.Lock()

    def read(self, index: int) -> NDArray[Any]:
        """Return frame `index` as (H, W); waits while another thread reads."""
        with self._lock:
            return self.source.read(index)

    def close(self) -> None:
        """Release the file, after a read that is under way."""
        with self._lock:
            self.source.close()


def share_between_threads(recording: Recording) -> Recording:
    """Make a recording safe to read from several threads, in place; once is enough."""
    if not isinstance(recording.source, LockedSource):
        recording.source = LockedSource(recording.source)
    return recording
