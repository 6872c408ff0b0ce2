from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LusguiError
from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity

positive = st.floats(1e-3, 1e3)


@given(
    st.builds(
        Recipe,
        st.text(min_size=1),
        st.none() | st.text(),
        st.none() | st.sampled_from(["hw", "hwt", "hw1t", "thw", "wh"]),
        st.none() | st.sampled_from(list(Intensity)),
        st.none() | st.tuples(positive, positive),
        st.booleans(),
        st.none() | positive,
        st.none() | positive,
        st.none() | st.just(False),
    )
)
def test_json_and_back_is_the_same(recipe):
    assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe


@pytest.mark.parametrize("axes", ["", "h", "hh", "hwtt", "hwx", "HW"])
def test_axes_that_make_no_sense(axes):
    with pytest.raises(LusguiError, match="axes"):
        Recipe("r", axes=axes)


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_numbers_must_be_positive(number):
    with pytest.raises(LusguiError, match="positive"):
        Recipe("r", spacing_mm=(0.1, number))
    with pytest.raises(LusguiError, match="positive"):
        Recipe("r", frame_rate_hz=number)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": "a", "intensity": "loud"},
        {"name": "a", "spacing_mm": [1]},
        {"name": "a", "frame_rate_hz": "x"},
    ],
)
def test_what_is_no_recipe(values):
    with pytest.raises(LusguiError, match="not a recipe"):
        Recipe.from_json(values)


def test_black_and_white_are_exchanged_of_gray_alone():
    for state in (None, Intensity.DISPLAY):
        recipe = Recipe("r", intensity=state, is_inverted=True)
        assert Recipe.from_json(json.loads(json.dumps(recipe.to_json()))) == recipe
    for state in (Intensity.LINEAR, Intensity.DB):
        with pytest.raises(LusguiError, match="no gray"):
            Recipe("r", intensity=state, is_inverted=True)
    assert Recipe.from_json({"name": "old"}).is_inverted is None
