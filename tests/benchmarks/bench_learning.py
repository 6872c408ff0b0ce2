"""Learning in the background against a plain loop, and what a step costs.

    OMP_NUM_THREADS=1 python tests/benchmarks/bench_learning.py [rib|cerebellum] [--steps 30] [--json]

The plain loop is what one writes first: a `Dataset` that opens each frame, filters, scales and moves it by
scipy and numpy on the CPU, a `DataLoader`, float32, AdamW; the same network, loss and size of batch. Ours is
`training.learning.tuner.Tuner`. Ratios are of processor seconds, so other programs hardly matter; on a
graphics card of wall seconds. As an older laptop: ``ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2``.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import psutil
import torch
from scipy import ndimage
from torch.utils.data import DataLoader, Dataset

from lusgui.core.despeckle import FAST
from lusgui.io.models import find_model
from lusgui.nn.checkpoint import load_model
from lusgui.nn.devices import choose_device
from lusgui.nn.zoom import ZoomUNet
from training.dataset import Sample
from training.learning.replay import load_pool, pool_path
from training.learning.settings import LearnSettings
from training.learning.tuner import Tuner
from training.loop import segmentation_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, nn

FRAMES = 8
FRAME_SHAPE = (480, 512)


class PlainFrames(Dataset):
    """Frames as one would load them: everything anew each time."""

    def __init__(self, samples: list[Sample], label: str, side: int, steps: int, seed: int = 0) -> None:
        self.samples, self.label, self.side, self.steps = samples, label, side, steps
        self.rng = np.random.default_rng(seed)

    def __len__(self) -> int:
        return self.steps

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        sample = self.samples[index % len(self.samples)]
        gray = sample.gray(FAST if self.rng.random() < 0.5 else None)
        mask = sample.masks[self.label].astype(np.float32)
        angle, zoom = np.deg2rad(self.rng.uniform(-6, 6)), self.rng.uniform(0.85, 1.2)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / zoom
        middle = np.array(gray.shape) / 2
        offset = middle - turn @ middle + self.rng.uniform(-0.08, 0.08, 2) * gray.shape
        gray, mask = (ndimage.affine_transform(plane, turn, offset, order=1) for plane in (gray, mask))
        scale = [self.side / n for n in gray.shape]
        gray, mask = (ndimage.zoom(plane, scale, order=1) for plane in (gray, mask))
        gray = np.clip(gray * self.rng.uniform(0.8, 1.2) + self.rng.normal(0, 0.03, gray.shape), 0, 1)
        if self.rng.random() < 0.5:
            gray, mask = gray[:, ::-1].copy(), mask[:, ::-1].copy()
        return torch.from_numpy(gray.astype(np.float32))[None], torch.from_numpy(mask)[None]


def plain_steps(network: nn.Module, samples: list[Sample], label: str, steps: int, device: str) -> None:
    """Learn by the plain loop."""
    parts = [(network, 192)]
    if isinstance(network, ZoomUNet):
        parts = [(network.coarse, network.coarse_side), (network.fine, network.fine_side)]
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-4)
    loaders = [iter(DataLoader(PlainFrames(samples, label, side, steps), 1)) for _, side in parts]
    for _ in range(steps):
        optimiser.zero_grad()
        for (part, _side), loader in zip(parts, loaders, strict=True):
            images, masks = (plane.to(device) for plane in next(loader))
            logits = part(images)[:, :1]
            segmentation_loss(logits, masks, torch.ones(1, 1, device=device)).backward()
        optimiser.step()


def seconds_of(work: Callable[[], None], device: str) -> float:
    """Return processor seconds on a CPU, wall seconds elsewhere."""
    clock = time.process_time if device == "cpu" else time.perf_counter
    began = clock()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return clock() - began


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("label", nargs="?", default="rib", choices=("rib", "cerebellum"))
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    torch.set_num_threads(1)
    device = choose_device(wanted.device).type
    base = load_model(find_model(wanted.label))
    shown = [s for s in load_pool(pool_path(wanted.label)) if s.masks[wanted.label].any()][:FRAMES]
    samples = [_enlarged(sample, wanted.label) for sample in shown]
    network = copy.deepcopy(base.network).requires_grad_(True).train().to(device)
    plain_steps(network, samples, wanted.label, 3, device)
    plain = seconds_of(lambda: plain_steps(network, samples, wanted.label, wanted.steps, device), device)
    settings = LearnSettings(steps=wanted.steps, device=device, judgements=0, replay=0.0)
    before = seconds_of(lambda: None, device)
    clock = time.process_time if device == "cpu" else time.perf_counter
    began = clock()
    tuner = Tuner(base, samples, settings, labels=[wanted.label])
    ready = clock() - began
    tuner.fit(steps=3)
    ours = seconds_of(lambda: tuner.fit(), device) - before
    found = {
        "label": wanted.label,
        "device": device,
        "steps": wanted.steps,
        "plain_s_per_image": round(plain / wanted.steps, 4),
        "ours_s_per_image": round(ours / wanted.steps, 4),
        "ratio": round(plain / ours, 2),
        "making_ready_s": round(ready, 3),
        "memory_mb": round(psutil.Process().memory_info().rss / 1e6),
    }
    sys.stdout.write(json.dumps(found) + "\n" if wanted.json else _in_words(found))
    return 0


def _enlarged(sample: Sample, label: str) -> Sample:
    """Return a frame as large as a machine's, from the small ones that are carried along."""
    factor = [n / m for n, m in zip(FRAME_SHAPE, sample.frame.shape, strict=True)]
    frame = ndimage.zoom(sample.frame, factor, order=1)
    mask = ndimage.zoom(sample.masks[label].astype(np.uint8), factor, order=0).astype(bool)
    return Sample(sample.name, sample.group, frame, {label: mask})


def _in_words(found: dict[str, object]) -> str:
    return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in found.items()) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
