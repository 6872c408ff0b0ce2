from __future__ import annotations

import pytest

from lusgui.core.networks import check_arguments, check_input_shape, count_labels
from training.models import RECIPES


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))
def test_a_recipe_is_complete(recipe):
    assert recipe.label == recipe.name
    check_input_shape(recipe.input_shape)
    arguments = check_arguments(recipe.architecture, recipe.arguments)
    assert count_labels(recipe.architecture, arguments) == len(recipe.labels)
    assert recipe.data
    assert "Research use only" in recipe.notes
    assert recipe.licence == "CC BY 4.0"
