"""Objects before natural-looking ground, in gray: a stand-in for XPIE, which cannot be had.

XPIE (Xia et al., CVPR 2017) holds photographs with the object that stands out outlined.
Cheng & Lam and Amiri et al. pre-trained on it. Here ground and objects have the 1/f spectra of natural
pictures (Field 1987, doi 10.1364/JOSAA.4.002379); what tells an object is its mean, its texture, its shading
or its edge, and patches that belong to the ground stand in its way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.simulate.truth import to_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Sample

LABEL = "object"


def natural_texture(
    shape: tuple[int, int], random: np.random.Generator, slope: float = 1.0
) -> NDArray[np.float32]:
    """Return noise (H, W), mean 0, deviation 1, whose amplitude falls as frequency to the power -slope."""
    from scipy.fft import irfft2, rfft2

    row = np.fft.fftfreq(shape[0])[:, None]
    column = np.fft.rfftfreq(shape[1])[None, :]
    frequency = np.hypot(row, column)
    frequency[0, 0] = np.inf
    white = rfft2(random.standard_normal(shape, dtype=np.float32))
    texture = irfft2(white * frequency**-slope, s=shape)
    return np.asarray((texture - texture.mean()) / max(float(texture.std()), 1e-9), np.float32)


def simulate_salient(
    random: np.random.Generator, shape: tuple[int, int] = (256, 256)
) -> tuple[NDArray[np.float32], NDArray[np.bool_], int]:
    """Return gray (H, W) in [0, 1], the mask of all objects, and how many there are."""
    from scipy.ndimage import gaussian_filter

    rows, columns = shape
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float32)
    picture = random.uniform(0.25, 0.75) + random.uniform(0.04, 0.16) * natural_texture(
        shape, random, random.uniform(1.1, 1.8)
    )
    picture += _ramp(row / rows, column / columns, random) * random.uniform(0.0, 0.35)
    if random.random() < 0.4:  # a horizon
        edge = rows * random.uniform(0.3, 0.8) + columns * random.uniform(-0.2, 0.2) * (
            column / columns - 0.5
        )
        below = 1 / (1 + np.exp(np.clip((edge - row) / random.uniform(0.7, 8.0), -30, 30)))
        picture += below * random.uniform(-0.25, 0.25)
    for _ in range(int(random.integers(0, 9))):  # patches of the ground
        shape_of_patch = _draw_outline(row, column, random, random.uniform(0.05, 0.2))
        picture += _soft(shape_of_patch, random.uniform(0.02, 0.4)) * random.normal(0.0, 0.09)

    mask = np.zeros(shape, np.bool_)
    count = int(random.choice([1, 1, 1, 2, 3]))
    ground = float(picture.mean())
    for _ in range(count):
        depth = _draw_outline(row, column, random, random.uniform(0.1, 0.34))
        inside = depth <= 1.0
        away = random.choice([-1.0, 1.0]) if 0.35 < ground < 0.65 else np.sign(0.5 - ground)
        level = ground + away * random.uniform(0.12, 0.45)
        skin = level + random.uniform(0.03, 0.14) * natural_texture(shape, random, random.uniform(0.8, 1.8))
        skin += _ramp(row / rows, column / columns, random) * random.uniform(0.0, 0.3)
        if random.random() < 0.3:  # stripes
            angle, wave = random.uniform(0, np.pi), random.uniform(6.0, 30.0)
            along = (row * np.sin(angle) + column * np.cos(angle)) * (2 * np.pi / wave)
            skin += random.uniform(0.03, 0.12) * np.sign(np.sin(along)) * random.uniform(0.3, 1.0)
        skin += random.uniform(-0.15, 0.15) * np.clip(1 - depth, 0, 1)
        cover = _soft(depth, random.uniform(0.008, 0.05))
        if random.random() < 0.3:  # a shadow beside it
            shift = (int(random.integers(2, 12)), int(random.integers(-10, 10)))
            picture *= 1 - random.uniform(0.1, 0.45) * gaussian_filter(np.roll(cover, shift, (0, 1)), 3.0)
        picture = picture * (1 - cover) + skin * cover
        mask |= inside
    picture = gaussian_filter(picture, random.uniform(0.0, 1.1))
    picture += random.uniform(0.0, 0.03) * random.standard_normal(shape)
    gray = np.clip(picture, 0.0, 1.0) ** random.uniform(0.7, 1.4)
    return np.asarray(gray, np.float32), mask, count


def simulate_samples(count: int, seed: int, shape: tuple[int, int] = (256, 256)) -> list[Sample]:
    """Return pictures with the label ``object``, each its own group; picture i depends on `seed` and i."""
    return [simulate_sample(seed, index, shape) for index in range(count)]


def simulate_sample(seed: int, index: int, shape: tuple[int, int] = (256, 256)) -> Sample:
    """Return sample `index` of `simulate_samples`."""
    gray, mask, count = simulate_salient(np.random.default_rng((seed, index)), shape)
    return to_sample(f"salient_{seed}_{index:04d}", gray, {LABEL: mask}, facts={"objects": float(count)})


def _ramp(
    row: NDArray[np.float32], column: NDArray[np.float32], random: np.random.Generator
) -> NDArray[np.float32]:
    angle = random.uniform(0, 2 * np.pi)
    return np.asarray((row - 0.5) * np.sin(angle) + (column - 0.5) * np.cos(angle), np.float32)


def _soft(depth: NDArray[np.float32], width: float) -> NDArray[np.float32]:
    return np.asarray(1 / (1 + np.exp(np.clip((depth - 1) / width, -30, 30))), np.float32)


def _draw_outline(
    row: NDArray[np.float32], column: NDArray[np.float32], random: np.random.Generator, size: float
) -> NDArray[np.float32]:
    """Return distance from a random shape's centre as a share of its outline's (H, W).

    The shape is a blob, a polygon or an ellipse; `size` is its mean radius as a share of the smaller side.
    """
    rows, columns = row.shape
    reach = size * min(rows, columns)
    centre = (rows * random.uniform(0.2, 0.8), columns * random.uniform(0.2, 0.8))
    angles = np.linspace(0.0, 2 * np.pi, 361)
    kind = random.random()
    stretch, turn = random.uniform(0.45, 1.0), random.uniform(0, np.pi)
    if kind < 0.45:  # a blob
        radius = np.ones(361)
        for harmonic in range(2, 9):
            wave = random.normal(0.0, 0.5 / harmonic**1.3) * np.cos(
                harmonic * angles + random.uniform(0, 6.28)
            )
            radius += wave
        radius = np.maximum(radius, 0.25)
    elif kind < 0.75:  # a polygon, convex or a star
        corners = int(random.integers(3, 9))
        places = np.sort(
            np.mod(np.arange(corners) / corners + random.uniform(-0.3, 0.3, corners) / corners, 1)
        )
        lengths = random.uniform(0.7, 1.3, corners)
        radius = _polygon(angles, 2 * np.pi * places, lengths)
    else:
        radius = np.ones(361)
    down, across = row - np.float32(centre[0]), column - np.float32(centre[1])
    along = across * np.float32(np.cos(turn)) + down * np.float32(np.sin(turn))
    beside = (-across * np.float32(np.sin(turn)) + down * np.float32(np.cos(turn))) / np.float32(stretch)
    outline = np.interp(np.mod(np.arctan2(beside, along), 2 * np.pi), angles, radius * reach)
    return np.asarray(np.hypot(along, beside) / outline, np.float32)


def _polygon(
    angles: NDArray[np.float64], places: NDArray[np.float64], lengths: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the radius (361,) of a polygon with corners at angles `places`, as far off as `lengths`."""
    after = np.roll(places, -1)
    after[-1] += 2 * np.pi
    next_length = np.roll(lengths, -1)
    shifted = np.where(angles < places[0], angles + 2 * np.pi, angles)
    side = np.clip(np.searchsorted(places, shifted, side="right") - 1, 0, len(places) - 1)
    a, b = lengths[side], next_length[side]
    from_first, whole = shifted - places[side], after[side] - places[side]
    top = a * b * np.sin(whole)
    bottom = a * np.sin(from_first) + b * np.sin(whole - from_first)
    # a side that turns by half a circle or more has no straight line; a triangle's corners may stand so
    radius = np.where(
        (whole < 0.95 * np.pi) & (bottom > 1e-6), top / np.maximum(bottom, 1e-6), np.minimum(a, b)
    )
    return np.asarray(np.clip(radius, 0.15, 2.0), np.float64)
