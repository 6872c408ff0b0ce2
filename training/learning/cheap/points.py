"""Where it is before what it is: centre points teach an encoder before masks teach the rest.

Hu et al. (2018) teach an encoder the centre of a structure through a linear layer and then grow a decoder on
it. Here the encoder is that of the model a run starts from, so the layer is a 1 x 1 convolution on its
deepest features, which allows any number of points in a frame: it says where on that coarse grid the points
lie. The decoder rests and keeps the encoder to what it understands: on the same views the network has to
answer what it answered before.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lusgui.core.networks import SIZE_STEP
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.devices import choose_device
from lusgui.nn.preprocess import Preprocess
from lusgui.nn.unet import UNet
from lusgui.nn.zoom import ZoomUNet
from training.engine.repeatable import repeatable
from training.learning.course import Course
from training.learning.heads import network_for, outputs_for
from training.learning.resident import ROOM, make_resident
from training.learning.tasks import WHOLE_VIEWS, ZOOM_VIEWS, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from training.dataset import Sample
    from training.learning.settings import LearnSettings

STEPS, BATCH, RATE = 60, 2, 2e-4
"""Of the course on points, where no time is given."""

WHERE, KEEP, HIT = 0.2, 1.0, 0.05
"""Weights: of saying where, of answering as before, of answering yes on the points."""

DECODER = ("b6", "b7", "b8", "b9", "head")


@dataclass(frozen=True)
class PointView:
    """Views of frames with points.

    Parameters
    ----------
    images : (N, C, H, W) tensor
        What the network sees.
    discs : (N, L, H, W) tensor
        Coverage of the discs around points.
    before : (N, L, H, W) tensor
        Probability that the base answers.
    """

    images: Tensor
    discs: Tensor
    before: Tensor


class PointNetwork(nn.Module):
    """A U-Net with a second head on its deepest features that says where points lie.

    Parameters
    ----------
    unet : UNet
        Taken over, not copied.
    points : int
        Labels with points.
    """

    def __init__(self, unet: UNet, points: int) -> None:
        super().__init__()
        self.unet = unet
        width = dict(unet.init_args)["base_width"]
        assert isinstance(width, int)
        self.where = nn.Conv2d(16 * width, points, 1)
        for value in self.where.parameters():
            nn.init.zeros_(value)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return where (N, P, H/16, W/16) and the answer (N, L, H, W), both logits."""
        net = self.unet
        x1 = net.b1(x)
        x2 = net.b2(net.pool(x1))
        x3 = net.b3(net.pool(x2))
        x4 = net.b4(net.pool(x3))
        deep = net.b5b(net.b5a(net.pool(x4)))
        up = net.b9(x1, net.b8(x2, net.b7(x3, net.b6(x4, net.dropout(deep)))))
        answer: Tensor = net.head(up)
        return self.where(deep), answer


class PointTask:
    """Views of frames with points and what the answers cost.

    Parameters
    ----------
    source : Source
        The frames; their masks are discs.
    before : UNet
        The base, on the device of the frames.
    known : tuple of int
        Outputs that the base answers and should go on answering.
    feed : callable
        What is done to gray last.
    """

    def __init__(
        self, source: Source, before: UNet, known: tuple[int, ...], feed: Callable[[Tensor], Tensor]
    ) -> None:
        self._source, self._before, self._known, self._feed = source, before, known, feed

    def batch(self, size: int, generator: torch.Generator) -> PointView:
        """Return views of so many frames."""
        view = self._source.draw(size, 0, generator)
        images = self._feed(view.images)
        with torch.no_grad():
            before = torch.sigmoid(self._before(images).float())
        return PointView(images, view.masks * view.known, before)

    def loss(self, network: nn.Module, batch: PointView) -> Tensor:
        """Return what the answers to a batch cost."""
        where, answer = (value.float() for value in network(batch.images))
        total = WHERE * where_loss(where, batch.discs) + HIT * hit_loss(answer, batch.discs)
        if self._known:
            kept = list(self._known)
            loss = nn.functional.binary_cross_entropy_with_logits(answer[:, kept], batch.before[:, kept])
            total = total + KEEP * loss
        return total


def where_loss(where: Tensor, discs: Tensor) -> Tensor:
    """Return the cross-entropy between where (N, L, h, w) points are said to be and where they are.

    Both are taken as distributions over the coarse grid, so that a frame of many points counts as much as
    one of a single point. Zero where a view shows no point.
    """
    wanted = nn.functional.avg_pool2d(discs, SIZE_STEP).flatten(2)  # (N, L, cells)
    mass = wanted.sum(2, keepdim=True)
    cost = -(wanted / mass.clamp(min=1e-9) * where.flatten(2).log_softmax(2)).sum(2)
    shown = mass[..., 0] > 0
    return (cost * shown).sum() / shown.sum().clamp(min=1)


def hit_loss(answer: Tensor, discs: Tensor) -> Tensor:
    """Return how far the answer (N, L, H, W) is from yes in the middle of the discs."""
    inside = (discs > 0.5).float()
    return -(nn.functional.logsigmoid(answer) * inside).sum() / inside.sum().clamp(min=1)


def prepare_base(
    base: LoadedModel,
    samples: Sequence[Sample],
    settings: LearnSettings,
    stop: Callable[[], bool] | None = None,
    *,
    on_step: Callable[[int, int, float], None] | None = None,
) -> LoadedModel:
    """Let centre points prepare the encoder of a model; the model itself is left as it is.

    Parameters
    ----------
    base : LoadedModel
        What a run starts from. Of a `ZoomUNet` the coarse network learns, which finds the structure.
    samples : sequence of Sample
        Frames with points, see `training.learning.cheap.discs.disc_sample`.
    settings : LearnSettings
        Seed, device, precision, moving average and, unless `steps` says it, the time.
    stop : callable, optional
        Asked before each batch; true ends with what there is.
    on_step : callable, optional
        Told the step, of how many, and its loss.

    Returns
    -------
    LoadedModel
        The prepared model; `base` itself where it is of a kind that cannot be prepared, or there are no
        points.
    """
    labels = tuple(dict.fromkeys(label for sample in samples for label in sample.masks))
    outputs = outputs_for(base.card.labels, labels)
    network = network_for(base, outputs, settings.seed) if labels else base.network
    part = network.coarse if isinstance(network, ZoomUNet) else network
    if not labels or not isinstance(part, UNet):
        return base
    device = choose_device(settings.device)
    preprocess = Preprocess.from_card(base.card)
    is_zoom = isinstance(network, ZoomUNet)
    shape = (network.coarse_side,) * 2 if isinstance(network, ZoomUNet) else preprocess.input_shape
    canvas = (round(shape[0] * ROOM), round(shape[1] * ROOM))
    frames = make_resident(samples, outputs, canvas, base.card).to(device)
    views = ZOOM_VIEWS if is_zoom else WHOLE_VIEWS
    source = Source(frames, None, (shape[0], shape[1]), views, up_down=is_zoom)
    known = tuple(i for i, label in enumerate(outputs) if label in base.card.labels)
    pointed = PointNetwork(copy.deepcopy(part), len(outputs)).to(device).requires_grad_(True)
    for name in DECODER:
        pointed.unet.get_submodule(name).requires_grad_(False)
    before = copy.deepcopy(part).to(device).eval().requires_grad_(False)
    channels = preprocess.in_channels

    def feed(gray: Tensor) -> Tensor:
        return preprocess.normalise(gray).expand(-1, channels, -1, -1)

    settings = replace(settings, batch=BATCH, judgements=0, pull=0.0)
    if settings.steps is None and settings.minutes is None:
        settings = replace(settings, steps=STEPS)
    with repeatable(device):
        course = Course(pointed, PointTask(source, before, known, feed), settings, RATE, device)
        walked = course.run(on_step or _ignore, _ignore, stop or _never)
    if walked.step == 0:
        return base
    assert isinstance(walked.network, PointNetwork)
    network = copy.deepcopy(network)
    target = network.coarse if isinstance(network, ZoomUNet) else network
    target.load_state_dict(walked.network.unet.state_dict())
    card = base.card
    if outputs != tuple(card.labels):
        arguments = dict(network.init_args)  # type: ignore[arg-type]
        card = replace(card, labels=outputs, arguments=arguments, temperature=1.0, bias=0.0, least_mass=0.0)
    return LoadedModel(network.cpu().eval().requires_grad_(False), replace(card, digest=""))


def _ignore(*_values: object) -> None:
    return None


def _never() -> bool:
    return False
