"""Frames with everything in them that can be clicked on, brought to a size that makes batches cheap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    from training.dataset import Sample

LONGEST = 512
"""Longer side, in pixels, that frames are kept at."""

LEAST_AREA = 12
"""Pixels, at the size kept, that a target has at least; specks of a mask are none."""

LEAST_SHARE = 0.08
"""Of the largest component of its label in the frame, that a component has at least."""


@dataclass(frozen=True)
class Target:
    """One thing to click on.

    Parameters
    ----------
    label : str
        Of the mask it comes from.
    is_whole : bool
        Whether it is the label's whole mask where that has several components; else a component.
    box : tuple of int
        row0, col0, row1, col1 in pixels of the frame.
    bits : ndarray
        The mask, packed.
    """

    label: str
    is_whole: bool
    box: tuple[int, int, int, int]
    bits: NDArray[np.uint8]

    def mask(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Return the mask (H, W)."""
        flat = np.unpackbits(self.bits, count=shape[0] * shape[1])
        return flat.reshape(shape).astype(bool)


@dataclass(frozen=True)
class Frame:
    """One frame to learn clicks on.

    Parameters
    ----------
    name, group, source : str
        As in `training.dataset.Sample`; `source` is the set it is drawn from.
    gray : (H, W) uint8 ndarray
        As on screen, at most `LONGEST` rows and columns.
    targets : tuple of Target
        What can be clicked on.
    is_complete : bool
        Whether nothing else can: only of a simulation is that known.
    """

    name: str
    group: str
    source: str
    gray: NDArray[np.uint8]
    targets: tuple[Target, ...]
    is_complete: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.gray.shape[0]), int(self.gray.shape[1])


def prepare(
    samples: Iterable[Sample], source: str, without: Collection[str] = (), *, is_complete: bool = False
) -> list[Frame]:
    """Bring samples to the size kept and list their targets.

    Parameters
    ----------
    samples : iterable of Sample
        Frames with masks.
    source : str
        Name of the set.
    without : collection of str
        Labels that are left out of the targets.
    is_complete : bool
        See `Frame`.

    Returns
    -------
    list of Frame
        Those with a target; of a complete set the others too, where there is nothing to click on.
    """
    frames = []
    for sample in samples:
        gray = np.round(sample.gray() * 255).astype(np.uint8)
        kept = _shrunk(gray.astype(np.float32), LONGEST)
        targets: list[Target] = []
        for label, mask in sample.masks.items():
            if label not in without:
                targets += find_targets(_shrunk(mask.astype(np.float32), LONGEST) >= 0.5, label)
        if targets or is_complete:
            gray = np.clip(np.round(kept), 0, 255).astype(np.uint8)
            frames.append(Frame(sample.name, sample.group, source, gray, tuple(targets), is_complete))
    return frames


def find_targets(mask: NDArray[np.bool_], label: str) -> list[Target]:
    """Return the components of a mask that are no specks, and their union where there are several."""
    from scipy.ndimage import label as components_of

    labelled, count = components_of(mask, structure=np.ones((3, 3), bool))
    sizes = np.bincount(labelled.ravel(), minlength=count + 1)[1:]
    least = max(LEAST_AREA, LEAST_SHARE * sizes.max(initial=0))
    parts = [labelled == number + 1 for number in range(count) if sizes[number] >= least]
    targets = [_target(part, label, is_whole=False) for part in parts]
    if len(parts) > 1:
        targets.append(_target(np.logical_or.reduce(parts), label, is_whole=True))
    return targets


def _target(mask: NDArray[np.bool_], label: str, *, is_whole: bool) -> Target:
    rows, cols = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = (int(rows[0]), int(cols[0]), int(rows[-1]) + 1, int(cols[-1]) + 1)
    return Target(label, is_whole, box, np.packbits(mask))


def _shrunk(plane: NDArray[np.float32], longest: int) -> NDArray[np.float32]:
    """Average a plane down to `longest` rows or columns; the same one if it is no larger."""
    import torch

    from lusgui.nn.preprocess import resize

    factor = longest / max(plane.shape)
    if factor >= 1:
        return plane
    shape = (max(round(plane.shape[0] * factor), 1), max(round(plane.shape[1] * factor), 1))
    small: NDArray[np.float32] = resize(torch.from_numpy(plane)[None, None], shape)[0, 0].numpy()
    return small


def count_sources(frames: Sequence[Frame]) -> dict[str, int]:
    """Return how many frames there are of each source."""
    counts: dict[str, int] = {}
    for frame in frames:
        counts[frame.source] = counts.get(frame.source, 0) + 1
    return counts
