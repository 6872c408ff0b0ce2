"""Simulated chest walls of wide variety, linear or sector, still or moving, with exact truth.

Made after what sets real rib frames apart: they are dark and little contrasted, fascia and striations as
bright as the rib run above and beside it, its shadow is a grey dome that is partly filled, the pleura is
broken, and often one rib or half of one is all there is. `training.simulate.compare_real` shows what still
differs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import patchy, pulse, smooth_noise
from training.simulate.chest_wall import (
    Arc,
    Shift,
    add_b_lines,
    add_lines,
    draw_arcs,
    draw_fascia,
    draw_pleura,
    draw_tissue,
    softened,
)
from training.simulate.motion import STILL, Motion, SpeckleSource
from training.simulate.sector import Sector, draw_sector

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float32]
    Grid = tuple[int, int]

RIBLESS_SHARE = 0.25


@dataclass(frozen=True)
class WideFrame:
    """One simulated frame and its truth.

    Parameters
    ----------
    gray : (H, W) float32 ndarray in [0, 1]
        As on screen.
    rib : (H, W) bool ndarray
        Rib surfaces.
    shadow_db : (H, W) float32 ndarray
        Loss behind ribs.
    spacing_mm : tuple of float
        Row, column.
    facts : dict of str to float
        ``ribs`` in view, ``rib_depth_mm`` of the shallowest point of a rib (-1 without one) and
        ``pleura_depth_mm`` in the middle beam, both along the beam, ``b_lines``.
    sector : Sector or None
        How the beams of a convex probe ran.
    """

    gray: Field
    rib: NDArray[np.bool_]
    shadow_db: Field
    spacing_mm: tuple[float, float]
    facts: dict[str, float]
    sector: Sector | None = None


def simulate_wide(
    random: np.random.Generator,
    shape: tuple[int, int] = (256, 224),
    *,
    ribs: int | None = None,
    sector: bool = False,
    motion: Motion = STILL,
    speckle: SpeckleSource | None = None,
) -> WideFrame:
    """Return one frame.

    Parameters
    ----------
    random : numpy.random.Generator
        Draws everything but the scatterers, and these too if no source is given.
    shape : tuple of int
        Rows and columns.
    ribs : int, optional
        How many ribs, 0 to 3; drawn if not given. One that would hardly be in view is left out.
    sector : bool
        Whether a convex probe is used: the frame is made in its beams and then converted.
    motion : Motion
        How far tissue has moved since the first frame of a cine.
    speckle : SpeckleSource, optional
        Of the scatterers.
    """
    speckle = speckle or SpeckleSource(random.spawn(1)[0])
    geometry = draw_sector(shape, random) if sector else None
    grid = shape if geometry is None else (geometry.samples, geometry.lines)
    drawn = random.random() > RIBLESS_SHARE
    several = int(random.choice([1, 1, 1, 1, 1, 1, 2, 3]))
    count = (several if drawn else 0) if ribs is None else ribs
    shift = Shift(motion.down * grid[0], motion.across * grid[1], motion.slide * grid[1])
    arcs = draw_arcs(count, grid, random, shift)
    pleura = draw_pleura(arcs, grid, random, shift)
    tissue = draw_tissue(grid, pleura, random, shift)
    b_lines = add_b_lines(tissue, pleura, random, shift)
    mirrors = np.zeros(grid, np.float32)
    draw_fascia(mirrors, float(pleura.mean()) * random.uniform(0.7, 1.15), random, shift)
    _draw_pleural_echo(mirrors, pleura, random, shift)
    shadow = np.zeros(grid, np.float32)
    haze = np.zeros(grid, np.float32)
    bone = np.zeros(grid, np.float32)
    for arc in arcs:
        _draw_rib(arc, tissue, bone, shadow, haze, random, shift)
    gray = _picture(tissue, mirrors, bone, shadow, haze, random, speckle)

    depth_mm = random.uniform(25.0, 70.0)
    width_mm = random.uniform(36.0, 52.0)
    row_mm = depth_mm / shape[0]
    spacing = (row_mm, width_mm / shape[1]) if geometry is None else (row_mm, row_mm)
    gray, mask, shadow = _to_screen(gray, shadow, arcs, geometry, shape)
    gray = _margins(gray, mask, random)
    mm_a_sample = row_mm
    if geometry is not None:
        mm_a_sample = row_mm * (geometry.farthest - geometry.nearest) / (geometry.samples - 1)
    tops = [float(arc.row[arc.inside()].min()) for arc in arcs if arc.inside().any()]
    facts = {
        "ribs": float(len(tops)),
        "rib_depth_mm": min(tops) * mm_a_sample if tops else -1.0,
        "pleura_depth_mm": float(pleura[len(pleura) // 2]) * mm_a_sample,
        "b_lines": float(b_lines),
    }
    return WideFrame(gray, mask, shadow, spacing, facts, geometry)


def _draw_pleural_echo(mirrors: Field, pleura: Field, random: np.random.Generator, shift: Shift) -> None:
    """Add the pleural line, uneven or broken or hardly there, and its repetitions (A-lines), in place."""
    beams = mirrors.shape[1]
    broken = softened(patchy(beams, random, 1.0, 1.0))
    strength = shift.along(broken, shift.slide) * np.float32(np.exp(random.uniform(np.log(0.2), np.log(7.0))))
    if random.random() < 0.5:  # stretches where it is lost
        lost = smooth_noise((3, beams), (3.0, random.uniform(10.0, 40.0)), random)[1] > random.uniform(
            -1, 0.3
        )
        strength = strength * shift.along(softened(np.where(lost, 1.0, 0.08)), shift.slide)
    rows, sigmas, strengths = [pleura], [random.uniform(0.7, 2.4)], [strength]
    if random.random() < 0.45:
        step = float(pleura.mean()) * random.uniform(0.8, 1.0)
        fade = random.uniform(0.1, 0.5)
        for repeat in range(1, 4):
            rows.append(pleura + np.float32(repeat * step))
            sigmas.append(random.uniform(1.2, 3.0))
            strengths.append(strength * np.float32(0.3 * fade**repeat))
    add_lines(mirrors, np.stack(rows), np.asarray(sigmas, np.float32), np.stack(strengths))


def _draw_rib(
    arc: Arc,
    tissue: Field,
    bone: Field,
    shadow: Field,
    haze: Field,
    random: np.random.Generator,
    shift: Shift,
) -> None:
    """Draw one rib's echo and what lies behind it, in place."""
    samples, beams = tissue.shape
    z = np.arange(samples, dtype=np.float32)[:, None]
    x = np.arange(beams, dtype=np.float32)
    inside = arc.inside()
    away = np.abs(x - np.float32(arc.centre)) / np.float32(arc.half_width)
    strength = np.float32(np.exp(random.uniform(np.log(0.7), np.log(8.0))))
    along = shift.along(patchy(beams, random, 1.0, 1.0)) * inside * strength
    if random.random() < 0.5:  # a slanting face sends its echo elsewhere
        along = along * np.exp(-(away**2) * random.uniform(0.0, 2.0))
    if random.random() < 0.45:  # a rough face scatters: a speckled rim rather than a mirror
        rim = np.exp(-(((z - arc.row) / (arc.thickness * random.uniform(0.5, 1.1))) ** 2)) * inside
        tissue *= (1 + random.uniform(0.4, 2.5) * rim).astype(np.float32)
        along = along * random.uniform(0.0, 0.4)
    sigma = np.asarray([float(np.median(arc.thickness)) / 2.6], np.float32)
    add_lines(bone, arc.row[None], sigma, along[None].astype(np.float32))
    if random.random() < 0.3:
        again = along[None] * random.uniform(0.02, 0.15)
        add_lines(bone, 2 * arc.row[None], sigma + 1.5, again.astype(np.float32))
    softness = random.uniform(0.02, 0.14) * beams
    edge = np.clip((arc.half_width - np.abs(x - np.float32(arc.centre))) / softness + 0.5, 0.0, 1.0)
    # the border of the dome follows the arc; how soon it darkens differs
    behind = z - arc.row - arc.thickness / 2
    deepening = np.clip(behind / (samples * random.uniform(0.01, 0.12)), 0.0, 1.0)
    loss = np.exp(random.uniform(np.log(8.0), np.log(30.0))) * edge * deepening
    np.maximum(shadow, loss.astype(np.float32), out=shadow)
    # echoes that come round the rib, and reverberation, fill the dome from above
    level = np.float32(np.exp(random.uniform(np.log(0.01), np.log(0.3))))
    fill = level * np.exp(-np.clip(behind, 0, None) / (samples * random.uniform(0.08, 0.8))) * edge
    uneven = np.exp(0.4 * smooth_noise((samples, beams), (30.0, 24.0), random))
    np.maximum(haze, (fill * (behind > 0) * shift.image(uneven)).astype(np.float32), out=haze)


def _picture(
    tissue: Field,
    mirrors: Field,
    bone: Field,
    shadow: Field,
    haze: Field,
    random: np.random.Generator,
    speckle: SpeckleSource,
) -> Field:
    """Return gray (S, L): echoes, speckle, gain over depth, compression and the machine's smoothing."""
    from scipy.ndimage import gaussian_filter

    grid = (tissue.shape[0], tissue.shape[1])
    passed = np.float32(10.0) ** (-shadow / 20)
    # no sheet is a perfect mirror: its echo comes in grains
    grains = np.exp(random.uniform(0.1, 0.7) * smooth_noise(grid, (3.0, random.uniform(4.0, 14.0)), random))
    lines = (mirrors * passed + bone) * grains
    scatter = tissue * passed + haze
    axial, lateral = random.uniform(0.6, 1.3), random.uniform(1.1, 3.2)
    focus = random.uniform(0.15, 0.8)
    noise = np.float32(10 ** random.uniform(-2.8, -1.6))
    looks = int(random.choice([1, 2, 3]))
    sharp = np.float32(1 / np.sqrt(2 * axial * 2 * lateral * np.pi))
    power = np.zeros(grid, np.float32)
    for _ in range(looks):  # angles or frames that the machine averages
        angle = np.float32(np.pi) * smooth_noise(grid, (40.0, 14.0), random)
        phase = np.cos(angle) + np.complex64(1j) * np.sin(angle)
        # mirrors are blurred by the same pulse as speckle, and keep their height rather than their power
        field = speckle.field(grid) * scatter + lines * phase * (sharp * np.float32(2.0))
        echo = pulse(field.astype(np.complex64), axial, lateral, focus)
        power += (echo.real**2 + echo.imag**2) / np.float32(looks)
    hiss = speckle.field(grid)  # of the receiver
    power += noise**2 * (hiss.real**2 + hiss.imag**2)
    depth = np.linspace(0.0, 1.0, grid[0], dtype=np.float32)[:, None]
    decay_db = random.uniform(0.0, 24.0) * depth ** random.uniform(0.7, 2.0)
    gain_db = 2.0 * smooth_noise(grid, (grid[0] / 3, grid[1] / 3), random) - decay_db
    decibel = 10 * np.log10(np.maximum(power, 1e-9)) + gain_db
    # gain set by eye: the middle of the picture lies at a chosen gray, dark more often than not
    range_db = random.uniform(50.0, 100.0)
    middle = random.uniform(0.1, 0.46)
    upper = float(np.median(decibel[: grid[0] // 2]))
    gray = middle + (decibel - upper) / range_db
    # a machine's map bends at its dark end, so that hardly anything is quite black
    toe = random.uniform(0.02, 0.16)
    gray = np.clip((gray + np.sqrt(gray**2 + toe**2)) / 2, 0.0, 1.0)
    gray = gray ** np.float32(random.uniform(0.9, 1.2))
    blur = (random.uniform(0.2, 0.9), random.uniform(0.2, 1.8))
    gray = gaussian_filter(gray, blur)
    if random.random() < 0.85:  # what the video's coding and 8 bits add
        grain = np.float32(random.uniform(0.004, 0.014))
        gray = gray + grain * hiss.imag
    return np.asarray(np.clip(gray, 0.0, 1.0), np.float32)


def _to_screen(
    gray: Field, shadow: Field, arcs: list[Arc], geometry: Sector | None, shape: tuple[int, int]
) -> tuple[Field, NDArray[np.bool_], Field]:
    row, column = np.broadcast_arrays(
        np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None, :]
    )
    mask = np.zeros(shape, np.bool_)
    if geometry is None:
        sample, beam = row, column
    else:
        sample, beam = geometry.places(row, column)
    for arc in arcs:
        mask |= arc.covers(sample, beam)
    if geometry is None:
        return gray, mask, shadow
    screen, inside = geometry.to_screen(gray, shape)
    return screen, mask & inside, geometry.to_screen(shadow, shape)[0]


def _margins(gray: Field, mask: NDArray[np.bool_], random: np.random.Generator) -> Field:
    """Black out a side or the bottom at times, as cropped clips have; the mask is cut in place."""
    if random.random() > 0.12:
        return gray
    rows, columns = gray.shape
    kept = np.zeros(gray.shape, np.bool_)
    left, right = (random.uniform(0, 0.1, size=2) * columns).astype(int)
    kept[: rows - int(random.uniform(0, 0.06) * rows), left : columns - right] = True
    mask &= kept
    return np.where(kept, gray, np.float32(0)).astype(np.float32)
