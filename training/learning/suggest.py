"""Rating of frames by a model in a few seconds: which ones the person should draw next."""

from __future__ import annotations

import copy
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from lusgui.core.active import Doubt, Option, measure_doubt, rank
from lusgui.core.fading import fade_specks
from lusgui.core.learning.result import Suggestion
from lusgui.core.motion_cycle import SIDE, motion_cycle, principal_components, shrink_frame
from lusgui.core.overlap import dice
from lusgui.nn.predictor import Predictor
from lusgui.nn.preprocess import Preprocess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from lusgui.nn.checkpoint import LoadedModel

    Rated = tuple[int, int, NDArray[Any]]
    """Recording id, 0-based frame, gray (H, W) in [0, 1]."""

MOST_BYTES = 256 * 1024 * 1024
"""Frames beyond this are told by their small frames alone: they are not kept to be shown to a model."""

MARGIN = 0.1
"""In the scaled view the frame is so much smaller on each side."""

DROPOUT_VIEWS = 2


def suggest(
    active: LoadedModel | None,
    candidate: LoadedModel | None,
    frames: Iterable[Rated],
    labelled: Iterable[Rated],
    n: int = 20,
    budget_s: float = 10.0,
    stop: Callable[[], bool] = lambda: False,
    *,
    label: str = "",
    device: str = "cpu",
) -> list[Suggestion]:
    """Choose frames that are worth drawing next, each with its reasons.

    Parameters
    ----------
    active : LoadedModel or None
        The model that answers in the window.
    candidate : LoadedModel or None
        A newer version; None to rate with the active one alone. Without any model frames are chosen by what
        they look like.
    frames : iterable of (recording id, frame, gray)
        Frames that nobody drew yet; gray (H, W) in [0, 1] as the models want it (their dynamic range).
        Read once, so they may come from a generator.
    labelled : iterable of (recording id, frame, gray)
        Frames that are reviewed already, held out or not.
    n : int
        How many are wanted.
    budget_s : float
        Seconds for the models; frames that they do not come to are chosen by what they look like. Those that
        differ most from what is labelled are asked first.
    stop : callable
        Asked before every forward pass; true ends the asking, and what is known is answered.
    label : str
        Which output of the models; empty for the first. A model that does not know it is not asked.
    device : str
        As ``lusgui.nn.devices.choose_device`` understands it.

    Returns
    -------
    list of Suggestion
        The best first. `predicted_dice` is of the newer model's answer as the window shows it.
    """
    options, kept = _gather(frames)
    if not options or n <= 0:
        return []
    known, _left = _gather(labelled, keeps=False)
    options, known = _describe(options, known)
    end = time.monotonic() + budget_s
    active, candidate = (
        one if one is not None and _knows(one, label) else None for one in (active, candidate)
    )
    newest = candidate or active
    if newest is not None:
        rater = _Rater(newest, label, device)
        former = None
        if candidate is not None and active is not None and _differ(active, candidate):
            former = _Asked(active, label, device)
        for index in _farthest_first(options, known):
            if time.monotonic() >= end or stop():
                break
            gray = kept.get(index)
            if gray is not None:
                options[index] = rater.rate(options[index], gray, former, stop)
    picks = rank(options, known, n)
    return [
        Suggestion(
            one.option.recording_id,
            one.option.frame,
            float(one.score),
            one.reasons,
            None if one.option.doubt is None else one.option.doubt.shown_dice,
            label,
        )
        for one in picks
    ]


def _knows(model: LoadedModel, label: str) -> bool:
    """Whether a model answers for a label; one that was taught something else says nothing of it."""
    return not label or label in model.card.labels


def _differ(one: LoadedModel, other: LoadedModel) -> bool:
    """Whether two models are two versions; one that was not saved yet has no digest to tell it by."""
    return one is not other and (not other.card.digest or one.card.key != other.card.key)


def _gather(frames: Iterable[Rated], *, keeps: bool = True) -> tuple[list[Option], dict[int, NDArray[Any]]]:
    """Read frames once: their small frames as features, and as many as memory allows to show to a model."""
    options: list[Option] = []
    kept: dict[int, NDArray[Any]] = {}
    held = 0
    for recording_id, frame, gray in frames:
        if keeps and held + gray.size * 2 <= MOST_BYTES:
            kept[len(options)] = np.asarray(gray, np.float16)
            held += gray.size * 2
        options.append(Option(int(recording_id), int(frame), shrink_frame(_at_least_small(gray))))
    return options, kept


def _at_least_small(gray: NDArray[Any]) -> NDArray[Any]:
    """Repeat the pixels of a very small frame, so that it can be brought to a small frame."""
    times = [-(-SIDE // length) for length in gray.shape]
    return gray if max(times) == 1 else np.kron(gray, np.ones(times))


def _describe(options: list[Option], known: list[Option]) -> tuple[list[Option], list[Option]]:
    """Return the frames with features on one scale, and their places in the movement of their recording."""
    every = [*options, *known]
    features = principal_components(np.stack([one.features for one in every]))[0]
    described = [replace(one, features=row) for one, row in zip(every, features, strict=True)]
    for recording_id in {one.recording_id for one in every}:
        where = [i for i, one in enumerate(every) if one.recording_id == recording_id]
        where.sort(key=lambda i: every[i].frame)
        numbers = np.array([every[i].frame for i in where])
        first_of_each = np.flatnonzero(np.diff(numbers, prepend=-1) > 0)
        where = [where[i] for i in first_of_each]
        cycle = motion_cycle(np.stack([every[i].features for i in where]), numbers[first_of_each])
        if cycle is not None:
            for i, phase in zip(where, cycle.phase, strict=True):
                described[i] = replace(described[i], phase=float(phase), is_cyclic=cycle.is_cyclic)
    return described[: len(options)], described[len(options) :]


def _farthest_first(options: Sequence[Option], known: Sequence[Option]) -> list[int]:
    """Return the order in which each frame is the one that differs most from all before it.

    The greedy k-centre order (Gonzalez 1985, doi:10.1016/0304-3975(85)90224-5), as Sener and Savarese 2018
    (arXiv:1708.00489) use it to choose what to label.
    """
    features = np.stack([one.features for one in options])
    away = np.full(len(options), np.inf)
    for one in known:
        away = np.minimum(away, ((features - one.features) ** 2).sum(axis=1))
    if not known:
        away = ((features - features.mean(axis=0)) ** 2).sum(axis=1)
    order: list[int] = []
    is_left = np.ones(len(options), dtype=bool)
    for _turn in options:
        index = int(np.argmax(np.where(is_left, away, -1.0)))
        order.append(index)
        is_left[index] = False
        away = np.minimum(away, ((features - features[index]) ** 2).sum(axis=1))
    return order


class _Asked:
    """A model with the place of the label among its outputs."""

    def __init__(self, model: LoadedModel, label: str, device: str) -> None:
        self.predictor = Predictor(model, device)
        self.card = model.card
        self.label = label

    def probability(self, gray: NDArray[Any]) -> NDArray[np.float32]:
        """Return the probability (H, W) of the label."""
        return self.predictor.predict(gray, self.label)


class _Rater(_Asked):
    """The newest model, asked by several views of each frame."""

    def __init__(self, model: LoadedModel, label: str, device: str) -> None:
        super().__init__(model, label, device)
        self._dropping = _dropping(model.network)
        self._device = self.predictor.device
        if self._dropping is not None:
            self._dropping.to(self._device)
        self._preprocess = Preprocess.from_card(model.card)
        self._output = model.card.labels.index(self.label) if self.label else 0

    def rate(
        self, option: Option, gray: NDArray[Any], former: _Asked | None, stop: Callable[[], bool]
    ) -> Option:
        """Return a frame with how unsure the model is of it, and how far an older one agrees.

        When told to stop, the frame is judged by the views there are; with one view alone they agree.
        """
        gray = np.asarray(gray, np.float32)
        views = [self.probability(gray)]
        for look in (
            self._mirrored,
            self._scaled,
            *[self._dropped] * (DROPOUT_VIEWS if self._dropping else 0),
        ):
            if stop():
                break
            views.append(look(gray))
        doubt: Doubt = measure_doubt(np.stack(views), self.card.threshold)
        agreed = None
        if former is not None and not stop():
            before = former.probability(gray) >= former.card.threshold
            agreed = float(dice(before, views[0] >= self.card.threshold))
        return replace(option, doubt=doubt, versions_dice=agreed)

    def _mirrored(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        return self.probability(np.ascontiguousarray(gray[:, ::-1]))[:, ::-1]

    def _scaled(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        rows, cols = (max(1, round(length * MARGIN)) for length in gray.shape)
        wide = self.probability(np.pad(gray, ((rows, rows), (cols, cols)), mode="reflect"))
        return wide[rows:-rows, cols:-cols]

    def _dropped(self, gray: NDArray[np.float32]) -> NDArray[np.float32]:
        assert self._dropping is not None
        with torch.inference_mode():
            logits = self._dropping(self._preprocess.forward(gray).to(self._device)).float().cpu()
        planes = self._preprocess.inverse(self._preprocess.probability(logits)[0], gray.shape)
        faded: NDArray[np.float32] = fade_specks(planes, self.card.least_mass)[self._output]
        return faded


def _dropping(network: nn.Module) -> nn.Module | None:
    """Return a copy of a network that drops units as in training, or None where it never does."""
    kinds = (nn.Dropout, nn.Dropout2d)
    if not any(isinstance(module, kinds) and module.p > 0 for module in network.modules()):
        return None
    copied = copy.deepcopy(network).eval()
    for module in copied.modules():
        if isinstance(module, kinds):
            module.train()
    return copied
