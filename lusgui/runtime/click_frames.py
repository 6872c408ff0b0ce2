"""Which images the click process was sent, and holds the embedding of; no Qt, no process."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lusgui.core.click.question import FrameKey

MOST_FRAMES = 12
"""Images kept to be sent again after the process has died or let go of them."""
MOST_BYTES = 96 * 1024 * 1024
"""Memory of these images; the two used last are kept in any case."""


@dataclass(eq=False)
class ClickFrame:
    """An image, and what the process knows of it.

    Parameters
    ----------
    key : FrameKey
        How the window calls it.
    gray : (H, W) float32 ndarray in [0, 1]
        What the engine sees.
    spacing_ratio : float
        Height over width of a pixel in mm; 1.0 where unknown.
    frame_id : int
        How the process calls it.
    is_sent, is_held, is_refused : bool
        Whether the process has the image, and its embedding, or cannot make one.
    """

    key: FrameKey
    gray: NDArray[np.float32]
    spacing_ratio: float
    frame_id: int
    is_sent: bool = False
    is_held: bool = False
    is_refused: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether the process has still to embed it."""
        return not self.is_held and not self.is_refused

    def lose(self) -> None:
        """Note that the process does not have it (any more)."""
        self.is_sent = self.is_held = self.is_refused = False


class ClickFrames:
    """Images under their keys, the one used last at the end."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._frames: dict[FrameKey, ClickFrame] = {}

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, key: FrameKey, gray: NDArray[np.float32], spacing_ratio: float) -> ClickFrame:
        """Return the frame of an image: the one there is, or a new one where the image is another."""
        frame = self._frames.pop(key, None)
        if frame is None or frame.spacing_ratio != spacing_ratio or not _is_same(frame.gray, gray):
            frame = ClickFrame(key, gray, spacing_ratio, next(self._numbers))
        self._frames[key] = frame
        total = sum(each.gray.nbytes for each in self._frames.values())
        while len(self._frames) > MOST_FRAMES or (total > MOST_BYTES and len(self._frames) > 2):
            total -= self._frames.pop(next(iter(self._frames))).gray.nbytes
        return frame

    def touch(self, frame: ClickFrame) -> None:
        """Note that a frame was used last."""
        self._frames.pop(frame.key, None)
        self._frames[frame.key] = frame

    def with_id(self, frame_id: int) -> ClickFrame | None:
        """Return the frame that the process calls so; None where it is kept no more."""
        return next((frame for frame in self._frames.values() if frame.frame_id == frame_id), None)

    def after_death(self) -> None:
        """Note that the process, and all it was sent, is gone."""
        for frame in self._frames.values():
            frame.lose()

    def clear(self) -> None:
        """Forget every image; their numbers are not used again."""
        self._frames.clear()


def _is_same(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    return one is other or np.array_equal(one, other)
