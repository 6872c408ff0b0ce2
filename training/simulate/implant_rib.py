"""What is put into a real frame: bone with its shadow, a pleura, and what resembles bone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import patchy, smooth_curve, smooth_noise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Field = NDArray[np.float32]

STATED_ROWS = 256
"""Frames of about this height were drawn; thickness scales with it."""
THINNEST_PX, THICKEST_PX, TIP_PX = 3.0, 7.0, 1.6
TAPERING = 0.2


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
        reach = TAPERING * (self.right - self.left)
        end = np.minimum(x - self.left, self.right - x) / max(reach, 1.0)
        return np.asarray(tip + (self.thickness_px - tip) * np.clip(end, 0.0, 1.0), np.float32)

    def surface(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the mask (H, W): the bright band, thinner at free ends."""
        z = np.arange(shape[0], dtype=np.float32)[:, None]
        across = np.abs(z - self.row) * _upright(self.row)
        return np.asarray((across <= self.tapered() / 2) & self.inside(), np.bool_)

    def put_into(self, gray: Field, range_db: float, random: np.random.Generator) -> Field:
        """Return gray (H, W) with this bone: its shadow, what fills it, and the bright surface."""
        rows, columns = gray.shape
        z = np.arange(rows, dtype=np.float32)[:, None]
        behind = z - self.row - 0.35 * self.thickness_px
        loss = shadow_db(gray.shape, self, behind, random)
        texture = own_texture(gray, random)
        level = _level(gray, self)
        # echoes that come round the bone or through it, and reverberation, fill the shadow
        fill = level - random.uniform(0.02, 0.45) - np.clip(behind, 0, None) / rows * random.uniform(0.0, 0.5)
        uneven = 0.03 * smooth_noise((rows, columns), (40.0, 30.0), random)
        fill = np.where(behind > 0, fill + uneven + 0.7 * texture, -1.0)
        lit = np.clip(loss / 6.0, 0.0, 1.0)
        shaded = gray - loss / range_db
        shaded = add_powers(
            shaded, np.where(lit > 0, fill + np.log10(np.maximum(lit, 1e-3)) * 0.3, -1.0), range_db
        )
        shaded = np.where(loss > 0.05, np.minimum(shaded, np.maximum(gray, fill)), gray)
        return self.brighten(shaded, gray, level, texture, range_db, random)

    def brighten(
        self,
        shaded: Field,
        host: Field,
        level: float,
        texture: Field,
        range_db: float,
        random: np.random.Generator,
    ) -> Field:
        """Return `shaded` (H, W) with the bright surface, in keeping with the host it is drawn in."""
        rows, columns = shaded.shape
        contrast = float(np.clip(random.exponential(0.16), 0.01, 0.5))
        span = np.arange(columns, dtype=np.float32)
        middle, half = (self.left + self.right) / 2, max((self.right - self.left) / 2, 1.0)
        along = np.log(patchy(columns, random, 1.0, 1.0)) * 0.12
        slanting = -(np.clip(np.abs(span - middle) / half, 0, 1.5) ** 2) * random.uniform(0.0, 0.15)
        end = np.minimum(span - self.left, self.right - span) / max(0.12 * half, 2.0)
        fading = 0.35 * np.clip(end - 1.0, -1.0, 0.0) - 2.0 * (end < 0)
        crest = level + contrast + along + slanting + fading + random.uniform(0.5, 1.0) * texture
        z = np.arange(rows, dtype=np.float32)[:, None]
        across = (z - self.row) * _upright(self.row)
        sigma = self.thickness_px / 2.355
        # above, bone is met at once; below, it rings on
        sigma_here = np.where(across < 0, sigma * random.uniform(0.8, 1.1), sigma * random.uniform(1.0, 1.6))
        profile = -0.5 * (across / sigma_here) ** 2 * 8.7 / range_db * random.uniform(0.6, 1.0)
        drawn = add_powers(shaded, np.where(profile > -1.0, crest + profile, -1.0), range_db)
        if random.random() < 0.3:  # the echo between probe and bone comes again at double depth
            again = (z - 2 * self.row) * _upright(self.row) / (1.6 * sigma)
            drawn = add_powers(
                drawn, crest - random.uniform(0.15, 0.4) - 0.5 * again**2 * 8.7 / range_db, range_db
            )
        return np.asarray(np.clip(drawn, 0.0, 1.0), np.float32)


def add_powers(first: NDArray[np.floating], second: NDArray[np.floating], range_db: float) -> Field:
    """Return gray of two echoes together, of which each has a gray of its own on a logarithmic screen."""
    scale = range_db / 10 * np.log(10.0)
    return np.asarray(np.logaddexp(first * scale, second * scale) / scale, np.float32)


def own_texture(gray: Field, random: np.random.Generator) -> Field:
    """Return the host's speckle (H, W), of mean 0 and from another place of it, evened out."""
    from scipy.ndimage import gaussian_filter

    texture = gray - gaussian_filter(gray, 5.0)
    local = np.sqrt(gaussian_filter(texture**2, 20.0))
    even = np.clip(texture / np.maximum(local, 0.01), -2.5, 2.5) * float(np.median(local))
    move = (int(random.integers(10, 40)), int(random.integers(20, max(gray.shape[1] - 20, 21))))
    return np.asarray(np.roll(even, move, axis=(0, 1)), np.float32)


def shadow_db(shape: tuple[int, int], bone: Bone, behind: Field, random: np.random.Generator) -> Field:
    """Return the loss (H, W) below a bone, from grey to black, with soft sides."""
    rows, columns = shape
    x = np.arange(columns, dtype=np.float32)
    down = np.clip(behind, 0.0, None) / rows
    soft = columns * (random.uniform(0.01, 0.05) + random.uniform(0.0, 0.12) * down)
    lean = random.normal(0.0, 0.08) * down * columns
    spread = random.normal(0.0, 0.06) * down * columns
    left = 1 / (1 + np.exp(-np.clip((x - lean - bone.left + spread) / soft * 2, -30, 30)))
    right = 1 / (1 + np.exp(-np.clip((bone.right + spread + lean - x) / soft * 2, -30, 30)))
    deepening = np.clip(behind / (rows * random.uniform(0.01, 0.12)), 0.0, 1.0)
    most = np.exp(random.uniform(np.log(7.0), np.log(40.0)))
    growing = 1 + random.uniform(0.0, 1.0) * down
    return np.asarray(most * left * right * deepening * growing, np.float32)


def draw_bone(shape: tuple[int, int], random: np.random.Generator, others: Sequence[Bone]) -> Bone | None:
    """Return a rib, whole or cut by a border, apart from the others; None if there is no room."""
    rows, columns = shape
    x = np.arange(columns, dtype=np.float32)
    for _ in range(8):
        seen = columns * random.uniform(0.12, 0.55)
        cut = random.random()
        if cut < 0.33:
            middle, half = seen - (full := random.uniform(0.4, 1.0) * seen), full
            half = min(half, seen)
            left, right, middle = -8.0, seen, seen - half
        elif cut < 0.55:
            half = random.uniform(0.5, 1.0) * seen
            left, right, middle = columns - 1 - seen, columns + 8.0, columns - 1 - seen + half
        else:
            left = random.uniform(0.02, 0.98) * (columns - seen)
            right, half = left + seen, seen / 2
            middle = (left + right) / 2 + random.normal(0.0, 0.15) * half
        if any(
            left < other.right + 0.06 * columns and right > other.left - 0.06 * columns for other in others
        ):
            continue
        if others:
            top = float(others[0].row.min()) + random.normal(0.0, 0.03) * rows
        else:
            top = rows * random.uniform(0.1, 0.68)
        sagitta = half * np.exp(random.uniform(np.log(0.04), np.log(0.45)))
        slope = random.normal(0.0, 0.35 if random.random() < 0.2 else 0.1)
        bend = np.abs((x - middle) / max(half, 8.0)) ** random.uniform(1.7, 2.6)
        wobble = smooth_curve(columns, random.uniform(15.0, 40.0), random) * random.uniform(0.0, 0.004) * rows
        row = top + sagitta * np.minimum(bend, 3.0) + slope * (x - middle) + _smooth(wobble)
        thickness = float(np.clip(random.normal(5.8, 0.9), THINNEST_PX, THICKEST_PX)) * rows / STATED_ROWS
        bone = Bone(float(left), float(right), row.astype(np.float32), thickness)
        inside = bone.inside()
        good = inside & (row > 0.04 * rows) & (row < 0.9 * rows)
        if good.sum() >= 0.9 * inside.sum() and good.sum() >= 0.1 * columns:
            return bone
    return None


def add_pleura(gray: Field, bones: Sequence[Bone], range_db: float, random: np.random.Generator) -> Field:
    """Return gray with a pleural line below the ribs and lung beneath it, in place of what the host has."""
    rows, columns = gray.shape
    x = np.linspace(-1, 1, columns, dtype=np.float32)
    z = np.arange(rows, dtype=np.float32)[:, None]
    if bones:
        deepest = max(float(bone.row[bone.inside()].min()) for bone in bones)
        base = deepest + rows * random.uniform(0.03, 0.16)
    else:
        base = rows * random.uniform(0.18, 0.6)
    bulge = np.exp(-(((x - random.uniform(-0.7, 0.7)) / random.uniform(0.3, 0.9)) ** 2)) - 0.5
    row = base - rows * (random.uniform(0.0, 0.12) * bulge + random.normal(0.0, 0.05) * x)
    row = row + _smooth(smooth_curve(columns, 15.0, random)) * rows * random.uniform(0.0, 0.008)
    texture = own_texture(gray, random)
    here = float(np.median(gray[: max(int(base), 8)]))
    fade = np.clip(z - row, 0, None) / rows
    streaks = np.zeros(columns, np.float32)
    for _ in range(int(random.integers(0, 4))):
        width = random.uniform(0.02, 0.12) * columns
        streaks += np.exp(
            -0.5 * ((np.arange(columns) - random.uniform(0, columns)) / width) ** 2
        ) * random.uniform(0.03, 0.2)
    lung = here + random.normal(-0.02, 0.06) - fade * random.uniform(0.0, 0.5) + streaks + texture
    soft = 1 / (1 + np.exp(np.clip((row - z) / random.uniform(0.6, 4.0), -30, 30)))
    mixed = gray * (1 - soft) + lung * soft
    crest = (
        here + random.uniform(0.05, 0.4) + 0.12 * np.log(patchy(columns, random, 1.0, 1.0)) + 0.7 * texture
    )
    sigma = rows / STATED_ROWS * random.uniform(0.8, 2.2)
    line = crest - 0.5 * ((z - row) / sigma) ** 2 * 8.7 / range_db
    return np.asarray(np.clip(add_powers(mixed, line, range_db), 0.0, 1.0), np.float32)


def draw_bright_arc(
    gray: Field, bones: Sequence[Bone], range_db: float, random: np.random.Generator
) -> Field:
    """Return gray with a bright convex arc as of fascia or pleura, that throws no shadow."""
    arc = draw_bone(gray.shape, random, bones)
    if arc is None:
        return gray
    return arc.brighten(gray, gray, _level(gray, arc), own_texture(gray, random), range_db, random)


def draw_dark_column(
    gray: Field, bones: Sequence[Bone], range_db: float, random: np.random.Generator
) -> Field:
    """Return gray with a shadow that no arc stands above, as of bad contact or an edge of a vessel."""
    column = draw_bone(gray.shape, random, bones)
    if column is None:
        return gray
    start = random.uniform(-0.2, 0.4) * gray.shape[0]
    behind = np.arange(gray.shape[0], dtype=np.float32)[:, None] - np.full_like(column.row, start)
    loss = shadow_db((gray.shape[0], gray.shape[1]), column, behind, random)
    texture = own_texture(gray, random)
    fill = _level(gray, column) - random.uniform(0.1, 0.4) + 0.7 * texture
    return np.asarray(
        np.clip(np.maximum(gray - loss / range_db, np.minimum(gray, fill)), 0.0, 1.0), np.float32
    )


def _upright(row: Field) -> Field:
    """Return the cosine of the line's slope (W,), which turns vertical distance into distance across."""
    return np.asarray(1 / np.sqrt(1 + np.gradient(row) ** 2), np.float32)


def _smooth(values: NDArray[np.floating]) -> Field:
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, 4.0, mode="nearest"), np.float32)


def _level(gray: Field, bone: Bone) -> float:
    """Return the host's gray around a line: the median of a band about it."""
    z = np.arange(gray.shape[0], dtype=np.float32)[:, None]
    band = (np.abs(z - bone.row) < 3 * bone.thickness_px) & bone.inside()
    return float(np.median(gray[band])) if band.any() else float(np.median(gray))
