"""Milliseconds a frame: raw 960x128 to mask on the raw grid, beside the bare forward pass.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_inference.py [THREADS] [DEVICE]``. The ratio says
what gray, resizing there and back and thresholding cost on top of the network. Random weights: speed only.
"""

from __future__ import annotations

import statistics
import sys
import time
from dataclasses import replace

import numpy as np
import torch

from lusgui.core.despeckle import FAST, OFF
from lusgui.core.intensity import DisplayMapping
from lusgui.core.model_card import ModelCard
from lusgui.core.pipeline import gray_frame
from lusgui.core.recording import Intensity
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build

FRAME = np.random.default_rng(0).rayleigh(1.0, (960, 128)).astype(np.float32)
MAPPING = DisplayMapping(Intensity.LINEAR, 0.0, 4.0)


def median_ms(step, times=15):
    for _ in range(3):
        step()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        step()
        taken.append(time.perf_counter() - start)
    return 1e3 * statistics.median(taken)


def measure(width, shape, device, precision):
    network = build("lus-unet", base_width=width).eval()
    card = ModelCard("bench", "1.0", "lus-unet", ("rib",), shape, network.init_args)
    predictor = Predictor(LoadedModel(network, replace(card)), device, precision)
    x = torch.rand(1, 1, *shape)

    def whole(settings):
        gray = gray_frame(FRAME, MAPPING, settings)
        apply_threshold(predictor.predict(gray), ThresholdSettings())

    bare = median_ms(lambda: predictor._run(x))
    raw = median_ms(lambda: whole(OFF))
    fast = median_ms(lambda: whole(FAST))
    print(  # noqa: T201
        f"base {width}  {shape[0]}x{shape[1]}  {precision:8}  bare {bare:6.1f} ms   raw to mask {raw:6.1f} ms"
        f" ({raw / bare:.2f}x)   with fast despeckling {fast:6.1f} ms ({fast / bare:.2f}x)"
    )


def main():
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    device = sys.argv[2] if len(sys.argv) > 2 else "cpu"
    torch.set_num_threads(threads)
    print(f"{device}, {threads} thread(s), torch {torch.__version__}")  # noqa: T201
    for width in (16, 24):
        for shape in ((256, 256), (512, 128)):
            for precision in ("float32", "bfloat16"):
                measure(width, shape, device, precision)


if __name__ == "__main__":
    main()
