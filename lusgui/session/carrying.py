"""Long work through time, as plain functions for a thread: masks between key frames, or carried by flow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.base.translate import tr, trn
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.core.locked_source import share_between_threads
from lusgui.core.pipeline import gray_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.geometry import Spacing
    from lusgui.core.intensity import DisplayMapping
    from lusgui.core.progress import Progress
    from lusgui.core.recording import Recording

INTERPOLATED = "proposal:interpolation"
CARRIED = "proposal:optical-flow"
COPIED = "proposal:copy"
"""Sources of ghosts, as the study keeps them with what was accepted."""

FLOW_DESPECKLE = DespeckleSettings(Method.FAST)
"""Flow is found on frames without their speckle, whatever is on screen: speckle comes and goes by itself."""


@dataclass(frozen=True, eq=False)
class Found:
    """A mask for one frame.

    Parameters
    ----------
    frame : int
        0-based.
    mask : (H, W) bool ndarray
        On the recording's own grid.
    confidence : float or None
        0 to 1; None where nobody can tell.
    """

    frame: int
    mask: NDArray[np.bool_]
    confidence: float | None = None


@dataclass(frozen=True, eq=False)
class Gap:
    """Frames between two key frames.

    Parameters
    ----------
    first, last : int
        The key frames.
    before, after : (H, W) bool ndarray
        Their masks.
    frames : sequence of int
        Those between them that are to be filled.
    """

    first: int
    last: int
    before: NDArray[np.bool_]
    after: NDArray[np.bool_]
    frames: Sequence[int]


def fill_gaps(
    gaps: Sequence[Gap], spacing_mm: Spacing | None, give: Callable[[Found], None], progress: Progress
) -> str:
    """Give the masks between key frames one after another; return what to say at the end."""
    from lusgui.core.interpolate import Tween

    total, done = sum(len(gap.frames) for gap in gaps), 0
    for gap in gaps:
        tween = Tween(gap.before, gap.after, spacing_mm)
        for frame in gap.frames:
            progress(done, total, f"frame {frame + 1}")
            give(Found(frame, tween.at((frame - gap.first) / (gap.last - gap.first))))
            done += 1
    if not done:
        return "No frame between key frames"
    return trn("{count} frame between key frames", "{count} frames between key frames", done)


@dataclass(frozen=True, eq=False)
class Way:
    """Where a mask is carried.

    Parameters
    ----------
    recording, mapping
        Whose frames, and how they become gray.
    start : int
        Frame of the mask.
    frames : sequence of int
        Where to, in order: each the neighbour of the one before.
    end : str
        What to say of why it ends if it comes that far.
    """

    recording: Recording
    mapping: DisplayMapping
    start: int
    frames: Sequence[int]
    end: str


def carry(
    way: Way,
    mask: NDArray[np.bool_],
    spacing_mm: Spacing | None,
    give: Callable[[Found], None],
    progress: Progress,
) -> str:
    """Carry a mask along a way and give it frame by frame, until it cannot be trusted.

    Returns
    -------
    str
        What to say at the end: how far it came, and why not farther.
    """
    from lusgui.core.flow import STOP_BELOW, Carrier

    recording = share_between_threads(way.recording)

    def gray(frame: int) -> NDArray[np.float32]:
        return gray_frame(recording.frame(frame), way.mapping, FLOW_DESPECKLE)

    progress(0, len(way.frames), f"frame {way.start + 1}")
    carrier = Carrier(mask, gray(way.start), spacing_mm)
    for done, frame in enumerate(way.frames):
        progress(done, len(way.frames), f"frame {frame + 1}")
        found = carrier.step(gray(frame))
        if found.confidence < STOP_BELOW or not found.mask.any():
            why = "stopped: from frame {frame} on, the ways there and back disagree ({confidence:.2f})"
            return f"{_carried(done)}; {tr(why, frame=frame + 1, confidence=found.confidence)}"
        give(Found(frame, found.mask, found.confidence))
    return f"{_carried(len(way.frames))}; {way.end}"


def _carried(frames: int) -> str:
    return (
        trn("{count} frame carried", "{count} frames carried", frames) if frames else tr("No frame carried")
    )
