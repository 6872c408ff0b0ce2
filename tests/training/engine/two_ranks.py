"""The same training on as many ranks as there are; every rank writes what it came to."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import torch

from lusgui.nn.registry import build
from training.augment import AugmentSettings
from training.dataset import Sample
from training.engine.fit import fit
from training.engine.run_folder import RunFolder
from training.engine.segmentation import SegmentationTask, make_stack
from training.engine.settings import FitSettings


def train(folder, epochs, stop_at=None):
    random = np.random.default_rng(0)
    frames = random.integers(0, 200, (5, 32, 32)).astype(np.uint8)
    samples = [
        Sample(str(i), str(i), frame, {"x": frame > 120} if i else {}) for i, frame in enumerate(frames)
    ]
    stack = make_stack(samples, ("x",), (32, 32))
    task = SegmentationTask(stack, stack.select([3, 4]), "bce", AugmentSettings())
    settings = FitSettings(
        epochs=epochs,
        steps_per_epoch=2,
        batch_size=5,
        learning_rate=0.05,
        optimiser="sgd",
        clip=1.0,
        ema=0.9,
        schedule="plateau",
        plateau_patience=0,
        precision="float32",
        device="cpu",
    )
    torch.manual_seed(0)
    # only the first rank's weights count
    network = build("lus-unet", base_width=2)
    run = None if folder is None else RunFolder.create(folder, {}, 0, samples)
    taken = []
    return fit(
        network,
        task,
        settings,
        run,
        on_step=lambda *told: taken.append(told),
        cancelled=lambda: stop_at is not None and len(taken) >= stop_at,
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    out = Path(sys.argv[1])
    rank = int(os.environ["RANK"])
    if rank == 0:
        # a slow disk: whoever does not wait for rank 0 finds no weights
        save = RunFolder.save_weights
        RunFolder.save_weights = lambda *given: (time.sleep(0.3), save(*given))[1]
    first = train(out / "run", 3, stop_at=3 if rank == 0 else None)
    seen = (out / "run" / "last.safetensors").exists()
    result = train(out / "run", 3)
    told = {
        "first": str(first.reason),
        "history": result.history,
        "reason": str(result.reason),
        "written": seen,
        "sum": [float(value.double().sum()) for value in result.network.state_dict().values()],
    }
    (out / f"{rank}.json").write_text(json.dumps(told))
