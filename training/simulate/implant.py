"""Ribs implanted in real ribless frames, so that all but the rib and its shadow is real.

A host frame is cropped to its content, mirrored at times and brought to a common size. Then an arc is drawn
in it in decibels and with the host's own texture, and what lies below is taken away as bone does. Limb frames
lack a pleura and get one at times. Other frames get what is taken for a rib: bright arcs that throw no
shadow, and shadows without an arc.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from training.simulate.implant_decoys import DECOY_SHARES, DECOYS, add_pleura
from training.simulate.implant_hosts import LABEL, LEAST_PX, content
from training.simulate.implant_rib import Texture, calmed, draw_bone, is_seen, put_into
from training.simulate.truth import to_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from training.dataset import Sample
    from training.simulate.implant_rib import Bone

    Field = NDArray[np.float32]

RIBS = (0, 1, 2, 3)
RIB_SHARES = (0.3, 0.52, 0.14, 0.04)
PLEURA_SHARE = 0.35
ABOVE_PLEURA_SHARE = 0.4
"""How often ribs lie above the lowest bright sheet of the host, as they do where it is the pleura."""


def implant_samples(hosts: Sequence[Sample], count: int, seed: int) -> list[Sample]:
    """Return samples with the label ``rib``, each a function of the hosts, the seed and its number alone.

    Parameters
    ----------
    hosts : sequence of Sample
        Real frames in which no rib is to be seen; their masks are not looked at.
    count : int
        How many samples.
    seed : int
        Of all that is drawn.

    Returns
    -------
    list of Sample
        Of the host's group, so that a split by group keeps hosts and their offspring together.

    Raises
    ------
    LusguiError
        If no host shows at least 96 x 96 pixels.
    """
    usable = large_enough(hosts)
    return [implant_sample(usable, seed, number) for number in range(count)]


def large_enough(hosts: Sequence[Sample]) -> list[Sample]:
    """Return the hosts that show enough.

    Raises
    ------
    LusguiError
        If there is none.
    """
    usable = [host for host in hosts if min(content(host).shape) >= LEAST_PX]
    if not usable:
        raise LusguiError(
            f"there is no frame of at least {LEAST_PX} x {LEAST_PX} pixels to put ribs into",
            remedy="Give frames in which no rib is to be seen",
        )
    return usable


def implant_sample(hosts: Sequence[Sample], seed: int, number: int) -> Sample:
    """Return sample `number` of the series that a seed makes of hosts that are large enough."""
    random = np.random.default_rng((seed, number))
    host = hosts[int(random.integers(len(hosts)))]
    gray, mask, facts = implant(content(host), random)
    sample = to_sample(
        f"{host.name}_implant_{seed}_{number:05d}",
        gray,
        {LABEL: mask},
        facts=facts,
        group=host.group,
        by_part=frozenset({LABEL}),
    )
    return replace(sample, source=f"ribs put into {host.name}")


def implant(
    picture: Field, random: np.random.Generator, ribs: int | None = None
) -> tuple[Field, NDArray[np.bool_], dict[str, float]]:
    """Return a view of a host with ribs or with what resembles them.

    Parameters
    ----------
    picture : (H, W) float32 ndarray in [0, 1]
        A ribless frame without black margins.
    random : numpy.random.Generator
        Draws everything.
    ribs : int, optional
        How many, 0 to 3; drawn if not given. One that would hardly be in view is left out.

    Returns
    -------
    gray : (h, w) float32 ndarray in [0, 1]
        As on screen.
    rib : (h, w) bool ndarray
        Surfaces of the ribs.
    facts : dict of str to float
        ``ribs`` in view, ``decoys`` drawn where there is none.
    """
    gray = host_view(picture, random)
    range_db = random.uniform(45.0, 75.0)
    texture = Texture(gray)
    shape = (gray.shape[0], gray.shape[1])
    wanted = int(random.choice(RIBS, p=RIB_SHARES)) if ribs is None else ribs
    lowest = _deepest_line(gray) if random.random() < ABOVE_PLEURA_SHARE else 0.75
    planned: list[Bone] = []
    for _ in range(wanted):
        bone = draw_bone(shape, random, planned, lowest)
        if bone is not None:
            planned.append(bone)
    if random.random() < PLEURA_SHARE:
        gray = add_pleura(gray, planned, texture, random)
    decoys = 0
    if random.random() < (0.25 if planned else 0.65):
        for _ in range(int(random.integers(1, 3))):
            draw = DECOYS[int(random.choice(len(DECOYS), p=DECOY_SHARES))]
            gray = draw(gray, planned, texture, random)
            decoys += 1
    mask = np.zeros(shape, np.bool_)
    count = 0
    for bone in planned:
        drawn = put_into(gray, bone, texture, range_db, random)
        if not is_seen(gray, drawn, bone):
            continue  # nobody could tell it there
        gray, count = drawn, count + 1
        mask |= bone.surface(shape[0])
    grain = np.float32(random.uniform(0.001, 0.006))
    gray = np.clip(gray + grain * random.standard_normal(shape, dtype=np.float32), 0.0, 1.0)
    return gray.astype(np.float32), mask, {"ribs": float(count), "decoys": float(decoys)}


def host_view(picture: Field, random: np.random.Generator) -> Field:
    """Return a part of a host at a size of usual clips, perhaps mirrored, its gain and contrast changed.

    Down stays down, and the part begins near the probe.
    """
    from PIL import Image

    rows, columns = picture.shape
    high = max(int(rows * random.uniform(0.65, 1.0)), LEAST_PX)
    wide = int(np.clip(high * random.uniform(0.75, 1.35), LEAST_PX, columns))
    top = int(random.uniform(0.0, 0.5) ** 2 * (rows - high))
    left = int(random.integers(0, columns - wide + 1))
    part = picture[top : top + high, left : left + wide]
    if random.random() < 0.5:
        part = part[:, ::-1]
    side = random.uniform(200.0, 300.0)
    size = (round(side * random.uniform(0.8, 1.1)), round(side))
    # not finer than the host, or its texture would be softer than any machine's
    share = min(1.3, part.shape[0] / size[1] * 1.3)
    size = (max(round(size[0] * share), 80), max(round(size[1] * share), 80))
    image = Image.fromarray(np.ascontiguousarray(part, np.float32))
    gray = np.asarray(image.resize(size, Image.Resampling.BICUBIC), np.float32).clip(0.0, 1.0)
    depth = np.linspace(0.0, 1.0, gray.shape[0], dtype=np.float32)[:, None]
    gray = gray * (1 + random.uniform(-0.2, 0.7) * depth)
    if random.random() < 0.4:  # a machine that shows little contrast
        flatter = random.uniform(0.1, 0.5)
        gray = gray + flatter * (calmed(gray, 0.15 * gray.shape[0], 0.15 * gray.shape[1]) - gray)
    # gain by eye, and a map that shows weak echoes more or less; what was black is lifted but little
    gray = gray ** random.uniform(0.65, 1.1)
    usual = float(np.median(gray[: max(gray.shape[0] // 2, 1)]))
    wished = random.uniform(0.12, 0.44)
    gain = float(np.clip(wished / max(usual, 0.02), 0.6, 1.7))
    lifted = float(np.clip(wished - usual * gain, -0.05, 0.12))
    return np.asarray(np.clip(gray * gain * (1 - max(lifted, 0.0)) + lifted, 0.0, 1.0), np.float32)


def _deepest_line(gray: Field) -> float:
    """Return the share of the height at which the lowest of the brightest sheets lies, at best the pleura."""
    rows = gray.shape[0]
    calm = calmed(gray, 0.008 * rows, 0.03 * gray.shape[1])
    ridge = np.clip(calm - calmed(calm, 0.04 * rows, 0.0), 0.0, None)
    profile = np.percentile(calmed(ridge, 0.02 * rows, 0.0)[:, ::3], 70, axis=1)
    profile[: int(0.1 * rows)] = 0.0
    strong = np.flatnonzero(profile > 0.6 * profile.max())
    return float(np.clip(strong[-1] / rows - 0.03 if strong.size else 0.75, 0.16, 0.75))
