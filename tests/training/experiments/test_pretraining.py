"""``training.experiments.pretraining`` with ``training.experiments.pretraining_page``, which it writes."""

from dataclasses import replace

import pytest

from lusgui.base.errors import LusguiError
from training.data.splits import leaks
from training.experiments import pretraining, sets
from training.experiments.pretraining import FROZEN, NO_BOTTLENECK, PRETRAINED, SCRATCH, TINY, folds_of
from training.experiments.sets import DataSet
from training.report.tables import read_csv


@pytest.fixture
def toy_ribs(toy_samples, monkeypatch):
    part = DataSet("ribs", "rib", tuple(toy_samples), "Squares.")
    monkeypatch.setattr(sets, "ribs", lambda _: part)
    return part


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny, toy_ribs):
    text, results, table, out = run_tiny(pretraining, replace(TINY, frames=None))
    assert {row["variant"] for row in results} == {SCRATCH, PRETRAINED, FROZEN, NO_BOTTLENECK}
    assert len(results) == 4 * 6
    assert [row["model"] for row in table] == [SCRATCH, PRETRAINED, NO_BOTTLENECK, FROZEN]
    assert (out / "gallery_ribs.png").exists()
    rows = read_csv(out / "transfer_ribs.csv")
    assert [row["model"] for row in rows] == ["X-Unet"] * 4
    assert [row["folds"] for row in rows] == ["3"] * 4
    assert "by patient" in text


def test_no_group_stands_on_both_sides(toy_ribs):
    assert leaks(folds_of(toy_ribs, 0), toy_ribs.samples, near_duplicates=False) == []


def test_a_missing_file_of_weights_is_named(tmp_path, toy_ribs):
    with pytest.raises(LusguiError, match=r"vgg\.h5"):
        pretraining.run(replace(TINY, vgg=str(tmp_path / "vgg.h5")), None, tmp_path, tmp_path)
