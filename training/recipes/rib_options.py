"""How the rib model can be trained: one set of options, so that every variant is judged alike."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import FAST
from lusgui.nn.registry import build
from training.augment import AugmentSettings
from training.batches import Mixture, make_pool
from training.dataset import Sample, read_gray, split_by_group
from training.loop import LoopSettings
from training.recipes.kept_training import Course, run_course
from training.simulate.implant import implant_samples
from training.simulate.implant_hosts import LIMBS, limb_hosts
from training.simulate.lung import simulate_samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor, nn

DRAWN = ("none", "first", "all")


@dataclass(frozen=True)
class RibOptions:
    """What a training of the rib model consists of.

    Parameters
    ----------
    side : int
        Rows and columns of the network's input.
    base_width : int
        Channels of its first block.
    steps_before, steps : int
        Batches of a first training without any drawn rib, shared by all folds, and of one with them.
    simulated_plain, simulated_wide, implanted : int
        Frames of each kind that no machine has made whole: chests of both simulators, and ribs implanted into
        real frames without ribs.
    drawn : {"none", "first", "all"}
        Which drawn ribs of the other groups are learnt: none, those of the set ``ribs``, or both sets.
    with_rib, without_rib, made : int
        Frames of a batch: drawn ribs, real frames without ribs, simulated and implanted ones.
    learning_rate, learning_rate_before : float
        Highest rate of each training.
    fourier : float
        Chance of mixed Fourier amplitudes.
    gray, ultrasound : float
        Strength of the changes of gray values; of the machine's knobs.
    ema : float
        Decay of the moving average of the weights.
    share_of_drawn : float
        The answer's weights lie so far on the way from the first training to the last, in [0, 1]: between
        them a network keeps more of what it knew of other machines (Wortsman et al. 2022,
        doi:10.1109/CVPR52688.2022.00780).
    self_supervised : int
        Steps of learning to fill in real frames, without the held-out groups, before all else; 0 for none.
        Then the first training is made anew for every fold.
    """

    side: int = 160
    base_width: int = 8
    steps_before: int = 600
    steps: int = 500
    simulated_plain: int = 300
    simulated_wide: int = 300
    implanted: int = 300
    drawn: str = "all"
    with_rib: int = 2
    without_rib: int = 1
    made: int = 5
    learning_rate_before: float = 2e-3
    learning_rate: float = 1e-3
    fourier: float = 0.0
    gray: float = 1.0
    ultrasound: float = 0.0
    ema: float = 0.99
    share_of_drawn: float = 1.0
    self_supervised: int = 0

    @property
    def input_shape(self) -> tuple[int, int]:
        """Rows and columns of the network's input."""
        return (self.side, self.side)

    @property
    def arguments(self) -> dict[str, object]:
        """Arguments of ``lus-unet``."""
        return {"base_width": self.base_width, "norm": "group"}


def train_rib(
    options: RibOptions,
    data: Path,
    samples: Sequence[Sample],
    held_out: Sequence[str],
    seed: int,
    work: Path,
) -> nn.Module:
    """Train without some groups; what was finished before is taken from `work`.

    Parameters
    ----------
    options : RibOptions
        How.
    data : Path
        Folder of the data sets, for the limb frames.
    samples : sequence of Sample
        The drawn frames that may be learnt from; those of `held_out` are dropped here.
    held_out : sequence of str
        Groups that are not touched.
    seed : int
        Of weights, simulation and batches.
    work : Path
        Folder of finished trainings and states.

    Returns
    -------
    torch.nn.Module
        In eval mode, with averaged weights.

    Raises
    ------
    LusguiError
        If `drawn` is unknown or nothing is left to learn from.
    """
    if options.drawn not in DRAWN:
        raise LusguiError(f"'{options.drawn[:40]}' names no drawn ribs", remedy=", ".join(DRAWN))
    if not any((options.simulated_plain, options.simulated_wide, options.implanted)):
        raise LusguiError("there is nothing to learn first", remedy="Simulate or implant some frames")
    first = _first_training(options, data, held_out, seed, work)
    if options.drawn == "none" or options.steps == 0:
        return first.eval().requires_grad_(False)
    learnt, _ = split_by_group(samples, held_out)
    if not any(sample.masks["rib"].any() for sample in learnt):
        raise LusguiError("no drawn rib is left to learn from", remedy="Hold fewer groups out")
    key = asdict(options)
    del key["share_of_drawn"]
    settings = LoopSettings(options.steps, options.learning_rate, ema=options.ema, seed=seed)
    course = Course(f"rib-{seed}-without-{'-'.join(sorted(held_out))}", settings, key)

    def batches() -> Mixture:
        with_rib = [sample for sample in learnt if sample.masks["rib"].any()]
        without = [sample for sample in learnt if not sample.masks["rib"].any()]
        without += limbs(data)
        made = _made(options, data, seed)
        return _mixture(
            options, [(with_rib, options.with_rib), (without, options.without_rib), (made, options.made)]
        )

    def begin() -> nn.Module:
        network = _unet(options, seed)
        network.load_state_dict(first.state_dict())
        return network

    last = run_course(course, work, batches, begin)
    return interpolate(first, last, options.share_of_drawn).eval().requires_grad_(False)


def interpolate(first: nn.Module, last: nn.Module, share: float) -> nn.Module:
    """Set the weights of `last` between those of two networks, `share` of the way, and return it."""
    start = first.state_dict()
    with torch.no_grad():
        for name, value in last.state_dict().items():
            value.copy_(torch.lerp(start[name], value, share))
    return last


def _first_training(
    options: RibOptions, data: Path, held_out: Sequence[str], seed: int, work: Path
) -> nn.Module:
    names = ("side", "base_width", "simulated_plain", "simulated_wide", "implanted", "fourier")
    key = {name: getattr(options, name) for name in (*names, "gray", "ultrasound", "self_supervised")}
    stem = f"rib-{seed}-first"
    if options.self_supervised:
        key["without"] = sorted(held_out)
    # a thousand more than the folds', so that no fold sees the same draws again
    settings = LoopSettings(
        options.steps_before, options.learning_rate_before, ema=options.ema, seed=seed + 1000
    )

    def batches() -> Mixture:
        return _mixture(options, [(_made(options, data, seed), 7), (limbs(data), 1)])

    def begin() -> nn.Module:
        network = _unet(options, seed)
        if options.self_supervised:
            from training.selfsupervised.pretrain import pretrain_body

            body = pretrain_body(
                data,
                tuple(held_out),
                seed,
                options.self_supervised,
                work,
                base_width=options.base_width,
                side=options.side,
            )
            network.load_state_dict(body, strict=False)
        return network

    return run_course(Course(stem, settings, key), work, batches, begin)


def _unet(options: RibOptions, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return build("lus-unet", **options.arguments)


def limbs(data: Path) -> list[Sample]:
    """Return every fourth limb frame as a frame without ribs; their group is in no fold.

    Some show bone across, which is no rib. Without those (`limb_hosts`) and with another chest wall the first
    training found less, and less that was wrong; which of the two changes did it was not told apart.
    """
    paths = sorted((data / "usgra" / "images").glob("*.png"))[::4]
    frames = [(path, read_gray(path)) for path in paths]
    return [Sample(path.stem, LIMBS, frame, {"rib": np.zeros(frame.shape, bool)}) for path, frame in frames]


def _made(options: RibOptions, data: Path, seed: int) -> list[Sample]:
    """Return what no machine has made whole, each frame as likely to be drawn as any other."""
    made: list[Sample] = []
    if options.simulated_plain:
        made += simulate_samples(options.simulated_plain, seed + 5)
    if options.simulated_wide:
        made += simulate_samples(options.simulated_wide, seed + 6, "wide")
    if options.implanted:
        made += implant_samples(limb_hosts(data / "usgra"), options.implanted, seed + 7)
    return [replace(sample, group=f"made{i:05d}") for i, sample in enumerate(made)]


def _mixture(options: RibOptions, parts: Sequence[tuple[list[Sample], int]]) -> Mixture:
    used = [(part, count) for part, count in parts if part and count]
    canvas = (int(options.side * 1.3), int(options.side * 1.3))
    pools = [make_pool(part, ("rib",), canvas, FAST) for part, _ in used]
    donors: Tensor | None = None
    if options.fourier > 0:
        donors = torch.cat([pool.raw for pool in pools])
    return Mixture(
        pools,
        [count for _, count in used],
        options.input_shape,
        rib_views(options),
        donors,
        options.fourier,
    )


def rib_views(options: RibOptions) -> AugmentSettings:
    """Return how far views stray from their frames."""
    return AugmentSettings(
        rotation_deg=10.0,
        zoom=(0.75, 1.5),
        stretch=1.6,
        shear=0.12,
        shift=0.15,
        elastic=0.015,
        gray=options.gray,
        ultrasound=options.ultrasound,
        burnt_in=0.25,
    )
