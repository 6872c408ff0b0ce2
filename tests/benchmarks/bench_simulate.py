"""Time of a simulated frame, by hand: python tests/benchmarks/bench_simulate.py [--count N].

Prints, for each kind at 256 x 256, median and longest processor time of a frame on one thread, and the ratio
of the median to that of the plain lung frame.
"""

# ruff: noqa: E402 (threads are limited before numpy is loaded)
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import sys
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from training.simulate.clips import simulate_clip
from training.simulate.lung import simulate_lung

CASES = {
    "lung, plain": lambda index: simulate_lung(index, (256, 256)),
    "lung, linear": partial(simulate_clip, "lung", 0, geometry="linear", shape=(256, 256)),
    "lung, sector": partial(simulate_clip, "lung", 0, geometry="sector", shape=(256, 256)),
    "cyst, linear": partial(simulate_clip, "cyst", 0, geometry="linear"),
    "cyst, sector": partial(simulate_clip, "cyst", 0, geometry="sector"),
    "head": partial(simulate_clip, "head", 0),
    "salient": partial(simulate_clip, "salient", 0),
    "lung cine, per frame": lambda index: simulate_clip("lung", 0, index, frames=8, shape=(256, 256)),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=40)
    count = parser.parse_args().count
    reference = None
    sys.stdout.write(f"{'kind':22} {'median ms':>10} {'longest ms':>10} {'x plain':>8}\n")
    for name, make in CASES.items():
        make(0)
        each = []
        for index in range(count):
            start = time.process_time()
            frames = make(index)
            each.append((time.process_time() - start) * 1e3 / (len(frames) if "cine" in name else 1))
        median = float(np.median(each))
        reference = reference or median
        sys.stdout.write(f"{name:22} {median:10.1f} {max(each):10.1f} {median / reference:8.2f}\n")


if __name__ == "__main__":
    main()
