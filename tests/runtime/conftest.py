"""A tiny model file, and a worker that does what a test tells it, without torch."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lusgui.core.intensity import DisplayMapping
from lusgui.core.model_card import ModelCard
from lusgui.core.recording import ArraySource, Intensity, Provenance, Recording
from lusgui.runtime.inference import InferenceClient

SCRIPT = """
import os, sys, time
from pathlib import Path
import numpy as np
from lusgui.core.messages import (Cancel, Decoder, Dropped, Failed, Garbage, Hello, LoadModel, Predict,
                                  Probability, Ready, Stop, encode)
out = os.fdopen(os.dup(1), "wb")
def say(m):
    out.write(m if isinstance(m, bytes) else encode(m)); out.flush()
def answer(r):
    say(Probability(r.request_id, r.key, np.full(r.frame.shape, r.key.frame / 100, np.float32), 1.0))
state = Path(sys.argv[1])
life = int(state.read_text()) if state.exists() else 0
state.write_text(str(life + 1))
device = sys.argv[sys.argv.index("--device") + 1]
say(Hello(os.getpid()))
decoder = Decoder()
def messages():
    while data := os.read(0, 1 << 20):
        for m in decoder.feed(data):
            if isinstance(m, Stop):
                os._exit(0)
            yield m
"""


def script_of(path, text):
    """Write a script; return the command that runs it, with the file where it counts its lives."""
    path.write_text(text)
    return [sys.executable, str(path), str(path.with_suffix(".lives"))]


@pytest.fixture
def fake_worker(tmp_path):
    """Return a function: the body of a worker script -> the command that runs it."""
    return lambda body: script_of(tmp_path / "fake_worker.py", SCRIPT + body)


CLICK_SCRIPT = """
import os, sys, time
from pathlib import Path
import numpy as np
from lusgui.core.click.answer import ClickAnswer
from lusgui.core.click.messages import *
from lusgui.core.click.messages import encode, ClickDecoder
out = os.fdopen(os.dup(1), "wb")
def say(m):
    out.write(m if isinstance(m, bytes) else encode(m)); out.flush()
shapes, shown = {}, {}
def take(m):
    shapes[m.frame_id] = m.gray.shape
    shown[m.frame_id] = float(m.gray[0, 0])
    say(Embedded(m.frame_id, 1.0, m.gray.nbytes))
def answer(m):
    # the gray of the frame comes back as its probability, the number of marks as the seconds
    shape = shapes[m.frame_id]
    mask = np.zeros(shape, bool)
    mask[0, 0] = True
    seen = np.full(shape, shown[m.frame_id], np.float32)
    say(Answer(m.request_id, m.frame_id, ClickAnswer(mask, seen, True, "", len(m.prompt.marks), "fake")))
state = Path(sys.argv[1])
life = int(state.read_text()) if state.exists() else 0
state.write_text(str(life + 1))
model = sys.argv[sys.argv.index("--model") + 1] if "--model" in sys.argv else ""
say(Hello(os.getpid()))
decoder = ClickDecoder()
def messages():
    while data := os.read(0, 1 << 20):
        for m in decoder.feed(data):
            if isinstance(m, Stop):
                os._exit(0)
            yield m
"""


@pytest.fixture
def fake_clicker(tmp_path):
    """Return a function: the body of a script for the click process -> the command that runs it."""
    return lambda body: script_of(tmp_path / "fake_clicker.py", CLICK_SCRIPT + body)


@pytest.fixture
def make_client(qtbot):
    """Return a function that makes a client which is shut down after the test."""
    clients = []

    def make(program=None, **options):
        client = InferenceClient(program=program, pauses_ms=(10, 20, 30), **options)
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.shutdown()


@pytest.fixture
def mapping():
    return DisplayMapping(Intensity.DISPLAY, 0.0, 255.0)


class CountingSource(ArraySource):
    """Counts what is read, from which thread, and never twice at once."""

    def __init__(self, frames):
        super().__init__(frames)
        self.reads = []
        self.is_closed = False

    def read(self, index):
        self.reads.append(index)
        if self.is_closed:
            raise ValueError("closed")
        return super().read(index)

    def close(self):
        self.is_closed = True


@pytest.fixture
def recording(tmp_path):
    """Return an 8-bit recording of 12 frames whose gray tells the frame."""
    frames = np.repeat(np.arange(12, dtype=np.uint8)[:, None, None] * 20, 48, 1).repeat(40, 2)
    return Recording(
        CountingSource(frames),
        (12, 48, 40),
        np.dtype(np.uint8),
        Intensity.DISPLAY,
        Provenance(tmp_path / "clip.mat"),
        value_range=(0, 255),
    )


@pytest.fixture
def model_file(tmp_path):
    """Return the path and card of a tiny model with random weights."""
    from lusgui.nn.checkpoint import save_model
    from lusgui.nn.registry import build

    card = ModelCard("tiny", "1.0", "lus-unet", ("rib",), (32, 32))
    path = tmp_path / "tiny.safetensors"
    return path, save_model(path, build("lus-unet", base_width=2), card)
