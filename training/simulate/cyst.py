"""Simulated cysts: dark circles and ellipses in uniform speckle, after the SUS set of Amiri et al. 2020.

That set (doi 10.1109/TUFFC.2020.3015081) was made with Field II: 3.5 MHz, 50 lines of RF, scatterers inside
weaker than outside by a factor k between 0 and 1. It is not public; here the same scene is made in baseband.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import pulse, screen_gray, smooth_noise
from training.simulate.motion import STILL, Motion, SpeckleSource
from training.simulate.sector import draw_sector
from training.simulate.truth import to_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Sample

LABEL = "cyst"
LINES = 50
FREQUENCY_MHZ = 3.5
SOUND_SPEED_M_S = 1540.0
CYCLES = 2.5
"""Length of the two-way pulse at half its height."""
WEAKEST, STRONGEST = 0.05, 0.7
"""Range of k, the amplitude of scatterers inside relative to outside."""


@dataclass(frozen=True)
class CystFrame:
    """One simulated frame and its truth.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        As on screen.
    cyst : (H, W) bool ndarray
        Inside of every cyst.
    spacing_mm : tuple of float
        Row, column.
    facts : dict of str to float
        Of the first cyst: ``k``, ``depth_mm`` of its centre, ``long_axis_mm``, ``short_axis_mm``;
        ``cysts``: how many; ``dynamic_range_db``.
    """

    gray: NDArray[np.float32]
    cyst: NDArray[np.bool_]
    spacing_mm: tuple[float, float]
    facts: dict[str, float]


@dataclass(frozen=True)
class _Ellipse:
    centre: tuple[float, float]  # mm
    axes: tuple[float, float]  # half axes, mm
    angle: float
    k: float

    def holds(self, row_mm: NDArray[np.float32], column_mm: NDArray[np.float32]) -> NDArray[np.bool_]:
        down, across = row_mm - self.centre[0], column_mm - self.centre[1]
        along = across * np.cos(self.angle) + down * np.sin(self.angle)
        beside = -across * np.sin(self.angle) + down * np.cos(self.angle)
        return np.asarray((along / self.axes[0]) ** 2 + (beside / self.axes[1]) ** 2 <= 1.0)


def simulate_cyst(
    random: np.random.Generator,
    shape: tuple[int, int] = (256, 256),
    *,
    sector: bool = False,
    motion: Motion = STILL,
    speckle: SpeckleSource | None = None,
) -> CystFrame:
    """Return one frame.

    Parameters
    ----------
    random : numpy.random.Generator
        Draws everything but the scatterers, and these too if no source is given.
    shape : tuple of int
        Rows and columns.
    sector : bool
        Whether a convex probe is used rather than the 50 parallel lines of the SUS set.
    motion : Motion
        How far everything has moved since the first frame of a cine.
    speckle : SpeckleSource, optional
        Of the scatterers.
    """
    from scipy.ndimage import gaussian_filter, zoom

    speckle = speckle or SpeckleSource(random.spawn(1)[0])
    rows, columns = shape
    depth_mm = random.uniform(45.0, 75.0)
    width_mm = random.uniform(34.0, 50.0)
    if sector:
        width_mm = depth_mm * columns / rows
    geometry = draw_sector(shape, random) if sector else None
    mm = (depth_mm / rows, width_mm / columns)
    ellipses = _draw_all(random, depth_mm, width_mm, motion)

    if geometry is None:
        grid = (rows, LINES)
        row_mm = ((np.arange(rows, dtype=np.float32) + 0.5) * mm[0])[:, None]
        line_mm = ((np.arange(LINES, dtype=np.float32) + 0.5) * (width_mm / LINES))[None, :]
    else:
        grid = (geometry.samples, geometry.lines)
        row, column = geometry.grid()
        row_mm, line_mm = (row + 0.5) * np.float32(mm[0]), (column + 0.5) * np.float32(mm[1])
    level = np.exp(0.12 * smooth_noise(grid, (grid[0] / 2, grid[1] / 2), random))
    for ellipse in ellipses:
        level = np.where(ellipse.holds(row_mm, line_mm), level * np.float32(ellipse.k), level)
    wavelength_mm = SOUND_SPEED_M_S / FREQUENCY_MHZ * 1e-3
    axial_mm = CYCLES * wavelength_mm / 2 / 2.355 * random.uniform(0.8, 1.4)
    lateral_mm = wavelength_mm * random.uniform(1.6, 3.0) / 2.355  # wavelength times f-number
    focus = random.uniform(0.3, 0.75)
    field = (speckle.field(grid) * level).astype(np.complex64)
    noise = np.float32(10 ** random.uniform(-3.0, -1.4))
    echo = pulse(field, axial_mm / depth_mm * rows, lateral_mm / width_mm * grid[1], focus)
    amplitude = np.abs(echo + noise * speckle.field(grid)).astype(np.float32)
    amplitude *= np.float32(10.0) ** (smooth_noise(grid, (grid[0] / 2, grid[1]), random) * 0.06)
    dynamic_range_db = random.uniform(40.0, 62.0)
    gray = screen_gray(amplitude, dynamic_range_db, random.uniform(-9.0, 2.0))
    if geometry is None:
        gray = zoom(gray, (1.0, columns / LINES), order=1, grid_mode=True, mode="nearest")
    else:
        gray, _ = geometry.to_screen(gray, shape)
    if random.random() < 0.3:
        gray = gaussian_filter(gray, random.uniform(0.3, 0.9))

    down_mm = ((np.arange(rows, dtype=np.float32) + 0.5) * mm[0])[:, None]
    across_mm = ((np.arange(columns, dtype=np.float32) + 0.5) * mm[1])[None, :]
    mask = np.zeros(shape, np.bool_)
    for ellipse in ellipses:
        mask |= ellipse.holds(down_mm, across_mm)
    if geometry is not None:
        mask &= geometry.covers(shape)
    first = ellipses[0]
    facts = {
        "cysts": float(len(ellipses)),
        "k": first.k,
        "depth_mm": first.centre[0],
        "long_axis_mm": 2 * max(first.axes),
        "short_axis_mm": 2 * min(first.axes),
        "dynamic_range_db": dynamic_range_db,
    }
    return CystFrame(np.asarray(gray, np.float32), mask, mm, facts)


def simulate_samples(count: int, seed: int, shape: tuple[int, int] = (256, 256)) -> list[Sample]:
    """Return frames with the label ``cyst``, each its own group; frame i is a function of `seed` and i."""
    return [simulate_sample(seed, index, shape) for index in range(count)]


def simulate_sample(
    seed: int,
    index: int,
    shape: tuple[int, int] = (256, 256),
    *,
    sector: bool = False,
    motion: Motion = STILL,
    speckle: SpeckleSource | None = None,
) -> Sample:
    """Return sample `index` of `simulate_samples`, or the same scene later in a cine."""
    random = np.random.default_rng((seed, index))
    frame = simulate_cyst(random, shape, sector=sector, motion=motion, speckle=speckle)
    return to_sample(
        f"cyst_{seed}_{index:04d}",
        frame.gray,
        {LABEL: frame.cyst},
        spacing_mm=frame.spacing_mm,
        facts=frame.facts,
        by_part=frozenset({LABEL}),
    )


def _draw_all(
    random: np.random.Generator, depth_mm: float, width_mm: float, motion: Motion
) -> list[_Ellipse]:
    """Return one ellipse or two that do not touch."""
    ellipses: list[_Ellipse] = []
    for _ in range(int(random.choice([1, 1, 1, 2]))):
        ellipse = _draw(random, depth_mm, width_mm, motion)
        if all(_apart(ellipse, other) for other in ellipses):
            ellipses.append(ellipse)
    return ellipses


def _draw(random: np.random.Generator, depth_mm: float, width_mm: float, motion: Motion) -> _Ellipse:
    long = random.uniform(3.0, 11.0)
    short = long if random.random() < 0.4 else max(long * random.uniform(0.45, 0.9), 2.5)
    angle = random.uniform(0.0, np.pi)
    row = random.uniform(long + 2.0, depth_mm - long - 2.0)
    column = random.uniform(long * 0.8, width_mm - long * 0.8)
    k = random.uniform(WEAKEST, STRONGEST)
    centre = (row + motion.down * depth_mm, column + motion.across * width_mm)
    return _Ellipse(centre, (long, short), angle + motion.turn, k)


def _apart(first: _Ellipse, second: _Ellipse) -> bool:
    distance = np.hypot(first.centre[0] - second.centre[0], first.centre[1] - second.centre[1])
    return bool(distance > max(first.axes) + max(second.axes) + 2.0)
