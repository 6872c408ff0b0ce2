"""What resembles a rib in a frame and is none: pleura, bright arcs without shadow, shadows without arc."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.simulate.acoustics import patchy, smooth_curve, smooth_noise
from training.simulate.chest_wall import softened
from training.simulate.implant_rib import STATED_ROWS, brighten, calmed, draw_bone, levels, shadow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.simulate.implant_rib import Bone, Texture

    Field = NDArray[np.float32]


def add_pleura(gray: Field, bones: Sequence[Bone], texture: Texture, random: np.random.Generator) -> Field:
    """Return gray (H, W) with a pleural line below the ribs and lung beneath it in place of what was there.

    The line is uneven, often broken; the lung fades, with or without streaks (B-lines) or repetitions of the
    line (A-lines).
    """
    rows, columns = gray.shape
    x = np.linspace(-1, 1, columns, dtype=np.float32)
    beams = np.arange(columns, dtype=np.float32)
    z = np.arange(rows, dtype=np.float32)[:, None]
    if bones:
        deepest = max(float(bone.row[bone.inside()].min()) for bone in bones)
        base = deepest + rows * random.uniform(0.04, 0.16)
    else:
        base = rows * random.uniform(0.18, 0.6)
    bulge = np.exp(-(((x - random.uniform(-0.7, 0.7)) / random.uniform(0.3, 0.9)) ** 2)) - 0.5
    row = base - rows * (random.uniform(0.0, 0.14) * bulge + random.normal(0.0, 0.05) * x)
    row = row + softened(smooth_curve(columns, 15.0, random), 3.0) * rows * random.uniform(0.002, 0.01)
    above = gray[: max(int(base), 8)]
    here = float(np.median(above[above > 0.03])) if (above > 0.03).any() else 0.15
    below = np.clip(z - row, 0, None) / rows
    streaks = np.zeros(columns, np.float32)
    for _ in range(int(random.integers(0, 4))):
        width = random.uniform(0.02, 0.12) * columns
        place = random.uniform(0, columns)
        streaks += np.exp(-0.5 * ((beams - place) / width) ** 2) * random.uniform(0.03, 0.2)
    fading = np.exp(-below / random.uniform(0.2, 1.5))
    uneven = 0.04 * smooth_noise((rows, columns), (40.0, 25.0), random)
    lung = (here + random.normal(0.0, 0.05) + streaks) * fading + uneven * fading
    # the host's speckle has its sheets' direction; haze of the lung has none but the beam's
    white = random.standard_normal((2, rows, columns), dtype=np.float32)
    haze = calmed(white[0], random.uniform(0.7, 1.3), random.uniform(1.5, 3.5))
    haze = haze / max(float(haze.std()), 1e-6)
    lung = lung + (0.5 * texture.piece(random) + 0.025 * haze) * np.clip(lung / 0.15, 0.15, 1.2)
    soft = 1 / (1 + np.exp(np.clip((row - z) / random.uniform(1.0, 5.0), -30, 30)))
    mixed = gray + soft * random.uniform(0.75, 1.0) * (lung - gray)
    kept = smooth_curve(columns, random.uniform(15.0, 50.0), random) > random.uniform(-2.5, 0.0)
    strength = np.clip(random.exponential(0.12) + 0.03, 0.03, 0.4) * softened(kept.astype(np.float32), 4.0)
    strength = strength * np.clip(1 + 0.4 * np.log(patchy(columns, random, 1.0, 1.0)), 0.1, 1.8)
    sigma = rows / STATED_ROWS * random.uniform(1.0, 2.6) * (1 + 0.25 * smooth_curve(columns, 12.0, random))
    line = np.exp(-0.5 * ((z - row) / np.maximum(sigma, 0.7)) ** 2)
    # no sheet is a perfect mirror: its echo comes in grains, with a glow behind it
    grains = calmed(white[1], 0.8, random.uniform(2.0, 6.0))
    grains = np.clip(1 + random.uniform(0.15, 0.5) * grains / max(float(grains.std()), 1e-6), 0.1, 2.0)
    glow = np.exp(-np.clip(z - row, 0, None) / (rows * random.uniform(0.01, 0.04))) * (z > row)
    drawn = mixed + (line * strength + random.uniform(0.0, 0.35) * glow * strength) * grains
    if random.random() < 0.3:
        step = base * random.uniform(0.85, 1.0)
        for repeat in range(1, 4):
            again = np.exp(-0.5 * ((z - row - repeat * step) / (1.5 * sigma)) ** 2)
            drawn = drawn + again * strength * 0.35 * random.uniform(0.3, 0.8) ** repeat
    return np.asarray(np.clip(drawn, 0.0, 1.0), np.float32)


def add_bright_arc(
    gray: Field, bones: Sequence[Bone], texture: Texture, random: np.random.Generator
) -> Field:
    """Return gray (H, W) with a convex bright arc as of fascia or pleura, that throws no shadow."""
    arc = draw_bone((gray.shape[0], gray.shape[1]), random, bones)
    if arc is None:
        return gray
    drawn = brighten(gray, arc, texture, random)
    if random.random() < 0.4:  # what lies below is lit up, as below pleura or behind fluid
        glow = shadow((gray.shape[0], gray.shape[1]), arc, random)
        fading = np.exp(
            -np.clip(arc.across(gray.shape[0]), 0, None) / (gray.shape[0] * random.uniform(0.1, 0.8))
        )
        drawn = drawn + random.uniform(0.02, 0.12) * glow * fading
    return np.asarray(np.clip(drawn, 0.0, 1.0), np.float32)


def add_dark_column(
    gray: Field, bones: Sequence[Bone], texture: Texture, random: np.random.Generator
) -> Field:
    """Return gray (H, W) with a shadow that no arc stands above, as of lost contact or a vessel's edge."""
    shape = (gray.shape[0], gray.shape[1])
    column = draw_bone(shape, random, bones)
    if column is None:
        return gray
    rows = shape[0]
    dark = shadow(shape, column, random)
    if random.random() < 0.6:  # from the probe down
        side = dark[int(np.clip(column.row.max() + 2, 0, rows - 1))]
        dark = np.maximum(dark, side)
    else:  # it comes slowly, deeper down
        slowly = rows * random.uniform(0.1, 0.3)
        dark = dark * np.clip(column.across(rows) / slowly, 0.0, 1.0)
    fallen = (gray - random.uniform(0.06, 0.3) * dark) * (1 - 0.5 * dark * random.random())
    fallen = np.maximum(fallen, np.minimum(gray, 0.04 + texture.piece(random)))
    return np.asarray(np.clip(fallen, 0.0, 1.0), np.float32)


def add_dark_oval(gray: Field, bones: Sequence[Bone], texture: Texture, random: np.random.Generator) -> Field:
    """Return gray (H, W) with a dark oval without shadow, as of muscle or a vessel, at times roofed."""
    shape = (gray.shape[0], gray.shape[1])
    roof = draw_bone(shape, random, bones, 0.6)
    if roof is None:
        return gray
    rows, columns = shape
    middle, half = (roof.left + roof.right) / 2, (roof.right - roof.left) / 2
    high = half * random.uniform(0.3, 0.7)
    x = np.arange(columns, dtype=np.float32)
    z = np.arange(rows, dtype=np.float32)[:, None]
    top = float(roof.row[roof.inside()].min())
    radius = np.sqrt(((x - middle) / half) ** 2 + ((z - top - high) / high) ** 2)
    wavy = radius + 0.06 * smooth_noise(shape, (20.0, 30.0), random)
    within = 1 / (1 + np.exp(np.clip((wavy - 1) / random.uniform(0.03, 0.12), -30, 30)))
    content = np.clip(levels(gray, roof) - random.uniform(0.08, 0.25), 0.02, 1.0) + 0.6 * texture.piece(
        random
    )
    drawn = gray + within * random.uniform(0.6, 1.0) * (np.minimum(content, gray) - gray)
    if random.random() < 0.5:
        rim = np.exp(-(((wavy - 1.05) / 0.05) ** 2)) * np.clip((top + high - z) / high, 0.0, 1.0)
        drawn = drawn + random.uniform(0.02, 0.2) * rim
    return np.asarray(np.clip(drawn, 0.0, 1.0), np.float32)


DECOYS = (add_bright_arc, add_dark_column, add_dark_oval)
DECOY_SHARES = (0.55, 0.25, 0.2)
