"""The fetal head as shapes in mm: skull, cerebellum and what lies between, with exact truth.

Coordinates of the head are u, along the midline towards the occiput, and v, across it, from the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.simulate import growth

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Field = NDArray[np.float32]

_ANGLES = np.linspace(0.0, 2 * np.pi, 257)


@dataclass(frozen=True)
class Lobe:
    """One cerebellar hemisphere: an outline given by its distance from a centre.

    Parameters
    ----------
    centre : tuple of float
        (u, v) in mm.
    radius : (257,) float ndarray
        Distance of the outline in mm at angles 0 to 2 pi from the u axis.
    """

    centre: tuple[float, float]
    radius: NDArray[np.float64]

    def depth(self, u: Field, v: Field) -> Field:
        """Return distance from the centre as a share of the outline's: below 1 inside."""
        du, dv = u - np.float32(self.centre[0]), v - np.float32(self.centre[1])
        # only near the lobe is the outline looked up
        depth = np.full(np.broadcast(du, dv).shape, 9.0, np.float32)
        distance = np.hypot(du, dv)
        near = distance < 2.0 * self.radius.max()
        angle = np.mod(np.arctan2(dv[near], du[near]), 2 * np.pi)
        depth[near] = distance[near] / np.interp(angle, _ANGLES, self.radius)
        return depth

    def outline(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (u, v) along the outline."""
        return (
            self.centre[0] + self.radius * np.cos(_ANGLES),
            self.centre[1] + self.radius * np.sin(_ANGLES),
        )


@dataclass(frozen=True)
class HeadAnatomy:
    """Sizes and shapes of one head.

    Parameters
    ----------
    ga_weeks : float
        Gestational age.
    hc_mm, bpd_mm, ofd_mm : float
        Circumference of the outer skull and its axes across and along the midline.
    tcd_mm : float
        Transcerebellar diameter: from outer edge to outer edge of the hemispheres, across the midline.
    cisterna_mm : float
        Depth of the cisterna magna.
    skull_mm : float
        Thickness of the bone's echo.
    lobes : tuple of Lobe
        Left and right hemisphere.
    """

    ga_weeks: float
    hc_mm: float
    bpd_mm: float
    ofd_mm: float
    tcd_mm: float
    cisterna_mm: float
    skull_mm: float
    lobes: tuple[Lobe, Lobe]

    def skull_depth(self, u: Field, v: Field) -> Field:
        """Return the elliptical radius: 1 on the outer skull."""
        radius = np.hypot(u * np.float32(2 / self.ofd_mm), v * np.float32(2 / self.bpd_mm))
        return np.asarray(radius, np.float32)

    def in_cerebellum(self, u: Field, v: Field) -> NDArray[np.bool_]:
        """Return where either hemisphere is."""
        return (self.lobes[0].depth(u, v) <= 1.0) | (self.lobes[1].depth(u, v) <= 1.0)


def circumference_mm(first_axis_mm: float, second_axis_mm: float) -> float:
    """Return the circumference of an ellipse by its whole axes (Ramanujan's second formula, 1914)."""
    total = first_axis_mm + second_axis_mm
    h = ((first_axis_mm - second_axis_mm) / total) ** 2
    return float(np.pi / 2 * total * (1 + 3 * h / (10 + np.sqrt(4 - 3 * h))))


def draw_head(random: np.random.Generator, ga_weeks: float | None = None) -> HeadAnatomy:
    """Return a head of a random age (16 to 36 weeks unless given), sized by INTERGROWTH-21st."""
    drawn = float(random.uniform(16.0, 36.0))
    age = drawn if ga_weeks is None else ga_weeks
    # a large head has a large cerebellum: the two scores correlate
    shared, own_head, own_cerebellum = random.normal(size=3)
    hc_mm = growth.head_circumference(age).at(float(np.clip(0.7 * shared + 0.7 * own_head, -2, 2)))
    tcd_z = float(np.clip(0.7 * shared + 0.7 * own_cerebellum, -2, 2))
    tcd_mm = growth.transcerebellar_diameter(age).at(tcd_z)
    index = float(np.clip(random.normal(0.79, 0.04), 0.68, 0.88))
    ofd_mm = hc_mm / circumference_mm(1.0, index)
    bpd_mm = index * ofd_mm
    cisterna_mm = growth.cisterna_magna_mm(age) * random.uniform(0.7, 1.4)
    skull_mm = random.uniform(0.9, 1.8) + 0.02 * age
    lobes = _draw_lobes(random, tcd_mm, ofd_mm / 2 - skull_mm - cisterna_mm)
    return HeadAnatomy(age, hc_mm, bpd_mm, ofd_mm, tcd_mm, cisterna_mm, skull_mm, lobes)


def _draw_lobes(random: np.random.Generator, tcd_mm: float, back: float) -> tuple[Lobe, Lobe]:
    """Return hemispheres: outer edges exactly tcd_mm / 2 off the midline, backs at `back`."""
    across = tcd_mm * random.uniform(0.18, 0.24)
    along = tcd_mm * random.uniform(0.2, 0.29)
    lean = random.uniform(-0.1, 0.7)
    lobes = []
    for side in (-1.0, 1.0):
        p, q = along * random.uniform(0.92, 1.08), across * random.uniform(0.92, 1.08)
        turned = _ANGLES + side * lean
        radius = p * q / np.sqrt((q * np.cos(turned)) ** 2 + (p * np.sin(turned)) ** 2)
        for harmonic in (2, 3, 4, 5):
            wave = random.normal(0.0, 0.07 / harmonic) * np.cos(harmonic * _ANGLES + random.uniform(0, 6.28))
            radius = radius * (1 + wave)
        reach = float(np.max(side * radius * np.sin(_ANGLES)))
        behind = float(np.max(radius * np.cos(_ANGLES)))
        centre = (back - behind - abs(random.normal(0.0, 0.02)) * tcd_mm, side * (tcd_mm / 2 - reach))
        lobes.append(Lobe(centre, radius))
    return lobes[0], lobes[1]
