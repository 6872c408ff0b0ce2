"""Echoes of a fetal head in the sector's grid: speckle of tissue, mirrors of bone and midline, shadows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import pulse, smooth_curve, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from training.simulate.head import Pose
    from training.simulate.head_anatomy import HeadAnatomy
    from training.simulate.motion import SpeckleSource
    from training.simulate.sector import Sector

    Field = NDArray[np.float32]


def head_amplitude(
    anatomy: HeadAnatomy,
    sector: Sector,
    pose: Pose,
    places: tuple[Field, Field, Field, Field],
    random: np.random.Generator,
    speckle: SpeckleSource,
) -> Field:
    """Return echo amplitude (samples, lines).

    Parameters
    ----------
    anatomy, sector, pose
        The head, the beams, and where the head lies on screen.
    places : tuple of (samples, lines) float32 ndarray
        Row and column on screen, u and v in the head.
    random : numpy.random.Generator
        Of the looks.
    speckle : SpeckleSource
        Of the scatterers.
    """
    row, column, u, v = places
    grid = (sector.samples, sector.lines)
    radius = anatomy.skull_depth(u, v)
    # first-order distance to the outer skull in mm, negative inside
    steep = np.hypot(u * np.float32(4 / anatomy.ofd_mm**2), v * np.float32(4 / anatomy.bpd_mm**2))
    offset = (radius - 1) * radius / np.maximum(steep, 1e-6)
    inner = offset < -anatomy.skull_mm
    facing = _facing(anatomy, sector, pose, (row, column, u, v), steep * anatomy.ofd_mm)

    tissue = _outside(grid, offset, random)
    tissue[inner] = _brain(anatomy, u, v, radius, grid, random)[inner]
    mirrors = _mirrors(anatomy, u, v, radius, facing, grid, random)
    mirrors += _near_wall(grid, tissue, random)
    bone = _skull(anatomy, u, v, offset, facing, random)
    tissue += bone * np.float32(random.uniform(0.3, 0.9))
    mirrors += bone * np.float32(random.uniform(0.3, 1.0))

    passed = np.float32(10.0) ** (-_loss_db(anatomy, offset, radius, random) / 20)
    haze = _haze(anatomy, offset, inner, random)
    tissue = np.asarray(tissue * passed + haze, np.float32)
    mirrors *= np.sqrt(passed)  # mirrors outshine what else the shadow dims
    axial, lateral = random.uniform(0.7, 1.5), random.uniform(0.6, 1.3)
    focus = random.uniform(0.3, 0.7)
    noise = np.float32(10 ** random.uniform(-3.0, -2.0))
    looks = int(random.choice([1, 2, 3]))
    power = np.zeros(grid, np.float32)
    for _ in range(looks):
        phase = np.exp(1j * np.pi * smooth_noise(grid, (30.0, 12.0), random)).astype(np.complex64)
        field = speckle.field(grid) * tissue + mirrors * phase
        echo = pulse(field.astype(np.complex64), axial, lateral, focus)
        power += np.abs(echo + noise * speckle.field(grid)) ** 2 / np.float32(looks)
    depth = np.linspace(0.0, 1.0, grid[0], dtype=np.float32)[:, None]
    decay_db = random.uniform(-4.0, 12.0) * depth ** random.uniform(0.7, 2.0)
    gain_db = 1.8 * smooth_noise(grid, (grid[0] / 3, grid[1] / 3), random) - decay_db
    return np.asarray(np.sqrt(power) * 10.0 ** (gain_db / 20), np.float32)


def _facing(
    anatomy: HeadAnatomy,
    sector: Sector,
    pose: Pose,
    places: tuple[Field, Field, Field, Field],
    steep: Field,
) -> Field:
    """Return the cosine between each beam and the normal of the ellipse through each point."""
    row, column, u, v = places
    down, across = row - np.float32(sector.apex[0]), column - np.float32(sector.apex[1])
    length = np.hypot(down, across)
    cos, sin = np.float32(np.cos(pose.angle)), np.float32(np.sin(pose.angle))
    beam_u, beam_v = (across * cos + down * sin) / length, (-across * sin + down * cos) / length
    normal_u = u * np.float32(4 / anatomy.ofd_mm)
    normal_v = v * np.float32(4 * anatomy.ofd_mm / anatomy.bpd_mm**2)
    return np.asarray(np.abs(beam_u * normal_u + beam_v * normal_v) / np.maximum(steep, 1e-6), np.float32)


def _outside(grid: tuple[int, int], offset: Field, random: np.random.Generator) -> Field:
    """Return tissue outside the skull: fluid here, wall or placenta there; a dim scalp."""
    texture = np.exp(0.35 * smooth_noise(grid, (10.0, 14.0), random))
    shape = smooth_noise(grid, (grid[0] / 4, grid[1] / 3), random)
    wet = np.float32(1) / (1 + np.exp(np.clip((shape - random.uniform(-1.2, 1.0)) / 0.08, -30, 30)))
    wall = random.uniform(0.25, 1.0)
    fluid = random.uniform(0.01, 0.06)
    tissue = texture * (wall * (1 - wet) + fluid * wet)
    scalp = np.exp(-(((offset - random.uniform(1.0, 2.5)) / random.uniform(0.8, 2.0)) ** 2))
    return np.asarray(tissue + scalp * random.uniform(0.05, 0.5) * texture, np.float32)


def _near_wall(grid: tuple[int, int], tissue: Field, random: np.random.Generator) -> Field:
    """Return the layers of the mother's wall near the probe, and brighten tissue there in place."""
    depth = np.arange(grid[0], dtype=np.float32)[:, None]
    thick = grid[0] * random.uniform(0.02, 0.16)
    place = np.linspace(0.0, np.pi, grid[1], dtype=np.float32)
    border = thick * (1 + 0.3 * np.sin(place * random.uniform(0.3, 1.5) + random.uniform(0, 6.28)))
    wall = 1 / (1 + np.exp(np.clip((depth - border) / 2.0, -30, 30)))
    tissue += (wall * random.uniform(0.3, 1.0)).astype(np.float32)
    lines = np.zeros(grid, np.float32)
    for _ in range(int(random.integers(0, 5))):
        row = border * random.uniform(0.1, 1.05) + smooth_curve(grid[1], 40.0, random)
        lines += np.exp(-(((depth - row) / random.uniform(0.8, 2.0)) ** 2)) * random.uniform(0.3, 2.0)
    return lines


def _brain(
    anatomy: HeadAnatomy,
    u: Field,
    v: Field,
    radius: Field,
    grid: tuple[int, int],
    random: np.random.Generator,
) -> Field:
    half_long, half_wide = anatomy.ofd_mm / 2, anatomy.bpd_mm / 2
    level = np.exp(random.uniform(np.log(0.05), np.log(0.3)))
    brain = np.exp(
        0.35 * smooth_noise(grid, (26.0, 18.0), random) + 0.3 * smooth_noise(grid, (9.0, 7.0), random)
    )
    # gyri and septa: the zero lines of a smooth field wind as they do
    winding = smooth_noise(grid, (random.uniform(12.0, 24.0), random.uniform(9.0, 16.0)), random)
    ridges = np.exp(-((winding / random.uniform(0.12, 0.25)) ** 2)) * ((radius > 0.3) & (radius < 0.93))
    brain = brain * (1 + random.uniform(0.3, 3.0) * ridges)
    # thalami: two dark rounds beside the midline
    thalami = np.minimum(
        np.hypot(
            (u - 0.02 * half_long) / (0.2 * half_long), (np.abs(v) - 0.17 * half_wide) / (0.15 * half_wide)
        ),
        2.0,
    )
    brain = brain * (1 - random.uniform(0.2, 0.7) / (1 + np.exp((thalami - 1) / 0.08)))
    # ventricles, dark, with a bright choroid plexus
    beside = np.abs(v) / half_wide - random.uniform(0.38, 0.5)
    along = (u / half_long + random.uniform(0.0, 0.25)) / random.uniform(0.25, 0.4)
    ventricle = np.exp(-((beside / 0.09) ** 2) - along**4)
    brain = brain * (1 + random.uniform(-0.8, 1.2) * ventricle)
    cavum = (np.abs(u / half_long + 0.42) < random.uniform(0.06, 0.12)) & (np.abs(v / half_wide) < 0.07)
    brain = np.where(cavum, brain * 0.1, brain)
    return np.asarray(level * _fossa(anatomy, u, v, brain, grid, random), np.float32)


def _fossa(
    anatomy: HeadAnatomy, u: Field, v: Field, brain: Field, grid: tuple[int, int], random: np.random.Generator
) -> Field:
    """Return tissue with the posterior fossa drawn in: cistern, vermis and the two hemispheres."""
    first, second = anatomy.lobes
    half = anatomy.tcd_mm / 2
    front = min(first.centre[0], second.centre[0])
    fluid = random.uniform(0.03, 0.25)
    # the cistern: a dark crescent around and behind
    crescent = np.hypot((u - front) / (anatomy.ofd_mm / 2 - anatomy.skull_mm - front), v / (half * 1.12))
    wet = 1 / (1 + np.exp(np.clip((crescent - 1) / 0.04, -30, 30)))
    wet = wet * (u > front - 0.15 * half)
    brain = brain * (1 - wet * (1 - fluid))
    vermis = np.hypot((u - front) / (0.32 * half), v / (random.uniform(0.25, 0.42) * half))
    inside = 1 / (1 + np.exp(np.clip((vermis - 1) / 0.07, -30, 30)))
    brain = brain * (1 - inside) + inside * random.uniform(0.9, 3.0)
    depth = np.minimum(first.depth(u, v), second.depth(u, v))
    inside = 1 / (1 + np.exp(np.clip((depth - 1) / 0.03, -30, 30)))
    # folia: thin layers that follow the outline
    folia = 1 + random.uniform(0.0, 0.35) * np.cos(depth * random.uniform(12.0, 26.0))
    texture = np.exp(0.3 * smooth_noise(grid, (8.0, 7.0), random))
    # darker than the brain around them, or brighter
    level = random.uniform(0.3, 0.75) if random.random() < 0.6 else random.uniform(1.3, 2.6)
    brain = brain * (1 - inside) + inside * level * folia * texture
    rim = np.exp(-(((depth - 0.96) / random.uniform(0.06, 0.14)) ** 2))
    uneven = np.exp(0.5 * smooth_noise(grid, (12.0, 10.0), random))
    return np.asarray(brain + random.uniform(0.8, 4.0) * rim * uneven, np.float32)


def _mirrors(
    anatomy: HeadAnatomy,
    u: Field,
    v: Field,
    radius: Field,
    facing: Field,
    grid: tuple[int, int],
    random: np.random.Generator,
) -> Field:
    """Return falx, walls of the cavum and of the ventricles; each shines where it faces the beam."""
    half_long, half_wide = anatomy.ofd_mm / 2, anatomy.bpd_mm / 2
    along = u / half_long
    bend = random.normal(0.0, 0.03) * half_wide * along**2 + random.normal(0.0, 0.01) * half_wide
    broken = smooth_noise(grid, (24.0, 20.0), random) > random.uniform(-2.0, -0.2)
    thin = 0.35 + 0.012 * anatomy.ga_weeks
    falx = np.exp(-(((v - bend) / thin) ** 2)) * (along < random.uniform(0.1, 0.4)) * (radius < 0.95)
    lines = falx * broken * random.uniform(0.2, 1.6)
    walls = np.exp(-(((np.abs(v - bend) - 0.07 * half_wide) / thin) ** 2)) * (np.abs(along + 0.42) < 0.12)
    lines += walls * random.uniform(0.0, 1.4)
    for _ in range(int(random.integers(1, 5))):
        place = random.uniform(0.2, 0.75) * half_wide * random.choice([-1.0, 1.0])
        centre, length = random.uniform(-0.6, 0.5), random.uniform(0.08, 0.3)
        curve = place * (1 - random.uniform(0.0, 0.5) * ((along - centre) / 0.5) ** 2)
        window = np.exp(-(((along - centre) / length) ** 4))
        lines += np.exp(-(((v - curve) / thin) ** 2)) * window * random.uniform(0.1, 1.2)
    return np.asarray(lines * facing**0.5 * (radius < 0.96), np.float32)


def _skull(
    anatomy: HeadAnatomy, u: Field, v: Field, offset: Field, facing: Field, random: np.random.Generator
) -> Field:
    """Return the bone's echo: weak where it runs along the beam, and absent at sutures and dropouts."""
    angle = np.arctan2(v, u)
    level = np.zeros(256)
    places = np.linspace(-np.pi, np.pi, 256)
    for harmonic in range(1, 9):
        level += random.normal(0.0, 1.0 / np.sqrt(harmonic)) * np.cos(
            harmonic * places + random.uniform(0, 6.28)
        )
    level /= level.std()
    lowest = random.uniform(-3.0, -0.9)
    present = np.exp(0.3 * level) / (1 + np.exp(-(level - lowest) / 0.15))
    around = np.interp(angle, places, present).astype(np.float32)
    thick = anatomy.skull_mm
    profile = np.exp(-(np.abs((offset + thick / 2) / (0.62 * thick)) ** 2.5))
    dim = facing ** np.float32(random.uniform(0.5, 2.5))
    return np.asarray(profile * around * dim * random.uniform(1.0, 4.5), np.float32)


def _loss_db(anatomy: HeadAnatomy, offset: Field, radius: Field, random: np.random.Generator) -> Field:
    """Return what bone takes from the beam: some at its entry, more beyond, most at its flanks."""
    lines = offset.shape[1]
    inside = np.maximum.accumulate(offset < -anatomy.skull_mm / 2, axis=0)
    behind = np.maximum.accumulate(inside & (offset > 0), axis=0)
    uneven = 1 + 0.5 * smooth_curve(lines, lines / 8, random)
    entry = np.maximum(random.uniform(0.0, 6.0) * uneven, 0.0) * (0.5 + anatomy.ga_weeks / 40)
    exit_db = random.uniform(0.0, 10.0)
    grazing = np.exp(-(((radius.min(axis=0) - 0.96) / random.uniform(0.03, 0.12)) ** 2))
    flank = random.uniform(4.0, 26.0) * grazing
    passed_flank = np.arange(offset.shape[0])[:, None] > radius.argmin(axis=0)[None, :]
    soft = passed_flank * flank
    return np.asarray(inside * entry + behind * exit_db + soft, np.float32)


def _haze(
    anatomy: HeadAnatomy, offset: Field, inner: NDArray[np.bool_], random: np.random.Generator
) -> Field:
    """Return reverberation of the near skull, which veils the half of the brain that is nearest the probe."""
    strength = np.exp(random.uniform(np.log(0.003), np.log(0.12)))
    rows = np.arange(offset.shape[0], dtype=np.float32)[:, None]
    entered = np.argmax(inner, axis=0)[None, :]
    reach = offset.shape[0] * random.uniform(0.05, 0.35)
    veil = np.exp(-np.clip(rows - entered, 0, None) / reach)
    return np.asarray(strength * veil * inner, np.float32)
