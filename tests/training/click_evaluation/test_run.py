from __future__ import annotations

import pytest

from lusgui.base.errors import LusguiError, ModelError
from lusgui.core.click.clicker import Hand
from training.click_evaluation import run
from training.click_evaluation.run import Judged, Settings, judge, open_engine, refuse_foreign, write_tables
from training.report.tables import read_csv

SETTINGS = Settings("weightless", structures=("vermis",), hands=(Hand.CENTRE,), most_targets=2)


@pytest.fixture
def simple(monkeypatch, make_target, disc, Discs):
    engine = Discs()
    targets = [make_target(disc(30, 40, 10), "a"), make_target(disc(20, 30, 14), "b", group="h")]
    monkeypatch.setattr(run, "open_engine", lambda settings: (engine, "discs", None, ()))
    monkeypatch.setattr(run.Sources, "targets", lambda self, structure, most: targets)
    return engine


def test_what_is_done_is_kept(simple, tmp_path):
    first = judge(SETTINGS, None, tmp_path)
    count = simple.embedded
    again = judge(SETTINGS, None, tmp_path)
    assert count == 2
    assert simple.embedded == count
    assert again == first
    assert first.scores[0]["n"] == 2
    assert len(first.curves) == 20
    assert first.targets
    assert sorted(path.name.split("-")[0] for path in tmp_path.iterdir()) == ["clicks", "targets"]


def test_without_time_what_is_missing_is_said(simple, tmp_path):
    from dataclasses import replace

    judged = judge(replace(SETTINGS, minutes=0.0), None, tmp_path)
    assert judged.scores == []
    assert judged.missing == ("vermis (centre)",)
    judge(SETTINGS, None, tmp_path)
    assert judge(replace(SETTINGS, minutes=0.0), None, tmp_path).scores


def test_rows_of_other_engines_stay(simple, tmp_path):
    out = tmp_path / "out"
    judged = judge(SETTINGS, None, tmp_path / "cache")
    write_tables(judged, "without a model", out)
    other = [row | {"engine": "network", "noc85": 1.0} for row in judged.scores]
    write_tables(Judged(other, [], [], []), "network", out)
    better = [row | {"noc85": 3.5} for row in judged.scores]
    written = write_tables(Judged(better, [], [], []), "without a model", out)
    rows = {row["engine"]: row for row in read_csv(out / "scores.csv")}
    assert len(rows) == 2
    assert float(rows["network"]["noc85"]) == 1.0
    assert float(rows["without a model"]["noc85"]) == 3.5
    assert {path.name for path in written} == {"scores.csv", "curves.csv", "targets.csv", "curves.png"}
    refuse_foreign(out)


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(LusguiError, match="something else"):
        refuse_foreign(tmp_path)


def test_without_weights_the_way_out_is_named(monkeypatch):
    monkeypatch.setattr("lusgui.io.click_model.find_click_model", lambda: None)
    with pytest.raises(ModelError, match="weightless"):
        open_engine(Settings("network"))
    engine, identity, held_out, notes = open_engine(Settings("weightless"))
    assert engine.name == "without a model"
    assert identity.startswith("weightless ")
    assert held_out is None
    assert notes == ()


def test_engines_are_called_by_what_they_are():
    assert Settings("coarse").title == "without zoom"
    assert Settings(name="early").title == "early"
