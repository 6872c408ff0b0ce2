from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from training.data.splits import SplitError
from training.transfer import stages
from training.transfer.crossval import run_crossval, title_of, ways_of, write_scores
from training.transfer.stages import Bench


def test_every_stage_of_every_way(crossval_done):
    folder, result = crossval_done
    assert result.models == ["Second, by group", "Second, by image"]
    with (folder / "scores.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:5] == ["model", "fold", "seed", "name", "group"]
    assert {"dice", "hd95_px", "false_components"} <= set(rows[0])
    assert len(rows) == len(result.rows)
    assert {row["stage"] for row in rows} == {"second"}
    assert len(result.values("Second, by group")) == 4
    assert len(result.fold_means("Second, by group")) == 1
    # one pre-training, and two stages in each of two ways
    assert len(list(folder.glob("runs/*/config.yaml"))) == 1 + 2 * 2


def test_leaks_are_found_by_image_alone(crossval_done):
    _, result = crossval_done
    assert set(result.leaks) == {"group, mirrored", "image, mirrored"}
    assert any("one group" in sentence for sentence in result.leaks["image, mirrored"])
    assert not any("one group" in sentence for sentence in result.leaks["group, mirrored"])
    assert [counts["test"] for counts in result.folds["group, mirrored"]] == [4, 4, 4]


def test_given_again_nothing_is_trained(crossval_recipe, crossval_done, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("trained again")

    folder, result = crossval_done
    monkeypatch.setattr(stages, "run_trial", refuse)
    assert run_crossval(crossval_recipe, folder, Bench(folder), "cpu").rows == result.rows


def test_too_few_groups_are_said_before_anything_is_trained(crossval_recipe, tmp_path):
    with pytest.raises(SplitError, match="groups"):
        run_crossval(replace(crossval_recipe, folds=7), tmp_path / "x", Bench(tmp_path / "x"), "cpu")
    assert not (tmp_path / "x").exists()


def test_titles_say_what_is_not_the_same_for_all(crossval_recipe, toy_samples):
    twice = replace(crossval_recipe, mirrored=(False, True), by="image")
    ways = ways_of(twice, toy_samples)
    assert [len(way.samples) for way in ways] == [6, 12]
    stage = twice.stages["first"]
    assert title_of(twice, "first", stage, ways[1]) == "first, 12 images"
    assert title_of(replace(crossval_recipe, by="image"), "first", stage, ways[1]) == "first"


def test_scores_are_written_for_no_rows(tmp_path):
    assert write_scores(tmp_path, []).is_file()
