from __future__ import annotations

import numpy as np
import pytest
import scipy.io as sio

from lusgui.base.errors import LusguiError
from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.io.open import open_recording
from lusgui.io.recipes import (
    delete_recipe,
    find_recipe,
    folder_recipe,
    load_recipes,
    recipe_path,
    recipes_dir,
    save_folder_recipe,
    save_recipe,
)


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("LUSGUI_HOME", str(tmp_path / "home"))


def test_saved_recipes_are_found_by_name():
    one = Recipe("Lunge / Höhe 2", "Img", "hw1t", Intensity.DB, (0.1, 0.2))
    two = Recipe("a", spacing_unknown=True)
    save_recipe(one)
    save_recipe(two)
    assert find_recipe(one.name) == one
    assert load_recipes() == [two, one]
    changed = Recipe("a", frame_rate_hz=20.0)
    save_recipe(changed)
    assert load_recipes() == [changed, one]
    delete_recipe("a")
    assert load_recipes() == [one]
    with pytest.raises(LusguiError, match="Höhe"):
        find_recipe("a")
    with pytest.raises(LusguiError, match="no recipe"):
        delete_recipe("a")


@pytest.mark.parametrize("name", ["../../evil", "/etc/passwd", "..", "a" * 500, "con:1", "."])
def test_names_never_leave_the_folder(name):
    assert recipe_path(name).parent == recipes_dir()
    save_recipe(Recipe(name))
    assert find_recipe(name).name == name


def test_names_that_differ_never_share_a_file():
    assert recipe_path("a b") != recipe_path("a-b")
    assert recipe_path("ä") != recipe_path("ö")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "name: [",
        "!!python/object/apply:os.system ['true']",
        "a: &a [1]\nb: *a",
        "name: x\naxes: q",
    ],
)
def test_spoiled_files_are_refused_and_hide_no_others(text):
    save_recipe(Recipe("good"))
    (recipes_dir() / "bad.yaml").write_text(text, encoding="utf-8")
    assert [recipe.name for recipe in load_recipes()] == ["good"]
    with pytest.raises(LusguiError):
        find_recipe("bad")


def test_a_recipe_in_a_folder_is_applied_to_its_files(tmp_path):
    recipe = Recipe("all of these", "odd", "wh", Intensity.DISPLAY, (0.3, 0.4))
    for name in ("a", "b"):
        sio.savemat(tmp_path / f"{name}.mat", {"ImgData": np.ones((64, 64)), "odd": np.eye(40, 50)})
    assert folder_recipe(tmp_path) is None
    save_folder_recipe(recipe, tmp_path)
    for name in ("a", "b"):
        with open_recording(tmp_path / f"{name}.mat") as recording:
            assert recording.shape == (1, 50, 40)
            assert recording.spacing_mm == (0.3, 0.4)
            assert recording.intensity is Intensity.DISPLAY
