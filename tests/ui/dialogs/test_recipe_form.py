from __future__ import annotations

import pytest

from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.io.recipes import save_recipe
from lusgui.ui.dialogs.recipe_form import RecipeForm

WHOLE = Recipe("r", "Img", None, Intensity.DB, (0.1, 0.2), False, 25.0, 50.0)


OTHERS = (
    Recipe("r", "x"),
    Recipe("r", spacing_unknown=True),
    Recipe("r", "v", "wht"),
    Recipe("r", is_inverted=True),
    Recipe("r", is_inverted=False),
)


@pytest.mark.parametrize("recipe", [WHOLE, *OTHERS])
def test_a_recipe_shown_comes_back(qtbot, recipe):
    form = RecipeForm(recipe)
    qtbot.addWidget(form)
    assert form.recipe(recipe.name, recipe.variable) == recipe


def test_spacing_boxes_wait_until_it_is_typed(qtbot):
    form = RecipeForm(Recipe("r"))
    qtbot.addWidget(form)
    assert not form.row_mm.isEnabled()
    form.spacing.setCurrentIndex(form.spacing.findData("typed"))
    assert form.row_mm.isEnabled()


def test_a_saved_recipe_is_taken_over(qtbot):
    save_recipe(Recipe("ours", "Img", None, Intensity.DB, (0.1, 0.2)))
    form = RecipeForm(Recipe(""))
    qtbot.addWidget(form)
    with qtbot.waitSignal(form.changed):
        form.saved.setCurrentIndex(form.saved.findData("ours"))
    taken = form.recipe("", None)
    assert (taken.intensity, taken.spacing_mm) == (Intensity.DB, (0.1, 0.2))


def test_another_variable_forgets_the_axes(qtbot):
    form = RecipeForm(Recipe("r", "v", "wht"))
    qtbot.addWidget(form)
    form.forget_axes()
    assert form.recipe("", None).axes is None


def test_black_and_white_are_asked_of_gray_alone(qtbot):
    form = RecipeForm(Recipe("r", is_inverted=True))
    qtbot.addWidget(form)
    form.intensity.setCurrentIndex(form.intensity.findData(Intensity.DB))
    assert form.recipe("r", None).is_inverted is None
    form.intensity.setCurrentIndex(form.intensity.findData(Intensity.DISPLAY))
    assert form.recipe("r", None).is_inverted is True
