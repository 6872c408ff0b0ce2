import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from training.selfsupervised.spoil import _blur, hide_squares, speckle_anew


def _generator(seed=0):
    return torch.Generator().manual_seed(seed)


@settings(max_examples=20, deadline=None)
@given(
    rows=st.integers(9, 50), columns=st.integers(9, 50), square=st.integers(1, 9), seed=st.integers(0, 2**20)
)
def test_only_whole_squares_are_hidden_and_the_rest_is_as_it_was(rows, columns, square, seed):
    images = torch.rand((2, 1, rows, columns), generator=_generator(seed))
    seen, hidden = hide_squares(images, torch.tensor([0.5, 0.0]), square, _generator(seed))
    assert seen.shape == hidden.shape == images.shape
    assert set(hidden.unique().tolist()) <= {0.0, 1.0}
    assert not hidden[1].any()
    visible = hidden == 0
    assert torch.equal(seen[visible], images[visible])
    for r in range(0, rows, square):
        for c in range(0, columns, square):
            assert len(hidden[0, 0, r : r + square, c : c + square].unique()) == 1


def test_about_the_share_is_hidden_with_the_mean_of_what_is_visible():
    images = torch.rand((1, 1, 200, 200), generator=_generator())
    images[..., :50, :] = 0  # no echo: not counted
    seen, hidden = hide_squares(images, torch.tensor([0.4]), 10, _generator(1))
    assert abs(float(hidden.mean()) - 0.4) < 0.06
    fill = seen[hidden == 1]
    assert fill.std() < 1e-6
    assert abs(float(fill[0]) - 0.5) < 0.03


def test_where_all_is_hidden_or_black_the_fill_is_black():
    seen, hidden = hide_squares(torch.ones(1, 1, 8, 8), torch.tensor([1.0]), 4, _generator())
    assert hidden.all()
    assert not seen.any()


def test_speckle_keeps_the_frame_and_has_the_spread_of_log_compression():
    image = torch.full((4, 1, 96, 96), 0.6)
    spoiled = speckle_anew(image, _generator())
    assert spoiled.min() >= 0
    assert spoiled.max() <= 1
    # the logarithm of Rayleigh amplitude has a standard deviation of 5.57 dB, of 60
    assert abs(float(spoiled.std()) - 5.57 / 60) < 0.015
    assert abs(float(spoiled.mean()) - 0.6) < 0.03


def test_speckle_is_another_each_time_and_leaves_black_alone():
    image = torch.zeros(2, 1, 40, 40)
    image[..., 20:] = 0.5
    spoiled = speckle_anew(image, _generator())
    assert not spoiled[..., :20].any()
    assert not torch.equal(spoiled[0], spoiled[1])
    assert torch.equal(spoiled, speckle_anew(image, _generator()))


@pytest.mark.parametrize("axis", [0, 1])
def test_grain_is_a_gaussian_along_one_axis(axis):
    from scipy.ndimage import gaussian_filter1d

    field = torch.randn((2, 1, 30, 34), generator=_generator())
    expected = gaussian_filter1d(field.numpy(), 1.1, axis=axis + 2, mode="wrap", radius=4)
    assert np.allclose(_blur(field, 1.1, axis).numpy(), expected, atol=1e-5)
