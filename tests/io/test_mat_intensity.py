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
