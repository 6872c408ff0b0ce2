from __future__ import annotations

import numpy as np
import pytest

from training.dataset import Sample
from training.engine.settings import FitSettings


@pytest.fixture
def square_samples():
    """Twelve frames of six patients with a bright square each."""
    random = np.random.default_rng(0)
    samples = []
    for i in range(12):
        frame = random.integers(0, 40, (48, 64)).astype(np.uint8)
        mask = np.zeros(frame.shape, bool)
        row, column = random.integers(4, 24), random.integers(4, 40)
        mask[row : row + 16, column : column + 16] = True
        frame[mask] += 180
        samples.append(Sample(f"f{i}", f"g{i // 2}", frame, {"square": mask}))
    return samples


@pytest.fixture
def short_fit():
    return FitSettings(epochs=1, steps_per_epoch=2, batch_size=4, device="cpu", precision="float32")
