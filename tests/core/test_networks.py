from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS, check_arguments, check_input_shape

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def test_defaults_are_filled_in():
    assert check_arguments("lus-unet", {"base_width": 24})["base_width"] == 24
    assert check_arguments("x-unet", {}) == dict(NETWORKS["x-unet"].defaults)
    assert isinstance(check_arguments("lus-unet", {"dropout": 0})["dropout"], float)


@given(st.sampled_from(sorted(NETWORKS)), anything)
def test_anything_else_is_a_model_error_or_within_bounds(name, arguments):
    try:
        checked = check_arguments(name, arguments)
    except ModelError:
        return
    assert checked.keys() == NETWORKS[name].defaults.keys()
    assert 1 <= checked["base_width"] <= 128


@pytest.mark.parametrize("key", sorted(NETWORKS["lus-unet"].defaults))
@given(value=anything)
def test_every_argument_is_checked(key, value):
    try:
        checked = check_arguments("lus-unet", {key: value})[key]
    except ModelError:
        return
    assert checked == value


@given(anything)
def test_input_sizes_are_checked(shape):
    try:
        rows, cols = check_input_shape(shape)
    except ModelError:
        return
    assert rows % 16 == cols % 16 == 0
    assert 16 <= rows <= 2048


def test_lists_and_tuples_are_sizes():
    assert check_input_shape([512, 128]) == check_input_shape((512, 128)) == (512, 128)
