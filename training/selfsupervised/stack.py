"""Frames raw and despeckled on one canvas, made once and kept on disk: filtering takes longest of all."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from lusgui.base.atomic import atomic_path, make_folder
from lusgui.core.despeckle import ALGORITHM_VERSION, FAST
from lusgui.nn.preprocess import resize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from training.dataset import Sample

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FrameStack:
    """Frames of all sources, ready on a canvas.

    Parameters
    ----------
    raw, despeckled : (N, 1, S, S) uint8 tensor
        Gray times 255, as stored and after the filter.
    sources, groups : tuple of str
        Of each frame.
    """

    raw: Tensor
    despeckled: Tensor
    sources: tuple[str, ...]
    groups: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.raw)

    def select(self, indices: Sequence[int]) -> FrameStack:
        """Return some of the frames, in that order."""
        chosen = list(indices)
        return FrameStack(
            self.raw[chosen],
            self.despeckled[chosen],
            tuple(self.sources[i] for i in chosen),
            tuple(self.groups[i] for i in chosen),
        )

    def members(self) -> list[list[list[int]]]:
        """Return indices by source and group within it: sources are drawn evenly, and groups in them."""
        found: dict[str, dict[str, list[int]]] = {}
        for i, (source, group) in enumerate(zip(self.sources, self.groups, strict=True)):
            found.setdefault(source, {}).setdefault(group, []).append(i)
        return [list(groups.values()) for groups in found.values()]


def make_frame_stack(
    samples: Sequence[Sample],
    side: int,
    kept: Path | None = None,
    on_frame: Callable[[int, int], None] | None = None,
) -> FrameStack:
    """Bring frames onto a canvas, raw and despeckled.

    Parameters
    ----------
    samples : sequence of Sample
        At least one.
    side : int
        Rows and columns of the canvas.
    kept : Path, optional
        Folder in which each frame, by the hash of its pixels, is kept for the next time.
    on_frame : callable, optional
        Told how many are done, of how many.
    """
    folder = None if kept is None else kept / f"frames-{side}-{ALGORITHM_VERSION}"
    if folder is not None:
        make_folder(folder)
    planes = []
    for i, sample in enumerate(samples):
        planes.append(_planes(sample, side, folder))
        if on_frame is not None:
            on_frame(i + 1, len(samples))
    both = torch.from_numpy(np.stack(planes))  # (N, 2, S, S)
    return FrameStack(
        both[:, :1].contiguous(),
        both[:, 1:].contiguous(),
        tuple(sample.source for sample in samples),
        tuple(sample.group for sample in samples),
    )


def _planes(sample: Sample, side: int, folder: Path | None) -> NDArray[np.uint8]:
    """Return raw and despeckled gray (2, side, side), from disk if they are there."""
    from training.engine.run_folder import digest, hash_array

    path = None
    if folder is not None:
        name = digest([hash_array(sample.frame), json.dumps(sample.mapping.to_json())])
        path = folder / f"{name[:32]}.npy"
        try:
            found = np.load(path, allow_pickle=False)
            if found.shape == (2, side, side) and found.dtype == np.uint8:
                return np.asarray(found)
            log.warning("%s is not what it should be and is made again", path.name)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, EOFError) as error:
            log.warning("%s cannot be read and is made again: %s", path.name, error)
    grays = np.stack([sample.gray(), sample.gray(FAST)])[None]
    canvas = resize(torch.from_numpy(grays), (side, side))[0]
    planes = (canvas * 255).round().clamp(0, 255).to(torch.uint8).numpy()
    if path is not None:
        with atomic_path(path, overwrite=True) as temporary, temporary.open("wb") as stream:
            np.save(stream, planes, allow_pickle=False)
    return np.asarray(planes)
