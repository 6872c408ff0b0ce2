"""What a recipe of localization pre-training holds: YAML is read into this by ``training.recipe_file``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from lusgui.core.contrast import ContrastSettings
from lusgui.core.networks import check_arguments
from training.augment import AUGMENTS
from training.engine.settings import FitSettings
from training.recipe_types import SourceRecipe


@dataclass(frozen=True)
class HuRecipe:
    """Learn where a structure is, then what it is, from few masks.

    Parameters
    ----------
    title, source : str
        What is repeated, and where it was published.
    label : str
        The structure.
    arguments : mapping
        Of both networks: ``base_width``, ``norm``, ``dropout``, ``in_channels``.
    side : int
        Rows and columns of their input.
    contrast : ContrastSettings
        What is done to gray first.
    data : SourceRecipe
        Frames with masks, some or all; more with points alone.
    folds, first_folds
        How many folds, and how many of them are run (all if not given).
    by : {"group", "image"}
        Whether patients or images are dealt.
    validation : float
        Part of the training frames that chooses the epoch.
    masks : tuple of int
        Numbers of training masks, the points of the learning curve; 0 for all there are.
    seed : int
        Of the folds and of which masks are kept.
    locate, decode, whole : FitSettings
        The loops of the localizer, of the decoder on its frozen encoder, and of the same network from random
        weights.
    locate_augment, augment : str
        Views for the localizer, and for both segmenters.
    loss : str
        Of both segmenters.
    freeze_statistics : bool
        Whether the frozen encoder's batch normalisations rest too, as they should.
    tune_all : bool
        Whether a third network goes on from the localizer's encoder without freezing it; ours.

    Raises
    ------
    ValueError
        If a value makes no sense.
    """

    title: str
    source: str = ""
    label: str = "cerebellum"
    arguments: dict[str, Any] = field(default_factory=dict)
    side: int = 256
    contrast: ContrastSettings = field(default_factory=ContrastSettings)
    data: SourceRecipe = field(default_factory=SourceRecipe)
    folds: int = 5
    first_folds: int | None = None
    by: Literal["group", "image"] = "group"
    validation: float = 0.2
    masks: tuple[int, ...] = (5, 10, 20, 0)
    seed: int = 0
    locate: FitSettings = field(default_factory=FitSettings)
    decode: FitSettings = field(default_factory=FitSettings)
    whole: FitSettings = field(default_factory=FitSettings)
    locate_augment: str = "none"
    augment: str = "none"
    loss: str = "log-dice"
    freeze_statistics: bool = True
    tune_all: bool = False

    def __post_init__(self) -> None:
        check_arguments("hu-unet", self.arguments)
        if not 0 <= self.validation < 1:
            raise ValueError("the part for validation must be at least 0 and below 1")
        if not self.masks or min(self.masks) < 0:
            raise ValueError("the numbers of masks must be given, none below 0")
        for name in (self.augment, self.locate_augment):
            if name not in AUGMENTS:
                raise ValueError(f"there is no augmentation '{name[:40]}'")
