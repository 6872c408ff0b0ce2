"""Every kind of simulation by name: stills and cines as samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from lusgui.base.errors import LusguiError
from training.simulate import cyst, head, implant, lung, salient
from training.simulate.motion import STILL, Motion, SpeckleSource, breathing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from training.dataset import Sample

LINEAR, SECTOR, PICTURE = "linear", "sector", "picture"
WIDE, PLAIN = "wide", "plain"
"""Styles of chest walls."""
FRAME_RATE_HZ = 20.0
"""Of a cine, as its files state it."""
KEPT_RANGE = (0.6, 0.95)
"""Correlation of speckle between neighbouring frames; each cine draws its own."""


@dataclass(frozen=True)
class Kind:
    """What can be simulated.

    Parameters
    ----------
    name : str
        For options.
    title : str
        For help.
    labels : tuple of str
        Of the masks.
    geometries : tuple of str
        Kinds of probe; the first is the usual one.
    shape : tuple of int or None
        Usual rows and columns; None where every clip has its own.
    needs_hosts : bool
        Whether it is made of real frames that must be given.
    """

    name: str
    title: str
    labels: tuple[str, ...]
    geometries: tuple[str, ...]
    shape: tuple[int, int] | None = (256, 256)
    needs_hosts: bool = False

    @property
    def moves(self) -> bool:
        """Whether there are cines of it."""
        return PICTURE not in self.geometries and not self.needs_hosts


KINDS = {
    kind.name: kind
    for kind in (
        Kind("lung", "Chest walls with ribs and pleura", (lung.LABEL,), (LINEAR, SECTOR), None),
        Kind("cyst", "Dark circles and ellipses in speckle (SUS)", (cyst.LABEL,), (LINEAR, SECTOR)),
        Kind("head", "Fetal heads with cerebellum", head.LABELS, (SECTOR,)),
        Kind("salient", "Objects before natural ground", (salient.LABEL,), (PICTURE,)),
    )
}
"""What is simulated from nothing."""
IMPLANT = Kind("implant", "Ribs put into real frames", (lung.LABEL,), (LINEAR,), None, needs_hosts=True)
ALL_KINDS = {**KINDS, IMPLANT.name: IMPLANT}


def check_request(kind: str, frames: int, geometry: str | None, style: str = WIDE) -> str:
    """Return the geometry to use.

    Raises
    ------
    LusguiError
        If there is no such kind, it has no such geometry or style, or does not move.
    """
    if kind not in ALL_KINDS:
        raise LusguiError(f"there is no simulation '{kind}'", remedy=f"Take one of {', '.join(ALL_KINDS)}")
    known = ALL_KINDS[kind]
    if frames < 1:
        raise LusguiError(f"a clip of {frames} frames is none", remedy="Ask for one frame or more")
    if frames > 1 and not known.moves:
        raise LusguiError(f"'{kind}' makes stills only", remedy="Leave --frames out")
    chosen = geometry or known.geometries[0]
    if chosen not in known.geometries:
        raise LusguiError(
            f"'{kind}' is not made with the geometry '{chosen}'",
            remedy=f"Take {' or '.join(known.geometries)}",
        )
    if style not in (WIDE, PLAIN):
        raise LusguiError(f"there is no style '{style[:40]}'", remedy=f"Take {WIDE} or {PLAIN}")
    if style == PLAIN and (kind != "lung" or frames > 1 or chosen != LINEAR):
        raise LusguiError(
            f"the style '{PLAIN}' has only stills of chest walls by a linear probe",
            remedy=f"Take the style '{WIDE}', or leave --frames and --geometry out",
        )
    return chosen


def clip_name(kind: str, seed: int, index: int) -> str:
    """Return the name of a clip, which is the group of its frames too."""
    return f"{kind}_{seed}_{index:04d}"


def frame_name(clip: str, frame: int, frames: int) -> str:
    """Return the name of a frame, counted from 0, of a clip of so many."""
    return clip if frames == 1 else f"{clip}_{frame + 1:05d}"


def simulate_clip(
    kind: str,
    seed: int,
    index: int,
    *,
    frames: int = 1,
    geometry: str | None = None,
    shape: tuple[int, int] | None = None,
    style: str = WIDE,
    hosts: Sequence[Sample] = (),
) -> list[Sample]:
    """Return the frames of one clip in order, all of one group.

    Parameters
    ----------
    kind : str
        One of `ALL_KINDS`.
    seed, index : int
        The clip is a function of both.
    frames : int
        1 for a still. In a cine tissue breathes and drifts, the lung slides, and speckle decorrelates; the
        truth is that of each frame.
    geometry : {"linear", "sector", "picture"}, optional
        The usual one of the kind if not given.
    shape : tuple of int, optional
        Rows and columns.
    style : {"wide", "plain"}
        Of chest walls: wide varies as real frames do, plain (`training.simulate.lung.simulate_plain`) is
        simpler, brighter, and does not know the size of its pixels.
    hosts : sequence of Sample
        Real frames that ribs are put into, for the kind that needs them, as
        `training.simulate.implant_hosts.ribless` returns; the group is that of the host.

    Raises
    ------
    LusguiError
        If that cannot be made; see `check_request`.
    """
    chosen = check_request(kind, frames, geometry, style)
    clip = clip_name(kind, seed, index)
    if kind == IMPLANT.name:
        if not hosts:
            raise LusguiError(f"'{kind}' is made of real frames, and none is given", remedy="Name hosts")
        return [replace(implant.implant_sample(hosts, seed, index), name=clip)]
    if style == PLAIN:
        return [replace(lung.simulate_plain(seed, index, shape), name=clip, group=clip)]
    if frames == 1:
        sample = _frame(kind, seed, index, chosen, shape, STILL, None)
        return [replace(sample, name=clip, group=clip)]
    source = SpeckleSource(
        np.random.default_rng((seed, index, 1)),
        kept=float(np.random.default_rng((seed, index, 2)).uniform(*KEPT_RANGE)),
    )
    samples = []
    for number, motion in enumerate(breathing(frames, np.random.default_rng((seed, index, 3)))):
        source.begin(motion)
        sample = _frame(kind, seed, index, chosen, shape, motion, source)
        samples.append(replace(sample, name=frame_name(clip, number, frames), group=clip))
    return samples


def _frame(
    kind: str,
    seed: int,
    index: int,
    geometry: str,
    shape: tuple[int, int] | None,
    motion: Motion,
    speckle: SpeckleSource | None,
) -> Sample:
    is_sector = geometry == SECTOR
    if kind == "lung":
        view: Literal["wide", "sector"] = "sector" if is_sector else "wide"
        return lung.simulate_sample(seed, index, view, shape, motion=motion, speckle=speckle)
    size = shape or (256, 256)
    if kind == "cyst":
        return cyst.simulate_sample(seed, index, size, sector=is_sector, motion=motion, speckle=speckle)
    if kind == "head":
        return head.simulate_sample(seed, index, size, motion=motion, speckle=speckle)
    return salient.simulate_sample(seed, index, size)
