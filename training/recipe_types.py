"""What the recipes of fine-tuning experiments hold: YAML is read into these by ``training.recipe_file``."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 (read at run time, with the other types)
from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003 (read at run time, with the other types)
from typing import Any, Literal, get_args

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import DespeckleSettings, Method
from lusgui.core.strategies import STRATEGIES
from training.augment import AUGMENTS
from training.engine.losses import LOSSES
from training.engine.settings import FitSettings
from training.recipe_file import NAMED_BY_RECIPE

By = Literal["group", "image", "both"]
Simulation = Literal["lung", "cyst", "head", "salient"]
Despeckling = Literal["none", "fast", "best", "textbook", "lee", "srad", "median"]
HeadChoice = Literal["auto", "keep", "new"]

_NAMED = {NAMED_BY_RECIPE: True}


def despeckling(name: str) -> DespeckleSettings | None:
    """Return the settings of a filter by name; None for ``none``.

    Raises
    ------
    LusguiError
        If there is none of that name.
    """
    if name not in get_args(Despeckling):
        raise LusguiError(
            f"there is no filter '{name[:40]}'", remedy=f"Known: {', '.join(get_args(Despeckling))}"
        )
    return None if name == "none" else DespeckleSettings(Method(name))


@dataclass(frozen=True)
class SourceRecipe:
    """Frames with masks, from a folder or simulated.

    Parameters
    ----------
    data : Path or None
        Folder in any layout that ``training.data.open`` knows.
    simulated : {"lung", "cyst", "head", "salient"} or None
        Simulate frames instead.
    layout : str
        Of the folder, if it is not to be recognised.
    labels : tuple of str
        Masks that are united into one; all there are if empty.
    count : int or None
        How many frames: simulated (100 if not given), or drawn from the folder (all).
    seed : int
        Of simulation and drawing.
    side : int
        Rows and columns of simulated frames where these can be chosen.
    """

    data: Path | None = None
    simulated: Simulation | None = None
    layout: str = "auto"
    labels: tuple[str, ...] = ()
    count: int | None = None
    seed: int = 0
    side: int = 256

    def __post_init__(self) -> None:
        if self.data is not None and self.simulated is not None:
            raise ValueError("a source is either a folder or simulated")
        if self.count is not None and self.count < 1:
            raise ValueError("the count of frames must be at least 1")


@dataclass(frozen=True)
class StageRecipe:
    """One training in a sequence.

    Parameters
    ----------
    strategy : str
        Which blocks learn.
    fit : FitSettings
        The loop.
    loss : str
        Name of a loss.
    augment : str
        Name of an augmentation.
    after : str
        The stage whose weights it starts from; empty for the pre-trained network.
    judged : bool
        Whether it stands in the report; a mere step on the way does not.
    title : str
        What people read; the stage's name if empty.
    """

    strategy: str = "all"
    fit: FitSettings = field(default_factory=FitSettings)
    loss: str = "bce"
    augment: str = "none"
    after: str = ""
    judged: bool = True
    title: str = ""

    def __post_init__(self) -> None:
        _check_augment(self.augment)
        _check_loss(self.loss)
        _check_strategy(self.strategy)


@dataclass(frozen=True)
class PretrainRecipe:
    """What comes before the data in hand.

    Parameters
    ----------
    sources : mapping of str to SourceRecipe
        Frames to learn from, all at once; in the transfer lab each is a way to begin of its own. One that is
        null is left out.
    base : str
        Name or file of a model to take instead of training one; empty for none.
    vgg16 : Path or None
        Weights of VGG16 for the encoder of a V-Unet; None to learn it here from the sources.
    fit, loss, augment
        As in a stage.
    validation : float
        Part of the frames that decides which epoch is kept.
    """

    sources: Mapping[str, SourceRecipe | None] = field(default_factory=dict, metadata=_NAMED)
    base: str = ""
    vgg16: Path | None = None
    fit: FitSettings = field(default_factory=FitSettings)
    loss: str = "bce"
    augment: str = "none"
    validation: float = 0.1

    def __post_init__(self) -> None:
        _check_augment(self.augment)
        _check_loss(self.loss)
        if not 0 <= self.validation < 1:
            raise ValueError("the part kept for validation must be at least 0 and below 1")

    @property
    def chosen(self) -> dict[str, SourceRecipe]:
        """The sources that are not left out."""
        return {name: source for name, source in self.sources.items() if source is not None}


@dataclass(frozen=True)
class _Experiment:
    title: str
    label: str
    source: str = ""
    architecture: str = "lus-unet"
    arguments: dict[str, Any] = field(default_factory=dict)
    input_shape: tuple[int, int] = (256, 256)
    despeckle: Despeckling = "none"
    threshold: float = 0.5
    head: HeadChoice = "keep"
    data: SourceRecipe = field(default_factory=SourceRecipe)
    seeds: tuple[int, ...] = (0,)
    first_folds: int | None = None

    def __post_init__(self) -> None:
        if not self.seeds:
            raise ValueError("at least one seed is needed")


@dataclass(frozen=True)
class CrossvalRecipe(_Experiment):
    """A cross-validation of one network, trained in stages.

    Parameters
    ----------
    title, source : str
        What is repeated, and where it was published.
    label : str
        What is segmented.
    architecture, arguments, input_shape, despeckle, threshold
        The network and how it is fed.
    head : {"auto", "keep", "new"}
        What becomes of the pre-trained head, see ``training.bases.take_over``.
    data : SourceRecipe
        Frames that are judged.
    seeds : tuple of int
        Everything is repeated with each.
    first_folds : int or None
        Train only the first so many folds; the report says so.
    folds : int
        How many folds.
    by : {"group", "image", "both"}
        Whether whole groups or single images are dealt; ``both`` trains both and reports the gap.
    validation : float
        Part of what is not tested that decides when to stop.
    mirrored : tuple of bool
        Whether every frame is copied left-right before the folds are dealt; two entries try both.
    pretrain : PretrainRecipe or None
        What comes first.
    stages : mapping of str to StageRecipe
        What is done on each fold, in order.
    """

    folds: int = 5
    by: By = "group"
    validation: float = 0.2
    mirrored: tuple[bool, ...] = (False,)
    pretrain: PretrainRecipe | None = None
    stages: dict[str, StageRecipe] = field(default_factory=dict, metadata=_NAMED)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.stages:
            raise ValueError("at least one stage is needed")
        if not self.mirrored:
            raise ValueError("'mirrored' needs at least one entry")
        seen: list[str] = []
        for name, stage in self.stages.items():
            if stage.after and stage.after not in seen:
                raise ValueError(f"the stage '{name}' comes after '{stage.after}', which is no earlier stage")
            seen.append(name)


@dataclass(frozen=True)
class LabRecipe(_Experiment):
    """The transfer lab: source x strategy x fraction x seed.

    Parameters
    ----------
    title, source, label, architecture, arguments, input_shape, despeckle, threshold, head, data, seeds
        As `CrossvalRecipe`.
    first_folds : int or None
        Train only the first so many of the five folds.
    pretrain : PretrainRecipe
        One network is pre-trained on each of its sources.
    strategies : tuple of str
        Ways of fine-tuning; ``scratch`` needs no source and is run once.
    fractions : tuple of float
        Parts of the frames that are learned from, validation included.
    by : {"group", "image"}
        Whether whole groups or single images are dealt.
    fit, loss, augment
        Of fine-tuning.
    equal_steps : bool
        Whether an epoch has as many steps at every fraction as at 80 %.
    """

    pretrain: PretrainRecipe = field(default_factory=PretrainRecipe)
    strategies: tuple[str, ...] = ("all", "scratch")
    fractions: tuple[float, ...] = (0.8,)
    by: Literal["group", "image"] = "group"
    fit: FitSettings = field(default_factory=FitSettings)
    loss: str = "bce"
    augment: str = "none"
    equal_steps: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_augment(self.augment)
        _check_loss(self.loss)
        if not self.strategies or not self.fractions:
            raise ValueError("at least one strategy and one fraction are needed")
        for strategy in self.strategies:
            _check_strategy(strategy)


def _check_augment(name: str) -> None:
    if name not in AUGMENTS:
        raise ValueError(f"there is no augmentation '{name[:40]}' (known: {', '.join(sorted(AUGMENTS))})")


def _check_loss(name: str) -> None:
    if name not in LOSSES:
        raise ValueError(f"there is no loss '{name[:40]}' (known: {', '.join(LOSSES)})")


def _check_strategy(name: str) -> None:
    # said when the recipe is read, not after hours of pre-training
    if name not in STRATEGIES:
        raise ValueError(f"there is no strategy '{name[:40]}' (known: {', '.join(STRATEGIES)})")
