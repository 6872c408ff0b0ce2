"""lusgui.core.click.joint: a network first, an outline where it was wrong, a walker at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from lusgui.base.errors import ClickError
from lusgui.core.click.answer import ClickAnswer, nothing_found
from lusgui.core.click.engine import ClickEngine, Embedding
from lusgui.core.click.joint import BETTER_FIT, JointEngine, box_fit
from lusgui.core.click.prompt import Box, Click, ClickPrompt
from lusgui.core.overlap import iou

if TYPE_CHECKING:
    from collections.abc import Callable

SHAPE = (160, 180)
rows, cols = np.ogrid[: SHAPE[0], : SHAPE[1]]
CYST = ((rows - 70) / 24) ** 2 + ((cols - 60) / 30) ** 2 <= 1
HEAD = ((rows - 80) / 70) ** 2 + ((cols - 90) / 80) ** 2 <= 1
INSIDE, BESIDE = (70.5, 60.5), (90.5, 120.5)


def speckled() -> np.ndarray:
    noise = np.random.default_rng(0).rayleigh(1.0, SHAPE) / 1.25
    return np.clip(np.where(CYST, 0.05, 0.4) * noise, 0, 1).astype(np.float32)


class Scripted:
    """A network that answers what it is told to, and remembers that it was asked."""

    name = "scripted 1.0"

    def __init__(self, answers: Callable[[ClickPrompt, np.ndarray | None], np.ndarray | None]) -> None:
        self.answers = answers
        self.asked: list[tuple[int, bool]] = []

    def embed(self, gray: np.ndarray, spacing_ratio: float = 1.0) -> np.ndarray:
        return gray

    def answer(
        self, embedding: Any, prompt: ClickPrompt, previous: np.ndarray | None, *, is_preview: bool = False
    ) -> ClickAnswer:
        self.asked.append((len(prompt.marks), is_preview))
        mask = self.answers(prompt, previous)
        if mask is None:
            return nothing_found(SHAPE, previous, engine=self.name, seconds=0.0)
        return ClickAnswer(mask.copy(), mask.astype(np.float32), True, "", 0.0, self.name)


def joint(
    answers: Callable[[ClickPrompt, np.ndarray | None], np.ndarray | None],
) -> tuple[Any, Scripted, Any]:
    network = Scripted(answers)
    engine = JointEngine(network)
    return engine, network, engine.embed(speckled())


def test_it_is_an_engine_with_the_networks_name() -> None:
    engine, _, embedding = joint(lambda *_: HEAD)
    assert isinstance(engine, ClickEngine)
    assert isinstance(embedding, Embedding)
    assert embedding.nbytes > embedding.network.nbytes
    answer = engine.answer(embedding, ClickPrompt().with_click(*INSIDE), None)
    assert (engine.name, answer.engine) == ("scripted 1.0", "scripted 1.0")


def test_a_first_click_and_a_preview_are_the_networks_alone() -> None:
    engine, network, embedding = joint(lambda *_: HEAD)
    np.testing.assert_array_equal(
        engine.answer(embedding, ClickPrompt().with_click(*INSIDE), None).mask, HEAD
    )
    prompt = ClickPrompt().with_click(*INSIDE).with_click(*BESIDE, False)
    np.testing.assert_array_equal(engine.answer(embedding, prompt, HEAD, is_preview=True).mask, HEAD)
    assert network.asked == [(1, False), (2, True)]


def test_a_structure_that_the_network_takes_for_another_is_outlined_anew() -> None:
    engine, network, embedding = joint(lambda *_: HEAD)
    prompt = ClickPrompt().with_click(*INSIDE).with_click(*BESIDE, False)
    answer = engine.answer(embedding, prompt, HEAD)
    assert answer.found
    assert iou(answer.mask, CYST) > 0.7
    assert network.asked == []


def test_a_mask_that_was_there_before_is_mended_and_not_drawn_anew() -> None:
    engine, network, embedding = joint(lambda *_: HEAD & (cols < 110))
    prompt = ClickPrompt().with_click(*BESIDE, False)
    answer = engine.answer(embedding, prompt, HEAD)
    np.testing.assert_array_equal(answer.mask, HEAD & (cols < 110))
    assert network.asked == [(1, False)]


def test_late_small_errors_are_mended_though_the_network_would_spoil_the_rest() -> None:
    """Its answer to the third click loses half of the structure: the half that nobody complained of stays."""
    before = CYST & (cols < 82)
    prompt = ClickPrompt().with_click(*INSIDE).with_click(60.5, 50.5).with_click(70.5, 85.5)
    engine, network, embedding = joint(lambda *_: CYST & (cols > 60))
    answer = engine.answer(embedding, prompt, before)
    assert network.asked == [(3, False)]
    assert answer.mask[70, 85]
    assert iou(answer.mask, CYST) > iou(before, CYST)
    np.testing.assert_array_equal(answer.mask[:, :60], before[:, :60])


@pytest.mark.parametrize("positive", [True, False])
def test_a_late_click_is_heeded_whatever_the_network_says(positive: bool) -> None:
    col = 85.5 if positive else 95.5
    before = (
        CYST & (cols < 82)
        if positive
        else CYST | (CYST[:, ::-1] & False) | (HEAD & (cols < 99) & (cols > 90))
    )
    prompt = ClickPrompt().with_click(*INSIDE).with_click(60.5, 50.5).with_click(70.5, col, positive)
    engine, _, embedding = joint(lambda _, before: before)
    answer = engine.answer(embedding, prompt, before)
    assert bool(answer.mask[70, int(col)]) == positive


def test_a_late_click_on_something_else_is_the_networks() -> None:
    engine, network, embedding = joint(lambda _, before: before | (HEAD & (cols > 150)))
    prompt = ClickPrompt().with_click(*INSIDE).with_click(60.5, 50.5).with_click(80.5, 165.5)
    answer = engine.answer(embedding, prompt, CYST)
    assert answer.mask[80, 165]
    assert network.asked == [(3, False)]


def test_what_is_thin_the_network_mends_alone() -> None:
    rib = (np.abs(rows - 60) <= 3) & (np.abs(cols - 90) <= 60)
    prompt = ClickPrompt().with_click(60.5, 60.5).with_click(60.5, 90.5).with_click(60.5, 140.5)
    engine, network, embedding = joint(lambda *_: rib & (cols > 20))
    answer = engine.answer(embedding, prompt, rib & (cols < 138))
    np.testing.assert_array_equal(answer.mask, rib & (cols > 20))
    assert network.asked == [(3, False)]


def test_what_is_thin_is_never_drawn_anew() -> None:
    rib = (np.abs(rows - 60) <= 3) & (np.abs(cols - 90) <= 60)
    prompt = ClickPrompt().with_click(60.5, 60.5).with_click(60.5, 140.5, False)
    engine, network, embedding = joint(lambda *_: rib & (cols < 130))
    answer = engine.answer(embedding, prompt, rib)
    assert network.asked == [(2, False)]
    np.testing.assert_array_equal(answer.mask, rib & (cols < 130))


def test_a_box_keeps_what_lies_about_in_it() -> None:
    box = ClickPrompt().with_box(44, 28, 97, 92)
    engine, _, embedding = joint(lambda *_: CYST | (HEAD & (cols > 92)))
    answer = engine.answer(embedding, box, None)
    assert answer.found
    assert not answer.mask[:, 100:].any()
    assert iou(answer.mask, CYST) > 0.7
    assert answer.probability[80, 120] == 0


def test_the_outline_is_taken_where_the_network_fills_a_box_badly() -> None:
    box = ClickPrompt().with_box(44, 28, 97, 92)
    speck = CYST & (rows > 85)
    engine, _, embedding = joint(lambda *_: speck)
    answer = engine.answer(embedding, box, None)
    mark = box.marks[0]
    assert isinstance(mark, Box)
    assert box_fit(answer.mask, mark) > box_fit(speck, mark) + BETTER_FIT
    assert iou(answer.mask, CYST) > 0.7


def test_a_box_is_outlined_where_the_network_finds_nothing() -> None:
    engine, _, embedding = joint(lambda *_: None)
    answer = engine.answer(embedding, ClickPrompt().with_box(44, 28, 97, 92), None)
    assert answer.found
    assert iou(answer.mask, CYST) > 0.7


def test_a_box_in_the_black_around_the_picture_finds_nothing_and_says_so() -> None:
    engine = JointEngine(Scripted(lambda *_: None))
    embedding = engine.embed(np.zeros(SHAPE, np.float32))
    answer = engine.answer(embedding, ClickPrompt().with_box(44, 28, 97, 92), None)
    assert not answer.found
    assert answer.note


def test_how_well_a_mask_fills_a_box() -> None:
    mask = np.zeros(SHAPE, bool)
    assert box_fit(mask, Box(0, 0, 10, 10)) == 0
    mask[10:20, 10:30] = True
    assert box_fit(mask, Box(10, 10, 20, 30)) == 1
    assert box_fit(mask, Box(10, 10, 20, 50)) == pytest.approx(0.5)
    assert box_fit(mask, Box(40, 40, 50, 50)) == 0


def test_nothing_marked_and_marks_outside_are_what_they_are_to_the_network() -> None:
    engine, _, embedding = joint(lambda *_: None)
    assert not engine.answer(embedding, ClickPrompt(), None).found
    with pytest.raises(ClickError):
        engine.answer(embedding, ClickPrompt((Click(500.5, 3.5, True),)), None)
