"""What machines and people burn into the picture: text, rulers, callipers. Masks stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.calliper import largest_calliper
from training.robustness.perturbation import Perturbation, gray_of, with_gray

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

    from training.dataset import Sample

_LEFT = ("L12-3  MSK", "FR 34 Hz", "Gn 62", "DR 60 dB", "MI 1.1")
_RIGHT = ("TIS 0.4", "P 100 %", "XRES 3", "D 4.0 cm", "12:07:31")
_WORDS = ("RT LATERAL", "LEFT ANT", "AXIAL", "ZONE 2", "TRV", "SAG")


def add_text(sample: Sample, label: str, random: np.random.Generator) -> Sample:
    """Write a machine's settings into the upper corners and a person's word below."""

    def draw(pen: ImageDraw, rows: int, cols: int) -> None:
        from PIL import ImageFont

        size = max(rows / 32, 8.0)
        font = ImageFont.load_default(size)
        for line, (left, right) in enumerate(zip(_LEFT, _RIGHT, strict=True)):
            top = (0.4 + 1.25 * line) * size
            pen.text((0.02 * cols, top), left, fill=235, font=font)
            pen.text((0.98 * cols, top), right, fill=235, font=font, anchor="ra")
        word = _WORDS[int(random.integers(len(_WORDS)))]
        big = ImageFont.load_default(1.6 * size)
        place = (random.uniform(0.25, 0.5) * cols, random.uniform(0.86, 0.92) * rows)
        pen.text(place, word, fill=250, font=big)

    return _painted(sample, draw)


def add_rulers(sample: Sample, label: str, random: np.random.Generator) -> Sample:
    """Draw a depth ruler at the right, one of width below, a gray bar at the left and a focus mark."""

    def draw(pen: ImageDraw, rows: int, cols: int) -> None:
        step, line = rows / 20, max(round(rows / 400), 1)
        for i in range(1, 20):
            length = (0.03 if i % 5 == 0 else 0.015) * cols
            at = i * step
            pen.line((cols - 1 - length, at, cols - 1, at), fill=230, width=line)
            pen.line((i * cols / 20, rows - 1 - length, i * cols / 20, rows - 1), fill=230, width=line)
        left, right = round(0.015 * cols), max(round(0.035 * cols), round(0.015 * cols) + 1)
        for row in range(round(0.1 * rows), round(0.5 * rows)):
            shade = round(255 * (1 - (row / rows - 0.1) / 0.4))
            pen.line((left, row, right, row), fill=shade)
        focus, tip = random.uniform(0.3, 0.7) * rows, 0.94 * cols
        pen.polygon(
            [
                (tip, focus),
                (tip + 0.03 * cols, focus - 0.02 * rows),
                (tip + 0.03 * cols, focus + 0.02 * rows),
            ],
            fill=240,
        )

    return _painted(sample, draw)


def add_callipers(sample: Sample, label: str, random: np.random.Generator) -> Sample:
    """Measure across the structure, as people do before they store a picture: two crosses, a dotted line."""
    mask = sample.masks.get(label)

    def draw(pen: ImageDraw, rows: int, cols: int) -> None:
        found = None if mask is None else largest_calliper(mask)
        if found is not None:
            ends = [(col, row) for row, col in found.ends]
        else:
            row = random.uniform(0.3, 0.7) * rows
            ends = [(round(0.3 * cols), row), (round(0.7 * cols), row)]
        arm, line = 0.015 * max(rows, cols), max(round(rows / 300), 1)
        for x, y in ends:
            pen.line((x - arm, y, x + arm, y), fill=255, width=line)
            pen.line((x, y - arm, x, y + arm), fill=255, width=line)
        dots = np.linspace(0, 1, 24)[1:-1]
        for share in dots:
            x, y = (a + share * (b - a) for a, b in zip(*ends, strict=True))
            pen.ellipse((x - line, y - line, x + line, y + line), fill=255)

    return _painted(sample, draw)


def _painted(sample: Sample, draw: object) -> Sample:
    from PIL import Image, ImageDraw

    image = Image.fromarray(with_gray(sample, gray_of(sample)).frame)
    draw(ImageDraw.Draw(image), image.height, image.width)  # type: ignore[operator]
    return with_gray(sample, np.asarray(image, np.float32) / 255)


PAINTS = (
    Perturbation("text", "burnt-in text", "paint", add_text),
    Perturbation("rulers", "burnt-in rulers", "paint", add_rulers),
    Perturbation("callipers", "burnt-in callipers", "paint", add_callipers),
)
