"""Simulated transcerebellar planes of the fetal head, with exact cerebellum, head, TCD, HC and age.

Sizes are drawn from the INTERGROWTH-21st curves (see `training.simulate.growth`) at a random age. The picture
is made in the sector's own grid of samples and beams; truth is evaluated at the screen's pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import screen_gray
from training.simulate.head_anatomy import HeadAnatomy, draw_head
from training.simulate.head_echo import head_amplitude
from training.simulate.motion import STILL, Motion, SpeckleSource
from training.simulate.sector import Sector, draw_sector
from training.simulate.truth import to_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Sample

LABELS = ("cerebellum", "head")


@dataclass(frozen=True)
class Pose:
    """Where a head lies on screen.

    Parameters
    ----------
    centre : tuple of float
        Row and column in pixels.
    angle : float
        Direction of the occiput from the middle, in radians from the column axis towards the row axis.
    spacing_mm : float
        Size of a pixel, which is square.
    """

    centre: tuple[float, float]
    angle: float
    spacing_mm: float

    def to_head(
        self, row: NDArray[np.float32], column: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return u and v in mm of points on screen."""
        down = (row - np.float32(self.centre[0])) * np.float32(self.spacing_mm)
        across = (column - np.float32(self.centre[1])) * np.float32(self.spacing_mm)
        cos, sin = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        return across * cos + down * sin, -across * sin + down * cos

    def to_screen(
        self, u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return row and column of points given in mm."""
        across = (u * np.cos(self.angle) - v * np.sin(self.angle)) / self.spacing_mm
        down = (u * np.sin(self.angle) + v * np.cos(self.angle)) / self.spacing_mm
        return self.centre[0] + down, self.centre[1] + across


@dataclass(frozen=True)
class HeadFrame:
    """One simulated frame and its truth.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        As on screen.
    cerebellum, head : (H, W) bool ndarray
        Both hemispheres; everything within the outer skull.
    anatomy : HeadAnatomy
        Sizes.
    pose : Pose
        Where it lies.
    """

    gray: NDArray[np.float32]
    cerebellum: NDArray[np.bool_]
    head: NDArray[np.bool_]
    anatomy: HeadAnatomy
    pose: Pose


def simulate_head(
    random: np.random.Generator,
    shape: tuple[int, int] = (256, 256),
    *,
    ga_weeks: float | None = None,
    motion: Motion = STILL,
    speckle: SpeckleSource | None = None,
) -> HeadFrame:
    """Return one frame; the whole cerebellum is in view.

    Parameters
    ----------
    random : numpy.random.Generator
        Draws everything but the scatterers, and these too if no source is given.
    shape : tuple of int
        Rows and columns.
    ga_weeks : float, optional
        Gestational age, 14 to 40; drawn from 16 to 36 if not given.
    motion : Motion
        How far the head has moved since the first frame of a cine.
    speckle : SpeckleSource, optional
        Of the scatterers.
    """
    from scipy.ndimage import gaussian_filter

    speckle = speckle or SpeckleSource(random.spawn(1)[0])
    anatomy = draw_head(random, ga_weeks)
    sector = draw_sector(shape, random)
    pose = _moved(_draw_pose(anatomy, sector, shape, random), motion, shape)
    row, column = sector.grid()
    u, v = pose.to_head(row, column)
    amplitude = head_amplitude(anatomy, sector, pose, (row, column, u, v), random, speckle)
    gray = screen_gray(amplitude, random.uniform(42.0, 68.0), random.uniform(-6.0, 8.0))
    if random.random() < 0.7:  # speckle reduction of the machine
        gray = gaussian_filter(gray, (random.uniform(0.4, 1.3), random.uniform(0.4, 1.1)))
    gray = np.clip(gray, 0.0, 1.0) ** np.float32(random.uniform(0.8, 1.35))
    screen, _ = sector.to_screen(gray, shape)

    pixel_row = np.arange(shape[0], dtype=np.float32)[:, None]
    pixel_column = np.arange(shape[1], dtype=np.float32)[None, :]
    u, v = pose.to_head(pixel_row, pixel_column)
    return HeadFrame(screen, anatomy.in_cerebellum(u, v), anatomy.skull_depth(u, v) <= 1.0, anatomy, pose)


def simulate_samples(count: int, seed: int, shape: tuple[int, int] = (256, 256)) -> list[Sample]:
    """Return frames with the labels ``cerebellum`` and ``head``; frame i is a function of `seed` and i.

    Facts are ``tcd_mm``, ``hc_mm``, ``bpd_mm``, ``ofd_mm``, ``ga_weeks``, ``cisterna_mm``, ``angle_deg`` and
    ``spacing_mm``. Each frame is its own group and has one box and one centre a label.
    """
    return [simulate_sample(seed, index, shape) for index in range(count)]


def simulate_sample(
    seed: int,
    index: int,
    shape: tuple[int, int] = (256, 256),
    *,
    motion: Motion = STILL,
    speckle: SpeckleSource | None = None,
) -> Sample:
    """Return sample `index` of `simulate_samples`, or the same scene later in a cine."""
    random = np.random.default_rng((seed, index))
    frame = simulate_head(random, shape, motion=motion, speckle=speckle)
    return to_sample(
        f"head_{seed}_{index:04d}",
        frame.gray,
        {"cerebellum": frame.cerebellum, "head": frame.head},
        spacing_mm=(frame.pose.spacing_mm, frame.pose.spacing_mm),
        facts=facts_of(frame),
    )


def facts_of(frame: HeadFrame) -> dict[str, float]:
    """Return what is known of a frame, as numbers."""
    anatomy = frame.anatomy
    return {
        "tcd_mm": anatomy.tcd_mm,
        "hc_mm": anatomy.hc_mm,
        "bpd_mm": anatomy.bpd_mm,
        "ofd_mm": anatomy.ofd_mm,
        "ga_weeks": anatomy.ga_weeks,
        "cisterna_mm": anatomy.cisterna_mm,
        "angle_deg": float(np.degrees(frame.pose.angle)),
        "spacing_mm": frame.pose.spacing_mm,
    }


def _moved(pose: Pose, motion: Motion, shape: tuple[int, int]) -> Pose:
    centre = (pose.centre[0] + motion.down * shape[0], pose.centre[1] + motion.across * shape[1])
    return Pose(centre, pose.angle + motion.turn, pose.spacing_mm)


def _draw_pose(
    anatomy: HeadAnatomy, sector: Sector, shape: tuple[int, int], random: np.random.Generator
) -> Pose:
    """Return a pose in which beams reach the whole cerebellum, with a margin for the motion of a cine."""
    rows, columns = shape
    reach_row, reach_column = 0.04 * rows, 0.04 * columns
    outlines = [lobe.outline() for lobe in anatomy.lobes]
    u = np.concatenate([outline[0] for outline in outlines])
    v = np.concatenate([outline[1] for outline in outlines])
    for attempt in range(40):
        share = random.uniform(0.55, 1.0) * (1 - attempt / 80)
        spacing = anatomy.ofd_mm / (share * min(rows, columns))
        if random.random() < 0.15:
            angle = random.uniform(-np.pi, np.pi)
        else:
            angle = random.normal(0.0, 0.35) + (np.pi if random.random() < 0.5 else 0.0)
        centre = (rows * random.uniform(0.4, 0.62), columns * random.uniform(0.4, 0.6))
        pose = Pose(centre, float(angle), float(spacing))
        row, column = pose.to_screen(u, v)
        if min(row.min() - reach_row, column.min() - reach_column) < 0:
            continue
        if row.max() + reach_row > rows - 1 or column.max() + reach_column > columns - 1:
            continue
        sample, line = sector.places(row.astype(np.float32), column.astype(np.float32))
        margin = 0.06 * sector.lines
        if (
            sample.min() > 0.06 * sector.samples
            and margin < line.min()
            and line.max() < sector.lines - margin
        ):
            return pose
    return Pose((rows / 2, columns / 2), 0.0, anatomy.ofd_mm / (0.5 * min(rows, columns)))
