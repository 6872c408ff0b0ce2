"""The parts of a chest wall that varied simulations draw: layers, fascia, muscle, pleura, lung and ribs.

All lie in the grid of samples and beams (S, L). Curves are given by the sample at every beam, so that motion
moves them exactly; see `training.simulate.lung_wide` for how they become a picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import patchy, smooth_curve, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float32]
    Grid = tuple[int, int]


@dataclass(frozen=True)
class Shift:
    """How far tissue has moved, and the lung beneath it, in samples and beams.

    Parameters
    ----------
    down, across : float
        Of all tissue.
    slide : float
        Of the lung along the pleura, on top of that.
    """

    down: float = 0.0
    across: float = 0.0
    slide: float = 0.0

    def curve(self, values: Field) -> Field:
        """Return a curve (L,) of samples, moved."""
        return self.along(values) + np.float32(self.down)

    def along(self, values: Field, slide: float = 0.0) -> Field:
        """Return values (L,) along the beams, moved across only."""
        if not self.across and not slide:
            return values
        beams = np.arange(len(values), dtype=np.float32)
        return np.asarray(np.interp(beams - self.across - slide, beams, values), np.float32)

    def image(self, values: Field, slide: float = 0.0) -> Field:
        """Return a map (S, L), moved."""
        from scipy.ndimage import shift

        if not self.down and not self.across and not slide:
            return values
        moved = shift(values, (self.down, self.across + slide), order=1, mode="nearest")
        return np.asarray(moved, np.float32)


@dataclass(frozen=True)
class Arc:
    """One rib's surface.

    Parameters
    ----------
    centre, half_width : float
        In beams; the centre may lie outside the frame.
    row, thickness : (L,) float32 ndarray
        Sample of the surface and its thickness in samples at every beam.
    """

    centre: float
    half_width: float
    row: Field
    thickness: Field

    def covers(self, sample: Field, beam: Field) -> NDArray[np.bool_]:
        """Return whether points given by fractional sample and beam lie on the surface."""
        inside = np.abs(beam - np.float32(self.centre)) <= self.half_width
        beams = np.arange(len(self.row), dtype=np.float32)
        found = np.zeros(np.broadcast(sample, beam).shape, np.bool_)
        row = np.interp(beam[inside], beams, self.row)
        half = np.interp(beam[inside], beams, self.thickness) / 2
        found[inside] = np.abs(sample[inside] - row) <= half
        return found

    def inside(self) -> NDArray[np.bool_]:
        """Return which beams (L,) it crosses."""
        beams = np.arange(len(self.row))
        return np.asarray(np.abs(beams - self.centre) <= self.half_width, np.bool_)


def softened(values: NDArray[np.floating], sigma: float = 2.0) -> Field:
    """Return values (L,) along the beams without steps."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, sigma, mode="nearest"), np.float32)


def _bend(beams: int, scale: float, random: np.random.Generator) -> Field:
    """Return a smooth random curve (L,) without corners, of deviation about 1."""
    return softened(smooth_curve(beams, scale, random), scale / 3) * np.float32(1.2)


def add_lines(field: Field, rows: Field, sigma: Field, strength: Field) -> None:
    """Add thin bright curves to a field (S, L) in place.

    Parameters
    ----------
    field : (S, L) float32 ndarray
        Changed.
    rows, strength : (N, L) float32 ndarray
        Sample and strength of each curve at each beam.
    sigma : (N,) float32 ndarray
        Half thickness of each.
    """
    samples, beams = field.shape
    reach = int(np.ceil(2.5 * float(sigma.max(initial=0.5)))) + 1
    line, beam = np.nonzero(strength > 0.02)
    row, width = rows[line, beam], sigma[line]
    at = np.floor(row).astype(np.int64) + np.arange(-reach, reach + 1)[:, None]
    value = strength[line, beam] * np.exp(-0.5 * ((at - row) / width) ** 2)
    good = (at >= 0) & (at < samples)
    places = (at * beams + beam)[good]
    field += np.bincount(places, value[good], minlength=field.size).reshape(field.shape).astype(np.float32)


def draw_arcs(count: int, grid: Grid, random: np.random.Generator, shift: Shift) -> list[Arc]:
    """Return up to `count` convex arcs, whole or cut by the border, tapering at both ends."""
    samples, beams = grid
    x = np.arange(beams, dtype=np.float32)
    top = samples * random.uniform(0.08, 0.68)
    lean = random.normal(0.0, 0.1)
    pitch = beams * (random.uniform(0.5, 0.9) if count < 3 else random.uniform(0.36, 0.5))
    start = beams * (random.uniform(-0.12, 1.12) if count == 1 else random.uniform(-0.1, 0.35))
    arcs = []
    for number in range(count):
        half = beams * random.uniform(0.09, 0.45) if count == 1 else pitch * random.uniform(0.2, 0.36)
        centre = start + number * pitch
        sagitta = samples * random.uniform(0.01, 0.16)
        # an oblique cut makes a rib a slanting streak rather than an arch
        slope = (random.normal(0.0, 0.35) if random.random() < 0.2 else random.normal(0.0, 0.12)) + lean
        bend = np.abs((x - centre) / half) ** random.uniform(1.6, 3.0)
        wobble = _bend(beams, random.uniform(12.0, 40.0), random) * random.uniform(0.0, 0.006) * samples
        row = top + random.normal(0, 0.02) * samples + sagitta * bend + slope * (x - centre) + wobble
        # as real ones were drawn: about 2.3 % of the rows, tapering over the last fifth
        widest = samples * random.uniform(0.017, 0.032)
        tail = random.uniform(0.1, 0.35)
        taper = np.clip((1 - np.abs(x - centre) / half) / tail, 0.0, 1.0)
        thickness = np.maximum(widest * taper ** random.uniform(0.5, 1.0), 1.6)
        arc = Arc(
            float(centre + shift.across),
            float(half),
            shift.curve(row.astype(np.float32)),
            shift.along(thickness.astype(np.float32)),
        )
        # judged where it lies at rest, so that a cine keeps its ribs
        still = (np.abs(x - centre) <= half) & (row > 0.03 * samples) & (row < 0.93 * samples)
        if still.sum() >= 0.08 * beams:
            arcs.append(arc)
    return arcs


def draw_pleura(arcs: list[Arc], grid: Grid, random: np.random.Generator, shift: Shift) -> Field:
    """Return the sample of the pleural line at every beam (L,), below the ribs that are in view."""
    samples, beams = grid
    x = np.linspace(-1, 1, beams, dtype=np.float32)
    free = samples * random.uniform(0.15, 0.7)
    tops = [float(arc.row[arc.inside()].min()) - shift.down for arc in arcs if arc.inside().any()]
    base = (min(tops) if tops else free) + samples * (random.uniform(0.03, 0.2) if tops else 0.0)
    curve = random.normal(0.0, 0.06) * x + random.uniform(-0.03, 0.1) * x**2
    if random.random() < 0.6:  # pleura bulges between ribs too, and must not be taken for one
        span = (x - random.uniform(-0.7, 0.7)) / random.uniform(0.3, 0.9)
        curve = curve - random.uniform(0.02, 0.16) * (np.exp(-(span**2)) - 0.5)
    bumps = _bend(beams, 20.0, random) * random.uniform(0.0, 0.007)
    row = shift.curve(np.clip(base + samples * (curve + bumps), 8, samples * 1.1).astype(np.float32))
    for arc in arcs:  # no pleura above a rib
        inside = arc.inside()
        row[inside] = np.maximum(row[inside], arc.row[inside] + 0.02 * samples)
    return row


def draw_tissue(grid: Grid, pleura: Field, random: np.random.Generator, shift: Shift) -> Field:
    """Return amplitude of tissue in layers of fat and muscle, and of lung below the pleura (S, L)."""
    samples, beams = grid
    z = np.arange(samples, dtype=np.float32)[:, None]
    fine = (random.uniform(3.0, 8.0), random.uniform(10.0, 30.0))
    tissue = np.exp(0.3 * smooth_noise(grid, (18.0, 60.0), random) + 0.3 * smooth_noise(grid, fine, random))
    for depth in np.cumsum(random.uniform(0.05, 0.22, size=4)) * samples:
        border = depth + 0.03 * samples * _bend(beams, 60.0, random)
        tissue = tissue * np.where(z > border, np.float32(10 ** (random.normal(0.0, 5.0) / 20)), 1.0)
    tissue = shift.image(np.asarray(tissue, np.float32))
    # the skin and the probe's own ringing
    ringing = random.uniform(0.0, 3.0) * np.exp(-z / (samples * random.uniform(0.008, 0.03)))
    lung = np.exp(0.5 * smooth_noise(grid, (40.0, random.uniform(12.0, 40.0)), random))
    lung = shift.image(lung.astype(np.float32), shift.slide)
    lung = lung * np.float32(tissue.mean() * 10 ** (random.normal(0.0, 4.0) / 20))
    below = np.clip(z - pleura, 0, None)
    reach = samples * random.uniform(0.15, 1.2)
    lung = lung * np.exp(-below / reach)
    soft = 1 / (1 + np.exp(np.clip((pleura - z) / random.uniform(0.6, 6.0), -30, 30)))
    return np.asarray((tissue + ringing) * (1 - soft) + lung * soft, np.float32)


def add_b_lines(tissue: Field, pleura: Field, random: np.random.Generator, shift: Shift) -> int:
    """Add bright streaks from the pleura to the bottom, in place, and return how many."""
    samples, beams = tissue.shape
    x = np.arange(beams, dtype=np.float32)
    z = np.arange(samples, dtype=np.float32)[:, None]
    count = int(random.choice([0, 0, 0, 1, 2, 3]))
    for _ in range(count):
        width = random.uniform(0.012, 0.12) * beams
        centre = random.uniform(0, beams) + shift.across + shift.slide
        beam = np.exp(-0.5 * ((x - centre) / width) ** 2) * random.uniform(0.4, 2.0)
        fade = np.exp(-np.clip(z - pleura, 0, None) / (samples * random.uniform(0.3, 2.0)))
        tissue += (beam * fade * (z > pleura)).astype(np.float32)
    return count


def draw_fascia(field: Field, limit: float, random: np.random.Generator, shift: Shift) -> None:
    """Add fascia that run through and striations of muscle down to about sample `limit`, in place.

    They are as bright as a rib, cross above it and beside it, and bundles of them lie at a slant.
    """
    samples, beams = field.shape
    x = np.arange(beams, dtype=np.float32)
    rows, sigmas, strengths = [], [], []
    slope = random.normal(0.0, 0.1)
    for _ in range(int(random.integers(1, 8))):
        row = random.uniform(0.02, 1.15) * limit + (slope + random.normal(0, 0.07)) * (x - beams / 2)
        row = row + random.normal(0, 0.03) * samples * (x / beams - 0.5) ** 2 * 4
        row = row + _bend(beams, 50.0, random) * random.uniform(0, 0.014) * samples
        rows.append(row)
        sigmas.append(random.uniform(0.5, 1.5))
        strengths.append(softened(patchy(beams, random, 0.8, 7.0)))
        if random.random() < 0.3:  # a sheet has two faces
            rows.append(row + random.uniform(2.5, 7.0))
            sigmas.append(sigmas[-1])
            strengths.append(strengths[-1] * random.uniform(0.3, 0.9))
    for _ in range(int(random.integers(1, 5))):  # bundles of muscle
        lean = slope + random.normal(0.0, 0.16)
        top, bottom = np.sort(random.uniform(0.02, 1.1, size=2)) * limit
        brightness = random.uniform(0.3, 3.0)
        for _ in range(int(random.integers(5, 42))):
            length = random.uniform(0.05, 0.6) * beams
            centre = random.uniform(-0.1, 1.1) * beams
            row = random.uniform(top, bottom + 3) + (lean + random.normal(0, 0.05)) * (x - centre)
            row = row + random.normal(0, 0.02) * samples * ((x - centre) / beams) ** 2
            rows.append(row)
            sigmas.append(random.uniform(0.4, 1.0))
            window = np.exp(-(((x - centre) / (length / 2)) ** 4))
            strengths.append(brightness * np.exp(random.normal(0.0, 0.6)) * window)
    moved = np.stack([shift.curve(row.astype(np.float32)) for row in rows])
    strong = np.stack([shift.along(strength.astype(np.float32)) for strength in strengths])
    add_lines(field, moved, np.asarray(sigmas, np.float32), strong)
