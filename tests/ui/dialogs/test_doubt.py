from __future__ import annotations

from pathlib import Path

import numpy as np

from lusgui.core.recording import ArraySource, Candidate, Intensity, Provenance, Recording
from lusgui.ui.dialogs.doubt import doubt_about


def recording(*candidates, variable="ImgData"):
    found = tuple(
        Candidate(name, (8, 8), "single", 1, 8, 8, Intensity.LINEAR, score, "") for name, score in candidates
    )
    frames = np.zeros((1, 8, 8), np.float32)
    return Recording(
        ArraySource(frames),
        (1, 8, 8),
        frames.dtype,
        Intensity.LINEAR,
        Provenance(Path("a.mat"), variable),
        candidates=found,
    )


def test_two_near_candidates_are_a_doubt():
    assert "Img could be meant" in doubt_about(recording(("ImgData", 98.0), ("Img", 96.0)))


def test_clear_cases_are_not():
    assert doubt_about(None) is None
    assert doubt_about(recording()) is None
    assert doubt_about(recording(("ImgData", 98.0), ("IQ", 60.0))) is None
    assert doubt_about(recording(("ImgData", 98.0), ("ImgData{1}", 97.0))) is None


def test_a_choice_made_is_no_doubt():
    assert doubt_about(recording(("ImgData", 98.0), ("Img", 96.0), variable="Img")) is None


def test_black_and_white_that_look_exchanged_are_a_doubt():
    one = recording()
    one.extra["looks_inverted"] = True
    assert "Black and white of a.mat" in doubt_about(one)
    one.extra["looks_inverted"] = False
    assert doubt_about(one) is None
