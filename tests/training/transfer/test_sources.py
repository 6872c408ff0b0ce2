from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from lusgui.core.despeckle import FAST
from training.data.splits import mirrored
from training.recipe_types import SourceRecipe
from training.transfer import sources
from training.transfer.sources import (
    SourceError,
    describe,
    load_source,
    load_sources,
    natural,
    parse_source,
    parse_sources,
    remember,
    unite,
)


def test_what_a_person_writes():
    assert parse_source("simulated:lung=30") == ("lung", SourceRecipe(simulated="lung", count=30))
    assert parse_source("simulated:cyst") == ("cyst", SourceRecipe(simulated="cyst"))
    name, recipe = parse_source("usgra=/data/set one")
    assert (name, recipe.data.as_posix()) == ("usgra", "/data/set one")
    assert parse_source("/data/hc18")[0] == "hc18"


@pytest.mark.parametrize("text", ["simulated:spleen", "simulated:lung=many", "simulated:lung=0", "x=", "=y"])
def test_what_is_no_source(text):
    with pytest.raises(SourceError):
        parse_source(text)


def test_several_sources_with_their_labels_and_counts():
    found = parse_sources(
        ["simulated:lung=5", "simulated:lung=6", "a=/x"], ["a=vessel, nerve"], ["lung=3", "a=9"]
    )
    assert [(r.simulated, r.count, r.labels) for r in found.values()] == [
        ("lung", 3, ()),
        ("lung", 6, ()),
        (None, 9, ("vessel", "nerve")),
    ]
    for takes, limits in ((["b=rib"], []), (["a="], []), ([], ["a=no"]), ([], ["b=1"])):
        with pytest.raises(SourceError):
            parse_sources(["a=/x"], takes, limits)


@pytest.mark.parametrize(("kind", "label"), [("lung", "rib"), ("cyst", "cyst"), ("salient", "object")])
def test_simulated_frames(kind, label):
    samples = load_source(SourceRecipe(simulated=kind, count=2, side=48), label, seed=1)
    assert len(samples) == 2
    assert all(set(sample.masks) == {label} for sample in samples)
    if kind != "lung":
        assert samples[0].frame.shape == (48, 48)
    again = load_source(SourceRecipe(simulated=kind, count=2, side=48), label, seed=1)
    assert np.array_equal(samples[0].frame, again[0].frame)


def test_a_label_that_is_not_there_is_named():
    with pytest.raises(SourceError, match=r"no frame has a mask of 'rib'.*cyst"):
        load_source(SourceRecipe(simulated="cyst", count=1, side=48), "rib")


def test_heads_and_cerebella_become_one_label():
    recipe = SourceRecipe(simulated="head", count=1, side=64)
    (one,) = load_source(recipe, "object", unites=True)
    (head,) = load_source(replace(recipe, labels=("head",)), "object")
    assert (one.masks["object"] >= head.masks["object"]).all()


def test_several_sources_stay_apart_by_name():
    recipes = {
        "a": SourceRecipe(simulated="cyst", count=2, side=48),
        "b": SourceRecipe(simulated="salient", count=1, side=48),
    }
    samples = load_sources(recipes, "object")
    assert [sample.name.split("/")[0] for sample in samples] == ["a", "a", "b"]
    assert [sample.group.split("/")[0] for sample in samples] == ["a", "a", "b"]
    assert all(set(sample.masks) == {"object"} for sample in samples)
    assert describe(samples) == "3 frames of 3 groups"
    with pytest.raises(SourceError, match="no source"):
        load_sources({}, "object")
    with pytest.raises(SourceError, match="no data"):
        load_source(SourceRecipe(), "rib")


def test_a_folder_and_a_part_of_it(rib_folder):
    whole = load_source(SourceRecipe(data=rib_folder), "rib")
    assert [sample.name for sample in whole] == [f"f{i}" for i in range(6)]
    assert {sample.group for sample in whole} == {"g0", "g1", "g2"}
    part = load_source(SourceRecipe(data=rib_folder, count=3), "rib")
    assert len(part) == 3
    assert {sample.name for sample in part} < {sample.name for sample in whole}
    same = load_source(SourceRecipe(data=rib_folder, count=3), "rib")
    assert [sample.name for sample in part] == [sample.name for sample in same]


def test_bad_folders_are_one_sentence(tmp_path, rib_folder):
    with pytest.raises(LusguiError):
        load_source(SourceRecipe(data=tmp_path / "nothing"), "rib")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LusguiError):
        load_source(SourceRecipe(data=tmp_path / "empty"), "rib")
    (rib_folder / "masks" / "f3.png").unlink()
    with pytest.raises(LusguiError, match="f3"):
        load_source(SourceRecipe(data=rib_folder), "rib")


def test_uniting_keeps_what_is_to_be_ignored(toy_samples):
    other = np.zeros_like(toy_samples[0].masks["rib"])
    other[0] = True
    sample = replace(toy_samples[0], masks=toy_samples[0].masks | {"nerve": other, "ignore": other})
    made = unite(sample, (), "object")
    assert set(made.masks) == {"object", "ignore"}
    assert np.array_equal(made.masks["object"], sample.masks["rib"] | other)
    assert np.array_equal(unite(sample, ("rib",), "x").masks["x"], sample.masks["rib"])
    assert set(unite(sample, ("spleen",), "x").masks) == {"ignore"}


def test_a_remembered_frame_is_despeckled_once(toy_samples, monkeypatch):
    (sample,) = remember(toy_samples[:1])
    wanted = toy_samples[0].gray(FAST)
    assert np.array_equal(sample.gray(FAST), wanted)
    assert sample.gray(FAST) is sample.gray(FAST)
    assert not np.array_equal(sample.gray(None), wanted)
    # a copy with another frame remembers for itself
    assert np.array_equal(mirrored(sample).gray(None), toy_samples[0].gray()[:, ::-1])
    assert sources.RememberedSample is type(sample)


def test_numbers_in_names_count():
    names = ["f10", "f2", "f1", "10", "a"]
    assert sorted(names, key=natural) == ["10", "a", "f1", "f2", "f10"]


def test_boxes_are_no_masks_and_the_way_to_the_masks_is_said(rib_folder):
    (rib_folder / "labels").mkdir()
    (rib_folder / "classes.txt").write_text("rib\n")
    for path in (rib_folder / "images").iterdir():
        (rib_folder / "labels" / f"{path.stem}.txt").write_text("0 0.5 0.5 0.2 0.2\n")
    with pytest.raises(SourceError, match=r"only boxes were read, no mask of 'rib'.*--layout pairs"):
        load_source(SourceRecipe(data=rib_folder), "rib")
    assert len(load_source(SourceRecipe(data=rib_folder, layout="pairs"), "rib")) == 6
    with pytest.raises(LusguiError, match=r"no label 'skull'.*Labels there are: rib\. .*--layout pairs"):
        load_source(SourceRecipe(data=rib_folder), "skull")
    for path in (rib_folder / "masks").iterdir():
        path.unlink()
    (rib_folder / "masks").rmdir()
    with pytest.raises(SourceError, match="Masks are needed"):
        load_source(SourceRecipe(data=rib_folder), "rib")
