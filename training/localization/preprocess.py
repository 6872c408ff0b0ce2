"""Frames whose contrast is changed once, before training; a model's card then asks for the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.contrast import PLAIN, ContrastSettings, equalise
from training.dataset import DISPLAY_8_BIT

if TYPE_CHECKING:
    from training.dataset import Sample


def equalised(sample: Sample, settings: ContrastSettings) -> Sample:
    """Return a sample whose frame is its equalised gray as 8-bit display data; all else stays."""
    if settings == PLAIN:
        return sample
    gray = equalise(sample.gray(), settings)
    return replace(sample, frame=np.rint(gray * 255).astype(np.uint8), mapping=DISPLAY_8_BIT)
