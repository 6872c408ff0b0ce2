"""Cines in which something happens that no mask can be carried over, with the frame from which it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from lusgui.core.despeckle import DespeckleSettings, Method
from training.simulate.clips import simulate_clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_PX = 50
"""A clip whose first mask is smaller shows too little to be carried."""


class Event(StrEnum):
    """What happens."""

    CUT = "cut"
    """Another place from one frame to the next: two clips in one file, or the probe was put elsewhere."""

    FADE = "fade"
    """The plane is left over a few frames: one picture gives way to another."""

    LIFT = "lift"
    """The probe is lifted: rings near its face, and noise below."""

    SLIP = "slip"
    """The probe slips by a quarter of the width between two frames; what was drawn is partly out of view."""


@dataclass(frozen=True, eq=False)
class BrokenClip:
    """A cine with an event.

    Parameters
    ----------
    frames : sequence of (H, W) float32 ndarray in [0, 1]
        Despeckled, as propagation sees them.
    mask : (H, W) bool ndarray
        Of the first frame.
    truths : sequence of (H, W) bool ndarray or None
        Of every frame; None from where there is none.
    start : int
        The first frame that the event changed.
    gone : int
        The first frame on which nothing of the structure is seen; for a slip, where it is elsewhere.
    """

    frames: Sequence[NDArray[np.float32]]
    mask: NDArray[np.bool_]
    truths: Sequence[NDArray[np.bool_] | None]
    start: int
    gone: int


def break_clip(
    kind: str, seed: int, index: int, event: Event, *, frames: int = 12, shape: tuple[int, int] = (160, 144)
) -> BrokenClip | None:
    """Return a simulated cine with an event in its middle; None where its first frame shows too little.

    Parameters
    ----------
    kind : str
        ``lung`` or ``head``.
    seed, index : int
        The clip is a function of both.
    event : Event
        What happens.
    frames : int
        How many, 8 or more.
    shape : tuple of int
        Rows and columns.
    """
    despeckle = DespeckleSettings(Method.FAST)
    samples = simulate_clip(kind, seed, index, frames=frames, shape=shape)
    masks = [next(iter(sample.masks.values())).astype(bool) for sample in samples]
    if np.count_nonzero(masks[0]) < LEAST_PX:
        return None
    grays = [np.asarray(sample.gray(despeckle), np.float32) for sample in samples]
    truths: list[NDArray[np.bool_] | None] = list(masks)
    random = np.random.default_rng((seed, index, 77))
    start = gone = frames // 3
    if event is Event.SLIP:
        across = round(shape[1] / 4)
        for number in range(start, frames):
            grays[number], truths[number] = _slipped(grays[number], across), _slipped(masks[number], across)
        return BrokenClip(grays, masks[0], truths, start, gone)
    if event is Event.LIFT:
        others = [_lifted(shape, random) for _ in range(frames)]
    else:
        elsewhere = simulate_clip(kind, seed, index + 500, frames=frames, shape=shape)
        others = [np.asarray(sample.gray(despeckle), np.float32) for sample in elsewhere]
    length = 5 if event is Event.FADE else 1
    gone = start + length - 1
    for number in range(start, frames):
        share = np.float32(min((number - start + 1) / length, 1.0))
        grays[number] = (1 - share) * grays[number] + share * others[number]
        if share >= 1:
            truths[number] = None
    return BrokenClip(grays, masks[0], truths, start, gone)


def _slipped(values: NDArray[Any], across: int) -> NDArray[Any]:
    """Return a frame moved to the right; what comes into view is the mirror image of what was at the edge."""
    fill = values[:, :across][:, ::-1] if values.dtype != bool else np.zeros_like(values[:, :across])
    return np.concatenate((fill, values[:, :-across]), axis=1)


def _lifted(shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    """Return what a probe in the air shows."""
    from scipy.ndimage import gaussian_filter

    depth = np.linspace(0, 1, shape[0])[:, None]
    rings = 0.5 * np.exp(-depth / 0.06) * (1 + np.cos(2 * np.pi * depth / 0.03))
    noise = gaussian_filter(random.normal(size=shape), (1.0, 1.5)) * 0.05
    return np.asarray(np.clip(rings + 0.04 + noise, 0, 1), np.float32)
