from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import UnreadableFileError
from training.dataset import groups_of
from training.recipes.drawn_ribs import FOLDS, load_all_drawn, load_drawn


@pytest.fixture
def folder(tmp_path):
    rows = [("a", "g1", "no"), ("b", "g1", "yes"), ("c", "g2", "no")]
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
        for stem, _, _ in rows:
            plane = np.zeros((20, 30), np.uint8)
            plane[5:8, 4:12] = 255
            Image.fromarray(plane).save(tmp_path / kind / f"{stem}.png")
    with (tmp_path / "index.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(["stem", "group", "doubtful"])
        writer.writerows(rows)
    (tmp_path / "ignore.json").write_text(json.dumps({"c": [[4, 9, 10, 20]]}))
    return tmp_path


def test_doubtful_frames_stay_out_and_boxes_are_ignored(folder):
    first, second = load_drawn(folder)
    assert (first.name, second.name) == ("a", "c")
    assert first.ignored is None
    assert second.ignored is not None
    assert second.ignored[4:9, 12:20].all()
    assert not second.ignored[5:8, 10:12].any()  # drawn, so known
    assert second.ignored.sum() == 5 * 10 - 3 * 2


def test_a_damaged_list_of_boxes_is_named(folder):
    (folder / "ignore.json").write_text("{")
    with pytest.raises(UnreadableFileError, match="boxes"):
        load_drawn(folder)


def test_the_shipped_sets_fit_the_folds():
    samples = load_all_drawn(Path("no such folder"))
    with_rib = [sample for sample in samples if sample.masks["rib"].any()]
    assert len(with_rib) >= 110
    assert len(samples) - len(with_rib) >= 35
    assert len({sample.name for sample in samples}) == len(samples)
    held_out = [group for fold in FOLDS for group in fold]
    assert set(held_out) == set(groups_of(samples)) - {"g_usgra"}
    assert all(len({sample.group for sample in with_rib} & set(fold)) == 1 for fold in FOLDS)
