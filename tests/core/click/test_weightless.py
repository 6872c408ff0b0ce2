"""lusgui.core.click.weightless: a click finds what is clear, and invents nothing."""

from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import ClickError
from lusgui.core.click.answer import NOTHING_MARKED
from lusgui.core.click.clicker import next_click
from lusgui.core.click.engine import ClickEngine, Embedding
from lusgui.core.click.prompt import Click, ClickPrompt
from lusgui.core.click.weightless import NAME, WeightlessEngine
from lusgui.core.overlap import iou

SHAPE = (180, 200)
rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
CYST = ((rows - 70) / 28) ** 2 + ((cols - 60) / 36) ** 2 <= 1
OTHER = ((rows - 120) / 24) ** 2 + ((cols - 150) / 24) ** 2 <= 1
RIB = (np.abs(rows - 60 - 0.003 * (cols - 100) ** 2) <= 4) & (np.abs(cols - 100) <= 70)


def speckled(gray: np.ndarray, seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    noise = random.rayleigh(1.0, gray.shape) / 1.25
    return np.clip(gray * noise, 0, 1).astype(np.float32)


@pytest.fixture(scope="module")
def engine() -> WeightlessEngine:
    return WeightlessEngine()


@pytest.fixture(scope="module")
def cysts(engine: WeightlessEngine) -> Embedding:
    return engine.embed(speckled(np.where(CYST | OTHER, 0.05, 0.4)))


@pytest.fixture(scope="module")
def ribs(engine: WeightlessEngine) -> Embedding:
    return engine.embed(speckled(np.where(RIB, 0.8, 0.2)))


def test_it_is_an_engine(engine: WeightlessEngine, cysts: Embedding) -> None:
    assert isinstance(engine, ClickEngine)
    assert isinstance(cysts, Embedding)
    assert cysts.nbytes > SHAPE[0] * SHAPE[1] * 4


def test_a_click_finds_a_cyst_and_says_who_answered(engine: WeightlessEngine, cysts: Embedding) -> None:
    answer = engine.answer(cysts, ClickPrompt().with_click(72, 55), None)
    assert answer.found
    assert answer.engine == NAME
    assert answer.note == ""
    assert iou(answer.mask, CYST) > 0.8
    assert answer.probability.dtype == np.float32
    assert 0 <= answer.probability.min() <= answer.probability.max() <= 1


def test_a_second_structure_joins_and_the_first_stays(engine: WeightlessEngine, cysts: Embedding) -> None:
    prompt = ClickPrompt().with_click(72, 55)
    first = engine.answer(cysts, prompt, None).mask
    both = engine.answer(cysts, prompt.with_click(120, 150), first).mask
    assert iou(both, CYST | OTHER) > 0.8
    np.testing.assert_array_equal(both[:90, :100], first[:90, :100])


def test_clicks_of_the_frame_before_are_all_answered_at_once(
    engine: WeightlessEngine, cysts: Embedding
) -> None:
    prompt = ClickPrompt().with_click(72, 55).with_click(120, 150)
    assert iou(engine.answer(cysts, prompt, None).mask, CYST | OTHER) > 0.8


def test_a_click_finds_a_thin_rib(engine: WeightlessEngine, ribs: Embedding) -> None:
    answer = engine.answer(ribs, ClickPrompt().with_click(60.5, 100.5), None)
    assert answer.found
    assert iou(answer.mask, RIB) > 0.6


def test_a_box_finds_what_fills_it(engine: WeightlessEngine, cysts: Embedding) -> None:
    answer = engine.answer(cysts, ClickPrompt().with_box(40, 22, 100, 98), None)
    assert iou(answer.mask, CYST) > 0.8


def test_in_an_even_frame_nothing_is_invented(engine: WeightlessEngine) -> None:
    random = np.random.default_rng(1)
    grain = random.normal(0.3, 0.05, SHAPE).astype(np.float32)
    empty = engine.embed(np.clip(grain, 0, 1))
    found = 0
    for _ in range(20):
        row, col = random.uniform(20, 160), random.uniform(20, 180)
        answer = engine.answer(empty, ClickPrompt().with_click(row, col), None)
        found += answer.found
        if not answer.found:
            assert not answer.mask.any()
            assert answer.note
    assert found <= 3


def test_clicks_mend_step_by_step(engine: WeightlessEngine, cysts: Embedding) -> None:
    """A loaded mask with a bite out of it and a lump on it is mended from where it is."""
    truth = CYST
    lump = (rows - 98) ** 2 + (cols - 60) ** 2 <= 9**2
    bite = (rows - 55) ** 2 + (cols - 85) ** 2 <= 9**2
    mask = (truth | lump) & ~bite
    start, prompt = iou(mask, truth), ClickPrompt()
    for _ in range(4):
        click = next_click(mask, truth)
        assert click is not None
        prompt = prompt.with_mark(click)
        mask = engine.answer(cysts, prompt, mask).mask
        assert mask[click.pixel] == click.is_positive
    assert iou(mask, truth) > start + 0.03


def test_a_negative_click_in_a_piece_keeps_the_other(engine: WeightlessEngine, cysts: Embedding) -> None:
    before = CYST | OTHER
    prompt = ClickPrompt().with_click(120.5, 171.5, positive=False)
    answer = engine.answer(cysts, prompt, before)
    assert not answer.mask[120, 171]
    np.testing.assert_array_equal(answer.mask[:, :100], CYST[:, :100])


def test_scribbles_count(engine: WeightlessEngine, cysts: Embedding) -> None:
    across = ClickPrompt().with_scribble([(70, 40), (70, 80)], radius=2)
    answer = engine.answer(cysts, across, None)
    assert answer.found
    assert answer.mask[70, 40:80].all()
    less = across.with_scribble([(60, 55), (80, 55)], positive=False, radius=2)
    mended = engine.answer(cysts, less, answer.mask)
    assert not mended.mask[60:80, 54:56].any()


def test_what_cannot_be_answered_is_said(engine: WeightlessEngine, cysts: Embedding) -> None:
    with pytest.raises(ClickError, match="outside"):
        engine.answer(cysts, ClickPrompt().with_click(500, 3), None)
    only_negative = engine.answer(cysts, ClickPrompt().with_click(70, 60, positive=False), None)
    assert not only_negative.found
    assert only_negative.note == NOTHING_MARKED
    assert not engine.answer(cysts, ClickPrompt(), CYST).found


def test_two_hundred_clicks_are_answered(engine: WeightlessEngine, cysts: Embedding) -> None:
    random = np.random.default_rng(0)
    marks = tuple(
        Click(float(random.uniform(0, 180)), float(random.uniform(0, 200)), bool(random.random() < 0.5))
        for _ in range(200)
    )
    answer = engine.answer(cysts, ClickPrompt(marks), CYST)
    assert answer.mask.shape == SHAPE


@pytest.mark.parametrize("shape", [(960, 128), (1, 1), (3, 400), (64, 64)])
def test_any_shape_is_taken(engine: WeightlessEngine, shape: tuple[int, int]) -> None:
    gray = np.random.default_rng(0).random(shape, dtype=np.float32)
    for one in (gray, np.zeros(shape, np.float32)):
        embedding = engine.embed(one)
        answer = engine.answer(embedding, ClickPrompt().with_click(0.5, 0.5).with_box(0, 0, *shape), None)
        assert answer.mask.shape == shape
        assert np.isfinite(answer.probability).all()
