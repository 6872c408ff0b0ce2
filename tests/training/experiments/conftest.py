from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lusgui.nn.registry import build
from training.dataset import Sample
from training.experiments import cells
from training.experiments.bridge_data import Judged, Maker
from training.experiments.sets import DataSet
from training.report.tables import read_csv


class _Text(HTMLParser):
    def __init__(self):
        super().__init__()
        self.text = []

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture
def run_tiny(tmp_path, monkeypatch):
    """Run an experiment, run it again from what was kept, and return text, results and table."""

    def run(module, settings):
        out, cache = tmp_path / "out", tmp_path / "cache"
        page = module.run(settings, None, out, cache)
        first = {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".csv"}
        with monkeypatch.context() as patch:
            patch.setattr(cells, "run_cell", lambda _: pytest.fail("it was kept"))
            assert module.run(settings, None, out, cache) == page
        assert first == {path.name: path.read_bytes() for path in out.iterdir() if path.suffix == ".csv"}
        assert all(path.stat().st_size < 200_000 for path in out.glob("*.png"))
        parser = _Text()
        parser.feed(page.read_text(encoding="utf-8"))
        return " ".join(parser.text), read_csv(out / "results.csv"), read_csv(out / "table.csv"), out

    return run


@dataclass(frozen=True)
class FakeOptions:
    side: int = 32
    base_width: int = 2
    steps: int = 3
    fourier: float = 0.0
    implanted: int = 5
    drawn: str = "all"
    ema: float = 0.99
    bright: float = 0.0

    @property
    def input_shape(self):
        return (self.side, self.side)


def fake_maker(calls=None):
    """A maker whose networks mark what is bright; `bright` moves the bound."""

    def train(options, data, samples, held_out, seed, work):
        if calls is not None:
            calls.append((options, tuple(held_out), seed, work))
        torch.manual_seed(seed)
        network = build("lus-unet", base_width=2, norm="group", out_channels=1).eval()

        def forward(x):
            return (x - 0.5 - options.bright) * 40

        network.forward = forward
        return network

    return Maker("rib", FakeOptions(), train)


def fake_judged():
    """Bright squares in two groups, and a dark group without; one frame has a bright box to be ignored."""
    random = np.random.default_rng(0)
    samples = []
    for i in range(6):
        frame = random.integers(0, 60, (48, 40)).astype(np.uint8)
        mask = np.zeros(frame.shape, bool)
        if i < 4:
            row = 6 + 4 * i
            mask[row : row + 14, 10:26] = True
            frame[mask] += 150
        samples.append(Sample(f"f{i}", f"g{i // 2}", frame, {"rib": mask}))
    odd = samples[0]
    frame = odd.frame.copy()
    frame[36:46, 30:38] = 250
    ignored = np.zeros(frame.shape, bool)
    ignored[34:48, 28:40] = True
    samples[0] = Sample(odd.name, odd.group, frame, odd.masks, ignored=ignored)
    return Judged(DataSet("ribs", "rib", tuple(samples), "Squares."), (["g0", "g2"], ["g1"]), samples)


@pytest.fixture
def fakes():
    """What an ablation needs, without a training."""
    return SimpleNamespace(options=FakeOptions, maker=fake_maker, judged=fake_judged)
