"""A rib that is put into a real frame: its surface, its shadow and what fills the shadow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import patchy, smooth_curve, smooth_noise
from training.simulate.chest_wall import softened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Field = NDArray[np.float32]

STATED_ROWS = 256
"""Frames of about this height were drawn by hand; thickness scales with the height."""
THINNEST_PX, THICKEST_PX, TIP_PX = 3.0, 7.0, 1.6
TAPERING = 0.2
LEAST_DROP, LEAST_DROP_SHARE = 0.05, 0.2
"""By how much gray must fall in the shadow, or nobody could tell that there is one: of the whole range, and
of what was there."""


@dataclass(frozen=True)
class Bone:
    """One rib's surface.

    Parameters
    ----------
    left, right : float
        Columns between which it is seen; beyond the frame where the border cuts it.
    row : (W,) float32 ndarray
        Row of its middle at every column, also beyond its ends.
    thickness_px : float
        Across the line, full width at half height.
    """

    left: float
    right: float
    row: Field
    thickness_px: float

    def inside(self) -> NDArray[np.bool_]:
        """Return which columns (W,) it crosses."""
        x = np.arange(len(self.row))
        return np.asarray((x >= self.left) & (x <= self.right), np.bool_)

    def tapered(self) -> Field:
        """Return the mask's thickness (W,) across the line: less over the last fifth of free ends."""
        x = np.arange(len(self.row), dtype=np.float32)
        tip = TIP_PX * self.thickness_px / 5.5
        # of what is in view; an end beyond the border is not free, and does not taper
        seen = min(self.right, len(self.row) - 1.0) - max(self.left, 0.0)
        reach = max(TAPERING * seen, 1.0)
        end = np.ones_like(x)
        if self.left >= 0:
            end = np.minimum(end, (x - self.left) / reach)
        if self.right <= len(self.row) - 1:
            end = np.minimum(end, (self.right - x) / reach)
        return np.asarray(tip + (self.thickness_px - tip) * np.clip(end, 0.0, 1.0), np.float32)

    def across(self, rows: int) -> Field:
        """Return the distance (H, W) of each pixel across the line, in pixels, positive below it."""
        z = np.arange(rows, dtype=np.float32)[:, None]
        return np.asarray((z - self.row) / np.sqrt(1 + np.gradient(self.row) ** 2), np.float32)

    def surface(self, rows: int) -> NDArray[np.bool_]:
        """Return the mask (H, W): the bright band, thinner at free ends."""
        return np.asarray((np.abs(self.across(rows)) <= self.tapered() / 2) & self.inside(), np.bool_)


class Texture:
    """Speckle of a real frame to lend to what is drawn in it.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        The frame.
    """

    def __init__(self, gray: Field) -> None:
        fine = gray - calmed(gray, 3.0, 3.0)
        local = np.sqrt(np.maximum(calmed(fine**2, 16.0, 16.0), 0.0))
        lit = gray > 0.08
        usual = float(np.median(local[lit])) if lit.any() else 0.02
        even = np.clip(fine / np.maximum(local, 0.008), -1.9, 1.9)
        self._shape = (gray.shape[0], gray.shape[1])
        self._spectrum = np.abs(np.fft.rfft2(even)).astype(np.float32)
        self._deviation = float(np.clip(usual, 0.008, 0.045))

    def piece(self, random: np.random.Generator) -> Field:
        """Return speckle (H, W) of mean 0: the frame's spectrum in random phase, without its lines."""
        noise = np.fft.rfft2(random.standard_normal(self._shape, dtype=np.float32))
        grain = np.fft.irfft2(self._spectrum * noise / np.maximum(np.abs(noise), 1e-6), self._shape)
        return np.asarray(grain * (self._deviation / max(float(grain.std()), 1e-6)), np.float32)


def calmed(values: Field, down: float, across: float) -> Field:
    """Return values (H, W) blurred by about a Gaussian of these deviations, in a time that does not grow."""
    from scipy.ndimage import uniform_filter

    # two boxes of width w have the deviation sqrt((w^2 - 1) / 6)
    size = tuple(max(round(float(np.sqrt(6 * sigma**2 + 1))), 1) for sigma in (down, across))
    return np.asarray(uniform_filter(uniform_filter(values, size), size), np.float32)


def add_powers(first: NDArray[np.floating], second: NDArray[np.floating], range_db: float) -> Field:
    """Return gray of two echoes together, of which each has a gray of its own on a logarithmic screen."""
    scale = range_db / 10 * np.log(10.0)
    return np.asarray(np.logaddexp(first * scale, second * scale) / scale, np.float32)


def put_into(
    gray: Field, bone: Bone, texture: Texture, range_db: float, random: np.random.Generator
) -> Field:
    """Return a frame with a rib.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        The frame.
    bone : Bone
        What to put into it.
    texture : Texture
        Of the frame.
    range_db : float
        Of the screen: gray 0 to 1.
    random : numpy.random.Generator
        Draws brightness, loss and what fills the shadow.
    """
    rows, columns = gray.shape
    level = levels(gray, bone)
    kind = random.random()  # black, grey, or hardly darker than what is beside it
    darkest = random.uniform(0.18, 0.5) if kind < 0.35 else random.uniform(0.07, 0.22)
    lit = shadow(gray.shape, bone, random)
    behind = np.clip(bone.across(rows) - 0.4 * bone.thickness_px, 0.0, None) / rows
    deepening = 1 - np.exp(-behind / np.exp(random.uniform(np.log(0.025), np.log(0.3))))
    # echoes that come round the bone or through it fill the shadow from above
    around = float(np.median(gray[gray > 0.04])) if (gray > 0.04).any() else 0.1
    fill = 0.5 * (level + around) - darkest * deepening - random.uniform(0.0, 0.25) * behind
    fill = fill + 0.02 * smooth_noise((rows, columns), (50.0, 40.0), random)
    # and never is it brighter there than it was
    fill = np.minimum(fill, calmed(gray, 0.025 * rows, 0.025 * rows))
    toe = random.uniform(0.01, 0.06)
    fill = (fill + np.sqrt(fill**2 + toe**2)) / 2
    fill = fill + texture.piece(random) * np.clip(fill / 0.15, 0.15, 0.8)
    loss = np.exp(random.uniform(np.log(10.0), np.log(45.0))) * deepening
    attenuated = add_powers(gray - loss / range_db, fill - (1 - deepening) * 0.5, range_db)
    shaded = gray + lit * (np.minimum(attenuated, np.maximum(gray, fill)) - gray)
    if random.random() < 0.25:  # the echo between probe and bone comes again at double depth
        again = (np.arange(rows, dtype=np.float32)[:, None] - 2 * bone.row) / (1.3 * bone.thickness_px)
        shaded = shaded + random.uniform(0.02, 0.1) * lit * np.exp(-0.5 * again**2)
    return brighten(shaded.astype(np.float32), bone, texture, random, level)


def brighten(
    gray: Field, bone: Bone, texture: Texture, random: np.random.Generator, level: Field | None = None
) -> Field:
    """Return gray (H, W) with the bright surface alone: uneven, at times broken, fuzzy or running on."""
    rows, columns = gray.shape
    x = np.arange(columns, dtype=np.float32)
    level = levels(gray, bone) if level is None else level
    contrast = float(np.clip(random.exponential(0.1) + 0.015, 0.02, 0.45))
    middle, half = (bone.left + bone.right) / 2, max((bone.right - bone.left) / 2, 1.0)
    uneven = softened(np.log(patchy(columns, random, 1.0, 1.0)), 3.0) * random.uniform(0.1, 0.5)
    # a slanting face sends its echo elsewhere
    slanting = np.clip(np.abs(x - middle) / half, 0, 1.5) ** 2 * random.uniform(0.0, 0.7)
    strength = contrast * np.clip(1 + uneven - slanting, 0.0, 1.6)
    outside = np.clip(np.maximum(bone.left - x, x - bone.right), 0.0, None)
    running_on = random.uniform(0.05, 0.3) * half if random.random() < 0.3 else 0.02 * half + 1.0
    presence = np.exp(-((outside / running_on) ** 2))
    sigma = bone.tapered() / 2.355
    sigma = np.where(bone.inside(), sigma, np.maximum(sigma, bone.thickness_px / 3.5))
    distance = bone.across(rows)
    ringing = np.where(distance > 0, random.uniform(0.9, 1.4), random.uniform(0.8, 1.1))
    weight = np.exp(-0.5 * (distance / (sigma * ringing)) ** 2) * presence
    crest = level + strength + random.uniform(0.4, 1.2) * texture.piece(random)
    if random.random() < 0.2:  # the capsule or a fascia right above
        gap = bone.thickness_px * random.uniform(1.5, 3.0)
        thin = 0.35 * bone.thickness_px
        upper = np.exp(-0.5 * ((distance + gap) / thin) ** 2) * random.uniform(0.3, 0.9) * presence
        gray = gray + upper * np.maximum(crest - gray, 0.0)
    bright = gray + weight * (np.maximum(crest, 0.6 * gray + 0.4 * crest) - gray)
    return np.asarray(np.clip(bright, 0.0, 1.0), np.float32)


def shadow(shape: tuple[int, int], bone: Bone, random: np.random.Generator) -> Field:
    """Return how much (H, W), 0 to 1, lies behind a bone: sharp at the surface, with soft sides."""
    rows, columns = shape
    x = np.arange(columns, dtype=np.float32)
    z = np.arange(rows, dtype=np.float32)[:, None]
    behind = bone.across(rows)
    down = np.clip(behind, 0.0, None) / rows
    soft = columns * (random.uniform(0.01, 0.06) + random.uniform(0.02, 0.16) * down)
    lean = random.normal(0.0, 0.06) * down * columns
    spread = random.normal(0.02, 0.05) * down * columns
    rough = 0.006 * columns * smooth_noise((rows, columns), (rows * 0.08, 40.0), random)
    left = np.tanh((x - lean - bone.left + spread + rough) / soft)
    right = np.tanh((bone.right + spread + lean - x + rough) / soft)
    inside = (0.5 + 0.5 * left) * (0.5 + 0.5 * right)
    start = np.clip((behind - 0.1 * bone.thickness_px) / (0.5 * bone.thickness_px), 0.0, 1.0)
    return np.asarray(inside * start * (z >= 0), np.float32)


def levels(gray: Field, bone: Bone) -> Field:
    """Return the gray (W,) that a line has around it."""
    rows, columns = gray.shape
    calm = calmed(gray, 0.025 * rows, 0.05 * columns)
    at = np.clip(np.round(bone.row - bone.thickness_px), 0, rows - 1).astype(np.int64)
    here = calm[at, np.arange(columns)]
    seen = here[bone.inside()]
    middle = float(np.median(seen)) if seen.size else float(np.median(here))
    return np.asarray(0.5 * here + 0.5 * middle, np.float32)


def draw_bone(
    shape: tuple[int, int], random: np.random.Generator, others: Sequence[Bone] = (), lowest: float = 0.75
) -> Bone | None:
    """Return a rib, whole or cut by a border, apart from the others; None if there is no room.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the frame.
    random : numpy.random.Generator
        Draws everything.
    others : sequence of Bone
        Already there.
    lowest : float
        Share of the height above which its top lies.
    """
    rows, columns = shape
    x = np.arange(columns, dtype=np.float32)
    beyond = 0.05 * columns
    for _ in range(8):
        seen = columns * random.uniform(0.11, 0.5)
        whole = random.random() < 0.4
        half = seen / 2 if whole else seen * random.uniform(0.5, 1.0)
        left = random.uniform(0.02, 0.98) * (columns - seen)
        middle = left + half + random.normal(0.0, 0.15) * half
        if not whole:  # drawn as cut by the left border, and mirrored below
            left, middle = -beyond, seen - half
        right = (left + seen) if whole else seen
        if not whole and random.random() < 0.5:
            left, right, middle = columns - 1 - right, columns - 1 + beyond, columns - 1 - middle
        apart = 0.07 * columns
        if any(left < other.right + apart and right > other.left - apart for other in others):
            continue
        top = rows * random.uniform(0.12, max(lowest, 0.16))
        if others:
            top = float(others[0].row[others[0].inside()].min()) + random.normal(0.0, 0.03) * rows
        sagitta = half * np.exp(random.uniform(np.log(0.1), np.log(0.5)))
        slope = random.normal(0.0, 0.35 if random.random() < 0.15 else 0.08)
        bend = np.abs((x - middle) / max(half, 8.0)) ** random.uniform(1.7, 2.6)
        wobble = softened(smooth_curve(columns, random.uniform(15.0, 40.0), random), 4.0) * 0.004 * rows
        row = top + sagitta * np.minimum(bend, 3.0) + slope * (x - middle) + random.uniform(0, 1) * wobble
        row = softened(row, 2.0)
        thickness = float(np.clip(random.normal(6.0, 0.9), THINNEST_PX, THICKEST_PX)) * rows / STATED_ROWS
        bone = Bone(float(left), float(right), row, thickness)
        inside = bone.inside()
        good = inside & (row > 0.09 * rows) & (row < 0.86 * rows)
        if good.sum() >= 0.95 * inside.sum() and good.sum() >= 0.09 * columns:
            return bone
    return None


def is_seen(before: Field, after: Field, bone: Bone) -> bool:
    """Whether gray fell enough right below a rib: by the medians of its shadow over a fifth of the height."""
    rows = before.shape[0]
    distance = bone.across(rows)
    x = np.arange(before.shape[1])
    margin = 0.15 * (bone.right - bone.left)
    core = (x > bone.left + margin) & (x < bone.right - margin)
    place = (distance > 1.5 * bone.thickness_px) & (distance < 0.2 * rows) & core
    if not place.any():
        return False
    was = float(np.median(before[place]))
    return was - float(np.median(after[place])) >= max(LEAST_DROP, LEAST_DROP_SHARE * was)
