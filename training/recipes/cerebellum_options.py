"""How the cerebellum model can be trained: one set of options, so that every variant is judged alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import FAST
from lusgui.nn.registry import build
from lusgui.nn.zoom import crop, locate, widen
from training.augment import AugmentSettings
from training.batches import Mixture, Pool, make_pool
from training.dataset import groups_of, split_by_group
from training.loop import LoopSettings
from training.recipes.kept_training import Course, run_course
from training.simulate.implant_hosts import limb_hosts

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from training.dataset import Sample

LABELS = ("cerebellum", "vermis", "cisterna_magna")
BEFORE = ("nothing", "self", "heads")
_ROOM = 1.2
"""The squares of the fine training are so much larger than what the network sees at work."""
_FRAME_SIDE = 512


@dataclass(frozen=True)
class CerebellumOptions:
    """What a training of the cerebellum model consists of.

    Parameters
    ----------
    zoom : bool
        A coarse network on the whole plane and a fine one on a square around the cerebellum; without it one
        network sees the whole plane.
    coarse_side, fine_side : int
        Rows and columns that each sees; `coarse_side` alone counts without zoom.
    coarse_width, fine_width : int
        Channels of the first block; `fine_width` is that of the one network without zoom.
    margin : float
        Side of the square over the longer extent of the cerebellum.
    coarse_steps, fine_steps : int
        Batches of each training.
    negative_steps : int
        Batches in which the coarse network then learns from limb frames too that there may be nothing.
    batch : int
        Frames of a batch.
    learning_rate : float
        Highest rate.
    ema : float
        Decay of the moving average of the weights.
    labels : tuple of str
        What is learnt; the first is judged.
    rotation_deg : float
        Largest rotation of the fine network's views; whole planes are turned by at most 30 degrees.
    gray : float
        Strength of the changes of gray values.
    fourier : float
        Chance of mixed Fourier amplitudes.
    up_down : bool
        Mirror planes up and down too: a fetal head lies as it likes.
    before : {"nothing", "self", "heads"}
        What the fine network learnt first: nothing, to fill in real frames without the held-out patients, or
        simulated heads.
    steps_before : int
        Batches of that.
    """

    zoom: bool = True
    coarse_side: int = 160
    fine_side: int = 160
    coarse_width: int = 16
    fine_width: int = 16
    margin: float = 1.7
    coarse_steps: int = 800
    fine_steps: int = 700
    negative_steps: int = 200
    batch: int = 6
    learning_rate: float = 2e-3
    ema: float = 0.99
    labels: tuple[str, ...] = LABELS
    rotation_deg: float = 30.0
    gray: float = 0.7
    fourier: float = 0.0
    up_down: bool = True
    before: str = "nothing"
    steps_before: int = 400

    @property
    def frame_shape(self) -> tuple[int, int]:
        """Rows and columns of the card's input."""
        side = _FRAME_SIDE if self.zoom else self.fine_side
        return (side, side)

    @property
    def architecture(self) -> str:
        """Name in ``lusgui.core.networks``."""
        return "zoom-unet" if self.zoom else "lus-unet"

    @property
    def arguments(self) -> dict[str, object]:
        """Arguments of the architecture."""
        if not self.zoom:
            return {"out_channels": len(self.labels), "base_width": self.fine_width, "norm": "group"}
        return {
            "out_channels": len(self.labels),
            "coarse_width": self.coarse_width,
            "fine_width": self.fine_width,
            "coarse_side": self.coarse_side,
            "fine_side": self.fine_side,
            "margin": self.margin,
        }


def train_cerebellum(
    options: CerebellumOptions,
    data: Path,
    samples: Sequence[Sample],
    held_out: Sequence[str],
    seed: int,
    work: Path,
) -> nn.Module:
    """Train on all planes but those of some patients; what was finished before is taken from `work`.

    Parameters
    ----------
    options : CerebellumOptions
        How.
    data : Path
        Folder of the data sets, for what is learnt first.
    samples : sequence of Sample
        All planes.
    held_out : sequence of str
        Patients that are not touched.
    seed : int
        Of weights and batches.
    work : Path
        Folder of finished trainings and states.

    Returns
    -------
    torch.nn.Module
        In eval mode, with averaged weights.

    Raises
    ------
    LusguiError
        If `before` is unknown or no plane is left to learn from.
    """
    if options.before not in BEFORE:
        raise LusguiError(f"'{options.before[:40]}' is nothing to learn first", remedy=", ".join(BEFORE))
    # frames without are there to be judged: what is learnt of nothing comes from elsewhere
    planes = [sample for sample in samples if sample.masks.get(options.labels[0], _NOTHING).any()]
    learnt, left_out = split_by_group(planes, held_out)
    if not learnt:
        raise LusguiError("no plane is left to learn from", remedy="Hold fewer patients out")
    without = "-".join(groups_of(left_out)) or "nobody"
    key = asdict(options)
    if not options.zoom:
        course = _course(options, "whole", without, options.fine_steps, seed, key)
        return run_course(
            course,
            work,
            lambda: _whole_batches(learnt, options, options.fine_side, options.fine_width),
            lambda: _begin(options, data, held_out, seed, work, options.fine_width, options.fine_side),
        )
    coarse_key = {name: key[name] for name in _COARSE}
    coarse = run_course(
        _course(options, "coarse", without, options.coarse_steps, seed, coarse_key),
        work,
        lambda: _whole_batches(learnt, options, options.coarse_side, options.coarse_width),
        lambda: _unet(options, options.coarse_width, seed),
    )
    if options.negative_steps:
        coarse = _learn_nothing(options, data, learnt, coarse, without, coarse_key, seed, work)
    fine_key = {name: value for name, value in key.items() if name not in _COARSE_ONLY}
    fine = run_course(
        _course(options, "fine", without, options.fine_steps, seed, fine_key),
        work,
        lambda: _fine_batches(learnt, options),
        lambda: _begin(options, data, held_out, seed, work, options.fine_width, options.fine_side),
    )
    network = build(options.architecture, **options.arguments)
    network.get_submodule("coarse").load_state_dict(coarse.state_dict())
    network.get_submodule("fine").load_state_dict(fine.state_dict())
    return network.eval().requires_grad_(False)


_SHARED = ("batch", "learning_rate", "ema", "labels", "gray", "fourier", "up_down")
_COARSE = ("coarse_side", "coarse_width", "coarse_steps", *_SHARED)
_COARSE_ONLY = ("coarse_side", "coarse_width", "coarse_steps", "negative_steps")
_NOTHING = np.zeros(1, bool)
_NEGATIVES = 2
"""Frames without anything in a batch of `_learn_nothing`."""


def _learn_nothing(
    options: CerebellumOptions,
    data: Path,
    learnt: Sequence[Sample],
    coarse: nn.Module,
    without: str,
    key: dict[str, object],
    seed: int,
    work: Path,
) -> nn.Module:
    """Return the coarse network after some batches that hold frames of limbs."""

    def batches() -> _UpAndDown:
        canvas = (int(options.coarse_side * 1.3), int(options.coarse_side * 1.3))
        limbs = [
            replace(sample, masks={label: np.zeros(sample.frame.shape, bool) for label in options.labels})
            for sample in limb_hosts(data / "usgra")
        ]
        pools = [make_pool(part, options.labels, canvas, FAST) for part in (learnt, limbs)]
        side = (options.coarse_side, options.coarse_side)
        counts = (max(options.batch - _NEGATIVES, 1), _NEGATIVES)
        return _UpAndDown(Mixture(pools, counts, side, _views(options, (0.75, 1.5), 30.0)), options.up_down)

    def begin() -> nn.Module:
        network = _unet(options, options.coarse_width, seed)
        network.load_state_dict(coarse.state_dict())
        return network

    settings = LoopSettings(options.negative_steps, options.learning_rate / 4, ema=options.ema, seed=seed)
    course = Course(f"cerebellum-nothing-{seed}-without-{without}", settings, dict(key))
    return run_course(course, work, batches, begin)


def _course(
    options: CerebellumOptions, part: str, without: str, steps: int, seed: int, key: dict[str, object]
) -> Course:
    settings = LoopSettings(steps, options.learning_rate, ema=options.ema, seed=seed)
    return Course(f"cerebellum-{part}-{seed}-without-{without}", settings, key)


def _unet(options: CerebellumOptions, width: int, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return build("lus-unet", base_width=width, norm="group", out_channels=len(options.labels))


def _begin(
    options: CerebellumOptions,
    data: Path,
    held_out: Sequence[str],
    seed: int,
    work: Path,
    width: int,
    side: int,
) -> nn.Module:
    network = _unet(options, width, seed)
    if options.before == "self":
        from training.selfsupervised.pretrain import pretrain_body

        body = pretrain_body(
            data, tuple(held_out), seed, options.steps_before, work, base_width=width, side=side
        )
        network.load_state_dict(body, strict=False)
    elif options.before == "heads":
        from training.simulate.head import simulate_samples

        heads = simulate_samples(200, seed + 1)
        key = {"width": width, "side": side, "labels": options.labels, "zoom": options.zoom}
        settings = LoopSettings(options.steps_before, options.learning_rate, seed=seed + 1000)
        batches = _fine_batches if options.zoom else None
        before = run_course(
            Course(f"cerebellum-heads-{seed}", settings, key),
            work,
            lambda: batches(heads, options) if batches else _whole_batches(heads, options, side, width),
            lambda: _unet(options, width, seed),
        )
        network.load_state_dict(before.state_dict())
    return network


class _UpAndDown:
    """Batches of which every other frame is mirrored up and down."""

    def __init__(self, mixture: Mixture, wanted: bool) -> None:
        self.mixture, self.wanted = mixture, wanted

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        images, masks, known = self.mixture(step, generator)
        if not self.wanted:
            return images, masks, known
        turned = torch.rand((len(images), 1, 1, 1), generator=generator) < 0.5
        return torch.where(turned, images.flip(2), images), torch.where(turned, masks.flip(2), masks), known


def _views(options: CerebellumOptions, zoom: tuple[float, float], rotation_deg: float) -> AugmentSettings:
    return AugmentSettings(
        rotation_deg=rotation_deg,
        zoom=zoom,
        stretch=1.25,
        shear=0.12,
        shift=0.12,
        elastic=0.015,
        gray=options.gray,
        burnt_in=0.1,
    )


def _whole_batches(learnt: Sequence[Sample], options: CerebellumOptions, side: int, width: int) -> _UpAndDown:
    canvas = (int(side * 1.3), int(side * 1.3))
    pool = make_pool(learnt, options.labels, canvas, FAST)
    views = _views(options, (0.75, 1.5), 30.0)
    mixture = Mixture([pool], (options.batch,), (side, side), views, pool.raw, options.fourier)
    return _UpAndDown(mixture, options.up_down)


def _fine_batches(learnt: Sequence[Sample], options: CerebellumOptions) -> _UpAndDown:
    """Return views of squares around the drawn cerebellum."""
    pool = make_pool(learnt, options.labels, (_FRAME_SIDE, _FRAME_SIDE), FAST)
    pool = cut_pool(pool, options.margin * _ROOM, int(options.fine_side * 1.5))
    # wider views than these, for a coarse network that misses more, cost more than they gave
    views = _views(options, (0.75, 1.6), options.rotation_deg)
    side = (options.fine_side, options.fine_side)
    mixture = Mixture([pool], (options.batch,), side, views, pool.raw, options.fourier)
    return _UpAndDown(mixture, options.up_down)


def cut_pool(pool: Pool, margin: float, side: int) -> Pool:
    """Return the squares around the first label of every frame.

    Parameters
    ----------
    pool : Pool
        Whole frames.
    margin : float
        Side of the square over the longer extent of the structure; it may reach beyond the frame.
    side : int
        Rows and columns of the result.
    """
    shape = (pool.raw.shape[-2], pool.raw.shape[-1])
    boxes = locate(pool.masks[:, 0].float() / 255)
    # not moved into the frame: the structure stays in the middle, as the coarse network would have it
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    extent = (boxes[:, 2:] - boxes[:, :2]) * boxes.new_tensor(shape)
    half = extent.amax(1, keepdim=True) * margin / 2 / boxes.new_tensor(shape)
    empty = extent.amax(1, keepdim=True) <= 0
    squares = torch.where(
        empty, widen(boxes, shape, margin), torch.cat([middle - half, middle + half], dim=1)
    )

    def cut(planes: Tensor) -> Tensor:
        return crop(planes.float(), squares, side).round().clamp(0, 255).to(torch.uint8)

    return replace(pool, raw=cut(pool.raw), despeckled=cut(pool.despeckled), masks=cut(pool.masks))
