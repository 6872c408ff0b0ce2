from __future__ import annotations

import numpy as np

from lusgui.io.mat_frames import envelope, find_empty


class Slots:
    def __init__(self, filled):
        self.filled = filled
        self.looks = 0

    def read_raw(self, index):
        self.looks += 1
        return np.full((3, 3), float(self.filled[index]))


def test_the_envelope_of_a_modulated_wave():
    depth = np.arange(300)
    wanted = 2 + np.sin(depth / 40)
    lines = (wanted * np.cos(depth * 0.9))[:, None] * np.ones(3)
    found = envelope(lines)
    assert found.dtype == np.float32
    assert np.allclose(found[30:270, 1], wanted[30:270], rtol=0.05)


def test_empty_slots_wherever_they_are():
    assert find_empty(Slots([1, 0, 1, 0]), 4, every=True) == {1, 3}
    assert find_empty(Slots([0, 0]), 2, every=True) == {0, 1}


def test_the_empty_end_of_a_long_buffer_is_found_with_few_looks():
    for filled in (0, 1, 511, 1000):
        slots = Slots([1] * filled + [0] * (1000 - filled))
        assert find_empty(slots, 1000, every=False) == frozenset(range(filled, 1000))
        assert slots.looks < 15
