"""The course: simulated clicking on batches, losses, steps, states to go on from."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from lusgui.nn.click.maps import RADIUS, draw_marks
from lusgui.nn.click.network import DECODER_STRIDE
from lusgui.nn.click.zoom import LEAST_SIDE, object_box, view_around
from training.click.batches import Drawer
from training.click.clicking import next_click
from training.click.loss import click_loss, soft_dice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from torch import Tensor

    from lusgui.nn.click.network import ClickNet, Features
    from training.click.batches import Batch, Quest
    from training.click.frames import Frame

_log = logging.getLogger(__name__)

LEVEL = 0.5
EMA_DECAY = 0.998
LEAST_RATE = 0.02
"""Of the highest learning rate, what is left at the end."""

TRUTH_SHARE = 0.25
"""Of the crops, those around the truth and not around what the coarse pass found."""


@dataclass(frozen=True)
class CourseSettings:
    """How a click network learns.

    Parameters
    ----------
    steps : int
        Batches.
    seed : int
        Of everything drawn at random.
    minutes : float, optional
        Budget of time; the learning rate falls with whatever is used up first.
    iterations : int
        Clicks that are simulated at most before the one that is learnt from; 0 for none at all.
    looks, quests : int
        Looks a batch, and targets in each.
    rate : float
        Highest learning rate.
    decay : float
        Weight decay.
    """

    steps: int = 3000
    seed: int = 0
    minutes: float | None = None
    iterations: int = 3
    looks: int = 6
    quests: int = 2
    rate: float = 2e-3
    decay: float = 1e-3


@dataclass
class State:
    """How far a course is."""

    step: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


class Course:
    """Teaches a network; can be stopped anywhere and taken up again from its state.

    Parameters
    ----------
    network : ClickNet
        Learns in place.
    frames : sequence of Frame
        To learn from.
    settings : CourseSettings
        How.
    """

    def __init__(self, network: ClickNet, frames: Sequence[Frame], settings: CourseSettings) -> None:
        self.network, self.settings = network, settings
        self.state = State()
        self.mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self._optimiser = torch.optim.AdamW(
            network.parameters(), lr=settings.rate, weight_decay=settings.decay, betas=(0.9, 0.99)
        )
        self._drawer = Drawer(frames, settings.seed, network.coarse_side, settings.looks, settings.quests)
        self._grid = network.coarse_side // DECODER_STRIDE

    def run(
        self,
        *,
        on_step: Callable[[State], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> str:
        """Take steps until they, the time or somebody's patience are at an end; return which."""
        self.network.train()
        while self.state.step < self.settings.steps:
            if cancelled():
                return "cancelled"
            if self._spent() >= 1:
                return "time"
            began = time.perf_counter()
            losses = self.step()
            self.state.seconds += time.perf_counter() - began
            self.state.history.append(losses)
            if on_step is not None:
                on_step(self.state)
        return "steps"

    def step(self) -> dict[str, float]:
        """Learn from the next batch; return what it cost."""
        number = self.state.step
        random = np.random.default_rng((self.settings.seed, number, 1))
        for group in self._optimiser.param_groups:
            group["lr"] = self._rate()
        batch = self._drawer.draw(number)
        features = self.network.encode(batch.images).repeat(self.settings.quests)
        coarse, prompt = self._click(batch, features, random)
        coarse_loss = click_loss(coarse, batch.truths)
        fine, truths = self._refine(batch, coarse.detach(), random)
        fine_loss = click_loss(fine, truths)
        loss = coarse_loss + fine_loss
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 2.0)
        self._optimiser.step()
        self.state.step += 1
        self._average()
        with torch.no_grad():
            dices = [1 - soft_dice(*pair).mean().item() for pair in ((coarse, batch.truths), (fine, truths))]
        return {
            "coarse": coarse_loss.item(),
            "fine": fine_loss.item(),
            "coarse_dice": dices[0],
            "fine_dice": dices[1],
            "clicks": prompt,
        }

    def _click(self, batch: Batch, features: Features, random: np.random.Generator) -> tuple[Tensor, float]:
        """Simulate clicking, then answer once more with gradients; return logits and the mean of clicks."""
        rounds = int(random.integers(self.settings.iterations + 1))
        with torch.no_grad():
            for _ in range(rounds):
                logits = self.network.decode(features, self.prompts(batch.quests))
                answers = (logits[:, 0] > 0).numpy()
                for quest, answer in zip(batch.quests, answers, strict=True):
                    _go_on(quest, answer, random)
        logits = self.network.decode(features, self.prompts(batch.quests))
        return logits, float(np.mean([len(quest.marks.clicks) for quest in batch.quests]))

    def prompts(self, quests: Sequence[Quest]) -> Tensor:
        """Return the prompts (N, PROMPT_CHANNELS, g, g) of quests on the decoder's grid."""
        planes = [
            np.concatenate(
                [
                    draw_marks(quest.marks, (0.0, 0.0, 1.0, 1.0), self._grid, RADIUS / DECODER_STRIDE),
                    quest.previous[None].astype(np.float32),
                ]
            )
            for quest in quests
        ]
        return torch.from_numpy(np.stack(planes))

    def _refine(self, batch: Batch, coarse: Tensor, random: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Return what the fine network says of a crop or two of each look, and the truth there."""
        side = self.network.fine_side
        images, seen, prompts, truths = [], [], [], []
        probability = torch.sigmoid(coarse)
        for index, quest in enumerate(batch.quests):
            if index % self.settings.quests and random.random() < 0.5:
                continue  # crops cost most
            look = batch.looks[quest.look]
            view = self._view(quest, probability[index, 0].numpy(), look.aspect, random)
            planes = look.sample(side, view)
            images.append(planes[:1])
            truths.append(planes[quest.plane][None] if quest.plane else torch.zeros_like(planes[:1]))
            around = torch.stack([probability[index, 0], torch.from_numpy(quest.previous).float()])
            around = sample_view(around[None], view, side)[0]
            seen.append(around[:1])
            marks = torch.from_numpy(draw_marks(quest.marks, view, side))
            prompts.append(torch.cat([marks, around[1:]]))
        fine = self.network.refine(torch.stack(images), torch.stack(seen), torch.stack(prompts))
        return fine, torch.stack(truths)

    @staticmethod
    def _view(
        quest: Quest, coarse: np.ndarray, aspect: float, random: np.random.Generator
    ) -> tuple[float, float, float, float]:
        if quest.plane and random.random() < TRUTH_SHARE:
            box = object_box(quest.truth.astype(np.float32), quest.marks, None)
        else:
            box = object_box(coarse, quest.marks, quest.previous if quest.previous.any() else None)
        low, high = (
            np.array((0.4, 0.4) if box is None else box[:2]),
            np.array((0.6, 0.6) if box is None else box[2:]),
        )
        slack = np.maximum(high - low, LEAST_SIDE / 4) * 0.08
        low, high = low + random.normal(0, 1, 2) * slack, high + random.normal(0, 1, 2) * slack
        low, high = np.minimum(low, high), np.maximum(low, high)
        return view_around((*low, *high), aspect, random.uniform(1.25, 1.8))

    def _spent(self) -> float:
        settings, state = self.settings, self.state
        by_time = 0.0 if settings.minutes is None else state.seconds / (60 * settings.minutes)
        return max(by_time, state.step / settings.steps)

    def _rate(self) -> float:
        warm = min((self.state.step + 1) / 100, 1.0)
        falling = 0.5 * (1 + math.cos(math.pi * min(self._spent(), 1.0)))
        return self.settings.rate * warm * (LEAST_RATE + (1 - LEAST_RATE) * falling)

    def _average(self) -> None:
        decay = min(EMA_DECAY, (1 + self.state.step) / (10 + self.state.step))
        for name, value in self.network.state_dict().items():
            self.mean[name].lerp_(value, 1 - decay)

    def save(self, path: Path) -> None:
        """Write everything needed to go on."""
        from lusgui.base.atomic import atomic_path

        stored = {
            "network": self.network.state_dict(),
            "mean": self.mean,
            "optimiser": self._optimiser.state_dict(),
            "step": self.state.step,
            "seconds": self.state.seconds,
            "history": self.state.history,
        }
        with atomic_path(path, overwrite=True) as temporary:
            torch.save(stored, temporary)

    def restore(self, path: Path) -> None:
        """Go on from where `save` was called."""
        stored = torch.load(path, map_location="cpu", weights_only=True)
        self.network.load_state_dict(stored["network"])
        self.mean = stored["mean"]
        self._optimiser.load_state_dict(stored["optimiser"])
        self.state = State(stored["step"], stored["seconds"], stored["history"])


def sample_view(planes: Tensor, view: tuple[float, float, float, float], side: int) -> Tensor:
    """Return (N, C, side, side): part of planes (N, C, g, g), resampled."""
    from lusgui.nn.cropping import crop

    return crop(planes, torch.tensor([view], dtype=torch.float32).expand(len(planes), 4), side)


def _go_on(quest: Quest, answer: np.ndarray, random: np.random.Generator) -> None:
    """Give a quest its next click, and the answer as the mask there before."""
    answer = answer & ~quest.others
    click = next_click(quest.truth, answer, random)
    if click is not None:
        quest.marks = quest.marks.with_click(*click)
    quest.previous = answer | quest.others
