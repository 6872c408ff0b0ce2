from __future__ import annotations

import numpy as np
import pytest

from training.click.frames import Frame, find_targets


def disk(shape, row, col, radius):
    down, across = np.ogrid[: shape[0], : shape[1]]
    return (down - row) ** 2 + (across - col) ** 2 < radius**2


@pytest.fixture
def make_disk():
    return disk


@pytest.fixture
def make_frame():
    """Return a function that makes a frame with bright disks as targets on darker noise."""

    def make(name="f0", source="sets", places=((40, 40, 12), (80, 90, 18)), shape=(120, 140), complete=False):
        random = np.random.default_rng(len(name))
        gray = random.integers(20, 60, shape).astype(np.uint8)
        mask = np.zeros(shape, bool)
        for place in places:
            mask |= disk(shape, *place)
        gray[mask] += 120
        targets = find_targets(mask, "disk") if places else []
        return Frame(name, name, source, gray, tuple(targets), complete)

    return make
