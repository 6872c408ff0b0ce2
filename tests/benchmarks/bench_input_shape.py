"""Held-out Dice of the rib network at two input shapes of the same number of pixels.

Run by hand, once a shape: ``.venv/bin/python tests/benchmarks/bench_input_shape.py ROWSxCOLUMNS STEPS DATA``.
Same seed, same frames, same steps, from scratch and without the simulation-only start of the shipped weights;
g_vir2 and g_oliviera are held out. Some three minutes for 300 steps on one core.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build
from training import models
from training.dataset import split_by_group
from training.evaluate import evaluate, summarise
from training.loop import LoopSettings, train
from training.recipes import rib

HELD_OUT = ["g_oliviera", "g_vir2"]
ARGUMENTS = {"base_width": 16, "norm": "group"}


def main() -> None:
    rows, columns = (int(word) for word in sys.argv[1].split("x"))
    steps, data = int(sys.argv[2]), Path(sys.argv[3])
    torch.set_num_threads(1)
    # rows enough that the taller input has detail to show
    rib.CANVAS, rib.SIMULATED = (320, 208), 400
    rib.RECIPE = replace(rib.RECIPE, input_shape=(rows, columns))
    samples = rib.load(data)
    torch.manual_seed(0)
    network = build("lus-unet", base_width=16)
    average = train(network, rib.batches(data, samples, HELD_OUT, 0), LoopSettings(steps, 2e-3, seed=0))
    _, held = split_by_group(samples, HELD_OUT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rib.safetensors"
        save_model(path, average, ModelCard("rib", "0", "lus-unet", ("rib",), (rows, columns), ARGUMENTS))
        predictor = Predictor(load_model(path), "cpu")
        for kind, despeckle in models.INPUTS.items():
            scores = summarise(evaluate(predictor, held, "rib", despeckle))
            sys.stdout.write(f"{rows}x{columns} {kind}: {scores}\n")


if __name__ == "__main__":
    main()
