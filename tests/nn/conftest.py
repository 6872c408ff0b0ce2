"""Tiny models with random weights, and somebody to talk to a process in messages."""

from __future__ import annotations

import contextlib
import os
import subprocess

import pytest
import torch

from lusgui.core.framing import Garbage
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build


@pytest.fixture
def tiny_card():
    return ModelCard("tiny", "1.0", "lus-unet", ("rib",), (64, 32))


@pytest.fixture
def tiny_model(tmp_path, tiny_card):
    """Path of a model file and its card as written."""
    torch.manual_seed(3)
    path = tmp_path / "tiny.safetensors"
    return path, save_model(path, build("lus-unet", base_width=4), tiny_card)


class Talk:
    """A process that reads and writes messages."""

    def __init__(self, command, encode, decoder):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.encode, self.decoder = encode, decoder
        self.items = []

    def send(self, *messages):
        for message in messages:
            self.process.stdin.write(message if isinstance(message, bytes) else self.encode(message))
        self.process.stdin.flush()

    def until(self, kind):
        """Read until a message of this kind has come; return it."""
        while True:
            for index, item in enumerate(self.items):
                if isinstance(item, kind):
                    del self.items[: index + 1]
                    return item
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            assert data, self.process.stderr.read().decode()
            self.items += self.decoder.feed(data)
            assert not [item for item in self.items if isinstance(item, Garbage)]


@pytest.fixture
def talk_to():
    """Return a function: a command, how messages are written, how read -> a `Talk`, ended afterwards."""
    talks = []

    def start(command, encode, decoder):
        talks.append(Talk(command, encode, decoder))
        return talks[-1]

    yield start
    for each in talks:
        each.process.kill()
        each.process.wait()
        for pipe in (each.process.stdin, each.process.stdout, each.process.stderr):
            with contextlib.suppress(OSError):
                pipe.close()
