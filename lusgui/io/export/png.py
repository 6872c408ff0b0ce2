"""PNG masks: 0 and 255, eight bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def write_mask_png(path: Path, mask: NDArray[np.bool_]) -> None:
    """Write a mask (H, W) as 0 and 255, uint8; replaces a file that is there."""
    from PIL import Image

    Image.fromarray(np.where(mask, np.uint8(255), np.uint8(0))).save(path, format="PNG", optimize=False)


def frame_name(base: str, frame: int, count: int) -> str:
    """Return the file name of 0-based `frame`: numbered from 1 unless it is the only one of its recording."""
    return base if count == 1 else f"{base}_{frame + 1:05d}"
