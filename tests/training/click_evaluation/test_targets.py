from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.click.sources import SEED_OF_SIMULATIONS
from training.click_evaluation.targets import (
    SEED,
    STRUCTURES,
    Sources,
    groups_in_split,
    places_of_nothing,
    spread,
    targets_of,
    wanted,
)


def test_hemispheres_are_targets_and_so_is_their_union(sample):
    pieces = targets_of(sample, STRUCTURES["hemisphere"])
    whole = targets_of(sample, STRUCTURES["cerebellum"])
    assert [one.name for one in pieces] == ["p001_a#0", "p001_a#1"]
    assert pieces[0].truth.sum() > pieces[1].truth.sum()
    np.testing.assert_array_equal(pieces[0].truth | pieces[1].truth, whole[0].truth)
    assert pieces[0].gray is pieces[1].gray
    assert pieces[0].spacing_ratio == 0.5
    assert pieces[0].group == "p001"


def test_what_is_not_there_is_no_target(sample):
    assert targets_of(sample, STRUCTURES["vermis"]) == []
    assert targets_of(sample, STRUCTURES["head"]) == []


def test_crumbs_are_no_targets(sample):
    sample.masks["cerebellum"][0:3, 0:3] = True
    assert len(targets_of(sample, STRUCTURES["hemisphere"])) == 2


def test_of_many_some_are_taken_evenly(sample):
    many = targets_of(sample, STRUCTURES["hemisphere"]) * 10
    assert len(spread(many, 7)) == 7
    assert spread(many, 7)[0] is many[0]
    assert spread(many, 7)[-1] is many[-1]
    assert spread(many, 99) == many


def test_only_groups_that_were_never_seen_are_judged(monkeypatch, sample):
    from dataclasses import replace

    both = [sample, replace(sample, name="p002_a", group="p002")]
    monkeypatch.setattr(
        "training.click_evaluation.targets.read_real", lambda data: {"fetal_cerebellum": both}
    )
    known = Sources(None, {"fetal_cerebellum": ("p002",)})
    assert {one.group for one in known.targets(STRUCTURES["hemisphere"])} == {"p002"}
    assert all(one.stroke_px > 0 for one in known.targets(STRUCTURES["hemisphere"]))
    usual = Sources(None)
    assert {one.group for one in usual.samples("fetal_cerebellum")} < {"p001", "p002"}
    assert usual.samples("hc18") == []
    assert known.digest() != usual.digest()


def test_simulations_that_judge_are_none_that_were_learnt(monkeypatch):
    asked = []

    def simulate(kind, seed, index):
        asked.append((kind, seed, index))
        return [f"{kind}{index}"]

    monkeypatch.setattr("training.simulate.clips.simulate_clip", simulate)
    assert Sources(None).samples("simulated cyst")[0] == "cyst0"
    assert {seed for _, seed, _ in asked} == {SEED}
    assert SEED != SEED_OF_SIMULATIONS


def test_a_click_on_nothing_is_far_from_everything(sample):
    for seed in range(5):
        place = places_of_nothing(sample, np.random.default_rng(seed))
        assert place is not None
        assert not sample.masks["cerebellum"][place]
    sample.masks["cerebellum"][:] = True
    assert places_of_nothing(sample, np.random.default_rng(0)) is None


def test_structures_are_asked_for_by_name():
    assert wanted(()) == list(STRUCTURES.values())
    assert [one.name for one in wanted(("head", "rib"))] == ["head", "rib"]
    with pytest.raises(LusguiError, match="no structure"):
        wanted(("spleen",))


def test_a_card_says_whom_its_model_never_saw():
    split = "One of 2 parts was left out. Never seen: fetal_cerebellum: p002, p003; hc18: 018; ribs: g_reg."
    assert groups_in_split(split) == {
        "fetal_cerebellum": ("p002", "p003"),
        "hc18": ("018",),
        "ribs": ("g_reg",),
    }
    assert groups_in_split("Every patient was learnt from.") is None
