"""training.experiments.cheap and training.experiments.cheap_page, with the learning itself left out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lusgui.base.errors import LusguiError
from training.dataset import Sample
from training.experiments import cheap
from training.experiments.budget import Budget
from training.experiments.cheap_page import table_of, write_page
from training.experiments.learning_data import GAP, Case, frame_of
from training.experiments.trial_cache import TrialCache

SETTINGS = cheap.Settings(seeds=2, masks=(1, 2), judged=4, points=100)


def sample(name, group, shown=True):
    mask = np.zeros((16, 16), bool)
    mask[4:8, 4:8] = shown
    return Sample(name, group, np.zeros((16, 16), np.uint8), {"rib": mask})


@pytest.fixture
def clip():
    frames = tuple(sample(f"clip_{i:05d}", "clip") for i in range(0, 90, 3))
    return Case("ribs_same", "rib", "clip", "rib:none", frames, frames, (), "time")


@pytest.fixture
def patients():
    frames = tuple(sample(f"p{i // 2}_{i:05d}", f"p{i // 2}") for i in range(16))
    return Case("cerebellum", "rib", "0", "cerebellum:none", frames, frames, (), "group")


def names(samples):
    return {one.name for one in samples}


def test_nobody_is_clicked_on_and_judged(clip, patients):
    for case in (clip, patients):
        for seed in range(4):
            cell = cheap.make_cell(case, 2, seed, SETTINGS)
            parts = [names(cell.deal.learnt), names(cell.pointed), names(cell.deal.tests)]
            assert all(parts)
            assert not parts[0] & parts[1]
            assert not parts[0] & parts[2]
            assert not parts[1] & parts[2]
            if case is clip:
                places = [frame_of(one) for one in cell.deal.tests]
                assert all(min(abs(frame_of(p) - at) for at in places) > GAP for p in cell.pointed)
            else:
                groups = [{one.group for one in part} for part in (cell.pointed, cell.deal.tests)]
                assert not groups[0] & groups[1]


def test_too_few_frames_are_no_cell(patients):
    assert cheap.make_cell(patients, 20, 0, SETTINGS) is None


def test_whole_comparisons_come_first(clip, patients):
    cells = cheap.cells_of(SETTINGS, [patients, clip])
    order = [(cell.seed, cell.masks, cell.case.name) for cell in cells]
    assert order[:3] == [(0, 1, "ribs_same"), (0, 1, "cerebellum"), (0, 2, "ribs_same")]
    assert order[-1][0] == 1


def fake(gain):
    def run_cell(cell, base, bases, settings):
        def rows(dice):
            return [{"name": one.name, "group": one.group, "dice": dice} for one in cell.deal.tests]

        made = {"points": 7, "pointed": len(cell.pointed), "base": rows(0.5), cheap.WITHOUT: rows(0.6)}
        return made | {cheap.WITH: rows(0.6 + gain)}

    return run_cell


@pytest.fixture
def bases(monkeypatch):
    monkeypatch.setattr(cheap, "key_of", lambda base: "key")
    model = SimpleNamespace(card=SimpleNamespace(architecture="lus-unet"))
    return SimpleNamespace(is_there=lambda name: True, get=lambda name: model)


def test_what_is_kept_is_not_done_again(clip, patients, bases, tmp_path, monkeypatch):
    cache = TrialCache(tmp_path)
    monkeypatch.setattr(cheap, "run_cell", fake(0.1))
    rows, missing = cheap.measure(SETTINGS, [clip, patients], bases, cache, Budget(None))
    assert missing == 0
    monkeypatch.setattr(cheap, "run_cell", None)
    again, missing = cheap.measure(SETTINGS, [clip, patients], bases, cache, Budget(0))
    assert (again, missing) == (rows, 0)
    other = replace(SETTINGS, steps=7)
    assert cheap.measure(other, [clip, patients], bases, cache, Budget(0)) == ([], 8)


def test_the_table_pairs_frames(clip, patients, bases, tmp_path, monkeypatch):
    monkeypatch.setattr(cheap, "run_cell", fake(0.1))
    rows, _ = cheap.measure(SETTINGS, [clip, patients], bases, TrialCache(tmp_path / "c"), Budget(None))
    table = table_of(rows)
    assert [(row["case"], row["masks"]) for row in table] == [
        ("ribs_same", 1), ("ribs_same", 2), ("cerebellum", 1), ("cerebellum", 2)
    ]  # fmt: skip
    for row in table:
        assert row["difference"] == pytest.approx(0.1)
        assert row["without"] == pytest.approx(0.6)
        assert (row["low"] is None) == (row["groups"] == 1)
    page = write_page(SETTINGS, rows, 3, tmp_path / "out")
    assert page.is_file()
    assert (tmp_path / "out" / "cheap.csv").read_text(encoding="utf-8").count("\n") == 5
    assert write_page(SETTINGS, [], 3, tmp_path / "empty").is_file()


def test_an_unknown_case_is_named(tmp_path):
    with pytest.raises(LusguiError, match="heart"):
        cheap.run(replace(SETTINGS, only=("heart",)), None, tmp_path, tmp_path)


def test_networks_that_zoom_keep_their_rate(clip):
    cell = cheap.make_cell(clip, 1, 0, SETTINGS)
    models = {name: SimpleNamespace(card=SimpleNamespace(architecture=name)) for name in ("zoom-unet", "x")}
    rates = {n: cheap.learn_settings(cell, m, SETTINGS).learning_rate for n, m in models.items()}
    assert rates == {"zoom-unet": None, "x": 1e-3}
