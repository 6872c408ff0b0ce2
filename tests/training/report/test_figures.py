import io
import math
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from training.report import figures
from training.report.figures import Mean, learning_curves


def _decoded(figure):
    image = Image.open(io.BytesIO(figures.png_of(figure)))
    image.load()
    return np.asarray(image.convert("RGB"))


FIGURES = {
    "bars": lambda: figures.strategy_bars(
        {
            "cyst": {"all": Mean(0.8, 0.7, 0.9), "9": Mean(0.4)},
            "hc18": {"all": Mean(0.9), "scratch": Mean(math.nan)},
        }
    ),
    "curves": lambda: figures.learning_curves({"all": [0.1, 0.5, 0.7], "scratch": [0.0, math.nan, 0.4]}),
    "masks": lambda: figures.lines(
        {"pre-trained": [(2, Mean(0.5, 0.4, 0.6)), (8, Mean(0.7, 0.6, 0.8))], "scratch": [(2, Mean(0.2))]},
        "masks",
        "Dice",
        logarithmic=True,
    ),
    "ap": lambda: figures.ap_against_iterations({"S = 7": [(100, 0.2), (200, 0.6)]}),
    "reliability": lambda: figures.reliability_diagram(
        {"net": [(0.1, 0.12, 900), (0.5, 0.3, 0), (0.9, 0.7, 80)]}, {"net": "ECE 0.03"}
    ),
    "boxes": lambda: figures.fold_boxes(
        {"net": {"1": [0.5, 0.6, 0.9], "2": []}, "old": {"1": [0.3], "2": [0.2, 0.4]}}
    ),
    "forest": lambda: figures.forest(
        {"rib": Mean(0.1, 0.05, 0.2), "cerebellum": Mean(0.0, -0.1, 0.1)}, "gap"
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn(name):
    pixels = _decoded(FIGURES[name]())
    assert min(pixels.shape[:2]) > 150
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 10


@pytest.mark.parametrize("draw", [lambda: figures.strategy_bars({}), lambda: figures.lines({}, "x", "y")])
def test_nothing_to_draw_is_an_empty_figure(draw):
    assert _decoded(draw()).shape[2] == 3


def test_a_heavy_figure_is_brought_under_the_limit():
    figure = figures.new_figure()
    noise = np.random.default_rng(0).random((600, 900))
    figure.axes[0].imshow(noise, cmap="gray", interpolation="nearest")
    assert len(figures.png_of(figure, 120_000)) <= 120_000


def test_the_same_figure_is_the_same_file():
    first, second = (figures.png_of(FIGURES["boxes"]()) for _ in range(2))
    assert first == second


def test_pyplot_stays_out():
    code = (
        "import sys; from training.report import figures; "
        "figures.png_of(figures.learning_curves({'a': [0.1]}));"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_curve_of_one_epoch_is_a_point_that_is_seen():
    one, many = (learning_curves({"a": values}).axes[0].lines[0] for values in ([0.5], [0.5, 0.6]))
    assert one.get_marker() == "o"
    assert many.get_marker() == "None"


def test_long_names_leave_room_for_the_curves():
    names = [f"X-Unet pre-trained on salient objects, mirrored copies, by group, fold {k}" for k in range(6)]
    figure = learning_curves({name: [0.5, 0.6] for name in names})
    figures.png_of(figure)  # Matplotlib warns of axes without room, which is an error here
    assert figure.axes[0].get_position().width > 0.6
