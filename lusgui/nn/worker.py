"""The inference process: requests on standard input, probabilities on standard output.

``python -m lusgui.nn.worker [--device auto|cuda|mps|cpu]``. It greets before it imports torch, answers the
newest request first, outlives garbage and failing models, and ends when its input ends: its parent is gone.
One thread reads, the main thread computes.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lusgui.base.errors import LusguiError, ModelError
from lusgui.base.platforms import lower_priority
from lusgui.core.messages import (
    Cancel,
    Decoder,
    Dropped,
    Failed,
    Garbage,
    Hello,
    LoadModel,
    Predict,
    Probability,
    Ready,
    Stop,
    encode,
)
from lusgui.nn.mailbox import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch

    from lusgui.nn.predictor import Predictor

READ_BYTES = 1 << 20
MODELS_HELD = 3
NO_REQUEST = -1


class Output:
    """Whole messages to the parent, from any thread."""

    def __init__(self, stream: BinaryIO, turn_to_bytes: Callable[[Any], bytes] = encode) -> None:
        self._stream = stream
        self._turn_to_bytes = turn_to_bytes
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:  # noqa: ANN401 - whatever the encoder takes
        """Write one message; when nobody reads any more, end the process."""
        raw = self._turn_to_bytes(message)
        try:
            with self._lock:
                self._stream.write(raw)
                self._stream.flush()
        except OSError:
            os._exit(0)


class Shelf:
    """The models in use, rebuilt when their file changes."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self._held: dict[str, tuple[tuple[int, int], Predictor]] = {}

    def get(self, path: str) -> Predictor:
        """Return the predictor of a model file.

        A changed file gives a new network; the old one serves until the new one has warmed up.
        """
        from lusgui.nn.checkpoint import load_model
        from lusgui.nn.predictor import Predictor

        try:
            about = Path(path).stat()
        except OSError as error:
            raise ModelError("the model file is not there", path=Path(path)) from error
        stamp = (about.st_mtime_ns, about.st_size)
        held = self._held.pop(path, None)
        if held is None or held[0] != stamp:
            predictor = Predictor(load_model(Path(path)), self.device)
            predictor.warm_up()
            held = (stamp, predictor)
        self._held[path] = held  # last in order: the most recently used
        while len(self._held) > MODELS_HELD:
            self._held.pop(next(iter(self._held)))
        return held[1]


class Worker:
    """Answers what the mailbox holds."""

    def __init__(self, output: Output, mailbox: Mailbox, shelf: Shelf) -> None:
        self._output = output
        self._mailbox = mailbox
        self._shelf = shelf

    def run(self) -> None:
        """Answer until the mailbox is closed."""
        while (item := self._mailbox.take()) is not None:
            self.handle(item)

    def handle(self, item: Predict | LoadModel) -> None:
        """Answer one request; whatever goes wrong becomes a message."""
        request_id = item.request_id if isinstance(item, Predict) else NO_REQUEST
        try:
            if isinstance(item, LoadModel):
                self._note_device(self._shelf.get(item.model_path))
            else:
                for answer in self._predict(item):
                    self._output.send(answer)
        except LusguiError as error:
            plain = LusguiError(error.cause, path=error.path, variable=error.variable)
            self._fail(request_id, plain.message, error.remedy or "")
        except MemoryError:
            self._fail(request_id, "There is not enough memory.", "Close other programs and try again")
        except Exception as error:  # noqa: BLE001 - a failing frame must not end the process
            self._fail(request_id, f"The model failed: {type(error).__name__}: {error}", "")

    def _predict(self, request: Predict) -> list[Probability]:
        """Return the answers, that to the label asked for last."""
        from lusgui.core.pipeline import gray_frame

        start = time.perf_counter()
        predictor = self._shelf.get(request.model_path)
        if request.key.model_version != predictor.card.key:
            raise ModelError(
                "the model file is not the version asked for any more",
                path=Path(request.model_path),
                remedy="Choose the model again",
            )
        gray = gray_frame(request.frame, request.mapping, request.settings)
        known = predictor.card.labels
        others = [label for label in request.others if label in known and label != request.key.label]
        if others:
            planes = dict(zip(known, predictor.predict_all(gray), strict=True))  # one run for all of them
            if request.key.label and request.key.label not in planes:
                raise ModelError(f"the model {predictor.card.name} knows no label '{request.key.label[:60]}'")
            found = [(replace(request.key, label=label), planes[label]) for label in others]
            found.append((request.key, planes[request.key.label or known[0]]))
        else:
            found = [(request.key, predictor.predict(gray, request.key.label))]
        self._note_device(predictor)
        elapsed_ms = (time.perf_counter() - start) * 1e3
        return [Probability(request.request_id, key, plane, elapsed_ms) for key, plane in found]

    def _note_device(self, predictor: Predictor) -> None:
        if predictor.device.type != self._shelf.device.type:
            # out of memory once: further models go where this one had to go
            self._shelf.device = predictor.device
            self._output.send(Ready(predictor.device.type, predictor.description, predictor.note))

    def _fail(self, request_id: int, message: str, remedy: str) -> None:
        self._output.send(Failed(request_id, message, remedy, traceback.format_exc()[-20_000:]))


def read_requests(fd: int, mailbox: Mailbox, output: Output) -> None:
    """Sort what comes in into the mailbox, until the input ends; then end the process."""
    decoder = Decoder()
    while data := os.read(fd, READ_BYTES):
        for item in decoder.feed(data):
            if isinstance(item, (Predict, LoadModel)):
                mailbox.put(item)
            elif isinstance(item, Cancel):
                mailbox.cancel(item.request_ids)
            elif isinstance(item, Stop):
                os._exit(0)
            elif isinstance(item, Garbage):
                output.send(Failed(NO_REQUEST, f"The worker was sent {item.reason}."))
    # at once, whatever is being computed: nobody is left to read the answer
    os._exit(0)


def claim_stdout() -> BinaryIO:
    """Keep standard output for messages; what anything prints goes to standard error from now on."""
    fd = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return os.fdopen(fd, "wb")


def serve(device: str = "auto") -> None:
    """Run the process: greet, start reading, import torch, answer."""
    output = Output(claim_stdout())
    output.send(Hello(os.getpid()))
    lower_priority()
    mailbox = Mailbox(lambda request_id: output.send(Dropped(request_id)))
    fd = sys.stdin.fileno()
    threading.Thread(target=read_requests, args=(fd, mailbox, output), daemon=True).start()
    from lusgui.nn.devices import choose_device, describe_device, leave_a_core

    leave_a_core()
    note = ""
    try:
        chosen = choose_device(device)
    except ModelError as error:
        note = error.message
        chosen = choose_device("cpu")
    output.send(Ready(chosen.type, describe_device(chosen), note))
    Worker(output, mailbox, Shelf(chosen)).run()


def main(arguments: list[str] | None = None) -> int:
    """Read the device from the command line and serve."""
    words = sys.argv[1:] if arguments is None else arguments
    serve(words[words.index("--device") + 1] if "--device" in words[:-1] else "auto")
    return 0


if __name__ == "__main__":
    sys.exit(main())
