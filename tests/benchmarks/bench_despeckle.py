"""Despeckling against its peers, by hand: python tests/benchmarks/bench_despeckle.py [--quick] [--rounds N].

Prints, for a phantom with known truth (960x128, see training.simulate.speckle): the median time, its ratio
to the bare PyWavelets pair, smoothness, contrast, edges, the contrast of a thin bright arc, and error.
Several strengths of a filter give its curve of smoothness against arc. Times are of this machine, one thread.
"""

# ruff: noqa: E402 (threads are limited before numpy is loaded)
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import argparse
import dataclasses
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import pywt
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from lusgui.core import classic_filters as classic
from lusgui.core.despeckle import BEST, FAST, DespeckleSettings, Method, Rule, despeckle
from lusgui.core.recording import Intensity
from lusgui.core.speckle_metrics import cnr, enl, epi, gcnr, ssi
from training.simulate.speckle import SpeckleModel, speckle_phantom


def say(line):
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


HEADER = (
    "filter",
    "ms",
    "x pair",
    "ENL",
    "SSI",
    "CNR",
    "gCNR",
    "EPI",
    "arc",
    "edge ax",
    "edge lat",
    "mean %",
    "RMSE",
)


def own(settings):
    return lambda x: despeckle(x, Intensity.LINEAR, settings)


def skimage_wavelet(x):
    from skimage.restoration import denoise_wavelet

    log = np.log(np.maximum(x, 1e-3))
    return with_mean(np.exp(denoise_wavelet(log, wavelet="db4", wavelet_levels=4, rescale_sigma=False)), x)


def opencv_nlm(strength):
    def run(x):
        import cv2

        cv2.setNumThreads(1)
        log = np.log(np.maximum(x, 1e-3))
        low, span = float(log.min()), float(np.ptp(log))
        gray = np.rint((log - low) / span * 255).astype(np.uint8)
        return with_mean(np.exp(cv2.fastNlMeansDenoising(gray, None, strength) / 255.0 * span + low), x)

    return run


def with_mean(y, x):
    return (y * (x.mean() / y.mean())).astype(np.float32)


def filters(quick):
    named = [
        ("none", lambda x: x),
        ("lusgui fast", own(FAST)),
        ("lusgui best", own(BEST)),
        ("lusgui textbook", own(DespeckleSettings(Method.TEXTBOOK))),
        ("plain Visu soft per band", own(dataclasses.replace(FAST, protection=0.0))),
        ("plain Bayes per band", own(dataclasses.replace(FAST, protection=0.0, rule=Rule.BAYES))),
        ("scikit-image wavelet", skimage_wavelet),
        ("enhanced Lee 11", lambda x: classic.enhanced_lee(x, 11)),
        ("Lee 11", lambda x: classic.lee(x, 11)),
        ("SRAD 50", lambda x: classic.srad(x, 50)),
        ("median 9", lambda x: classic.median(x, 9)),
        ("OpenCV NLM h=30", opencv_nlm(30)),
        ("Gaussian 8 x 1.5", lambda x: gaussian_filter(x, (8, 1.5))),
    ]
    if quick:
        return named
    for s in (0.6, 1.4, 2.0):
        named.append((f"lusgui fast strength {s}", own(dataclasses.replace(FAST, strength=s))))
        named.append((f"lusgui best strength {s}", own(dataclasses.replace(BEST, strength=s))))
    named += [(f"enhanced Lee {w}", lambda x, w=w: classic.enhanced_lee(x, w)) for w in (7, 9, 13, 15, 19)]
    named += [(f"Lee {w}", lambda x, w=w: classic.lee(x, w)) for w in (7, 15)]
    named += [("SRAD 20", lambda x: classic.srad(x, 20)), ("OpenCV NLM h=20", opencv_nlm(20))]
    named += [("OpenCV NLM h=40", opencv_nlm(40)), ("Gaussian 4 x 1", lambda x: gaussian_filter(x, (4, 1)))]
    return named


def arc_contrast(phantom, image):
    return image[phantom.arc].mean() / image[phantom.near_arc].mean() - 1


def edge_width(phantom, image, axis):
    """10 to 90 % width of the mean profile across the cyst's edges, lightly smoothed, in samples."""
    reach = 40 if axis == 0 else 12
    offset = np.arange(-reach, reach + 1)
    centre, radius = phantom.cyst_centre, phantom.cyst_radii
    along = 1 - axis
    profiles = []
    for place in np.arange(np.ceil(centre[along] - 0.6 * radius[along]), centre[along] + 0.6 * radius[along]):
        edge = radius[axis] * np.sqrt(1 - ((place - centre[along]) / radius[along]) ** 2)
        line = image[:, int(place)] if axis == 0 else image[int(place)]
        for side in (-1, 1):
            profiles.append(np.interp(centre[axis] + side * (edge + offset), np.arange(line.size), line))
    mean = np.mean(profiles, axis=0)
    ends = len(mean) // 5
    rise = gaussian_filter1d((mean - mean[:ends].mean()) / (mean[-ends:].mean() - mean[:ends].mean()), 1.0)

    def crossing(level):
        after = max(int(np.argmax(rise >= level)), 1)
        before = after - 1
        return offset[before] + (level - rise[before]) / (rise[after] - rise[before])

    return crossing(0.9) - crossing(0.1)


def measure(phantom, run):
    raw = phantom.amplitude
    image = np.asarray(run(raw), dtype=np.float32)
    background, inside = phantom.background, phantom.cyst_inside
    error = np.log(np.maximum(image, 1e-4) / phantom.truth)
    return (
        enl(image, background),
        ssi(image, raw, background),
        cnr(image, inside, background),
        gcnr(image, inside, background),
        epi(image, phantom.truth),
        arc_contrast(phantom, image) / arc_contrast(phantom, raw),
        edge_width(phantom, image, 0) / edge_width(phantom, raw, 0),
        edge_width(phantom, image, 1) / edge_width(phantom, raw, 1),
        100 * (image[background].mean() / raw[background].mean() - 1),
        float(np.sqrt(np.mean(error**2))),
    )


def once(run, argument):
    start = time.perf_counter()
    run(argument)
    return 1e3 * (time.perf_counter() - start)


def times(run, phantom, rounds):
    """Median time of the filter, and the median of its ratio to the bare pair timed just before it."""
    log = np.log(phantom.amplitude)

    def pair(x):
        return pywt.waverec2(pywt.wavedec2(x, "db4", level=4), "db4")

    run(phantom.amplitude), pair(log)
    both = [(once(pair, log), once(run, phantom.amplitude)) for _ in range(rounds)]
    return np.median([b for _, b in both]), np.median([b / a for a, b in both])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="no curves")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    for model in SpeckleModel:
        phantoms = [speckle_phantom(seed=seed, model=model) for seed in range(chosen.seeds)]
        say(f"\n{model}: mean of {len(phantoms)} phantoms")
        say(f"{HEADER[0]:26s}" + "".join(f"{word:>9s}" for word in HEADER[1:]))
        for name, run in filters(chosen.quick):
            scores = np.mean([measure(phantom, run) for phantom in phantoms], axis=0)
            cost = times(run, phantoms[0], chosen.rounds)
            say(f"{name:26s}" + "".join(f"{value:9.3f}" for value in (*cost, *scores)))


if __name__ == "__main__":
    main()
