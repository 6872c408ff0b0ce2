from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.click.answer import ClickAnswer, nothing_found
from training.click_evaluation.targets import STRUCTURES, Target
from training.dataset import Sample

SHAPE = (60, 80)
ROWS, COLS = np.ogrid[: SHAPE[0], : SHAPE[1]]


def _disc(row: float, col: float, radius: float) -> np.ndarray:
    return np.asarray((ROWS - row) ** 2 + (COLS - col) ** 2 <= radius**2)


class _Embedded:
    """A frame as it was given."""

    nbytes = 1

    def __init__(self, gray: np.ndarray) -> None:
        self.gray = gray


class _Discs:
    """Answers each positive click with a disc around it; a negative one takes a disc away."""

    name = "discs"

    def __init__(self, radius: float = 10.0, blind: bool = False) -> None:
        self.radius, self.blind, self.embedded = radius, blind, 0

    def embed(self, gray: np.ndarray, spacing_ratio: float = 1.0) -> _Embedded:
        self.embedded += 1
        return _Embedded(gray)

    def answer(self, embedding, prompt, previous, *, is_preview=False):
        if self.blind:
            return nothing_found(embedding.gray.shape, previous, engine=self.name, seconds=0.01)
        mask = np.zeros(embedding.gray.shape, bool) if previous is None else previous.copy()
        last = prompt.clicks[-1]
        rows, cols = np.ogrid[: mask.shape[0], : mask.shape[1]]
        around = (rows + 0.5 - last.row) ** 2 + (cols + 0.5 - last.col) ** 2 <= self.radius**2
        mask = mask | around if last.is_positive else mask & ~around
        return ClickAnswer(mask, mask.astype(np.float32), True, "", 0.01, self.name)


@pytest.fixture
def discs():
    return _Discs()


@pytest.fixture
def sample():
    masks = {"cerebellum": _disc(30, 20, 10) | _disc(30, 55, 8), "vermis": np.zeros(SHAPE, bool)}
    frame = np.where(masks["cerebellum"], 200, 90).astype(np.uint8)
    return Sample("p001_a", "p001", frame, masks, spacing_mm=(0.1, 0.2))


@pytest.fixture
def make_target():
    def make(truth: np.ndarray, name: str = "t", structure: str = "vermis", group: str = "g") -> Target:
        gray = np.where(truth, 0.8, 0.2).astype(np.float32)
        return Target(STRUCTURES[structure], name, group, gray, truth, 1.0, 30.0)

    return make


@pytest.fixture
def disc():
    """Give a function from centre and radius to a mask."""
    return _disc


@pytest.fixture
def Discs():
    """Give the engine that answers with discs."""
    return _Discs
