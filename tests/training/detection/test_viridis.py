from __future__ import annotations

import numpy as np
import pytest
import torch

from training.detection.viridis import to_input, to_viridis, viridis_table


def test_table_is_that_of_matplotlib():
    colormaps = pytest.importorskip("matplotlib").colormaps
    published = np.asarray(colormaps["viridis"].colors)
    assert np.abs(viridis_table().numpy() - published).max() <= 0.5 / 255 + 1e-6


def test_ends_are_violet_and_yellow():
    table = (viridis_table() * 255).round().int().tolist()
    assert table[0] == [68, 1, 84]
    assert table[255] == [253, 231, 37]


def test_every_pixel_gets_the_colour_of_its_gray():
    gray = torch.tensor([[[[0.0, 1.0, 128 / 255]]]])
    colours = to_viridis(gray)
    assert colours.shape == (1, 3, 1, 3)
    assert torch.equal(colours[0, :, 0, 2], viridis_table()[128])


def test_values_beyond_the_range_are_clipped():
    colours = to_viridis(torch.tensor([[[[-3.0, 7.0]]]]))
    assert torch.equal(colours[0, :, 0, 0], viridis_table()[0])
    assert torch.equal(colours[0, :, 0, 1], viridis_table()[255])


def test_three_channels_are_colours_and_others_gray():
    gray = torch.rand(2, 1, 4, 4)
    assert torch.equal(to_input(gray, 3), to_viridis(gray))
    assert torch.equal(to_input(gray, 1), gray)
    assert torch.equal(to_input(gray, 2)[:, 1:], gray)
