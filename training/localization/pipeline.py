"""The two steps of Hu et al. 2018: a localizer from centres, then a decoder on its encoder from masks."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from lusgui.core.contrast import PLAIN, ContrastSettings
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.devices import choose_device
from lusgui.nn.freezing import set_training_mode
from lusgui.nn.registry import build
from training.augment import augment_settings
from training.bases import Base
from training.detection.watch import refuse_half_done
from training.judging import judge
from training.localization.points import LocalizationError, has_points, make_point_stack
from training.localization.preprocess import equalised
from training.localization.task import LocalizationTask, judge_points
from training.trials import Trial, make_card, make_task, prepare_network

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from torch import Tensor, nn

    from training.augment import AugmentSettings
    from training.data.splits import Fold
    from training.dataset import Sample
    from training.engine.fit import Task
    from training.engine.run_folder import RunFolder
    from training.engine.settings import FitSettings

    OnEpoch = Callable[[dict[str, float]], None]

VERSION = "1.0"
LOCALIZED, SCRATCH, TUNED = "localized", "scratch", "localized, all"
"""Ways of training: on a localizer's frozen encoder, from random weights, on an encoder that still learns."""


@dataclass(frozen=True)
class LocalizerResult:
    """A trained localizer.

    Parameters
    ----------
    model : LoadedModel
        Its best epoch; the card holds the scores.
    scores : mapping of str to float
        On the test frames: ``distance_px`` and ``mse_px2`` on the raw grid, ``loss``.
    history : tuple of dict
        One row an epoch.
    seconds : float
        Of training.
    """

    model: LoadedModel
    scores: Mapping[str, float]
    history: tuple[dict[str, float], ...]
    seconds: float

    @property
    def base(self) -> Base:
        """The localizer as what a segmenter starts from."""
        card = self.model.card
        state = self.model.network.state_dict()
        return Base(card.key, state, card.architecture, dict(card.arguments), card)


def train_localizer(
    samples: Sequence[Sample],
    fold: Fold,
    label: str,
    fit_settings: FitSettings,
    *,
    arguments: Mapping[str, Any],
    side: int,
    augment: str | AugmentSettings | None = None,
    contrast: ContrastSettings = PLAIN,
    run: RunFolder | None = None,
    on_epoch: OnEpoch | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> LocalizerResult:
    """Teach a localizer on the centres of a fold.

    Parameters
    ----------
    samples : sequence of Sample
        All frames; those without a centre are left out.
    fold : Fold
        Which of them train, choose the epoch, and are judged.
    label : str
        Whose centre.
    fit_settings : FitSettings
        The loop; RMSprop as published.
    arguments : mapping
        Of the network.
    side : int
        Rows and columns of its input.
    augment : str or AugmentSettings, optional
        Views in training, by name or as settings; None for the frames as they are.
    contrast : ContrastSettings
        What is done to gray first.
    run : RunFolder, optional
        Where curves and states are kept.
    on_epoch, cancelled
        As ``training.engine.fit.fit``.

    Raises
    ------
    LocalizationError
        If no training frame has a centre.
    CancelledError
        If it was stopped; with a run folder the same call goes on.
    """
    from training.engine.fit import fit

    def stack(indices: Sequence[int]) -> Any:  # noqa: ANN401
        known = [samples[i] for i in indices if has_points(samples[i], (label,))]
        changed = [equalised(sample, contrast) for sample in known]
        return make_point_stack(changed, (label,), side) if known else None

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(fit_settings.seed)
        network = build("hu-localizer", **{**arguments, "out_channels": 1, "input_side": side})
    channels = int(network.init_args["in_channels"])  # type: ignore[index]
    train = stack(fold.train)
    if train is None:
        raise LocalizationError(f"no frame to learn from knows the centre of '{label}'")
    task = LocalizationTask(
        train,
        stack(fold.validation),
        batch_size=fit_settings.batch_size,
        augment=augment_settings(augment) if isinstance(augment, str) else augment,
        channels=channels,
    )
    result = fit(network, task, fit_settings, run, on_epoch=on_epoch, cancelled=cancelled)
    refuse_half_done(result)
    trained = result.network.eval().requires_grad_(False)
    test = stack(fold.test)
    device = choose_device(fit_settings.device)
    scores = {} if test is None else judge_points(trained.to(device), test, channels, device)
    card = ModelCard(
        name="hu-localizer",
        version=VERSION,
        architecture="hu-localizer",
        labels=(label,),
        input_shape=(side, side),
        arguments=dict(trained.init_args),  # type: ignore[arg-type]
        contrast=None if contrast == PLAIN else contrast.to_json(),
        seed=fit_settings.seed,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        scores={name: round(value, 4) for name, value in scores.items()},
        data=f"{len(train)} frames with a centre, of {len(set(train.groups))} groups",
    )
    return LocalizerResult(LoadedModel(trained.cpu(), card), scores, result.history, result.seconds)


@dataclass(frozen=True)
class SegmenterResult:
    """A trained segmenter.

    Parameters
    ----------
    model : LoadedModel
        Its best epoch.
    rows : tuple of dict
        One a test frame; see ``training.metrics.frame.score_mask``.
    history : tuple of dict
        One row an epoch.
    seconds : float
        Of training.
    """

    model: LoadedModel
    rows: tuple[dict[str, Any], ...]
    history: tuple[dict[str, float], ...]
    seconds: float

    @property
    def dice(self) -> dict[str, float]:
        """Dice of each test frame that shows the label, by its name."""
        return {row["name"]: float(row["dice"]) for row in self.rows if row["dice"] is not None}


def train_segmenter(
    samples: Sequence[Sample],
    fold: Fold,
    trial: Trial,
    *,
    freeze_statistics: bool = True,
    run: RunFolder | None = None,
    on_epoch: OnEpoch | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> SegmenterResult:
    """Teach a segmenter and judge it through the predictor that the window uses.

    Parameters
    ----------
    samples : sequence of Sample
        All frames.
    fold : Fold
        Which of them train, choose the epoch, and are judged.
    trial : Trial
        What and how; see `segmenter_trial`.
    freeze_statistics : bool
        Whether frozen batch normalisations rest too. If not they follow the batches, as they do where nobody
        takes care, and the frozen encoder no longer answers what it learnt.
    run : RunFolder, optional
        Where curves and states are kept.
    on_epoch, cancelled
        As ``training.engine.fit.fit``.
    """
    from training.engine.fit import fit

    network, _ = prepare_network(trial)
    channels = int(network.init_args["in_channels"])  # type: ignore[index]
    task: Task = make_task(trial, samples, fold, channels)
    if not freeze_statistics:
        task = MovingStatistics(task)
    result = fit(network, task, trial.fit, run, on_epoch=on_epoch, cancelled=cancelled)
    refuse_half_done(result)
    trained = result.network.eval().requires_grad_(False)
    card = make_card(trial, trained)
    rows = judge(LoadedModel(trained, card), [samples[i] for i in fold.test], trial)
    dice = [float(row["dice"]) for row in rows if row["dice"] is not None]
    scores = {"dice_mean": round(float(np.mean(dice)), 4), "frames": len(dice)} if dice else {}
    model = LoadedModel(trained, replace(card, scores=scores))
    return SegmenterResult(model, tuple(rows), result.history, result.seconds)


def segmenter_trial(
    way: str,
    localizer: Base | None,
    label: str,
    fit_settings: FitSettings,
    *,
    arguments: Mapping[str, Any],
    side: int,
    loss: str = "log-dice",
    augment: str | AugmentSettings | None = None,
    contrast: ContrastSettings = PLAIN,
) -> Trial:
    """Return what a way of training is: `LOCALIZED`, `SCRATCH` or `TUNED`."""
    return Trial(
        architecture="hu-unet",
        arguments=dict(arguments),
        label=label,
        input_shape=(side, side),
        base=None if way == SCRATCH else localizer,
        strategy="encoder-frozen" if way == LOCALIZED else "all",
        head="new",
        loss=loss,
        augment=augment,
        fit=fit_settings,
        contrast=contrast,
        name=f"hu-unet-{way.replace(', ', '-')}",
    )


def few_masks(samples: Sequence[Sample], fold: Fold, label: str, count: int, seed: int) -> Fold:
    """Return the fold with only `count` of its training masks, 0 for all; fewer are part of more.

    Frames whose masks are unknown fall out of all three sides.
    """
    known = [i for i in fold.train if label in samples[i].masks]
    order = [int(i) for i in np.random.default_rng((seed, len(known), 5)).permutation(known)]
    kept = tuple(sorted(order[:count] if count else order))
    sides = [tuple(i for i in side if label in samples[i].masks) for side in (fold.validation, fold.test)]
    return replace(fold, train=kept, validation=sides[0], test=sides[1])


class MovingStatistics:
    """A task in which the batch normalisations of frozen parts follow the batches all the same.

    Parameters
    ----------
    task : Task
        What is learnt.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self.steps_per_epoch = task.steps_per_epoch
        if hasattr(task, "weight"):
            self.weight = task.weight

    def batch(self, step: int, size: int, generator: torch.Generator, device: torch.device) -> Any:  # noqa: ANN401
        """Return the task's batch."""
        return self._task.batch(step, size, generator, device)

    def loss(self, network: nn.Module, batch: Any) -> Tensor:  # noqa: ANN401
        """Return the task's loss with all statistics moving."""
        set_training_mode(network, statistics_move=True)
        return self._task.loss(network, batch)

    def validate(self, network: nn.Module, device: torch.device) -> dict[str, float]:
        """Return the task's scores."""
        return self._task.validate(network, device)
