"""Ways to answer faster on a CPU: milliseconds, speed-up over plain eager float32 of the same run, and Dice.

Run by hand: ``.venv/bin/python tests/benchmarks/bench_fast.py [--threads N] [--x-unet FILE] [--compile]
[--cerebellum FOLDER] [NAME...]`` with names out of rib, cerebellum, x-unet. Methods take turns within each
round, so that whatever else the machine does falls on all of them; under load look at the processor's time
("cpu ms", over all threads) rather than at the clock's. Dice is that of masks on the raw grid against plain
eager float32, over frames that the weights did not learn from.

The X-Unet is learnt here for some minutes if its file is not there: crops of 128 x 128 from frames at
256 x 256, ribs of all groups but g_vir2 and g_oliviera.
"""

from __future__ import annotations

import argparse
import copy
import os
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from lusgui.base.paths import resources_dir
from lusgui.core.despeckle import FAST
from lusgui.core.model_card import ModelCard
from lusgui.core.overlap import dice
from lusgui.nn.checkpoint import LoadedModel, load_model, save_model
from lusgui.nn.onnx_export import OnnxModel, convert, on_grid
from lusgui.nn.onnx_int8 import quantise
from lusgui.nn.packing import PRECISIONS
from lusgui.nn.predictor import Predictor
from lusgui.nn.preprocess import Preprocess
from lusgui.nn.registry import build
from training.dataset import load_fetal_planes, load_ribs

HELD_OUT = ("g_vir2", "g_oliviera", "p060", "p102", "p103")
CALIBRATION = 24
SIDE, CROP = 256, 128


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def learn_x_unet(path, samples, minutes):
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    preprocess = Preprocess((SIDE, SIDE))
    frames = torch.cat([preprocess.forward(sample.gray(FAST)) for sample in samples])
    masks = torch.cat([preprocess.forward_mask(sample.masks["rib"]) for sample in samples])
    network = build("x-unet").to(memory_format=torch.channels_last)
    optimiser = torch.optim.Adam(network.parameters(), 1e-4)
    with_rib = [i for i, mask in enumerate(masks) if mask.sum() > 20]
    end, steps = time.monotonic() + 60 * minutes, 0
    while time.monotonic() < end:
        images, truths = [], []
        for k in range(3):
            i = int(random.choice(with_rib)) if k < 2 else int(random.integers(len(samples)))
            rows, columns = np.nonzero(masks[i, 0].numpy() > 0.5)
            at = int(random.integers(len(rows))) if len(rows) else None
            middle = random.integers(0, SIDE, 2) if at is None else (rows[at], columns[at])
            row, column = (int(np.clip(m - random.integers(32, 96), 0, SIDE - CROP)) for m in middle)
            part = np.s_[i : i + 1, :, row : row + CROP, column : column + CROP]
            flips = [-1] if random.random() < 0.5 else []
            gain = float(random.uniform(0.8, 1.2))
            images.append((frames[part] * gain).clamp(0, 1).flip(flips).expand(-1, 3, -1, -1))
            truths.append(masks[part].flip(flips))
        image, truth = torch.cat(images), torch.cat(truths)
        with torch.autocast("cpu", torch.bfloat16):
            logits = network(image.contiguous(memory_format=torch.channels_last))
        probability = torch.sigmoid(logits.float())
        overlap = (2 * (probability * truth).sum() + 1) / (probability.sum() + truth.sum() + 1)
        loss = binary_cross_entropy_with_logits(logits.float(), truth) + 1 - overlap
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        steps += 1
    card = ModelCard("x-rib", "1.0", "x-unet", ("rib",), (SIDE, SIDE), network.init_args)
    card = ModelCard.from_json(card.to_json() | {"despeckle": FAST.to_json(), "notes": f"{steps} steps"})
    save_model(path, network.to(memory_format=torch.contiguous_format), card)


def ways(model, threads, calibration, compiles):
    """Yield name and function from gray on the network's grid (1, 1, h, w) to probability (1, L, h, w)."""
    preprocess = Preprocess.from_card(model.card)

    def by(network, *, dtype=torch.float32, last=True, short=False):
        order = torch.channels_last if last else torch.contiguous_format

        def answer(gray):
            planes = preprocess.normalise(torch.from_numpy(gray)).expand(-1, preprocess.in_channels, -1, -1)
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=short):
                return torch.sigmoid(
                    network(planes.to(dtype).contiguous(memory_format=order)).float()
                ).numpy()

        return answer

    def predict(precision):
        predictor = Predictor(model, "cpu", precision)

        def answer(gray):
            planes = preprocess.normalise(torch.from_numpy(gray)).expand(-1, preprocess.in_channels, -1, -1)
            return torch.sigmoid(predictor._run(planes)).numpy()

        return answer

    plain = copy.deepcopy(model.network).eval()
    last = copy.deepcopy(plain).to(memory_format=torch.channels_last)
    pure = copy.deepcopy(last).to(torch.bfloat16)
    yield "eager float32", by(plain, last=False)
    yield "eager float32, channels last", by(last)
    for precision in PRECISIONS:
        yield f"predictor {precision} (packed)", predict(precision)
    yield "autocast bfloat16", by(last, short=True)
    yield "pure bfloat16", by(pure, dtype=torch.bfloat16)
    if compiles:
        yield "torch.compile float32", by(torch.compile(last))
        yield "torch.compile pure bfloat16", by(torch.compile(pure), dtype=torch.bfloat16)
    graph = convert(model)
    yield "ONNX Runtime float32", OnnxModel(graph.SerializeToString(), threads).run
    short = quantise(graph, on_grid(model.card, calibration))
    yield "ONNX Runtime int8", OnnxModel(short.SerializeToString(), threads).run


def bench(name, model, samples, arguments):
    settings = model.card.despeckle_settings
    learnt = [sample for sample in samples if sample.group not in HELD_OUT]
    unseen = [sample for sample in samples if sample.group in HELD_OUT]
    unseen = unseen[:: max(len(unseen) // arguments.frames, 1)][: arguments.frames]
    step = max(len(learnt) // CALIBRATION, 1)
    calibration = [sample.gray(settings) for sample in learnt[::step][:CALIBRATION]]
    grays = [sample.gray(settings) for sample in unseen]
    inputs = on_grid(model.card, grays)
    preprocess = Preprocess.from_card(model.card)
    label = model.card.labels.index("cerebellum" if name == "cerebellum" else "rib")
    methods, started = {}, {}
    for method, answer in ways(model, arguments.threads, calibration, arguments.compile):
        begin = time.perf_counter()
        answer(inputs[0])
        methods[method], started[method] = answer, time.perf_counter() - begin
    wall, processor = ({method: [] for method in methods} for _ in range(2))
    for i in range(arguments.rounds):
        gray = inputs[i % len(inputs)]
        for method, answer in methods.items():
            begin, used = time.perf_counter(), time.process_time()
            answer(gray)
            processor[method].append(1e3 * (time.process_time() - used))
            wall[method].append(1e3 * (time.perf_counter() - begin))
    masks = {
        method: [
            preprocess.inverse(torch.from_numpy(answer(gray))[0, label], raw.shape) >= model.card.threshold
            for gray, raw in zip(inputs, grays, strict=True)
        ]
        for method, answer in methods.items()
    }
    first = next(iter(methods))
    side = " x ".join(map(str, model.card.input_shape))
    say(f"\n{model.card.key} ({model.card.architecture} at {side}), {len(grays)} unseen frames")
    truth = [
        dice(mask, sample.masks[model.card.labels[label]])
        for mask, sample in zip(masks[first], unseen, strict=True)
        if sample.masks[model.card.labels[label]].any()
    ]
    say(
        f"Dice of eager float32 against what was drawn: median {statistics.median(truth):.3f}, n {len(truth)}"
    )
    say(
        "| method | ms median | min | speed-up | cpu ms | cpu speed-up | Dice least | median | first call s |"
    )
    say("|---|---|---|---|---|---|---|---|---|")
    for method in methods:
        agreement = [dice(a, b) for a, b in zip(masks[method], masks[first], strict=True)]
        middle, used = statistics.median(wall[method]), statistics.median(processor[method])
        say(
            f"| {method} | {middle:.1f} | {min(wall[method]):.1f}"
            f" | {statistics.median(wall[first]) / middle:.2f} | {used:.1f}"
            f" | {statistics.median(processor[first]) / used:.2f}"
            f" | {min(agreement):.4f} | {statistics.median(agreement):.4f} | {started[method]:.1f} |"
        )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*", default=["rib", "x-unet"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--frames", type=int, default=1000, help="unseen frames at most")
    parser.add_argument("--x-unet", type=Path, default=Path("scratch") / "bench-x-unet.safetensors")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--cerebellum", type=Path, help="folder of the fetal planes")
    parser.add_argument("--compile", action="store_true")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(arguments.threads)
    ribs = load_ribs(resources_dir() / "datasets" / "ribs")
    for name in arguments.names:
        samples = ribs
        if name == "x-unet":
            if not arguments.x_unet.exists():
                learnt = [sample for sample in ribs if sample.group not in HELD_OUT]
                learn_x_unet(arguments.x_unet, learnt, arguments.minutes)
            model = load_model(arguments.x_unet)
        else:
            model = load_model(resources_dir() / "weights" / f"{name}.safetensors")
            samples = load_fetal_planes(arguments.cerebellum) if name == "cerebellum" else ribs
        say(f"{arguments.threads} thread(s), torch {torch.__version__}, load {os.getloadavg()[0]:.1f}")
        bench(name, LoadedModel(model.network, model.card), samples, arguments)


if __name__ == "__main__":
    main()
