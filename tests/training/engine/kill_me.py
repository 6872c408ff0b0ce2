"""A training that is killed: slow steps, so that the kill lands among them."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from torch import nn

from training.engine.fit import fit
from training.engine.run_folder import RunFolder
from training.engine.settings import FitSettings

SETTINGS = FitSettings(
    epochs=12, batch_size=4, precision="float32", device="cpu", learning_rate=0.02, ema=0.9, schedule="cosine"
)


class SlowTask:
    steps_per_epoch = 5

    def __init__(self, pause_s):
        self._pause_s = pause_s

    def batch(self, step, size, generator, device):
        time.sleep(self._pause_s)
        images = torch.rand((size, 1, 8, 8), generator=generator)
        return images, (images.mean((1, 2, 3)) > 0.5).float()

    def loss(self, network, batch):
        logits = network(batch[0]).mean((1, 2, 3)).float()
        return nn.functional.binary_cross_entropy_with_logits(logits, batch[1])

    def validate(self, network, device):
        batch = SlowTask(0).batch(0, 16, torch.Generator().manual_seed(5), device)
        return {"loss": float(self.loss(network, batch))}


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Dropout(0.2), nn.Conv2d(4, 1, 3)
    )


def train(folder, pause_s=0.0):
    run = None if folder is None else RunFolder.create(Path(folder), {"settings": SETTINGS}, 0, [])
    return fit(network(), SlowTask(pause_s), SETTINGS, run)


if __name__ == "__main__":
    torch.set_num_threads(1)
    train(sys.argv[1], float(sys.argv[2]))
