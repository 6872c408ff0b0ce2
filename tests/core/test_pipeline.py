from __future__ import annotations

import numpy as np

from lusgui.core.despeckle import FAST
from lusgui.core.intensity import DisplayMapping
from lusgui.core.pipeline import gray_frame
from lusgui.core.recording import Intensity


def test_without_settings_it_is_the_mapping_alone():
    frame = np.random.default_rng(0).rayleigh(1.0, (64, 32))
    mapping = DisplayMapping(Intensity.LINEAR, 0.0, 3.0)
    np.testing.assert_array_equal(gray_frame(frame, mapping), mapping.apply(frame))


def test_despeckling_comes_before_compression():
    frame = np.random.default_rng(0).rayleigh(1.0, (128, 64))
    mapping = DisplayMapping(Intensity.LINEAR, 0.0, 3.0)
    gray = gray_frame(frame, mapping, FAST)
    assert gray.shape == frame.shape
    assert gray.dtype == np.float32
    assert gray.std() < mapping.apply(frame).std()
