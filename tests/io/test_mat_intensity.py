from __future__ import annotations

import numpy as np
import pytest

from lusgui.core.recording import Intensity
from lusgui.io.mat_intensity import guess_intensity, looks_like_rf

RNG = np.random.default_rng(5)
DEPTH = np.linspace(0, 1, 200)[:, None]
AMPLITUDE = RNG.rayleigh(1.0, (200, 100)) * 10 ** (-2.5 * DEPTH) * 20000
LOGARITHM = 20 * np.log10(AMPLITUDE / AMPLITUDE.max())
GRAY = np.clip(1 + LOGARITHM / 60, 0, 1)


@pytest.mark.parametrize(
    ("frame", "state", "limits"),
    [
        (AMPLITUDE, Intensity.LINEAR, None),
        (AMPLITUDE.astype("u2"), Intensity.LINEAR, None),
        (AMPLITUDE / AMPLITUDE.max(), Intensity.LINEAR, None),
        (LOGARITHM, Intensity.DB, None),
        (np.clip(LOGARITHM, -50, 0), Intensity.DB, (-50.0, 0.0)),
        (GRAY, Intensity.DISPLAY, (0.0, 1.0)),
        (GRAY * 2 - 1, Intensity.DISPLAY, (-1.0, 1.0)),
        (np.rint(GRAY * 255), Intensity.DISPLAY, (0.0, 255.0)),
        (np.rint(GRAY * 255).astype("u1"), Intensity.DISPLAY, (0.0, 255.0)),
        (AMPLITUDE * (1 + 1j), Intensity.LINEAR, None),
        (GRAY > 0.5, Intensity.DISPLAY, (0.0, 1.0)),
        (20 * np.log10(AMPLITUDE) - 60, Intensity.DB, None),
    ],
    ids=[
        *("linear", "uint16", "normalised", "db", "floored", "unit"),
        *("signed", "gray8", "uint8", "complex", "mask", "counts-db"),
    ],
)
def test_states(frame, state, limits):
    guess = guess_intensity(frame.dtype, [np.abs(frame) if frame.dtype.kind == "c" else frame])
    assert guess.intensity is state
    assert guess.value_range == limits
    assert guess.reason


@pytest.mark.parametrize("fill", [0.0, np.nan, np.inf, -np.inf])
def test_frames_without_contrast(fill):
    assert guess_intensity(np.dtype("f8"), [np.full((40, 40), fill)]).reason
    assert not looks_like_rf(np.full((40, 40), fill))


def test_minus_infinity_is_no_level():
    frame = LOGARITHM.copy()
    frame[:50] = -np.inf
    assert guess_intensity(frame.dtype, [frame]).intensity is Intensity.DB


def test_rf_lines():
    echo = AMPLITUDE * np.cos(np.arange(200) * 1.2)[:, None]
    assert looks_like_rf(echo)
    assert not looks_like_rf(AMPLITUDE)
    assert not looks_like_rf(GRAY * 2 - 1)


def test_nothing_to_judge_by_reads_as_a_sentence():
    guess = guess_intensity(np.dtype("f8"), [np.full((4, 4), np.nan)])
    assert f"guessed from {guess.reason}" == "guessed from its name alone, there being no numbers to judge by"
    assert not guess.is_sure


def test_amplitude_scaled_to_one_is_no_gray():
    random = np.random.default_rng(0)
    gray = np.clip(random.normal(0.35, 0.12, (120, 100)), 0.02, 1)
    gray[60:66, 20:80] = random.uniform(0.85, 1.0, (6, 60))
    amplitude = 10.0 ** ((gray - 1) * 3)
    for values in (amplitude, amplitude * 200, (amplitude * 60000).astype(np.uint16)):
        assert guess_intensity(values.dtype, [values]).intensity is Intensity.LINEAR
    for values in (gray, gray * 255, np.rint(gray * 255).astype(np.uint16) * 257):
        guess = guess_intensity(values.dtype, [values])
        assert guess.intensity is Intensity.DISPLAY
    assert guess.value_range == (0.0, 65535.0)


def test_dark_gray_is_no_amplitude():
    frame = np.zeros((120, 100))
    frame[::9, ::7] = np.random.default_rng(0).integers(1, 255, frame[::9, ::7].shape)
    frame += np.random.default_rng(1).integers(0, 4, frame.shape)
    assert guess_intensity(np.dtype(float), [frame / 255]).intensity is Intensity.DISPLAY
