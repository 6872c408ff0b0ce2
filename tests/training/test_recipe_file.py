from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.recipe_file import (
    FOLDER,
    NAMED_BY_RECIPE,
    RecipeError,
    build_recipe,
    load_recipe,
    shipped_recipes,
)


@dataclass(frozen=True)
class Fit:
    epochs: int = 10
    rate: float = 1e-3
    milestones: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Plan:
    name: str
    fit: Fit = field(default_factory=Fit)
    shape: tuple[int, int] = (256, 256)
    by: Literal["group", "image"] = "group"
    weights: Path | None = None
    sources: dict[str, int] = field(default_factory=dict)
    mirrored: bool = False


TEXT = """
name: xunet
fit: {epochs: 200, rate: 1e-5, milestones: [[200, 2.5], [400, 2]]}
by: image
weights: a.pth
sources: {lung: 3}
tiny:
  fit: {epochs: 1}
  shape: [32, 32]
"""


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_recipe_becomes_dataclasses(recipe):
    plan = load_recipe(recipe, Plan)
    assert plan == Plan(
        "xunet",
        Fit(200, 1e-5, ((200, 2.5), (400, 2.0))),
        by="image",
        weights=Path("a.pth"),
        sources={"lung": 3},
    )


def test_tiny_is_merged_and_overrides_come_last(recipe):
    plan = load_recipe(recipe, Plan, ["fit.epochs=2", "mirrored=true"], tiny=True)
    assert (plan.fit.epochs, plan.fit.rate, plan.shape, plan.mirrored) == (2, 1e-5, (32, 32), True)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("fit.epoch=3", "fit.epoch'"),
        ("fit.epochs=many", "a whole number"),
        ("fit.epochs=true", "a whole number"),
        ("mirrored=1", "true or false"),
        ("by=patient", "one of group, image"),
        ("shape=[1,2,3]", "list of 2"),
        ("fit=3", "a table"),
        ("fit.rate=fast", "a number"),
        ("epochs", "entry=value"),
        ("sources=[1]", "a table"),
    ],
)
def test_what_does_not_fit_is_named(recipe, override, says):
    with pytest.raises(RecipeError, match=says):
        load_recipe(recipe, Plan, [override])


def test_missing_entries_and_files(tmp_path):
    empty = tmp_path / "e.yaml"
    empty.write_text("by: group\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="'name' is missing"):
        load_recipe(empty, Plan)
    with pytest.raises(RecipeError, match="no such recipe"):
        load_recipe("cheng1999", Plan)
    empty.write_text("{[\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="no YAML in line 2, column 1") as caught:
        load_recipe(empty, Plan)
    assert "\n" not in str(caught.value)
    empty.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"cannot be read|no YAML"):
        load_recipe(empty, Plan)
    empty.write_text("- a\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="not a table"):
        load_recipe(empty, Plan)


def test_nothing_in_a_recipe_is_run(tmp_path):
    path = tmp_path / "evil.yaml"
    path.write_text("name: !!python/object/apply:os.getcwd []\n", encoding="utf-8")
    with pytest.raises(RecipeError):
        load_recipe(path, Plan)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("r") / "x.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        load_recipe(path, Plan)
    except RecipeError:
        return


def test_shipped_recipes_are_found_by_name():
    assert shipped_recipes() == sorted(path.stem for path in FOLDER.glob("*.yaml"))


@dataclass(frozen=True)
class Chosen:
    plan: Plan | None = None
    parts: dict[str, Fit | None] = field(default_factory=dict, metadata={NAMED_BY_RECIPE: True})
    others: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outer:
    inner: Chosen | None = None


def test_names_that_a_recipe_chooses_are_not_added_to_by_overrides():
    values = {"inner": {"parts": {"a": {"epochs": 2}, "b": {}}}}
    found = build_recipe(Outer, values, ["inner.parts.b=null", "inner.parts.a.epochs=3", "inner.others.x=1"])
    assert found.inner is not None
    assert found.inner.parts == {"a": Fit(3), "b": None}
    assert found.inner.others == {"x": 1}
    for override in ("inner.parts.c.epochs=1", "inner.parts={c: {}}", "inner={parts: {c: null}}"):
        with pytest.raises(RecipeError, match=r"no 'inner\.parts\.c'\. Known: a, b"):
            build_recipe(Outer, values, [override])
    # where a recipe names nothing, nothing can be misspelt
    assert build_recipe(Outer, {"inner": {}}, ["inner.parts.c.epochs=1"]).inner.parts == {"c": Fit(1)}
