"""Changes of gray: gain, dynamic range, gamma, noise, poor storage. Masks stay."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from lusgui.core.intensity import DEFAULT_DYNAMIC_RANGE_DB
from training.robustness.perturbation import Perturbation, gray_of, with_gray

if TYPE_CHECKING:
    from collections.abc import Callable

    from training.dataset import Sample
    from training.robustness.perturbation import Change


def change_gain(decibels: float) -> Change:
    """Return a change of the machine's gain: gray is moved up or down as on a machine of 60 dB.

    What is black stays black: the part of the picture that is outside the scan knows no gain.
    """

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        gray = gray_of(sample)
        return with_gray(sample, np.where(gray > 0, gray + decibels / DEFAULT_DYNAMIC_RANGE_DB, 0.0))

    return change


def change_range(decibels: float) -> Change:
    """Return a change of the machine's dynamic range, from the 60 dB that are assumed; black stays black."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        gray = gray_of(sample)
        return with_gray(
            sample, np.where(gray > 0, 1 + (gray - 1) * (DEFAULT_DYNAMIC_RANGE_DB / decibels), 0.0)
        )

    return change


def change_gamma(exponent: float) -> Change:
    """Return another gray map: gray to the power of `exponent`."""
    return lambda sample, label, random: with_gray(sample, gray_of(sample) ** exponent)


def add_noise(deviation: float) -> Change:
    """Return the adding of normal noise, `deviation` of the gray range, to all but the black background."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        gray = gray_of(sample)
        noisy = gray + random.normal(0.0, deviation, gray.shape)
        return with_gray(sample, np.where(gray > 0, noisy, 0.0))

    return change


def store_as_jpeg(quality: int) -> Change:
    """Return the storing as JPEG of a quality from 1 to 95."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        from PIL import Image

        stream = io.BytesIO()
        Image.fromarray(with_gray(sample, gray_of(sample)).frame).save(stream, "JPEG", quality=quality)
        with Image.open(stream) as image:
            return with_gray(sample, np.asarray(image, np.float32) / 255)

    return change


def blur_to(side: int) -> Change:
    """Return the loss of what a picture with a longer side of `side` pixels cannot hold; the grid stays."""

    def change(sample: Sample, label: str, random: np.random.Generator) -> Sample:
        from PIL import Image

        gray = gray_of(sample)
        rows, cols = gray.shape
        scale = side / max(rows, cols)
        if scale >= 1:
            return sample
        small = (max(round(cols * scale), 1), max(round(rows * scale), 1))
        image = Image.fromarray(gray).resize(small, Image.Resampling.BOX)
        return with_gray(sample, np.asarray(image.resize((cols, rows), Image.Resampling.BILINEAR)))

    return change


def _gray(name: str, title: str, make: Callable[[float], Change], value: float) -> Perturbation:
    return Perturbation(name, title, "gray", make(value))


GRAYS = (
    _gray("gain_up", "gain 6 dB higher", change_gain, 6.0),
    _gray("gain_down", "gain 6 dB lower", change_gain, -6.0),
    _gray("range_40", "dynamic range 40 dB", change_range, 40.0),
    _gray("range_80", "dynamic range 80 dB", change_range, 80.0),
    _gray("gamma_dark", "gamma 1.5 (darker)", change_gamma, 1.5),
    _gray("gamma_bright", "gamma 0.67 (brighter)", change_gamma, 0.67),
    _gray("noise", "noise of 5 % of the gray range", add_noise, 0.05),
    Perturbation("jpeg", "stored as JPEG of quality 20", "gray", store_as_jpeg(20)),
    Perturbation("low_resolution", "no finer than 128 pixels", "gray", blur_to(128)),
)
