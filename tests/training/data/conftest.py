from __future__ import annotations

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def put(tmp_path):
    """Write arrays as pictures below the test's folder: ``put("images/a.png", array)``."""

    def write(name, array, **options):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(array)).save(path, **options)
        return path

    return write


@pytest.fixture
def frame():
    """A gray picture of 24 x 32 pixels, another one for each number."""

    def make(seed=0, shape=(24, 32)):
        return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)

    return make


@pytest.fixture
def blob():
    """A mask of 24 x 32 pixels with 4 x 8 of them set, at the value wanted."""

    def make(value=255, shape=(24, 32)):
        mask = np.zeros(shape, np.uint8)
        mask[5:9, 4:12] = value
        return mask

    return make
