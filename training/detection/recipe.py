"""What a recipe of detection holds: YAML is read into this by ``training.recipe_file``."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from lusgui.core.networks import DETECT, check_arguments, spec_of
from training.detection.decode import DecodeSettings
from training.detection.loss import YoloLossSettings
from training.detection.views import ViewSettings
from training.engine.settings import FitSettings
from training.recipe_file import RecipeError
from training.recipe_types import SourceRecipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from training.detection.grid import GridShape


@dataclass(frozen=True)
class DetectRecipe:
    """One detector, or one for every combination of some entries.

    Parameters
    ----------
    title, source : str
        What is repeated, and where it was published.
    labels : tuple of str
        What is detected; the classes in their order.
    architecture, arguments
        The network; ``classes`` follows from the labels.
    data : SourceRecipe
        Frames with masks or boxes.
    one_box : bool
        Whether a mask has one box, or one for each of its pieces.
    by : {"group", "image"}
        Whether whole patients are dealt to training and test, or single images as published.
    validation : float
        Part of the training images that chooses the checkpoint; with 0 the test images choose it, as
        published, and the result is too good.
    seed : int
        Of the split.
    fit, views, loss, decode
        The loop, the views in training, the weights of the loss, which boxes count as found. An epoch ends
        at a checkpoint.
    vary : mapping of str to tuple
        Entries by dotted name with the values they take in turn, e.g. ``arguments.grid: [7, 9, 11, 13]``.

    Raises
    ------
    ValueError
        If the network gives no boxes, or the part for validation makes no sense.
    """

    title: str
    source: str = ""
    labels: tuple[str, ...] = ("cerebellum",)
    architecture: str = "yolo-tiny"
    arguments: dict[str, Any] = field(default_factory=dict)
    data: SourceRecipe = field(default_factory=SourceRecipe)
    one_box: bool = True
    by: Literal["group", "image"] = "group"
    validation: float = 0.2
    seed: int = 0
    fit: FitSettings = field(default_factory=FitSettings)
    views: ViewSettings = field(default_factory=ViewSettings)
    loss: YoloLossSettings = field(default_factory=YoloLossSettings)
    decode: DecodeSettings = field(default_factory=DecodeSettings)
    vary: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if spec_of(self.architecture).task != DETECT:
            raise ValueError(f"{self.architecture} gives no boxes")
        if not self.labels:
            raise ValueError("at least one label is needed")
        if not 0 <= self.validation < 1:
            raise ValueError("the part for validation must be at least 0 and below 1")

    @property
    def network_arguments(self) -> dict[str, Any]:
        """Every argument of the network."""
        return check_arguments(self.architecture, {**self.arguments, "classes": len(self.labels)})

    @property
    def grid(self) -> GridShape:
        """The network's grid."""
        from training.detection.grid import GridShape

        given = self.network_arguments
        return GridShape(given["grid"], given["boxes"], given["classes"])

    def variants(self) -> Iterator[tuple[str, dict[str, Any], DetectRecipe]]:
        """Yield name, changed entries and recipe of every combination; one without a name if none varies."""
        for values in itertools.product(*self.vary.values()):
            changes = dict(zip(self.vary, values, strict=True))
            recipe = replace(self, vary={})
            for entry, value in changes.items():
                recipe = changed(recipe, entry, value)
            yield name_of(changes), changes, recipe


def changed(recipe: Any, entry: str, value: object) -> Any:  # noqa: ANN401
    """Return a recipe with one entry changed.

    Parameters
    ----------
    recipe : dataclass or mapping
        Nested at will.
    entry : str
        Dotted name, e.g. ``fit.learning_rate``.
    value : object
        Its new value.

    Raises
    ------
    RecipeError
        If there is no such entry.
    """
    name, _, rest = entry.partition(".")
    if isinstance(recipe, dict):
        return {**recipe, name: changed(recipe.get(name, {}), rest, value) if rest else value}
    if not is_dataclass(recipe) or name not in {item.name for item in fields(recipe)}:
        raise RecipeError(f"there is no entry '{entry[:60]}' that could vary")
    old = getattr(recipe, name)
    return replace(recipe, **{name: changed(old, rest, value) if rest else value})  # type: ignore[type-var]


def name_of(changes: Mapping[str, object]) -> str:
    """Return a name for a combination, e.g. ``grid=7, momentum=0.3``."""
    return ", ".join(f"{entry.rpartition('.')[2]}={value}" for entry, value in changes.items())
