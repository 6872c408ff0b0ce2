from __future__ import annotations

from training.experiments import yolo_grid
from training.experiments.yolo_grid import TINY, Settings, variants


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny, monkeypatch):
    trained = []
    train = yolo_grid.Lab._train

    def counted(self, variant, seed):
        trained.append(variant.name)
        return train(self, variant, seed)

    monkeypatch.setattr(yolo_grid.Lab, "_train", counted)
    text, results, table, out = run_tiny(yolo_grid, TINY)
    assert trained == ["S = 3", "S = 5", "S = 5, frozen, then 3", "B = 1"]
    assert {row["study"] for row in table} == {"cells", "many first", "boxes", "masks"}
    assert {row["model"] for row in results} == {
        *trained,
        "whole image",
        "inside the box found",
        "inside the true box",
    }
    assert "AP as published" in text
    assert (out / "cells_ap50.png").exists()


def test_published_numbers_of_cells_and_each_training_once():
    names = [variant.name for variant in variants(Settings())]
    assert names[:4] == ["S = 7", "S = 9", "S = 11", "S = 13"]
    assert len(set(names)) == len(names) == 8
    assert "B = 2" not in names  # it is S = 11
