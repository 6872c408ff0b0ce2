from __future__ import annotations

import numpy as np
import pytest
import torch

from training.dataset import Sample


@pytest.fixture(autouse=True)
def one_thread():
    """Small networks on one thread are quick, and their sums do not depend on the machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def toy_samples():
    """Bright squares on dark noise, two frames in each of three groups, labelled as ribs."""
    random = np.random.default_rng(0)
    samples = []
    for i in range(6):
        frame = random.integers(0, 60, (48, 40)).astype(np.uint8)
        mask = np.zeros(frame.shape, bool)
        row, column = random.integers(6, 24, 2)
        mask[row : row + 14, column : column + 14] = True
        frame[mask] += 150
        samples.append(Sample(f"f{i}", f"g{i // 2}", frame, {"rib": mask}))
    return samples
