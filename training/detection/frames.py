"""Frames for detectors and localizers: of a folder, or simulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lusgui.base.errors import LusguiError
from training.transfer.sources import load_source

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from training.dataset import Sample
    from training.recipe_types import SourceRecipe


def load_frames(recipe: SourceRecipe, labels: Sequence[str], knows: Callable[[Sample], bool]) -> list[Sample]:
    """Return the frames of a source that are of use.

    Parameters
    ----------
    recipe : SourceRecipe
        A folder, of which boxes and points count too, or a simulation.
    labels : sequence of str
        What is looked for; a simulation knows one of them.
    knows : callable
        Whether a frame is of use.

    Raises
    ------
    LusguiError
        If nothing is left.
    """
    if recipe.data is not None:
        from training.data.open import open_dataset

        # masks without a name of their own are those of the one label that is asked for
        samples = open_dataset(recipe.data, labels[0] if len(labels) == 1 else None, recipe.layout)
    else:
        samples = load_source(recipe, labels[0])
    kept = [sample for sample in samples if knows(sample)]
    if not kept:
        from training.data.open import labels_of

        raise LusguiError(
            f"no frame knows anything of '{', '.join(labels)}'",
            path=recipe.data,
            remedy=f"Labels there are: {', '.join(labels_of(samples)) or 'none'}; name yours with --set",
        )
    return kept[: recipe.count] if recipe.data is not None else kept


def describe_source(recipe: SourceRecipe) -> str:
    """Say for a page where frames came from."""
    if recipe.data is not None:
        return f"folder {recipe.data.name or recipe.data}"
    return f"simulated ({recipe.simulated}, seed {recipe.seed})"
