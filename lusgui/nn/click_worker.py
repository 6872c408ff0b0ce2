"""The click process: frames and marks on standard input, masks on standard output.

``python -m lusgui.nn.click_worker [--model FILE]``. It greets before it imports torch; without a model, or
where that fails, the engine without one answers. Embeddings are made in threads of their own, neighbours' in
one that gives way to everything, so that a click never waits for them. It outlives garbage and bad frames,
and ends when its input ends: its parent is gone.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lusgui.base.errors import LusguiError
from lusgui.base.platforms import lower_priority_of_thread
from lusgui.core.click import messages as m
from lusgui.core.click.prompt import ClickPrompt
from lusgui.core.framing import Garbage
from lusgui.nn.click_desk import Desk, Held
from lusgui.nn.worker import NO_REQUEST, READ_BYTES, Output, claim_stdout

if TYPE_CHECKING:
    from lusgui.core.click.answer import ClickAnswer
    from lusgui.core.click.engine import ClickEngine

SWITCH_S = 0.001
"""How soon Python lets the thread that answers in while another one works."""

WARM_UP_SIDE = 128


def make_engine(model: str) -> tuple[ClickEngine, bool, str]:
    """Return the engine, whether it has a network, and why it has none where one was asked for."""
    note = ""
    if model:
        try:
            from lusgui.nn.click.engine import load_engine

            return load_engine(model), True, ""
        except LusguiError as error:
            note = error.message
        except Exception as error:  # noqa: BLE001 - whatever it is, there is another engine
            traceback.print_exc()
            note = f"{Path(model).name}: {type(error).__name__}: {error}"
    from lusgui.core.click.weightless import WeightlessEngine

    return WeightlessEngine(), False, note


class Clicker:
    """Does what lies on the desk.

    Parameters
    ----------
    output : Output
        To the parent.
    desk : Desk
        Frames and questions.
    engine : ClickEngine
        Embeds in some threads while it answers in another.
    """

    def __init__(self, output: Output, desk: Desk, engine: ClickEngine) -> None:
        self._output = output
        self._desk = desk
        self._engine = engine

    def warm_up(self) -> None:
        """Answer once for nobody: what a library does only the first time is done before the first click."""
        rows, cols = np.mgrid[:WARM_UP_SIDE, :WARM_UP_SIDE]
        middle = WARM_UP_SIDE / 2
        is_inside = (rows - middle) ** 2 + (cols - middle) ** 2 < (middle / 2) ** 2
        gray = np.where(is_inside, 0.8, 0.2).astype(np.float32)
        prompt = ClickPrompt().with_click(middle, middle)
        with contextlib.suppress(Exception):  # whoever clicks will be told
            embedding = self._engine.embed(gray)
            for is_preview in (False, True):
                self._engine.answer(embedding, prompt, None, is_preview=is_preview)

    def answer(self) -> None:
        """Answer questions until the desk is closed."""
        while (item := self._desk.take_question()) is not None:
            question, found = item
            if isinstance(found, str):
                self._fail(question.request_id, found, "Draw it with the brush")
                continue
            try:
                answer = self._ask(question, found)
                self._output.send(m.Answer(question.request_id, question.frame_id, answer))
            except LusguiError as error:
                plain = LusguiError(error.cause, path=error.path, variable=error.variable)
                self._fail(question.request_id, plain.message, error.remedy or "")
            except MemoryError:
                self._fail(
                    question.request_id, "There is not enough memory.", "Close other programs and try again"
                )
            except Exception as error:  # noqa: BLE001 - a failing click must not end the process
                self._fail(
                    question.request_id,
                    f"The click engine failed: {type(error).__name__}: {error}",
                    "Click elsewhere, or draw it with the brush",
                )

    def embed(self, *, ahead: bool) -> None:
        """Embed frames until the desk is closed: those on screen, or neighbours."""
        if ahead:
            lower_priority_of_thread()
        while (frame := self._desk.take_frame(ahead=ahead)) is not None:
            start = time.perf_counter()
            try:
                embedding = self._engine.embed(frame.gray, frame.spacing_ratio)
            except Exception as error:  # noqa: BLE001 - a failing frame must not end the process
                traceback.print_exc()
                named = f"{type(error).__name__}: {error}"
                reason = error.cause if isinstance(error, LusguiError) else named
                reason = f"This frame cannot be prepared for clicks: {reason}"[:2000]
                if self._desk.refuse(frame.frame_id, reason):
                    self._output.send(m.NotEmbedded(frame.frame_id, reason))
                continue
            elapsed_ms = (time.perf_counter() - start) * 1e3
            held = Held(embedding, (frame.gray.shape[0], frame.gray.shape[1]), elapsed_ms)
            if self._desk.embedded(frame.frame_id, held):
                self._output.send(m.Embedded(frame.frame_id, held.elapsed_ms, held.nbytes))

    def _ask(self, question: m.Ask, held: Held) -> ClickAnswer:
        prompt = question.prompt.checked(held.shape)
        previous = question.previous
        if previous is not None and previous.shape != held.shape:
            raise LusguiError("the mask that is there is of another size than the frame")
        answer = self._engine.answer(held.embedding, prompt, previous, is_preview=question.is_preview)
        if answer.mask.shape != held.shape or answer.probability.shape != held.shape:
            raise ValueError("the engine answered in another size")
        return answer

    def _fail(self, request_id: int, message: str, remedy: str) -> None:
        self._output.send(m.Failed(request_id, message, remedy, traceback.format_exc()[-20_000:]))


def read_requests(fd: int, desk: Desk, output: Output) -> None:
    """Lay what comes in on the desk, until the input ends; then end the process."""
    decoder = m.ClickDecoder()
    while data := os.read(fd, READ_BYTES):
        for item in decoder.feed(data):
            take_request(item, desk, output)
    # at once, whatever is being computed: nobody is left to read the answer
    os._exit(0)


def take_request(item: m.Message | Garbage, desk: Desk, output: Output) -> None:
    """Lay one message on the desk."""
    if isinstance(item, m.Ask):
        desk.ask(item)
    elif isinstance(item, (m.OpenFrame, m.ShowFrame)):
        held = desk.open(item) if isinstance(item, m.OpenFrame) else desk.show(item.frame_id)
        if held is not None:
            output.send(m.Embedded(item.frame_id, held.elapsed_ms, held.nbytes))
    elif isinstance(item, m.Cancel):
        desk.cancel(item.request_ids)
    elif isinstance(item, m.ForgetFrames):
        desk.forget()
    elif isinstance(item, m.Stop):
        os._exit(0)
    elif isinstance(item, Garbage):
        output.send(m.Failed(NO_REQUEST, f"The click process was sent {item.reason}."))


def serve(model: str = "") -> None:
    """Run the process: greet, start reading, load the engine, answer."""
    output = Output(claim_stdout(), m.encode)
    output.send(m.Hello(os.getpid()))
    desk = Desk(
        lambda request_id: output.send(m.Dropped(request_id)),
        lambda frame_id: output.send(m.Forgot(frame_id)),
    )
    fd = sys.stdin.fileno()
    threading.Thread(target=read_requests, args=(fd, desk, output), daemon=True).start()
    # one thread a task: two tasks run at once, and the window and a training want cores too
    os.environ["OMP_NUM_THREADS"] = "1"
    sys.setswitchinterval(SWITCH_S)
    engine, has_model, note = make_engine(model)
    output.send(m.EngineReady(engine.name, has_model, note))
    clicker = Clicker(output, desk, engine)
    for ahead in (False, True):
        threading.Thread(target=clicker.embed, kwargs={"ahead": ahead}, daemon=True).start()
    clicker.warm_up()
    clicker.answer()


def main(arguments: list[str] | None = None) -> int:
    """Read the model from the command line and serve."""
    words = sys.argv[1:] if arguments is None else arguments
    serve(words[words.index("--model") + 1] if "--model" in words[:-1] else "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
