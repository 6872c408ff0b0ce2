"""``training.experiments.selfsupervised`` with ``selfsupervised_page``, which it writes."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from training.data.splits import leaks
from training.dataset import Sample
from training.experiments import selfsupervised
from training.experiments.selfsupervised import REBUILT, SCRATCH, TINY, Settings, rounds
from training.experiments.sets import DataSet
from training.selfsupervised import pretrain


@pytest.fixture
def toy(toy_samples, monkeypatch):
    """Squares as ribs; the frames of the lesson are others, of groups that must not be those judged."""
    groups = ("g_vir2", "g_reg", "g_vir1")
    samples = tuple(replace(s, group=groups[i // 2]) for i, s in enumerate(toy_samples))
    part = DataSet("ribs", "rib", samples, "Squares.")
    monkeypatch.setattr(selfsupervised, "data_sets", lambda *_: [part])
    asked = []

    def read(data, without=()):
        asked.append(tuple(without))
        return [replace(s, masks={}, source="lung") for s in samples if s.group not in without]

    monkeypatch.setattr(pretrain, "real_frames", read)
    return part, asked


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny, toy):
    text, results, table, out = run_tiny(selfsupervised, TINY)
    assert toy[1] == [("g_vir2",), ("g_reg",), ("g_vir1",)]
    assert {row["variant"] for row in results} == {SCRATCH, REBUILT}
    assert len(results) == 2 * 6
    assert [row["model"] for row in table] == [SCRATCH, REBUILT]
    assert (out / "bars.png").exists()
    assert "never seen" in text


def test_no_group_stands_on_both_sides_nor_in_the_beginning():
    empty = np.zeros((4, 4), np.uint8)
    mask = {"rib": np.ones((4, 4), bool)}
    ribs = [
        Sample(f"r{i}", group, empty, mask)
        for i, group in enumerate(("g_vir1", "g_pneu3", "g_vir2", "g_oliviera", "g_reg", "g_usgra"))
    ]
    heads = [Sample(f"p{i}", f"p{i:03d}", empty, {"cerebellum": np.ones((4, 4), bool)}) for i in range(10)]
    sets = [DataSet("ribs", "rib", tuple(ribs)), DataSet("cerebellum", "cerebellum", tuple(heads))]
    made = rounds(Settings(), sets)
    assert [len(part.folds) for part in made] == [2, 2, 2, 1, 1]
    for part in made:
        for data, _, fold in part.folds:
            assert {data.samples[i].group for i in fold.test} <= set(part.without)
            assert not {data.samples[i].group for i in fold.train} & set(part.without)
    for data in sets:
        folds = [fold for part in made for one, _, fold in part.folds if one is data]
        assert leaks(folds, data.samples, near_duplicates=False) == []
        assert sorted(i for fold in folds for i in fold.test) == list(range(len(data.samples)))


def test_limbs_are_not_learnt_where_they_are_held_out(tmp_path, monkeypatch):
    learnt = []

    def learn(settings, data, lesson, *, has_limbs):
        learnt.append(has_limbs)
        return {"b1.0.0.weight": torch.ones(1)}

    monkeypatch.setattr(selfsupervised, "_learn_masks", learn)
    for _ in range(2):  # the second time they are kept
        selfsupervised.mask_body(TINY, tmp_path, ["g_reg", "g_usgra"], 0, tmp_path)
        selfsupervised.mask_body(TINY, tmp_path, ["g_vir1"], 0, tmp_path)
    assert learnt == [False, True]


def test_masks_of_several_labels_are_learnt_at_once(tmp_path, monkeypatch):
    random = np.random.default_rng(0)

    class Read:
        def __init__(self, labels):
            self.samples = [
                Sample(f"{labels}{i}", f"{i}", random.integers(0, 255, (32, 32)).astype(np.uint8), masks)
                for i, masks in enumerate([{label: random.random((32, 32)) > 0.5 for label in labels}] * 3)
            ]

    monkeypatch.setattr(
        "training.data.open.read_dataset",
        lambda path: Read(("head",) if path.name == "hc18" else ("vessel", "nerve")),
    )
    body = selfsupervised.mask_body(TINY, tmp_path, [], 0, tmp_path)
    assert not any(name.startswith("head") for name in body)
    assert all(value.isfinite().all() for value in body.values())


def test_time_that_is_up_leaves_cells_missing(tmp_path, toy):
    page = selfsupervised.run(replace(TINY, minutes=0.0), None, tmp_path / "out", tmp_path / "cache")
    assert "0 of 6 trainings are done" in page.read_text(encoding="utf-8")
