"""The default models end to end: milliseconds from the stored frame to the mask on the frame's own grid.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_default_models.py [--threads N] [--seconds S]
[--frames FOLDER] [MODEL...]`` with names of models (rib, cerebellum) or files, on pictures or the project's
rib frames. What is compared takes turns within each round, so that whatever else the machine does falls on
all of it; under load the least of the processor's time ("cpu ms", over all threads) says more than the clock.

``eager`` is the network as trained, float32, as torch runs it; ``network`` what the predictor runs;
``convolutions`` the same network's convolutions alone, on inputs kept from a run; ``whole`` is despeckling as
the card asks, gray, resizing there and back, network, threshold. Dice is that of whole masks with eager's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import nn

from lusgui.base.paths import resources_dir
from lusgui.core.fading import fade_specks
from lusgui.core.overlap import dice
from lusgui.core.pipeline import gray_frame
from lusgui.core.threshold import ThresholdSettings, apply_threshold
from lusgui.io.models import find_model
from lusgui.nn.checkpoint import load_model
from lusgui.nn.packing import BFLOAT16, FLOAT32, MIXED, PackedConvolution, PackedUp
from lusgui.nn.predictor import Predictor
from training.dataset import DISPLAY_8_BIT

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d, PackedConvolution, PackedUp)


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def keep_inputs(network, x):
    """Return each convolution of a run with a copy of its input."""
    kept, hooks = [], []
    for module in network.modules():
        if isinstance(module, CONVOLUTIONS):
            hooks.append(module.register_forward_pre_hook(lambda m, a: kept.append((m, a[0].clone()))))
    with torch.inference_mode():
        network(x)
    for hook in hooks:
        hook.remove()
    return kept


def ways_of(model, frames):
    """Return functions of a frame's number by name, the eager one first."""
    card = model.card
    settings, threshold = card.despeckle_settings, ThresholdSettings(card.threshold)
    predictors = {p: Predictor(model, "cpu", p) for p in (FLOAT32, MIXED, BFLOAT16)}
    plain = predictors[FLOAT32]
    grays = [gray_frame(frame, DISPLAY_8_BIT, settings) for frame in frames]
    inputs = [plain._preprocess.forward(gray) for gray in grays]
    eager = model.network.eval()

    def answer_eagerly(i):
        with torch.inference_mode():
            return eager(inputs[i].contiguous())

    def whole(predictor):
        def answer(i):
            gray = gray_frame(frames[i], DISPLAY_8_BIT, settings)
            return [apply_threshold(plane, threshold) for plane in predictor.predict_all(gray)]

        return answer

    ways = {"eager float32": answer_eagerly}
    for precision, predictor in predictors.items():
        ways[f"network {precision}"] = lambda i, p=predictor: p._run(inputs[i])
        kept = keep_inputs(predictor._network, inputs[0])

        def convolve(_i, kept=kept):
            with torch.inference_mode():
                for module, x in kept:
                    module(x)

        ways[f"convolutions {precision}"] = convolve
        ways[f"whole {precision}"] = whole(predictor)
    ways["despeckling and gray"] = lambda i: gray_frame(frames[i], DISPLAY_8_BIT, settings)
    ways["resizing there"] = lambda i: plain._preprocess.forward(grays[i])

    def truth(i):
        probability = plain._preprocess.probability(answer_eagerly(i))[0]
        raw = fade_specks(plain._preprocess.inverse(probability, frames[i].shape), card.least_mass)
        return [apply_threshold(plane, threshold) for plane in raw]

    return ways, truth


def bench(name, frames, seconds):
    model = load_model(find_model(name))
    ways, truth = ways_of(model, frames)
    for way in ways.values():
        way(0)
    wall, used = ({way: [] for way in ways} for _ in range(2))
    end, rounds = time.monotonic() + seconds, 0
    while rounds < 5 or time.monotonic() < end:
        for way, step in ways.items():
            begin, before = time.perf_counter(), time.process_time()
            step(rounds % len(frames))
            used[way].append(1e3 * (time.process_time() - before))
            wall[way].append(1e3 * (time.perf_counter() - begin))
        rounds += 1
    card = model.card
    side = " x ".join(map(str, card.input_shape))
    raw = sorted({frame.shape for frame in frames})
    say(f"\n{card.key} ({card.architecture} at {side}), {rounds} rounds over {len(frames)} frames of {raw}")
    say("| | ms min | median | cpu ms min | median | of eager | Dice least |")
    say("|---|---|---|---|---|---|---|")
    first = min(used["eager float32"])
    right = [truth(i) for i in range(len(frames))]
    for way in ways:
        agreement = ""
        if way.startswith("whole"):
            found = [
                dice(a, b) for i in range(len(frames)) for a, b in zip(ways[way](i), right[i], strict=True)
            ]
            agreement = f"{min(found):.4f}"
        say(
            f"| {way} | {min(wall[way]):.1f} | {statistics.median(wall[way]):.1f} | {min(used[way]):.1f}"
            f" | {statistics.median(used[way]):.1f} | {min(used[way]) / first:.2f} | {agreement} |"
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=["rib", "cerebellum"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--frames", type=Path, help="folder of 8-bit pictures")
    parser.add_argument("--count", type=int, default=12)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    say(f"{arguments.threads} thread(s), torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
    for name in arguments.models:
        fetal = resources_dir() / "samples" / "fetal_cerebellum.png"
        paths = sorted((resources_dir() / "datasets" / "ribs" / "images").glob("*.png"))
        if arguments.frames is not None:
            paths = sorted(arguments.frames.glob("*.png"))
        elif name == "cerebellum":
            paths = [fetal]
        paths = paths[:: max(len(paths) // arguments.count, 1)][: arguments.count]
        bench(name, [np.asarray(Image.open(path).convert("L")) for path in paths], arguments.seconds)


if __name__ == "__main__":
    main()
