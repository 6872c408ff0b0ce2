from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.core.despeckle import OFF
from lusgui.core.intensity import DisplayMapping
from lusgui.core.messages import (
    LANE_BATCH,
    Cancel,
    Decoder,
    Dropped,
    Failed,
    Hello,
    LoadModel,
    Predict,
    Probability,
    Ready,
    Stop,
    encode,
)
from lusgui.core.pipeline import gray_frame
from lusgui.core.prediction_key import PredictionKey
from lusgui.core.recording import Intensity
from lusgui.nn import worker as module
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.mailbox import Mailbox
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build

MAPPING = DisplayMapping(Intensity.LINEAR, 0.0, 4.0)
FRAME = np.random.default_rng(5).rayleigh(1.0, (96, 40)).astype(np.float32)


@pytest.fixture
def talk(talk_to):
    """Return a function that starts a process, the usual one where no command is given."""
    return lambda *command: talk_to(
        command or [sys.executable, "-P", "-m", "lusgui.nn.worker", "--device", "cpu"], encode, Decoder()
    )


def predict(number, path, version, **changes):
    key = PredictionKey(1, number, "off", version)
    return replace(Predict(number, key, str(path), FRAME, MAPPING, OFF), **changes)


def test_a_real_process_answers_outlives_garbage_and_ends_with_its_input(talk, tiny_model):
    path, card = tiny_model
    worker = talk()
    assert worker.until(Hello).pid == worker.process.pid
    worker.send(LoadModel(str(path)))
    assert worker.until(Ready).device == "cpu"
    worker.send(b"\x00garbage" * 50 + encode(predict(1, path, card.key)))
    assert "no message" in worker.until(Failed).message
    answer = worker.until(Probability)
    assert (answer.request_id, answer.key) == (1, PredictionKey(1, 1, "off", card.key))
    expected = Predictor(load_model(path), "cpu").predict(gray_frame(FRAME, MAPPING, OFF))
    assert np.allclose(answer.probability, expected, atol=1e-6)
    # a mistake costs a message
    for wrong, words in (
        (predict(2, "nowhere.safetensors", card.key), "not there"),
        (predict(3, path, "tiny-0.9"), "not the version"),
        (predict(4, path, card.key, key=PredictionKey(1, 4, "off", card.key, "skull")), "no label"),
    ):
        worker.send(wrong)
        failed = worker.until(Failed)
        assert failed.request_id == wrong.request_id
        assert words in failed.message
    # the model file changes under it: the new weights answer
    torch.manual_seed(9)
    new = save_model(path, build("lus-unet", base_width=4), replace(card, version="1.1"), overwrite=True)
    worker.send(predict(5, path, new.key))
    assert not np.allclose(worker.until(Probability).probability, expected, atol=1e-4)
    worker.process.stdin.close()
    assert worker.process.wait(10) == 0


def test_it_greets_before_torch_and_dies_with_its_parent_while_importing(talk):
    worker = talk()
    worker.until(Hello)
    worker.process.stdin.close()
    start = time.monotonic()
    assert worker.process.wait(10) == 0
    assert time.monotonic() - start < 8


def test_it_stops_when_told(talk):
    worker = talk()
    worker.until(Hello)
    worker.send(Stop())
    assert worker.process.wait(10) == 0


def test_prints_of_libraries_do_not_corrupt_the_messages(talk, tiny_model):
    path, card = tiny_model
    script = (
        "import os, sys\n"
        "from lusgui.nn import predictor, worker\n"
        "class Loud(predictor.Predictor):\n"
        "    def predict(self, *a):\n"
        "        print('hello from a library'); sys.stdout.flush(); os.system('echo and its child')\n"
        "        os.write(1, b'straight to the descriptor')\n"
        "        return super().predict(*a)\n"
        "predictor.Predictor = Loud\n"
        "worker.serve('cpu')\n"
    )
    worker = talk(sys.executable, "-c", script)
    worker.send(predict(1, path, card.key))
    assert worker.until(Probability).request_id == 1
    worker.process.stdin.close()
    printed = worker.process.stderr.read()
    for words in (b"hello from a library", b"and its child", b"straight to the descriptor"):
        assert words in printed


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_parent_killed_at_once_leaves_no_worker(tmp_path):
    script = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-P', '-m', 'lusgui.nn.worker'],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "print(p.pid, flush=True); time.sleep(60)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    pid = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.communicate()
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(10)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


class Sink:
    """Takes messages in place of a process's output."""

    def __init__(self):
        self.sent = []

    def send(self, message):
        self.sent.append(message)


def in_process(shelf=None):
    sink = Sink()
    mailbox = Mailbox(lambda number: sink.send(Dropped(number)))
    return sink, mailbox, module.Worker(sink, mailbox, shelf or module.Shelf(torch.device("cpu")))


def test_out_of_memory_is_said_and_later_models_go_to_the_cpu_at_once(tiny_model, monkeypatch):
    path, card = tiny_model
    gpu = FakeGpu()
    monkeypatch.setattr("lusgui.nn.predictor.Predictor", FallingBack)
    sink, _, worker = in_process(module.Shelf(gpu))
    worker.handle(predict(1, path, card.key))
    ready, answer = sink.sent
    assert ready == Ready("cpu", "CPU", "GPU is out of memory; the CPU answers instead")
    assert isinstance(answer, Probability)
    worker.handle(predict(2, path, card.key))
    assert [type(m) for m in sink.sent[2:]] == [Probability]


class FakeGpu:
    type = "cuda"


class FallingBack:
    """A predictor whose GPU has no memory."""

    def __init__(self, model, device):
        self.card, self.device, self.note, self.description = model.card, device, "", "GPU"

    def warm_up(self):
        self.predict(np.zeros((16, 16)), "")

    def predict(self, gray, _label):
        if self.device.type == "cuda":
            self.note = "GPU is out of memory; the CPU answers instead"
            self.device, self.description = torch.device("cpu"), "CPU"
        return np.zeros(gray.shape, np.float32)


def test_whatever_a_model_throws_becomes_a_message(tiny_model, monkeypatch):
    path, card = tiny_model
    sink, _, worker = in_process()
    for error, words in (
        (KeyError("b5"), "The model failed: KeyError"),
        (MemoryError(), "not enough memory"),
    ):

        def throw(*_args, _error=error):
            raise _error

        monkeypatch.setattr("lusgui.core.pipeline.gray_frame", throw)
        worker.handle(predict(1, path, card.key))
        failed = sink.sent.pop()
        assert words in failed.message
        assert "Traceback" in failed.detail


def test_only_a_few_models_stay_in_memory(tmp_path, tiny_card):
    shelf = module.Shelf(torch.device("cpu"))
    paths = []
    for number in range(module.MODELS_HELD + 1):
        paths.append(str(tmp_path / f"{number}.safetensors"))
        save_model(tmp_path / f"{number}.safetensors", build("lus-unet", base_width=1), tiny_card)
        shelf.get(paths[-1])
    assert list(shelf._held) == paths[1:]
    assert shelf.get(paths[1]) is shelf.get(paths[1])


def test_requests_are_sorted_into_the_mailbox_and_the_end_of_input_ends_the_process(monkeypatch, tiny_model):
    path, card = tiny_model
    ended = []

    def leave(status):
        ended.append(status)
        raise SystemExit

    monkeypatch.setattr(os, "_exit", leave)
    sink, mailbox, _ = in_process()
    read, write = os.pipe()
    with os.fdopen(write, "wb") as pipe:
        pipe.write(encode(predict(1, path, card.key, lane=LANE_BATCH)))
        pipe.write(encode(predict(2, path, card.key)) + encode(predict(3, path, card.key)))
        pipe.write(encode(Cancel((1,))))
    with pytest.raises(SystemExit):
        module.read_requests(read, mailbox, sink)
    os.close(read)
    assert ended == [0]
    assert sink.sent == [Dropped(2), Dropped(1)]
    assert mailbox.take().request_id == 3


def test_one_run_gives_all_labels_asked_for(tmp_path, monkeypatch):
    from lusgui.core.model_card import ModelCard

    torch.manual_seed(1)
    path = tmp_path / "three.safetensors"
    labels = ("cerebellum", "vermis", "cisterna_magna")
    network = build("lus-unet", base_width=2, out_channels=3)
    card = ModelCard(
        "three", "1.0", "lus-unet", labels, (32, 32), arguments={"base_width": 2, "out_channels": 3}
    )
    card = save_model(path, network, card)
    sent, runs = [], []
    real = Predictor.predict_all

    def counted(self, gray):
        runs.append(gray.shape)
        return real(self, gray)

    monkeypatch.setattr(Predictor, "predict_all", counted)
    output = type("Output", (), {"send": lambda _self, message: sent.append(message)})()
    worker = module.Worker(output, Mailbox(lambda _id: None), module.Shelf(torch.device("cpu")))
    key = PredictionKey(1, 0, "off", card.key, "vermis")
    worker.handle(
        predict(7, path, card.key, key=key, others=("cerebellum", "rib", "cisterna_magna", "vermis"))
    )
    # the label asked for comes last; what the model does not know is left out
    assert [m.key.label for m in sent] == ["cerebellum", "cisterna_magna", "vermis"]
    assert {m.request_id for m in sent} == {7}
    assert runs.count((96, 40)) == 1
    for message in sent:
        expected = Predictor(load_model(path), "cpu").predict(
            gray_frame(FRAME, MAPPING, OFF), message.key.label
        )
        assert np.allclose(message.probability, expected, atol=1e-6)
    sent.clear()
    worker.handle(predict(8, path, card.key, key=replace(key, label="rib"), others=("vermis",)))
    assert isinstance(sent[0], Failed)
    assert "no label 'rib'" in sent[0].message
