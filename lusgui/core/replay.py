"""How a mask came about: its strokes in their order, and the mask after each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from lusgui.core.annotation import Status
    from lusgui.core.edits import MaskPatch

EVERY = 32
"""A mask is kept after each so many strokes, so that no step is far from one."""


@dataclass(frozen=True, eq=False)
class ReplayStep:
    """What one edit did to one plane.

    Parameters
    ----------
    seq : int
        Number of the edit in the journal.
    name : str
        What it is called, e.g. "Brush".
    source : str
        ``human``, ``model:<version>``, ``import:<file>``, ``proposal:<kind>``, ``reading:<reader>`` ...
    rater : str
        Who did it.
    at : str
        When, ISO 8601 in UTC.
    patch : MaskPatch or None
        Pixels that flipped; None where only something was said.
    status : Status or None
        What was said; None where nothing was.
    """

    seq: int
    name: str
    source: str
    rater: str
    at: str
    patch: MaskPatch | None
    status: Status | None

    @property
    def changed_px(self) -> int:
        """How many pixels flipped."""
        return 0 if self.patch is None else self.patch.changed_px


class Replay:
    """The strokes of one plane, and the mask after any number of them.

    Parameters
    ----------
    steps : sequence of ReplayStep
        In their order.
    shape : (int, int)
        Rows and columns of the frame.
    """

    def __init__(self, steps: Sequence[ReplayStep], shape: tuple[int, int]) -> None:
        self.steps = tuple(steps)
        self._shape = shape
        self._kept: dict[int, NDArray[np.bool_]] = {0: np.zeros(shape, bool)}
        mask = np.zeros(shape, bool)
        seen = np.zeros(shape, bool)
        for number, step in enumerate(self.steps, start=1):
            self._step(mask, step)
            seen |= mask
            if number % EVERY == 0:
                self._kept[number] = mask.copy()
        seen.setflags(write=False)
        self.ever_drawn: NDArray[np.bool_] = seen
        """Pixels (H, W) that belonged to the mask after any of the strokes."""

    def __len__(self) -> int:
        return len(self.steps)

    @staticmethod
    def _step(mask: NDArray[np.bool_], step: ReplayStep) -> None:
        if step.patch is not None:
            mask[step.patch.box.slices] ^= step.patch.flipped

    def mask_after(self, count: int) -> NDArray[np.bool_]:
        """Return the mask (H, W) after the first `count` strokes, 0 to all of them."""
        count = min(max(count, 0), len(self.steps))
        start = count - count % EVERY
        mask = self._kept[start].copy()
        for step in self.steps[start:count]:
            self._step(mask, step)
        return mask

    def gained_and_lost(self, count: int) -> tuple[int, int]:
        """Return how many pixels the `count`-th stroke added and took away."""
        if not 0 < count <= len(self.steps):
            return 0, 0
        patch = self.steps[count - 1].patch
        if patch is None:
            return 0, 0
        after = self.mask_after(count)[patch.box.slices]
        gained = int(np.count_nonzero(after & patch.flipped))
        return gained, patch.changed_px - gained
