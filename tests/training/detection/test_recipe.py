from __future__ import annotations

import pytest

from training.detection.recipe import DetectRecipe, changed
from training.recipe_file import RecipeError, load_recipe


@pytest.mark.parametrize("tiny", [False, True])
@pytest.mark.parametrize("name", ["ramos2020_yolo", "ramos2020_tiny"])
def test_shipped_recipes_can_be_followed(name, tiny):
    recipe = load_recipe(name, DetectRecipe, tiny=tiny)
    assert len(list(recipe.variants())) == (2 if tiny else {"ramos2020_yolo": 4, "ramos2020_tiny": 8}[name])


def test_output_sizes_of_the_published_grids():
    recipe = load_recipe("ramos2020_yolo", DetectRecipe)
    assert [variant.grid.outputs for _, _, variant in recipe.variants()] == [539, 891, 1331, 1859]


def test_published_training_of_the_tiny_network():
    recipe = load_recipe("ramos2020_tiny", DetectRecipe)
    pairs = [(v.fit.learning_rate, v.fit.momentum) for _, _, v in recipe.variants()]
    assert pairs == [(rate, momentum) for rate in (5e-4, 5e-3) for momentum in (0.3, 0.5, 0.7, 0.9)]
    assert recipe.fit.epochs * (recipe.fit.steps_per_epoch or 0) == 1000
    assert recipe.fit.milestones == ((200, 2.5), (400, 2.0), (600, 2.0))


def test_names_say_what_varies():
    recipe = DetectRecipe("t", vary={"arguments.grid": (3, 5), "fit.momentum": (0.5,)})
    assert [name for name, _, _ in recipe.variants()] == ["grid=3, momentum=0.5", "grid=5, momentum=0.5"]
    assert [name for name, _, _ in DetectRecipe("t").variants()] == [""]


def test_changed_entries_and_unknown_ones():
    recipe = changed(DetectRecipe("t"), "fit.momentum", 0.5)
    assert recipe.fit.momentum == 0.5
    with pytest.raises(RecipeError, match="speed"):
        changed(recipe, "fit.speed", 1)


@pytest.mark.parametrize(
    "override", ["architecture=lus-unet", "labels=[]", "validation=1.0", "arguments.grid=99"]
)
def test_senseless_recipes_are_refused(override):
    from lusgui.base.errors import LusguiError

    with pytest.raises(LusguiError):
        load_recipe("ramos2020_tiny", DetectRecipe, [override]).network_arguments  # noqa: B018
