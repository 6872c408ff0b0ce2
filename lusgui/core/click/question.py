"""What is asked of the click engine, and about which frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lusgui.core.despeckle import OFF

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.click.prompt import ClickPrompt


@dataclass(frozen=True, order=True)
class FrameKey:
    """Names the image that the engine sees.

    Parameters
    ----------
    recording_id : int
        Recording in the study.
    frame : int
        0-based frame.
    despeckle_key : str
        ``DespeckleSettings.key`` of what was done to the frame before the engine saw it.
    """

    recording_id: int
    frame: int
    despeckle_key: str = OFF.key


@dataclass(frozen=True, eq=False)
class ClickQuestion:
    """One question: what these marks mean.

    Parameters
    ----------
    token : int
        Chosen by whoever asks; comes back with the answer.
    frame_key : FrameKey
        Which image.
    prompt : ClickPrompt
        The marks so far, in the order in which they were made.
    previous : (H, W) bool ndarray, optional
        The mask that is there already; None for a fresh start.
    is_preview : bool
        Whether nobody has clicked yet and only the pointer stands there: newer ones replace it.
    """

    token: int
    frame_key: FrameKey
    prompt: ClickPrompt
    previous: NDArray[np.bool_] | None = None
    is_preview: bool = False
