"""Simulated chest walls with the rib surface known, made unlike each other on purpose.

What real frames have and tidy simulations lack is put in: striations and fascia as bright as bone, arcs no
brighter than their neighbours, shadows that are grey and half filled, bright convex pleura without a shadow,
ribs that the border cuts, and frames without any rib.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from training.simulate.acoustics import (
    add_line,
    patchy,
    pulse,
    scatterers,
    screen_gray,
    smooth_curve,
    smooth_noise,
)
from training.simulate.lung_wide import simulate_wide
from training.simulate.motion import STILL, Motion, SpeckleSource
from training.simulate.truth import to_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.dataset import Sample

Style = Literal["plain", "wide", "sector"]
LABEL = "rib"
RIBLESS_SHARE = 0.35
DOME_SHARE = 0.5
"""Share of frames in which a rib is no more than the faint rim of a grey dome, beneath bright fascia."""


@dataclass(frozen=True)
class LungFrame:
    """One simulated frame and its truth.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        As on screen.
    rib : (H, W) bool ndarray
        Rib surface.
    shadow_db : (H, W) float32 ndarray
        Loss behind ribs, in dB, at least 0.
    pleura_row : (W,) float32 ndarray
        Row of the pleural line, also where a rib hides it.
    ribs : int
        How many ribs are in view.
    """

    gray: NDArray[np.float32]
    rib: NDArray[np.bool_]
    shadow_db: NDArray[np.float32]
    pleura_row: NDArray[np.float32]
    ribs: int


@dataclass(frozen=True)
class _Rib:
    centre: float
    half_width: float
    row: NDArray[np.float32]  # (W,)
    inside: NDArray[np.bool_]  # (W,)
    thickness: NDArray[np.float32]  # (W,)


def simulate_lung(seed: int, shape: tuple[int, int] = (256, 224), ribs: int | None = None) -> LungFrame:
    """Return one simulated frame.

    Parameters
    ----------
    seed : int
        The frame is a function of it.
    shape : tuple of int
        Rows and columns.
    ribs : int, optional
        How many ribs, 0 to 3; drawn if not given.
    """
    from scipy.ndimage import gaussian_filter

    random = np.random.default_rng(seed)
    rows, columns = shape
    z = np.arange(rows, dtype=np.float32)[:, None]
    x = np.arange(columns, dtype=np.float32)
    if ribs is None:
        ribs = 0 if random.random() < RIBLESS_SHARE else int(random.choice([1, 1, 1, 2, 3]))
    is_dome = random.random() < DOME_SHARE
    drawn = _place_ribs(ribs, shape, random, deepest=0.72 if is_dome else 0.65)
    pleura = _pleura(drawn, shape, random)

    mirrors = np.zeros(shape, np.float32)
    tissue = _tissue(shape, pleura, random, lung_spread=0.15 if is_dome else 0.7)
    _striate(mirrors, pleura, random, strength=2.0 if is_dome else 1.0)
    pleura_strength = patchy(columns, random, 1.5, 8.0) * (random.uniform(0.0, 0.4) if is_dome else 1.0)
    add_line(mirrors, pleura, random.uniform(1.0, 3.0), pleura_strength)
    if random.random() < 0.5:
        step = float(pleura.mean()) * random.uniform(0.8, 1.0)
        for k in range(2, 5):
            add_line(mirrors, pleura + (k - 1) * step, 2.0, patchy(columns, random, 0.1, 0.8) * 0.6**k)
    _b_lines(tissue, pleura, random)

    shadow = np.zeros(shape, np.float32)
    mask = np.zeros(shape, bool)
    fill = random.uniform(0.0, 0.35)
    reverberation = np.zeros(shape, np.float32)
    arcs = np.zeros(shape, np.float32)
    for rib in drawn:
        softness = random.uniform(3.0, 24.0 if is_dome else 14.0)
        edge = np.clip((rib.half_width - np.abs(x - rib.centre)) / softness + 0.5, 0.0, 1.0)
        deepest = (0.1 if is_dome else 0.25) * rows
        deepening = np.clip((z - rib.row - rib.thickness / 2) / random.uniform(4.0, deepest), 0.0, 1.0)
        most_db = 14.0 if is_dome else 32.0
        loss = np.exp(random.uniform(np.log(5.0), np.log(most_db))) * edge * deepening * (z > rib.row)
        shadow = np.maximum(shadow, loss.astype(np.float32))
        mask |= rib.inside & (np.abs(z - rib.row) <= rib.thickness / 2)
        strength = patchy(columns, random, 1.2, 9.0) * rib.inside
        if is_dome or random.random() < 0.3:  # a rough face scatters: a speckled rim rather than a mirror
            strength = strength * random.uniform(0.0, 0.3)
            rim = rib.inside * np.exp(-(((z - rib.row) / (rib.thickness * random.uniform(0.5, 0.9))) ** 2))
            tissue = tissue * (1 + random.uniform(0.4, 2.5) * rim)
        if random.random() < 0.5:  # a slanting face sends its echo elsewhere
            strength = strength * np.exp(
                -((np.abs(x - rib.centre) / rib.half_width) ** 2) * random.uniform(0, 1.5)
            )
        add_line(arcs, rib.row, float(rib.thickness.max()) / 2.6, strength)
        if random.random() < 0.4:
            add_line(reverberation, 2 * rib.row, 2.5, strength * random.uniform(0.02, 0.15))

    passed = 10.0 ** (-shadow / 20.0)
    # echoes that come round the rib and reverberation fill its shadow with speckle
    haze = np.float32(fill) * np.exp(-z / (rows * random.uniform(0.4, 2.0))) * (shadow > 0)
    noise = np.float32(10 ** random.uniform(-3.2, -1.8))
    axial, lateral = random.uniform(0.6, 1.6), random.uniform(0.8, 2.6)
    focus = random.uniform(0.15, 0.8)
    lines = mirrors * passed + arcs + reverberation
    looks = int(random.choice([1, 2, 4]))
    power = np.zeros(shape, np.float32)
    for _ in range(looks):  # angles or frames that the machine averages
        phase = np.exp(1j * np.pi * smooth_noise(shape, (40.0, 14.0), random)).astype(np.complex64)
        field = scatterers(shape, random) * (tissue * passed + haze)
        speckle = pulse(field.astype(np.complex64), axial, lateral, focus)
        blurred = pulse((lines * phase).astype(np.complex64), 0.7, lateral, focus)
        blurred = blurred / np.sqrt(2 * 0.7 * 2 * lateral * np.pi)
        power += np.abs(speckle + blurred + scatterers(shape, random) * noise) ** 2 / looks
    amplitude = np.sqrt(power)
    decay_db = random.uniform(0.0, 25.0) * (z / rows) ** random.uniform(0.7, 2.0)
    gain_db = 2.0 * smooth_noise(shape, (rows / 3, columns / 3), random) - decay_db
    amplitude = (amplitude * 10.0 ** (gain_db / 20.0)).astype(np.float32)
    gray = screen_gray(amplitude, random.uniform(38.0, 75.0), random.uniform(-8.0, 6.0))
    if random.random() < 0.6:  # what scan conversion and the video's coding smooth
        gray = gaussian_filter(gray, (random.uniform(0.3, 1.0), random.uniform(0.3, 1.3)))
    return LungFrame(gray, mask, shadow, pleura, len(drawn))


def simulate_samples(count: int, seed: int, style: Style = "plain") -> list[Sample]:
    """Return simulated frames with the label ``rib`` as samples of random sizes, each its own group.

    Parameters
    ----------
    count, seed : int
        How many, and of which series. Wide and sector frame i is a function of `seed` and i alone; the plain
        frames are those that the shipped rib model learned from.
    style : {"plain", "wide", "sector"}
        ``plain`` is `simulate_lung`; ``wide`` is `training.simulate.lung_wide`, closer to real frames and
        more varied; ``sector`` is the same seen by a convex probe.
    """
    if style != "plain":
        return [simulate_sample(seed, index, style) for index in range(count)]
    random = np.random.default_rng(seed)
    samples = []
    for i in range(count):
        shape = (int(random.integers(200, 320)), int(random.integers(128, 300)))
        frame = simulate_lung(int(random.integers(2**31)), shape)
        samples.append(to_sample(f"lung{i}", frame.gray, {LABEL: frame.rib}, group=f"simulated{i}"))
    return samples


def simulate_sample(
    seed: int,
    index: int,
    style: Literal["wide", "sector"] = "wide",
    shape: tuple[int, int] | None = None,
    *,
    motion: Motion = STILL,
    speckle: SpeckleSource | None = None,
) -> Sample:
    """Return wide or sector sample `index` of `simulate_samples`, or the same scene later in a cine.

    Its size is random unless one is given.
    """
    random = np.random.default_rng((seed, index))
    drawn = (int(random.integers(200, 320)), int(random.integers(128, 300)))
    frame = simulate_wide(random, shape or drawn, sector=style == "sector", motion=motion, speckle=speckle)
    return to_sample(
        f"lung_{style}_{seed}_{index:04d}",
        frame.gray,
        {LABEL: frame.rib},
        spacing_mm=frame.spacing_mm,
        facts=frame.facts,
        by_part=frozenset({LABEL}),
    )


def simulate_plain(seed: int, index: int, shape: tuple[int, int] | None = None) -> Sample:
    """Return a plain sample that depends on `seed` and `index` alone, unlike those of `simulate_samples`.

    Its size is random unless one is given.
    """
    random = np.random.default_rng((seed, index))
    drawn = (int(random.integers(200, 320)), int(random.integers(128, 300)))
    frame = simulate_lung(int(random.integers(2**31)), shape or drawn)
    name = f"lung_plain_{seed}_{index:04d}"
    return to_sample(name, frame.gray, {LABEL: frame.rib}, by_part=frozenset({LABEL}))


def _place_ribs(
    count: int, shape: tuple[int, int], random: np.random.Generator, deepest: float
) -> list[_Rib]:
    rows, columns = shape
    x = np.arange(columns, dtype=np.float32)
    top = random.uniform(0.12, deepest) * rows
    tilt = random.normal(0.0, 0.12)
    placed: list[_Rib] = []
    pitch = columns * random.uniform(0.55, 0.9) if count < 3 else columns * random.uniform(0.38, 0.5)
    start = random.uniform(-0.1, 1.1) * columns if count == 1 else random.uniform(-0.05, 0.35) * columns
    for i in range(count):
        half = columns * random.uniform(0.09, 0.42) if count == 1 else pitch * random.uniform(0.2, 0.36)
        centre = start + i * pitch
        sagitta = rows * random.uniform(0.01, 0.13)
        power = random.uniform(1.6, 2.8)
        bend = np.abs((x - centre) / half) ** power
        slope = random.normal(0.0, 0.15) + tilt
        wobble = smooth_curve(columns, 25.0, random) * random.uniform(0.0, 0.008) * rows
        row = top + random.normal(0, 0.02) * rows + sagitta * bend + slope * (x - centre) + wobble
        inside = (np.abs(x - centre) <= half) & (row > 0.04 * rows) & (row < 0.95 * rows)
        if inside.sum() < 0.08 * columns:
            continue
        taper = np.clip((1 - np.abs(x - centre) / half) / 0.2, 0.3, 1.0)
        thickness = np.maximum(rows * random.uniform(0.016, 0.03) * taper, 1.6)
        placed.append(_Rib(centre, half, row.astype(np.float32), inside, thickness.astype(np.float32)))
    return placed


def _pleura(ribs: list[_Rib], shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.float32]:
    rows, columns = shape
    x = np.linspace(-1, 1, columns, dtype=np.float32)
    shallowest = min(
        (float(rib.row[rib.inside].mean()) for rib in ribs), default=rows * random.uniform(0.15, 0.6)
    )
    base = shallowest + rows * (random.uniform(0.05, 0.2) if ribs else 0.0)
    curve = random.normal(0.0, 0.04) * x + random.uniform(-0.02, 0.08) * x**2
    if random.random() < 0.6:  # between and beyond ribs the pleura bulges too, and must not be taken for one
        span = (x - random.uniform(-0.7, 0.7)) / random.uniform(0.3, 0.9)
        curve = curve - random.uniform(0.02, 0.14) * (np.exp(-(span**2)) - 0.5)
    bumps = smooth_curve(columns, 20.0, random) * random.uniform(0.0, 0.006)
    return np.asarray(np.clip(base + rows * (curve + bumps), 8, rows * 1.1), np.float32)


def _tissue(
    shape: tuple[int, int], pleura: NDArray[np.float32], random: np.random.Generator, lung_spread: float
) -> NDArray[np.float32]:
    rows, columns = shape
    z = np.arange(rows, dtype=np.float32)[:, None]
    tissue = np.exp(0.35 * smooth_noise(shape, (18.0, 60.0), random))
    for depth in np.cumsum(random.uniform(0.05, 0.2, size=4)) * rows:
        border = depth + 0.03 * rows * smooth_curve(columns, 60.0, random)
        tissue = tissue * np.where(z > border, np.exp(random.normal(0, 0.45)), 1.0)
    # where nothing marks the pleura, tissue goes on as it was
    level = float(tissue.mean()) if lung_spread < 0.5 else float(np.exp(-0.3))
    lung = level * np.exp(random.normal(0.2, lung_spread))
    return np.asarray(np.where(z > pleura, lung, tissue), np.float32)


def _striate(
    field: NDArray[np.float32], pleura: NDArray[np.float32], random: np.random.Generator, strength: float
) -> None:
    """Add fascia that run through and short striations, down to the pleura and at times below it."""
    rows, columns = field.shape
    x = np.arange(columns, dtype=np.float32)
    limit = float(pleura.mean()) * random.uniform(0.8, 1.25)
    slope = random.normal(0.0, 0.12)
    for _ in range(int(random.integers(1, 7))):
        row = random.uniform(0.02, 1.0) * limit + (slope + random.normal(0, 0.06)) * (x - columns / 2)
        row = row + random.normal(0, 0.03) * rows * (x / columns - 0.5) ** 2 * 4
        row = row + smooth_curve(columns, 50.0, random) * random.uniform(0, 0.015) * rows
        add_line(field, row, random.uniform(0.7, 2.2), strength * patchy(columns, random, 0.8, 6.0))
    for _ in range(int(random.integers(0, 70))):
        length = random.uniform(0.04, 0.35) * columns
        centre = random.uniform(0, columns)
        row = random.uniform(0.02, 1.0) * limit + (slope + random.normal(0, 0.05)) * (x - centre)
        row = row + random.normal(0, 0.02) * rows * ((x - centre) / length) ** 2
        window = np.exp(-(((x - centre) / (length / 2)) ** 4))
        short = np.exp(random.uniform(np.log(0.4), np.log(5.0))) * window
        add_line(field, row.astype(np.float32), random.uniform(0.6, 1.6), short.astype(np.float32))


def _b_lines(tissue: NDArray[np.float32], pleura: NDArray[np.float32], random: np.random.Generator) -> None:
    rows, columns = tissue.shape
    x = np.arange(columns, dtype=np.float32)
    z = np.arange(rows, dtype=np.float32)[:, None]
    for _ in range(int(random.choice([0, 0, 1, 2, 3]))):
        width = random.uniform(0.015, 0.12) * columns
        centre = random.uniform(0, columns)
        beam = np.exp(-0.5 * ((x - centre) / width) ** 2) * random.uniform(0.5, 3.0)
        tissue += (beam * (z > pleura)).astype(np.float32)
