"""Frames made ready once, to be learnt on top of a model as often as wanted."""

from __future__ import annotations

import copy
import datetime
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.conv_lora import has_adapters, merge
from lusgui.nn.devices import choose_device
from lusgui.nn.freezing import apply_strategy, learning_parameters
from lusgui.nn.preprocess import Preprocess, resize
from lusgui.nn.zoom import ZoomUNet, locate
from training.engine.repeatable import repeatable
from training.engine.settings import TrainingError
from training.learning.calibrate import calibrate_by, raw_probabilities
from training.learning.course import Course
from training.learning.heads import network_for, outputs_for
from training.learning.judging import judge_samples, summary
from training.learning.resident import IGNORED, ROOM, Resident, make_resident, squares_around
from training.learning.settings import LearnSettings, choose_strategy
from training.learning.tasks import WHOLE_VIEWS, ZOOM_VIEWS, Source, WholeTask, ZoomTask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lusgui.core.model_card import ModelCard
    from training.dataset import Sample

LEARNING_RATE = 1e-3
ZOOM_LEARNING_RATE = 4e-4
"""Highest rate where nobody said another; networks that zoom lose what they find with at the higher one."""

SHARE = 0.75
"""How far from the base's weights to the learnt ones the answer lies where nobody said it: nearly all is
gained on the recordings that were learnt, and on others more is kept. Not for networks that zoom, which found
nothing on the way, and not for a label that the base does not know."""

LONG = 1000
"""Batches from which on the answer lies the whole way: who gives minutes wants a model of these recordings.
On a simulated chest it gained 0.1 of Dice after 1500 batches (0.84 instead of 0.73); on drawn ribs after 360
only 0.01 on the recording itself, and it lost 0.14 on recordings of another machine."""

ZOOM_REPLAY = 2.0
"""Networks that zoom are shown so many times the share of the base's own frames."""

STEPS = 120
"""Batches where neither they nor a time are given."""

MOST_JUDGED = 8
"""Held-out frames judged on the way, evenly spread; all are judged at the end."""

_FINE_ROOM = 1.2


@dataclass(frozen=True)
class Tuned:
    """What came of learning.

    Parameters
    ----------
    model : LoadedModel
        The network with averaged weights and a card of its own; where frames were held out its temperature
        is fitted on them.
    history : tuple of dict
        One row a judgement: ``step``, ``loss``, ``rate``, ``seconds``, ``part`` and, where frames were held
        out, ``dice``, ``hd95``, ``false_components`` (means).
    best_step : int
        Step of the best held-out Dice (0: the base); the last step where nothing was held out. The weights
        are those of the last step all the same: to take the best on the frames that decide would flatter.
    steps, step : int
        Batches meant, and done.
    seconds, images_per_s : float
        Of learning alone, without judging.
    strategy, why : str
        Which blocks learnt, and why these.
    parameters : tuple of int
        Those that learnt, and all.
    device : str
        ``cpu``, ``cuda`` or ``mps``.
    stopped : bool
        Whether `stop` ended it early.
    """

    model: LoadedModel
    history: tuple[dict[str, float], ...]
    best_step: int
    steps: int
    step: int
    seconds: float
    images_per_s: float
    strategy: str
    why: str
    parameters: tuple[int, int]
    device: str
    stopped: bool


class Tuner:
    """Frames made ready once, to learn all or some of them, as often as wanted.

    Parameters
    ----------
    base, learned, settings, labels, replay
        As `tune` takes them.

    Attributes
    ----------
    labels : tuple of str
        What is learnt.
    outputs : tuple of str
        What the network answers.
    choice : Choice
        The strategy, and why.
    device : torch.device
        Where it is computed.
    """

    def __init__(
        self,
        base: LoadedModel,
        learned: Sequence[Sample],
        settings: LearnSettings,
        *,
        labels: Sequence[str] | None = None,
        replay: Sequence[Sample] = (),
    ) -> None:
        base.card.require_task("segment")
        if settings.threads:
            torch.set_num_threads(settings.threads)
        self.base, self.settings = base, settings
        self.samples = list(learned)
        self.labels = tuple(labels) if labels else _labels_of(self.samples)
        if not any(label in sample.masks for sample in self.samples for label in self.labels):
            raise TrainingError(
                "there is no reviewed frame to learn from", remedy="Draw or accept some masks first"
            )
        self.outputs = outputs_for(base.card.labels, self.labels)
        self.device = choose_device(settings.device)
        masks = sum(
            any(label in sample.masks and sample.masks[label].any() for label in self.labels)
            for sample in self.samples
        )
        is_new = not set(self.labels) <= set(base.card.labels)
        self.choice = choose_strategy(settings.strategy, masks, is_new=is_new)
        # what was taught under another label says nothing of these
        self._replay = [s for s in replay if set(s.masks) & set(self.outputs)] if settings.replay > 0 else []
        self._preprocess = Preprocess.from_card(base.card)
        self._network = network_for(base, self.outputs, settings.seed)
        if isinstance(self._network, ZoomUNet):
            self._sources: tuple[Source, ...] = self._zoom_sources(self._network)
        else:
            self._sources = (self._whole_source(),)

    def fit(
        self,
        chosen: Sequence[int] | None = None,
        *,
        steps: int | None = None,
        held: Sequence[Sample] = (),
        on_epoch: Callable[[dict[str, float]], None] | None = None,
        on_step: Callable[[int, int, float], None] | None = None,
        stop: Callable[[], bool] | None = None,
        keep: Path | None = None,
    ) -> Tuned:
        """Learn the chosen frames (all if None); the rest as `tune`."""
        spread: Any = np.linspace(0, len(held) - 1, MOST_JUDGED).round().astype(int) if held else []
        shown = [held[i] for i in dict.fromkeys(int(i) for i in spread)]

        def judge(average: nn.Module) -> dict[str, float]:
            model = self.finish(average, course.steps or 0)
            return summary(judge_samples(model, shown, self.labels, self.device.type))

        with repeatable(self.device):
            course = self.course(chosen, steps=steps, judge=judge if shown else None, keep=keep)
            walked = course.run(on_step or _ignore, on_epoch or _ignore, stop or _never)
        model = self.finish(walked.network, walked.step)  # whoever stopped early is not there yet
        if held:
            model = calibrate_by(model, raw_probabilities(model, held, self.labels, self.device.type))
        return Tuned(
            model,
            walked.history,
            best_step(walked.history, walked.step),
            walked.steps,
            walked.step,
            walked.seconds,
            walked.images_per_s,
            self.choice.strategy,
            self.choice.why,
            self.parameters(),
            self.device.type,
            walked.stopped,
        )

    def course(
        self,
        chosen: Sequence[int] | None = None,
        *,
        steps: int | None = None,
        minutes: float | None = None,
        judge: Callable[[nn.Module], dict[str, float]] | None = None,
        keep: Path | None = None,
    ) -> Course:
        """Return a training of the chosen frames (all if None) that can be gone through bit by bit."""
        settings = self.settings
        steps = settings.steps if steps is None else steps
        minutes = settings.minutes if minutes is None else minutes
        if steps is None and minutes is None:
            steps = STEPS
        settings = replace(settings, steps=steps, minutes=minutes)
        network = apply_strategy(copy.deepcopy(self._network), self.choice.strategy)
        network.to(self.device)
        # group normalisation of channels-last bfloat16 costs more on a CPU than all convolutions together
        if self.device.type == "cuda":
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        zooms = len(self._sources) == 2
        rate = settings.learning_rate or (ZOOM_LEARNING_RATE if zooms else LEARNING_RATE)
        return Course(
            network,
            self._task(chosen),
            settings,
            rate,
            self.device,
            judge=judge,
            keep=keep,
            rated_for=None if zooms or settings.learning_rate else STEPS,
        )

    def share_after(self, steps: int) -> float:
        """Return how far on the way from the base's weights to the learnt ones the answer lies."""
        if self.settings.share is not None:
            return self.settings.share
        is_known = set(self.labels) <= set(self.base.card.labels) and bool(self.base.card.digest)
        return SHARE if is_known and len(self._sources) == 1 and steps < LONG else 1.0

    def parameters(self) -> tuple[int, int]:
        """Return how many numbers learn, and how many there are."""
        network = apply_strategy(copy.deepcopy(self._network), self.choice.strategy)
        learning = sum(p.numel() for p in learning_parameters(network))
        return learning, sum(p.numel() for p in self._network.parameters())

    def finish(self, average: nn.Module, steps: int) -> LoadedModel:
        """Return a model of the weights of a course of so many steps in all, left as they are."""
        return LoadedModel(self._finished(average, self.share_after(steps)), self.card())

    def card(self) -> ModelCard:
        """Return the card of what comes of it; name, scores and words are the caller's to fill in."""
        base = self.base.card
        same = self.outputs == tuple(base.labels)
        return replace(
            base,
            version=f"{base.version}-tuned"[:64],
            labels=self.outputs,
            arguments=dict(self._network.init_args),  # type: ignore[arg-type]
            bfloat16_dice=0.0,
            mixed_dice=0.0,
            temperature=base.temperature if same else 1.0,
            bias=base.bias if same else 0.0,
            least_mass=base.least_mass if same else 0.0,
            data=f"{len(self.samples)} frames of {len({s.group for s in self.samples})} recordings",
            split="",
            seed=self.settings.seed,
            scores={},
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
            parent=base.key,
            digest="",
        )

    def _finished(self, network: nn.Module, share: float) -> nn.Module:
        plain: nn.Module = merge(network) if has_adapters(network) else copy.deepcopy(network)
        plain = plain.cpu().to(memory_format=torch.contiguous_format).eval().requires_grad_(False)  # type: ignore[call-overload]
        if share < 1.0:
            start = self._network.state_dict()
            with torch.no_grad():
                for name, value in plain.state_dict().items():
                    if value.is_floating_point():
                        value.copy_(torch.lerp(start[name], value, share))
        return plain

    def _task(self, chosen: Sequence[int] | None) -> WholeTask | ZoomTask:
        sources = [
            source if chosen is None else replace(source, learned=source.learned.select(chosen))
            for source in self._sources
        ]
        channels = self._preprocess.in_channels

        def feed(gray: Tensor) -> Tensor:
            return self._preprocess.normalise(gray).expand(-1, channels, -1, -1)

        share = self.settings.replay
        if len(sources) == 2:
            return ZoomTask(sources[0], sources[1], min(share * ZOOM_REPLAY, 0.9), feed)
        return WholeTask(sources[0], share, feed)

    def _whole_source(self) -> Source:
        shape = self._preprocess.input_shape
        canvas = (round(shape[0] * ROOM), round(shape[1] * ROOM))
        learned, replayed = (self._frames(part, canvas) for part in (self.samples, self._replay))
        assert learned is not None
        return Source(
            learned.to(self.device),
            None if replayed is None else replayed.to(self.device),
            shape,
            WHOLE_VIEWS,
        )

    def _zoom_sources(self, network: ZoomUNet) -> tuple[Source, Source]:
        coarse, fine = network.coarse_side, network.fine_side
        canvas = (round(coarse * ROOM), round(coarse * ROOM))
        wholes: list[Resident | None] = []
        squares: list[Resident | None] = []
        for part in (self.samples, self._replay):
            frames = self._frames(part, self._preprocess.input_shape)
            if frames is None:
                wholes.append(None)
                squares.append(None)
                continue
            around = squares_around(frames, self._find(frames), network.margin * _FINE_ROOM)
            squares.append(frames.cut(around, round(fine * 1.5)).to(self.device))
            wholes.append(_shrink(frames, canvas).to(self.device))
        assert wholes[0] is not None
        assert squares[0] is not None
        return (
            Source(wholes[0], wholes[1], (coarse, coarse), ZOOM_VIEWS, up_down=True),
            Source(squares[0], squares[1], (fine, fine), ZOOM_VIEWS, up_down=True),
        )

    def _frames(self, samples: Sequence[Sample], canvas: tuple[int, int]) -> Resident | None:
        return make_resident(samples, self.outputs, canvas, self.base.card) if samples else None

    @torch.no_grad()
    def _find(self, frames: Resident) -> Tensor:
        """Return where the base finds the first output (N, 4); zero where it does not know it."""
        network, first = self.base.network, self.outputs[0]
        if first not in self.base.card.labels or not isinstance(network, ZoomUNet):
            return torch.zeros(len(frames), 4)
        channel = self.base.card.labels.index(first)
        side = (network.coarse_side, network.coarse_side)
        boxes = []
        for raw in frames.raw:
            fed = self._preprocess.normalise(resize(raw[None].float() / 255, side))
            logits = network.coarse(fed.expand(-1, self._preprocess.in_channels, -1, -1))
            boxes.append(locate(torch.sigmoid(logits[:, channel])))
        return torch.cat(boxes)


def best_step(history: Sequence[dict[str, float]], last: int) -> int:
    """Return the step of the best held-out Dice, the earliest of equals; `last` where none was judged."""
    judged = [row for row in history if math.isfinite(row.get("dice", math.nan))]
    if not judged:
        return last
    return int(max(judged, key=lambda row: (row["dice"], -row["step"]))["step"])


def _labels_of(samples: Sequence[Sample]) -> tuple[str, ...]:
    found = dict.fromkeys(label for sample in samples for label in sample.masks if label != IGNORED)
    if not found:
        raise TrainingError("no frame has a mask to learn", remedy="Draw or accept some masks first")
    return tuple(found)


def _shrink(frames: Resident, canvas: tuple[int, int]) -> Resident:
    def small(planes: Tensor) -> Tensor:
        return resize(planes.float(), canvas).round().clamp(0, 255).to(torch.uint8)

    return replace(
        frames,
        raw=small(frames.raw),
        despeckled=small(frames.despeckled),
        masks=small(frames.masks),
        doubtful=small(frames.doubtful),
    )


def _ignore(*_: object) -> None:
    pass


def _never() -> bool:
    return False
