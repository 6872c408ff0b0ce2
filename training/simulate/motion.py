"""What changes between the frames of a cine: where things lie, and the speckle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import scatterers

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Motion:
    """How a frame differs from the first of its cine.

    Parameters
    ----------
    down, across : float
        By which share of the frame's height and width all tissue has moved.
    turn : float
        Rotation in radians.
    slide : float
        By which share of the width the lung has slid along the pleura, beneath tissue that stands.
    """

    down: float = 0.0
    across: float = 0.0
    turn: float = 0.0
    slide: float = 0.0


STILL = Motion()


class SpeckleSource:
    """Scatterers of each frame: those of the frame before, partly replaced, and moved with the tissue.

    The fields of one frame are told apart by the order in which they are asked for, so a simulator must ask
    in the same order and for the same shapes in every frame.

    Parameters
    ----------
    random : numpy.random.Generator
        Source of every scatterer.
    kept : float
        Correlation of the complex field between neighbouring frames, in [0, 1]: a first-order
        autoregression, so after n frames it is ``kept ** n``.

    Raises
    ------
    ValueError
        If `kept` is not in [0, 1].
    """

    def __init__(self, random: np.random.Generator, kept: float = 0.0) -> None:
        if not 0.0 <= kept <= 1.0:
            raise ValueError(f"a correlation of {kept} is not in [0, 1]")
        self._random = random
        self._kept = kept
        self._fields: list[NDArray[np.complex64]] = []
        self._asked = 0
        self._motion = STILL

    def begin(self, motion: Motion = STILL) -> None:
        """Start the next frame, whose tissue has moved by `motion` since the first."""
        self._asked = 0
        self._motion = motion

    def field(self, shape: tuple[int, int]) -> NDArray[np.complex64]:
        """Return circular Gaussian scatterers (H, W) of unit power, the next field of this frame."""
        fresh = scatterers(shape, self._random)
        index = self._asked
        self._asked += 1
        if index == len(self._fields):
            self._fields.append(fresh)
        else:
            new = np.float32(np.sqrt(1.0 - self._kept**2))
            self._fields[index] = np.float32(self._kept) * self._fields[index] + new * fresh
        shift = (round(self._motion.down * shape[0]), round(self._motion.across * shape[1]))
        field = self._fields[index]
        return np.roll(field, shift, axis=(0, 1)) if any(shift) else field


def breathing(frames: int, random: np.random.Generator, amount: float = 1.0) -> list[Motion]:
    """Return smooth motions, one a frame: a breath of random period and depth, and the hand's slow drift.

    Parameters
    ----------
    frames : int
        How many.
    random : numpy.random.Generator
        Of period, phase and size.
    amount : float
        0 stands still, 1 moves tissue by up to 3 % of the height and the lung by up to 15 % of the width.
    """
    period = random.uniform(16.0, 60.0)
    drift = random.uniform(60.0, 200.0)
    phase = random.uniform(0.0, 2.0 * np.pi, size=4)
    size = random.uniform(0.3, 1.0, size=4) * amount
    time = np.arange(frames)
    breath = np.sin(2 * np.pi * time / period + phase[0]) - np.sin(phase[0])
    sway = np.sin(2 * np.pi * time / drift + phase[1]) - np.sin(phase[1])
    turning = np.sin(2 * np.pi * time / drift + phase[2]) - np.sin(phase[2])
    return [
        Motion(
            down=float(0.012 * size[0] * breath[t] + 0.006 * size[1] * sway[t]),
            across=float(0.015 * size[1] * sway[t]),
            turn=float(0.02 * size[2] * turning[t]),
            slide=float(0.075 * size[3] * breath[t]),
        )
        for t in range(frames)
    ]
