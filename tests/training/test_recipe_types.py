from __future__ import annotations

import pytest

from lusgui.core.despeckle import FAST
from training.recipe_file import RecipeError, build_recipe
from training.recipe_types import (
    CrossvalRecipe,
    LabRecipe,
    PretrainRecipe,
    SourceRecipe,
    StageRecipe,
    despeckling,
)

CROSS = {"title": "t", "label": "rib", "stages": {"a": {}}}


def test_filters_by_name():
    assert despeckling("none") is None
    assert despeckling("fast") == FAST


def test_stages_are_read_in_order_with_their_loops():
    values = CROSS | {
        "stages": {"a": {"fit": {"learning_rate": "1e-5"}}, "b": {"after": "a", "strategy": "9"}},
        "data": {"data": "/x", "labels": ["rib"]},
    }
    recipe = build_recipe(CrossvalRecipe, values, ["stages.b.fit.epochs=3"])
    assert list(recipe.stages) == ["a", "b"]
    assert recipe.stages["a"].fit.learning_rate == 1e-5
    assert recipe.stages["b"].fit.epochs == 3
    assert recipe.data.labels == ("rib",)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"stages": {"a": {"after": "b"}, "b": {}}}, "no earlier stage"),
        ({"stages": {}}, "at least one stage"),
        ({"mirrored": []}, "mirrored"),
        ({"seeds": []}, "seed"),
        ({"data": {"data": "/x", "simulated": "lung"}}, "either a folder or simulated"),
        ({"data": {"simulated": "spleen"}}, "must be one of"),
        ({"data": {"count": 0}}, "at least 1"),
        ({"stages": {"a": {"augment": "upside"}}}, "no augmentation"),
        ({"stages": {"a": {"loss": "nope"}}}, "no loss 'nope'"),
        ({"stages": {"a": {"strategy": "nope"}}}, "no strategy 'nope'"),
        ({"pretrain": {"loss": "nope"}}, "no loss 'nope'"),
        ({"pretrain": {"validation": 1.0}}, "validation"),
        ({"by": "patient"}, "must be one of"),
        ({"flods": 3}, "no entry 'flods'"),
    ],
)
def test_what_does_not_fit_is_named(change, words):
    with pytest.raises(RecipeError, match=words):
        build_recipe(CrossvalRecipe, CROSS | change)


def test_a_lab_needs_strategies_and_fractions():
    for change in (
        {"strategies": []},
        {"strategies": ["nope"]},
        {"loss": "nope"},
        {"fractions": []},
        {"augment": "x"},
        {"by": "both"},
    ):
        with pytest.raises(RecipeError):
            build_recipe(LabRecipe, {"title": "t", "label": "cyst"} | change)


def test_defaults():
    assert SourceRecipe().count is None
    assert StageRecipe().strategy == "all"
    assert PretrainRecipe().sources == {}
