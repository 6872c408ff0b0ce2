"""The frames that are carried along so that a default model does not forget what it learnt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from lusgui.base.errors import LusguiError
from training.dataset import DISPLAY_8_BIT
from training.learning.replay import MAX_BYTES, save_pool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from training.dataset import Sample

SIMULATED = 20
WITHOUT_RIBS = 12
LIMBS = 4


@dataclass(frozen=True)
class PoolRecipe:
    """What is carried along for a default model.

    Parameters
    ----------
    labels : tuple of str
        Masks that are kept.
    gather : callable
        ``gather(data)`` returns the frames.
    about : str
        What they are, and under which terms.
    side : int
        Longest side of a frame.
    """

    labels: tuple[str, ...]
    gather: Callable[[Path], list[Sample]]
    about: str
    side: int


def make_pool_file(name: str, data: Path, path: Path) -> tuple[int, int]:
    """Write the pool of a default model; return how many frames and bytes it has.

    Raises
    ------
    LusguiError
        If there is no such pool, or it became too large to be carried along.
    """
    recipe = POOLS.get(name)
    if recipe is None:
        raise LusguiError(
            f"there is nothing to carry along for '{name[:40]}'", remedy=f"Known: {', '.join(POOLS)}"
        )
    samples = [shrink(sample, recipe.side) for sample in recipe.gather(data)]
    size = save_pool(path, samples, recipe.labels, recipe.about)
    if size > MAX_BYTES:
        path.unlink()
        raise LusguiError(f"the pool would be {size / 1e6:.1f} MB", remedy="Carry fewer frames along")
    return len(samples), size


def shrink(sample: Sample, side: int) -> Sample:
    """Return an 8-bit sample at most `side` pixels long, its masks in register."""
    gray = (sample.gray() * 255).round().astype(np.uint8)
    factor = min(side / max(gray.shape), 1.0)
    size = (max(round(gray.shape[1] * factor), 1), max(round(gray.shape[0] * factor), 1))

    def coverage(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
        return np.asarray(Image.fromarray(mask.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX))

    masks = {label: coverage(mask) > 127 for label, mask in sample.masks.items()}
    ignored = None if sample.ignored is None else coverage(sample.ignored) > 0
    frame = np.asarray(Image.fromarray(gray).resize(size, Image.Resampling.BOX))
    return replace(sample, frame=frame, masks=masks, ignored=ignored, mapping=DISPLAY_8_BIT)


def _ribs(data: Path) -> list[Sample]:
    from training.recipes.drawn_ribs import load_all_drawn
    from training.recipes.rib_options import limbs
    from training.simulate.lung import simulate_samples

    made = simulate_samples(SIMULATED, 90_001) + simulate_samples(SIMULATED, 90_002, "wide")
    made = [replace(sample, group=f"made{i:03d}") for i, sample in enumerate(made)]
    # what ships was taught without the group of the bundled sample, and never with a drawn rib
    without = [s for s in load_all_drawn(data) if not s.masks["rib"].any() and s.group != "g_reg"]
    step = max(len(without) // WITHOUT_RIBS, 1)
    return made + without[::step][:WITHOUT_RIBS] + _some(limbs(data))


def _planes(data: Path) -> list[Sample]:
    from training.recipes.cerebellum import LUNG, OPTIONS, folds, load
    from training.recipes.rib_options import limbs

    samples = load(data)
    shipped = folds(samples, 0)[0]
    planes = [s for s in samples if s.group not in shipped and not s.group.startswith(LUNG)]
    empty = [
        replace(s, masks={label: np.zeros(s.frame.shape, bool) for label in OPTIONS.labels})
        for s in _some(limbs(data))
    ]
    return planes + empty


def _some(samples: list[Sample]) -> list[Sample]:
    return samples[:: max(len(samples) // LIMBS, 1)][:LIMBS]


POOLS = {
    "rib": PoolRecipe(
        ("rib",),
        _ribs,
        "Simulated chest walls of this project; lung frames without ribs (Born et al., COVID-19 lung"
        " ultrasound dataset, doi 10.3390/app11020672, CC BY 4.0 or 2.0 by file); limb frames (Timm"
        " Kandaouroff, CC BY 4.0). Shrunk, masks by this project.",
        224,
    ),
    "cerebellum": PoolRecipe(
        ("cerebellum", "vermis", "cisterna_magna"),
        _planes,
        "Transcerebellar planes that the default model learnt from (Eira Rodriguez Martin, CC0 1.0; its"
        " annotation file says CC BY 4.0); limb frames (Timm Kandaouroff, CC BY 4.0). Shrunk.",
        384,
    ),
}
"""What is carried along, by the name of the default model."""
