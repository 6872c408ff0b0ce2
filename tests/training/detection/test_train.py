from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from lusgui.nn.darknet_weights import save_darknet
from lusgui.nn.freezing import fingerprint
from training.detection.train import freeze_convolutions, make_network, split_of, train_detector


def test_split_by_patient_keeps_all_three_sides_apart(square_samples, small_recipe):
    fold = split_of(square_samples, small_recipe)
    groups = [{square_samples[i].group for i in part} for part in (fold.train, fold.validation, fold.test)]
    assert all(groups)
    assert not groups[0] & groups[1]
    assert not groups[0] & groups[2]
    assert not groups[1] & groups[2]


def test_split_as_published_is_237_to_78(square_samples, small_recipe):
    samples = (square_samples * 27)[:315]
    fold = split_of(samples, replace(small_recipe, by="image", validation=0.0))
    assert (len(fold.train), len(fold.test)) == (237, 78)
    assert fold.validation == fold.test


def test_a_detector_with_its_scores(square_samples, small_recipe):
    fold = split_of(square_samples, small_recipe)
    seen = []
    result = train_detector(small_recipe, square_samples, fold, on_epoch=seen.append)
    assert [row["step"] for row in seen] == [2, 4]
    assert "val_test_ap_as_ramos" in result.history[0]
    assert set(result.card.scores) == set(result.scores)
    assert {row["name"] for row in result.rows} == {square_samples[i].name for i in fold.test}
    assert result.card.labels == ("square",)
    assert "by group" in result.card.split


def test_published_choice_is_stated_on_the_card(square_samples, small_recipe):
    recipe = replace(small_recipe, validation=0.0, fit=replace(small_recipe.fit, epochs=1))
    result = train_detector(recipe, square_samples, split_of(square_samples, recipe))
    assert "as published" in result.card.split
    assert "val_test_ap_as_ramos" not in result.history[0]


def test_frozen_convolutions_stay_what_they_are(square_samples, small_recipe):
    start = freeze_convolutions(make_network(small_recipe))
    before = fingerprint(start.stages)
    result = train_detector(small_recipe, square_samples, split_of(square_samples, small_recipe), start=start)
    assert fingerprint(result.network.stages) == before
    assert fingerprint(result.network.head) != fingerprint(start.head)


def test_weights_of_darknet_are_a_start(tmp_path, small_recipe):
    torch.manual_seed(5)
    known = make_network(replace(small_recipe, fit=replace(small_recipe.fit, seed=9)))
    save_darknet(known, tmp_path / "all.weights")
    save_darknet(known, tmp_path / "some.weights", convolutions=3)
    assert fingerprint(make_network(small_recipe, tmp_path / "all.weights")) == fingerprint(known)
    part = make_network(small_recipe, tmp_path / "some.weights", 3)
    assert fingerprint(part.stages["s3"]) == fingerprint(known.stages["s3"])
    assert fingerprint(part.stages["s4"]) != fingerprint(known.stages["s4"])


def test_random_weights_depend_on_the_seed_alone(small_recipe):
    torch.manual_seed(1)
    first = fingerprint(make_network(small_recipe))
    torch.manual_seed(2)
    assert fingerprint(make_network(small_recipe)) == first
    other = replace(small_recipe, fit=replace(small_recipe.fit, seed=3))
    assert fingerprint(make_network(other)) != first


def test_seed_must_not_change_global_random_numbers(small_recipe):
    torch.manual_seed(1)
    wanted = torch.rand(1)
    torch.manual_seed(1)
    make_network(small_recipe)
    assert torch.rand(1) == pytest.approx(float(wanted))
