from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lusgui.nn.checkpoint import load_model
from training.detection.watch import Watch
from training.localization.recipe import HuRecipe
from training.localization.run import comparison, paired_by_image, run_recipe
from training.recipe_file import load_recipe


@pytest.fixture
def recipe():
    found = load_recipe("hu2018", HuRecipe, ["masks=[2]"], tiny=True)
    loops = {name: replace(getattr(found, name), device="cpu") for name in ("locate", "decode", "whole")}
    return replace(found, **loops)


def test_models_curve_and_page_and_nothing_twice(tmp_path, recipe):
    told = []
    page = run_recipe(recipe, tmp_path, watch=Watch(told.append)).read_text(encoding="utf-8")
    assert "Where it is" in page
    names = sorted(path.parent.name for path in tmp_path.glob("*/model.safetensors"))
    assert names == ["fold0-2-localized", "fold0-2-scratch", "fold0-localizer"]
    card = load_model(tmp_path / "fold0-2-localized" / "model.safetensors").card
    assert card.contrast_settings == recipe.contrast
    assert card.parent.startswith("hu-localizer")
    assert (tmp_path / "learning_curve.png").stat().st_size < 200_000
    assert sum("Dice" in line for line in told) == 2
    again = []
    run_recipe(recipe, tmp_path, watch=Watch(again.append))
    assert not any("Dice" in line for line in again)


def rows(way, masks, values):
    return [
        {"way": way, "masks": masks, "name": f"f{i}", "group": f"g{i // 2}", "dice": value}
        for i, value in enumerate(values)
    ]


def test_comparison_is_paired_by_image():
    from scipy.stats import ttest_rel

    random = np.random.default_rng(0)
    first, second = random.uniform(0.5, 0.9, 8), random.uniform(0.4, 0.8, 8)
    table = comparison([*rows("localized", 5, first), *rows("scratch", 5, second)])
    assert len(table) == 1
    assert table[0]["difference"] == pytest.approx(first.mean() - second.mean())
    assert table[0]["p (paired t)"] == pytest.approx(ttest_rel(first, second).pvalue)
    assert table[0]["low"] < table[0]["difference"] < table[0]["high"]
    assert (table[0]["images"], table[0]["groups"]) == (8, 4)


def test_frames_without_dice_are_left_out():
    found = paired_by_image(rows("scratch", 3, [0.5, None]), "scratch", 3)
    assert found == {"f0": 0.5}
