"""A named change of a frame with its masks in register."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from training.dataset import DISPLAY_8_BIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from lusgui.core.despeckle import DespeckleSettings
    from training.dataset import Sample

PLAIN = "plain"
"""Name of the frame as it is, which all others are compared with."""


class Change(Protocol):
    """Changes one sample."""

    def __call__(self, sample: Sample, label: str, random: np.random.Generator, /) -> Sample:
        """Return the sample changed: frame, mapping and all masks on the new grid."""


@dataclass(frozen=True)
class Perturbation:
    """A change under which a model is judged.

    Parameters
    ----------
    name : str
        Short and lasting, for tables: ``gain_up``.
    title : str
        What people read.
    kind : str
        Heading under which it stands: input, file, gray, view, paint.
    change : Change or None
        None leaves the frame.
    despeckle : DespeckleSettings or None
        What is done to the frame before the model; None for what the model's card says.
    labels : tuple of str
        Labels it makes sense for; empty for all.
    is_resizing : bool
        Whether it gives the same view another number of pixels, so that nothing is cut off.
    """

    name: str
    title: str
    kind: str
    change: Change | None = None
    despeckle: DespeckleSettings | None = None
    labels: tuple[str, ...] = ()
    is_resizing: bool = False

    def apply(self, sample: Sample, label: str, seed: int = 0) -> Sample:
        """Return the sample changed; the same for the same sample, name and seed, whatever came before."""
        if self.change is None:
            return sample
        key = [seed, *(zlib.crc32(text.encode()) for text in (self.name, sample.group, sample.name))]
        return self.change(sample, label, np.random.default_rng(key))


def gray_of(sample: Sample) -> NDArray[np.float32]:
    """Return gray (H, W) in [0, 1] as the window shows it."""
    return sample.mapping.apply(sample.frame)


def with_gray(sample: Sample, gray: NDArray[np.floating]) -> Sample:
    """Return the sample with another picture (H, W) in [0, 1], stored with eight bits as most are."""
    frame = np.rint(np.clip(gray, 0.0, 1.0) * 255).astype(np.uint8)
    return replace(sample, frame=frame, mapping=DISPLAY_8_BIT)


def with_masks(sample: Sample, view: Callable[[NDArray[Any]], NDArray[Any]]) -> Sample:
    """Return the sample with every mask (H, W) seen through `view`, that of ignored pixels too."""
    masks = {name: np.ascontiguousarray(view(mask)) for name, mask in sample.masks.items()}
    ignored = None if sample.ignored is None else np.ascontiguousarray(view(sample.ignored))
    return replace(sample, masks=masks, ignored=ignored)
