from __future__ import annotations

import sys
import time

import numpy as np
import pytest
import torch

from lusgui.core.click.messages import (
    Answer,
    Ask,
    Cancel,
    ClickDecoder,
    Dropped,
    Embedded,
    EngineReady,
    Failed,
    ForgetFrames,
    Forgot,
    Hello,
    NotEmbedded,
    OpenFrame,
    ShowFrame,
    Stop,
    encode,
)
from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.model_card import ModelCard
from lusgui.nn import click_worker as module
from lusgui.nn.checkpoint import save_model
from lusgui.nn.click.engine import load_engine
from lusgui.nn.registry import build

# An engine whose every move is told by the frame: its gray is how long embedding takes, in seconds, and marks
# further right take longer to be answered.
ENGINE = """
import sys, time
import numpy as np
from lusgui.base.errors import LusguiError
from lusgui.core.click.answer import ClickAnswer
from lusgui.nn import click_worker
class Engine:
    name = "scripted"
    def embed(self, gray, spacing_ratio=1.0):
        print("embedding", flush=True)
        if gray.shape == (128, 128):
            raise RuntimeError("too early")  # the warm-up, which nobody misses
        if spacing_ratio == 7.0:
            raise LusguiError("it is too large")
        if spacing_ratio == 8.0:
            raise RuntimeError("boom")
        time.sleep(float(gray[0, 0]))
        return gray.copy()
    def answer(self, embedding, prompt, previous, *, is_preview=False):
        col = prompt.last.col if not prompt.is_empty else 0
        if col == 1.0:
            raise ZeroDivisionError("boom")
        if col == 2.0:
            raise LusguiError("nobody knows", remedy="Try another")
        if col == 3.0:
            raise MemoryError
        shape = (9, 9) if col == 5.0 else embedding.shape
        time.sleep(max(col - 10.0, 0.0))
        mask = np.zeros(shape, bool) if previous is None else ~previous
        seen = np.full(shape, embedding[0, 1], np.float32)
        return ClickAnswer(mask, seen, True, "", len(prompt.marks), self.name)
click_worker.make_engine = lambda model: (Engine(), bool(model), "")
sys.exit(click_worker.main())
"""


@pytest.fixture
def talk(talk_to):
    """Return a function that starts a process, the usual one where no command is given."""
    return lambda *command: talk_to(command or [sys.executable, "-P", "-c", ENGINE], encode, ClickDecoder())


def frame(number, *, ahead=False, ratio=1.0, seconds=0.0):
    gray = np.full((12, 60), number / 100, np.float32)
    gray[0, 0] = seconds
    return OpenFrame(number, gray, ratio, ahead)


def ask(number, frame_id=1, *, col=20.0, previous=None, is_preview=False):
    return Ask(number, frame_id, ClickPrompt().with_click(3.5, col), previous, is_preview)


def test_it_embeds_answers_outlives_garbage_and_failures_and_ends_with_its_input(talk):
    worker = talk()
    assert worker.until(Hello).pid == worker.process.pid
    assert worker.until(EngineReady) == EngineReady("scripted", False)
    worker.send(frame(1))
    assert worker.until(Embedded).bytes_held == 12 * 60 * 4
    worker.send(b"\x00garbage" * 50 + encode(ask(1, col=0.5)))
    assert "no message" in worker.until(Failed).message
    answer = worker.until(Answer)
    assert (answer.request_id, answer.frame_id) == (1, 1)
    assert np.allclose(answer.answer.probability, 0.01, atol=1e-4)
    previous = np.zeros((12, 60), bool)
    previous[:6] = True
    worker.send(ask(2, col=0.5, previous=previous))
    assert np.array_equal(worker.until(Answer).answer.mask, ~previous)
    # a mistake costs a message
    for wrong, words in (
        (ask(3, col=1.0), "ZeroDivisionError"),
        (ask(4, col=2.0), "nobody knows"),
        (ask(5, col=3.0), "not enough memory"),
        (ask(6, col=5.0), "another size"),
        (ask(7, col=60.5), "outside the image"),
        (ask(8, col=0.5, previous=previous[1:]), "another size"),
    ):
        worker.send(wrong)
        failed = worker.until(Failed)
        assert failed.request_id == wrong.request_id
        assert words in failed.message
    worker.send(ask(9, col=0.5))
    assert worker.until(Answer).request_id == 9
    worker.process.stdin.close()
    assert worker.process.wait(10) == 0


def test_a_click_does_not_wait_for_a_neighbour_that_is_being_embedded(talk):
    worker = talk()
    worker.until(EngineReady)
    worker.send(frame(1), frame(2, ahead=True, seconds=0.6))
    worker.until(Embedded)
    time.sleep(0.15)
    worker.send(ask(1, col=0.5))
    assert isinstance(worker.until((Answer, Embedded)), Answer)
    assert worker.until(Embedded).frame_id == 2


def test_the_newest_question_goes_first_and_previews_are_dropped(talk):
    worker = talk()
    worker.until(EngineReady)
    worker.send(frame(1))
    worker.until(Embedded)
    worker.send(ask(1, col=10.3))  # computed for 0.3 s
    time.sleep(0.1)
    worker.send(ask(2, col=0.5, is_preview=True), ask(3, col=0.5), ask(4, col=0.5), Cancel((99,)))
    assert sorted(worker.until(Dropped).request_id for _ in range(2)) == [2, 3]
    assert [worker.until(Answer).request_id for _ in range(2)] == [1, 4]


def test_a_question_waits_for_its_frame_and_a_frame_nobody_sent_is_said(talk):
    worker = talk()
    worker.until(EngineReady)
    worker.send(frame(1, seconds=0.2), ask(1, col=0.5))
    assert isinstance(worker.until((Embedded, Answer)), Embedded)
    assert worker.until(Answer).request_id == 1
    worker.send(frame(2))
    worker.until(Embedded)
    worker.send(ShowFrame(1))
    assert worker.until(Embedded).frame_id == 1
    worker.send(ForgetFrames(), ask(2, col=0.5))
    assert worker.until(Forgot).frame_id == 1
    worker.send(frame(1), ask(2, col=0.5))
    assert worker.until(Answer).request_id == 2


def test_a_frame_that_cannot_be_embedded_is_said_and_the_next_one_is_embedded(talk):
    worker = talk()
    worker.until(EngineReady)
    for ratio, words in ((7.0, "too large"), (8.0, "RuntimeError: boom")):
        worker.send(frame(1, ratio=ratio), ask(1, col=0.5))
        assert words in worker.until(NotEmbedded).reason
        failed = worker.until(Failed)
        assert words in failed.message
        assert failed.remedy
    worker.send(frame(2))
    assert worker.until(Embedded).frame_id == 2


def test_it_stops_when_told_and_dies_with_its_parent_in_the_middle_of_its_work(talk):
    worker = talk()
    worker.until(Hello)
    worker.send(Stop())
    assert worker.process.wait(10) == 0
    worker = talk()
    worker.until(EngineReady)
    worker.send(frame(1, seconds=30.0))
    worker.process.stdin.close()
    assert worker.process.wait(10) == 0


def test_the_real_process_answers_without_a_model(talk):
    worker = talk(sys.executable, "-P", "-m", "lusgui.nn.click_worker")
    assert worker.until(EngineReady) == EngineReady("without a model", False)
    rows, cols = np.mgrid[:96, :128]
    inside = (rows - 50) ** 2 + (cols - 60) ** 2 < 24**2
    noise = np.random.default_rng(1).normal(0, 0.03, inside.shape)
    gray = np.clip(np.where(inside, 0.15, 0.6) + noise, 0, 1).astype(np.float32)
    worker.send(OpenFrame(1, gray), Ask(1, 1, ClickPrompt().with_click(50.5, 60.5)))
    answer = worker.until((Answer, Failed)).answer
    assert answer.found
    assert (answer.mask & inside).sum() / (answer.mask | inside).sum() > 0.8


def test_the_real_process_answers_with_a_network_as_its_engine_does_here(talk, tmp_path):
    path = tmp_path / "click.safetensors"
    card = ModelCard("click", "1.0", "click-net", ("object",), (64, 64))
    torch.manual_seed(3)
    save_model(path, build("click-net", base_width=4, fine_width=4, coarse_side=64, fine_side=64), card)
    worker = talk(sys.executable, "-P", "-m", "lusgui.nn.click_worker", "--model", str(path))
    assert worker.until(EngineReady) == EngineReady("click 1.0", True)
    gray = np.random.default_rng(2).random((90, 40)).astype(np.float32)
    previous = np.zeros(gray.shape, bool)
    previous[20:50, 10:30] = True
    prompt = ClickPrompt().with_click(30.5, 20.5).with_click(70.5, 5.5, False)
    worker.send(OpenFrame(1, gray, 0.5), Ask(1, 1, prompt, previous))
    answer = worker.until((Answer, Failed)).answer
    engine = load_engine(str(path))
    expected = engine.answer(engine.embed(gray, 0.5), prompt, previous)
    assert np.array_equal(answer.mask, expected.mask)
    assert np.allclose(answer.probability, expected.probability, atol=2e-3)
    assert answer.found is expected.found


def test_a_model_that_cannot_be_read_gives_way_to_the_engine_without_one(tmp_path):
    path = tmp_path / "click.safetensors"
    path.write_bytes(b"no weights")
    for name in (path, tmp_path / "missing.safetensors"):
        engine, has_model, note = module.make_engine(str(name))
        assert (engine.name, has_model) == ("without a model", False)
        assert name.name in note
    assert module.make_engine("")[1:] == (False, "")
