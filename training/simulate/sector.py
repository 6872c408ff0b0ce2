"""A sector of beams and the screen it is converted to.

Pictures are made in the grid of samples and beams, where pulse and beam have their natural axes, and then
converted. Truth is not converted but evaluated at the centres of the screen's pixels, so masks stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Sector:
    """Beams that fan out from an apex; lengths in pixels of the screen.

    Parameters
    ----------
    apex : tuple of float
        Row and column where the beams would meet; above the frame for a convex probe.
    nearest, farthest : float
        Distance of the first and last sample from the apex.
    half_angle : float
        Largest angle of a beam from the middle one, in radians.
    samples, lines : int
        Size of the grid of samples and beams.
    """

    apex: tuple[float, float]
    nearest: float
    farthest: float
    half_angle: float
    samples: int = 288
    lines: int = 144

    def grid(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return row and column on screen of every sample, each (samples, lines)."""
        radius = np.linspace(self.nearest, self.farthest, self.samples, dtype=np.float32)[:, None]
        angle = np.linspace(-self.half_angle, self.half_angle, self.lines, dtype=np.float32)[None, :]
        row = np.float32(self.apex[0]) + radius * np.cos(angle)
        column = np.float32(self.apex[1]) + radius * np.sin(angle)
        return row.astype(np.float32), column.astype(np.float32)

    def places(
        self, row: NDArray[np.float32], column: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return fractional sample and line of points given by row and column on screen."""
        down, across = row - np.float32(self.apex[0]), column - np.float32(self.apex[1])
        radius, angle = np.hypot(down, across), np.arctan2(across, down)
        sample = (radius - self.nearest) * ((self.samples - 1) / (self.farthest - self.nearest))
        line = (angle + self.half_angle) * ((self.lines - 1) / (2 * self.half_angle))
        return sample.astype(np.float32), line.astype(np.float32)

    def covers(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return which pixels (H, W) a beam reaches."""
        sample, line = self.places(*_pixels(shape))
        return self._reaches(sample, line)

    def to_screen(
        self, values: NDArray[np.float32], shape: tuple[int, int]
    ) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Scan-convert (samples, lines) to (H, W), linearly, and return with it which pixels a beam reaches.

        Pixels that no beam reaches are 0.
        """
        from scipy.ndimage import map_coordinates

        sample, line = self.places(*_pixels(shape))
        inside = self._reaches(sample, line)
        screen = np.zeros(shape, np.float32)
        screen[inside] = map_coordinates(values, (sample[inside], line[inside]), order=1, mode="nearest")
        return screen, inside

    def _reaches(self, sample: NDArray[np.float32], line: NDArray[np.float32]) -> NDArray[np.bool_]:
        reach = (sample >= 0) & (sample <= self.samples - 1) & (line >= 0) & (line <= self.lines - 1)
        return np.asarray(reach, dtype=np.bool_)


def _pixels(shape: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    row = np.arange(shape[0], dtype=np.float32)[:, None]
    column = np.arange(shape[1], dtype=np.float32)[None, :]
    full_row, full_column = np.broadcast_arrays(row, column)
    return full_row, full_column


def draw_sector(shape: tuple[int, int], random: np.random.Generator) -> Sector:
    """Return a convex probe's sector that fills most of a frame (H, W): flat or round, wide or narrow."""
    rows, columns = shape
    nearest = rows * random.uniform(0.15, 0.9)
    # a beam at the edge leaves the probe at the frame's top corner, or within the frame
    widest = np.arctan2(columns * random.uniform(0.45, 0.75), nearest + rows * random.uniform(0.45, 1.0))
    top = -rows * random.uniform(0.0, 0.12)
    apex = (float(top - nearest), float(columns * random.uniform(0.45, 0.55)))
    farthest = nearest + rows * random.uniform(0.98, 1.2)
    half = float(np.clip(widest, 0.35, 0.95))
    return Sector(apex, float(nearest), float(farthest), half, lines=int(random.integers(112, 176)))
