"""Batches for learning clicks: looks at frames, several targets of each, the masks there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from training.click.clicking import click_each, damage, start_marks
from training.click.views import draw_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from lusgui.nn.click.maps import Marks
    from training.click.frames import Frame, Target
    from training.click.views import Look

SHARES = {
    "fetal_cerebellum": 0.2,
    "usgra": 0.24,
    "hc18": 0.1,
    "ribs": 0.14,
    "simulated lung": 0.12,
    "simulated cyst": 0.07,
    "simulated head": 0.08,
    "simulated salient": 0.05,
}
"""Of the frames drawn, by source; sets that are not there leave theirs to the others."""

NOTHING_SHARE = 0.06
"""Of the marks on frames where everything is known, those that are on nothing and are to find nothing."""

DAMAGED_SHARE = 0.25
"""Of the starts, those from a mask that is there already."""

OTHERS_SHARE = 0.2
"""Of the starts, those where other structures' masks are there."""

BOOST = 1.5
"""Coverage on the decoder's grid counts so many times, at most 1: arcs thinner than its pixels stay."""

WHOLE_SHARE = 0.2
"""Of the targets of a label that has several components, all of them together."""

CLEAR = 6
"""Pixels of the decoder's grid that a click on nothing stays away from every target."""


@dataclass
class Quest:
    """One target in one look, and how far its clicking is.

    Parameters
    ----------
    look : int
        Which look of the batch.
    plane : int
        Which plane of the look is its mask; 0 for nothing.
    truth : (g, g) bool ndarray
        On the decoder's grid.
    marks : Marks
        Given so far.
    previous : (g, g) bool ndarray
        The mask there before.
    others : (g, g) bool ndarray
        Of it, what belongs to other structures.
    """

    look: int
    plane: int
    truth: NDArray[np.bool_]
    marks: Marks
    previous: NDArray[np.bool_]
    others: NDArray[np.bool_]


@dataclass(frozen=True)
class Batch:
    """Looks with their images on the coarse grid, and the quests in them."""

    looks: list[Look]
    images: Tensor
    """(N, 1, S, S)"""
    quests: list[Quest]
    truths: Tensor
    """(N * quests, 1, g, g) coverage on the decoder's grid"""


class Drawer:
    """Draws batches, each a function of the seed and its number alone.

    Parameters
    ----------
    frames : sequence of Frame
        To learn from.
    seed : int
        Of the course.
    side : int
        Of the coarse grid.
    looks, quests : int
        Looks a batch, and targets clicked on in each.
    """

    def __init__(
        self, frames: Sequence[Frame], seed: int, side: int, looks: int = 6, quests: int = 2
    ) -> None:
        self._by_source: dict[str, list[Frame]] = {}
        for frame in frames:
            self._by_source.setdefault(frame.source, []).append(frame)
        self._sources = sorted(self._by_source)
        shares = np.array([SHARES.get(source, 0.1) for source in self._sources])
        self._shares = shares / shares.sum()
        self._seed, self._side, self._looks, self._quests = seed, side, looks, quests

    def draw(self, number: int) -> Batch:
        """Return batch `number`."""
        random = np.random.default_rng((self._seed, number))
        looks: list[Look] = []
        quests: list[Quest] = []
        images: list[Tensor] = []
        truths: list[Tensor] = []
        while len(looks) < self._looks:
            source = str(random.choice(self._sources, p=self._shares))
            of_source = self._by_source[source]
            frame = of_source[int(random.integers(len(of_source)))]
            look, found, coverage, image = self._quests_of(frame, random, len(looks))
            if found:
                looks.append(look)
                images.append(image)
                quests += found
                truths += coverage
        return Batch(looks, torch.stack(images), quests, torch.stack(truths))

    def _quests_of(
        self, frame: Frame, random: np.random.Generator, number: int
    ) -> tuple[Look, list[Quest], list[Tensor], Tensor]:
        targets = _choose_targets(frame, random)
        look = draw_look(frame, targets, random)
        coarse = look.sample(self._side)  # (1 + T, S, S)
        grid = (torch.nn.functional.avg_pool2d(coarse[None], 2)[0] * BOOST).clamp(max=1.0)
        masks = (grid[1:] >= 0.5).numpy()
        quests: list[Quest] = []
        coverage: list[Tensor] = []
        visible = [index for index in range(len(targets)) if masks[index].sum() >= 4]
        while len(quests) < self._quests:
            is_nothing = frame.is_complete and (not visible or random.random() < NOTHING_SHARE)
            if is_nothing:
                quest = _quest_on_nothing(masks, number, random)
            elif visible:
                # the first is why the look lies where it does
                first = visible[0] if not quests or random.random() < 0.5 else int(random.choice(visible))
                quest = _quest(masks, targets, first, visible, number, random)
            else:
                quest = None
            if quest is None:
                return look, [], [], grid[:1]
            quests.append(quest)
            coverage.append(grid[quest.plane][None] if quest.plane else torch.zeros_like(grid[:1]))
        return look, quests, coverage, coarse[:1]


def _choose_targets(frame: Frame, random: np.random.Generator) -> list[Target]:
    """Return the targets of a frame, the one to look at first: labels alike, components before unions."""
    if not frame.targets:
        return []
    labels = sorted({each.label for each in frame.targets})
    label = str(random.choice(labels))
    of_label = [each for each in frame.targets if each.label == label]
    wholes = [each for each in of_label if each.is_whole]
    parts = [each for each in of_label if not each.is_whole]
    pool = wholes if wholes and random.random() < WHOLE_SHARE else parts
    chosen = pool[int(random.integers(len(pool)))]
    rest = [each for each in frame.targets if each is not chosen]
    random.shuffle(rest)
    return [chosen, *rest[:3]]


def _quest(
    masks: NDArray[np.bool_],
    targets: list[Target],
    index: int,
    visible: list[int],
    look: int,
    random: np.random.Generator,
) -> Quest:
    truth = masks[index]
    others = np.zeros_like(truth)
    if random.random() < OTHERS_SHARE:
        for other in visible:
            if other != index and not (masks[other] & truth).any():
                others = others | masks[other]
    mended = random.random() < DAMAGED_SHARE
    previous = damage(truth, random) if mended else np.zeros_like(truth)
    if previous.any():
        marks = _first_mend(truth, previous, random)
    elif targets[index].is_whole:
        marks = click_each(truth, random)  # one click cannot mean more than its component
    else:
        marks = start_marks(truth, random)
    return Quest(look, index + 1, truth, marks, previous | others, others)


def _first_mend(truth: NDArray[np.bool_], previous: NDArray[np.bool_], random: np.random.Generator) -> Marks:
    from lusgui.nn.click.maps import Marks
    from training.click.clicking import next_click

    click = next_click(truth, previous, random)
    if click is None:
        return start_marks(truth, random)
    return Marks().with_click(*click)


def _quest_on_nothing(masks: NDArray[np.bool_], look: int, random: np.random.Generator) -> Quest | None:
    from scipy.ndimage import binary_dilation

    from lusgui.nn.click.maps import Marks

    side = masks.shape[-1]
    known = binary_dilation(np.asarray(masks.any(0)), iterations=CLEAR)
    if known.all():
        return None
    places = np.flatnonzero(~known)
    row, col = divmod(int(places[random.integers(len(places))]), side)
    empty = np.zeros((side, side), bool)
    at = ((row + random.random()) / side, (col + random.random()) / side)
    return Quest(look, 0, empty, Marks().with_click(*at, True), empty, empty)
