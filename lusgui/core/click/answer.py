"""What an engine answers to clicks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOTHING_HERE = (
    "Nothing that stands out from its surroundings was found here. Click into the structure itself, drag a"
    " box around it, or draw it with the brush."
)
"""Said where a first click finds nothing."""

NOTHING_MARKED = "Click into a structure to have it segmented."
"""Said where nothing says where the structure is."""


@dataclass(frozen=True, eq=False)
class ClickAnswer:
    """A mask for what was marked.

    Parameters
    ----------
    mask : (H, W) bool ndarray
        On the raw grid, already joined with the mask there before (`lusgui.core.click.merge`): what Enter
        accepts. Where nothing was found it is the mask there before.
    probability : (H, W) float32 ndarray in [0, 1]
        What the engine thinks of the structure that was marked, before anything was joined.
    found : bool
        Whether there is anything to show.
    note : str
        One or two sentences for the person where nothing was found; else empty.
    seconds : float
        How long it took, without the embedding.
    engine : str
        Which engine: "click 1.0", "without a model".
    """

    mask: NDArray[np.bool_]
    probability: NDArray[np.float32]
    found: bool
    note: str
    seconds: float
    engine: str


def nothing_found(
    shape: tuple[int, int],
    previous: NDArray[np.bool_] | None,
    *,
    engine: str,
    seconds: float,
    note: str = NOTHING_HERE,
    probability: NDArray[np.float32] | None = None,
) -> ClickAnswer:
    """Return the answer that invents nothing: the mask there before, and why there is no other.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the frame.
    previous : (H, W) bool ndarray, optional
        The mask there before.
    engine, seconds, note
        As in `ClickAnswer`.
    probability : (H, W) float32 ndarray, optional
        What the engine thought all the same; else nothing anywhere.
    """
    return ClickAnswer(
        np.zeros(shape, dtype=bool) if previous is None else previous.copy(),
        np.zeros(shape, dtype=np.float32) if probability is None else probability,
        found=False,
        note=note,
        seconds=seconds,
        engine=engine,
    )
