from __future__ import annotations

import pytest

from lusgui.base.errors import LusguiError
from training.localization.recipe import HuRecipe
from training.recipe_file import load_recipe


@pytest.mark.parametrize("tiny", [False, True])
def test_shipped_recipe_can_be_followed(tiny):
    recipe = load_recipe("hu2018", HuRecipe, tiny=tiny)
    assert recipe.locate.optimiser == "rmsprop"
    assert recipe.decode.optimiser == recipe.whole.optimiser == "adam"
    assert recipe.loss == "log-dice"
    assert recipe.freeze_statistics


def test_published_number_of_masks_and_folds():
    recipe = load_recipe("hu2018", HuRecipe)
    assert max(recipe.masks) == 92
    assert recipe.folds == 5


@pytest.mark.parametrize(
    "override",
    ["validation=1", "masks=[]", "masks=[-1]", "augment=wild", "arguments.colour=3", "contrast.clip=7"],
)
def test_senseless_recipes_are_refused(override):
    with pytest.raises(LusguiError):
        load_recipe("hu2018", HuRecipe, [override])
