"""One trial: a network trained on some frames and judged on others, the unit of every experiment."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from lusgui.base.errors import LusguiError
from lusgui.core.contrast import PLAIN, ContrastSettings, equalise
from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB
from lusgui.core.model_card import ModelCard
from lusgui.core.networks import spec_of
from lusgui.core.recording import Intensity
from lusgui.core.strategies import learning_blocks, strategy_of
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.conv_lora import has_adapters, merge
from lusgui.nn.freezing import apply_strategy
from lusgui.nn.preprocess import Preprocess
from lusgui.nn.registry import build
from training.augment import AugmentSettings, augment_settings
from training.bases import Base, Head, Taken, load_base_file, refuse_other_task, take_over
from training.dataset import Sample
from training.engine.losses import LOSSES
from training.engine.settings import FitSettings
from training.judging import found_nothing, mean_of
from training.judging import judge as judge  # also what other experiments call after a training

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from training.data.splits import Fold
    from training.engine.run_folder import RunFolder
    from training.engine.segmentation import SegmentationTask, Stack

FAILED_EPOCHS = 200
"""A network that needs more epochs has failed, after Amiri et al. 2020 (doi:10.1109/TUFFC.2020.3015081)."""

VERSION = "1.0"


class TrialError(LusguiError):
    """A trial cannot be made of what was given."""


@dataclass(frozen=True)
class Trial:
    """What is trained, how, and how it is judged.

    Parameters
    ----------
    architecture : str
        Name in ``lusgui.core.networks``; one that gives masks.
    arguments : mapping
        Arguments that differ from its defaults, without ``out_channels``.
    label : str
        Which masks are learnt and judged.
    input_shape : tuple of int
        Rows and columns of the network's input.
    base : Base, Path or None
        Where weights come from; None for random ones.
    strategy : str
        Which blocks learn: a name in ``lusgui.core.strategies.STRATEGIES``.
    despeckle : DespeckleSettings or None
        What is done to a frame first; None for nothing.
    loss : str
        Name in ``training.engine.losses.LOSSES``.
    fit : FitSettings
        The loop; its seed is also that of the random weights.
    augment : str, AugmentSettings or None
        Views in training: a name in ``training.augment.AUGMENTS``, or settings.
    threshold : float
        Probability from which a pixel belongs to the mask.
    head : {"auto", "keep", "new"}
        What becomes of the base's outputs, see ``training.bases.take_over``.
    mean, std, intensity, dynamic_range_db, contrast
        How gray becomes the network's input, as in a model's card.
    name : str
        Name of the model in cards and reports.

    Raises
    ------
    TrialError, LusguiError
        If there is no such loss or augmentation.
    """

    architecture: str
    label: str
    input_shape: tuple[int, int]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    base: Base | Path | None = None
    strategy: str = "all"
    despeckle: DespeckleSettings | None = None
    loss: str = "bce"
    fit: FitSettings = field(default_factory=FitSettings)
    augment: str | AugmentSettings | None = None
    threshold: float = 0.5
    head: Head = "auto"
    mean: float = 0.0
    std: float = 1.0
    intensity: Intensity = Intensity.DISPLAY
    dynamic_range_db: float = DEFAULT_DYNAMIC_RANGE_DB
    contrast: ContrastSettings = PLAIN
    name: str = "trial"

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise TrialError(f"there is no loss '{self.loss[:40]}'", remedy=f"Known: {', '.join(LOSSES)}")
        if isinstance(self.augment, str):
            augment_settings(self.augment)

    @property
    def views(self) -> AugmentSettings | None:
        """How far views stray in training; None for not at all."""
        return augment_settings(self.augment) if isinstance(self.augment, str) else self.augment

    def with_base_read(self) -> Trial:
        """Return the trial with its base read, if that is a file."""
        return replace(self, base=load_base_file(self.base)) if isinstance(self.base, Path) else self

    def fed_like(self, card: ModelCard) -> Trial:
        """Return the trial with its input made as a model's card asks for it."""
        return replace(
            self,
            despeckle=None if card.despeckle is None else card.despeckle_settings,
            mean=card.mean,
            std=card.std,
            intensity=card.intensity,
            dynamic_range_db=card.dynamic_range_db,
            contrast=card.contrast_settings,
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain values for a run folder's config."""
        base = self.base
        return {
            "architecture": self.architecture,
            "arguments": dict(self.arguments),
            "label": self.label,
            "input_shape": list(self.input_shape),
            "base": None if base is None else base.name if isinstance(base, Base) else str(base),
            "strategy": self.strategy,
            "despeckle": None if self.despeckle is None else self.despeckle.to_json(),
            "loss": self.loss,
            "fit": self.fit.to_json(),
            "augment": None if self.views is None else asdict(self.views) | {"zoom": list(self.views.zoom)},
            "threshold": self.threshold,
            "head": self.head,
            "mean": self.mean,
            "std": self.std,
            "intensity": str(self.intensity),
            "dynamic_range_db": self.dynamic_range_db,
            "contrast": None if self.contrast == PLAIN else self.contrast.to_json(),
        }


@dataclass(frozen=True)
class TrialResult:
    """What came of a trial.

    Parameters
    ----------
    rows : tuple of dict
        One a test frame: ``name``, ``group`` and the metrics of ``training.metrics.frame.score_mask``,
        all on the raw grid.
    history : tuple of dict
        One row an epoch, as the loop gives it.
    seconds : float
        Time of training.
    epochs, best_epoch : int
        Epochs trained, and the one whose weights were kept.
    reason : str
        Why training ended: ``finished``, ``early``, ``time`` or ``cancelled``.
    failed : bool
        More than `FAILED_EPOCHS` epochs, or nothing found in the test frames that show the label.
    network : torch.nn.Module
        Trained, in eval mode, on the CPU, without adapters.
    card : ModelCard
        Fits the network; data and scores are the caller's to fill in.
    taken : Taken
        What came from the base.
    """

    rows: tuple[dict[str, Any], ...]
    history: tuple[dict[str, float], ...]
    seconds: float
    epochs: int
    best_epoch: int
    reason: str
    failed: bool
    network: nn.Module
    card: ModelCard
    taken: Taken

    @property
    def model(self) -> LoadedModel:
        """The network with its card, for a ``Predictor``."""
        return LoadedModel(self.network, self.card)

    def mean(self, metric: str = "dice") -> float:
        """Return the mean of a metric over the frames where it is defined; NaN where it is nowhere."""
        return mean_of(self.rows, metric)


def run_trial(
    trial: Trial,
    samples: Sequence[Sample],
    fold: Fold,
    run: RunFolder | None = None,
    *,
    on_epoch: Callable[[dict[str, float]], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> TrialResult:
    """Train one network and judge it.

    Parameters
    ----------
    trial : Trial
        What and how.
    samples : sequence of Sample
        All frames.
    fold : Fold
        Which of them train, decide when to stop, and are judged; the last two may be empty.
    run : RunFolder, optional
        Where curves and states are kept; a half-done training goes on from there.
    on_epoch, cancelled
        As ``training.engine.fit.fit``.

    Raises
    ------
    TrialError
        If a frame of the fold has no mask of the label, or nothing is there to learn from.
    ModelError
        If network, base and strategy do not fit together.
    """
    from training.engine.fit import fit

    trial = trial.with_base_read()
    network, taken = prepare_network(trial)
    task = make_task(trial, samples, fold, int(network.init_args["in_channels"]))  # type: ignore[index]
    result = fit(network, task, trial.fit, run, on_epoch=on_epoch, cancelled=cancelled)
    trained = merge(result.network) if has_adapters(result.network) else result.network
    trained.eval().requires_grad_(False)
    card = make_card(trial, trained)
    rows = judge(LoadedModel(trained, card), [samples[i] for i in fold.test], trial)
    return TrialResult(
        rows=tuple(rows),
        history=result.history,
        seconds=result.seconds,
        epochs=result.epochs,
        best_epoch=result.best_epoch,
        reason=str(result.reason),
        failed=result.epochs > FAILED_EPOCHS or found_nothing(rows),
        network=trained,
        card=card,
        taken=taken,
    )


def prepare_network(trial: Trial) -> tuple[nn.Module, Taken]:
    """Build the network with random weights of the trial's seed, take the base's over, and freeze.

    Raises
    ------
    ModelError
        If network, base and strategy do not fit together.
    """
    refuse_other_task(trial.architecture)
    strategy = strategy_of(trial.strategy)
    base = trial.with_base_read().base
    assert not isinstance(base, Path)
    if base is None or not strategy.needs_base:
        base = Base("scratch", {}, trial.architecture)
    if base.is_scratch and strategy.name not in ("all", "scratch"):
        raise TrialError(
            f"the strategy '{strategy.name}' keeps weights of a base, and there is none",
            remedy="Name a base, or take the strategy 'all'",
        )
    learns_head = bool(strategy.rank) or spec_of(trial.architecture).blocks[-1] in learning_blocks(
        strategy.name, trial.architecture
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(trial.fit.seed)
        network = build(trial.architecture, **{**trial.arguments, "out_channels": 1})
        taken = take_over(network, base, (trial.label,), head=trial.head, head_is_frozen=not learns_head)
        return apply_strategy(network, strategy.name), taken


def make_task(trial: Trial, samples: Sequence[Sample], fold: Fold, in_channels: int) -> SegmentationTask:
    """Bring the frames of a fold onto the network's grid.

    Raises
    ------
    TrialError
        If nothing is there to learn from, or a frame has no mask of the label.
    """
    from training.engine.segmentation import SegmentationTask, make_stack

    if not fold.train:
        raise TrialError("there is no frame to learn from")
    for i in (*fold.train, *fold.validation, *fold.test):
        if trial.label not in samples[i].masks:
            raise TrialError(
                f"the frame '{samples[i].name}' has no mask of '{trial.label}'",
                remedy=f"It knows: {', '.join(samples[i].masks) or 'nothing'}",
            )

    def stack(indices: Sequence[int]) -> Stack:
        chosen = [samples[i] for i in indices]
        if trial.contrast != PLAIN:
            chosen = [_equalised(sample, trial.contrast) for sample in chosen]
        return make_stack(chosen, (trial.label,), trial.input_shape, trial.despeckle, in_channels)

    validation = stack(fold.validation) if fold.validation else None
    feed = Preprocess(
        trial.input_shape, in_channels, trial.mean, trial.std, trial.intensity, trial.dynamic_range_db
    )
    return SegmentationTask(
        stack(fold.train),
        validation,
        trial.loss,
        trial.views,
        batch_size=trial.fit.batch_size,
        seed=trial.fit.seed,
        prepare=feed.normalise,
    )


@dataclass(frozen=True)
class _Equalised(Sample):
    """A sample whose gray has the contrast that a model's card asks for; the predictor does it by itself."""

    inner: Sample | None = None
    contrast: ContrastSettings = PLAIN

    def gray(self, settings: DespeckleSettings | None = None) -> NDArray[np.float32]:
        assert self.inner is not None
        return equalise(self.inner.gray(settings), self.contrast)


def _equalised(sample: Sample, contrast: ContrastSettings) -> Sample:
    values = {item.name: getattr(sample, item.name) for item in fields(Sample)}
    return _Equalised(**values, inner=sample, contrast=contrast)


def make_card(trial: Trial, network: nn.Module) -> ModelCard:
    """Return a card that says how the trial's network is fed; what it learnt from is left empty."""
    base = trial.base
    parent = base.card.key if isinstance(base, Base) and base.card is not None else ""
    return ModelCard(
        name=trial.name,
        version=VERSION,
        architecture=trial.architecture,
        labels=(trial.label,),
        input_shape=trial.input_shape,
        arguments=dict(network.init_args),  # type: ignore[arg-type]
        intensity=trial.intensity,
        dynamic_range_db=trial.dynamic_range_db,
        despeckle=None if trial.despeckle is None else trial.despeckle.to_json(),
        contrast=None if trial.contrast == PLAIN else trial.contrast.to_json(),
        mean=trial.mean,
        std=trial.std,
        threshold=trial.threshold,
        seed=trial.fit.seed,
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        parent=parent,
    )
