from training.experiments.leak import TINY
from training.experiments.pages import finish, progress, provenance, validation_curve
from training.experiments.sets import DataSet
from training.report.page import Report
from training.report.tables import read_csv


def test_making_is_told_with_settings_data_and_code(toy_samples):
    data = DataSet("toy", "rib", tuple(toy_samples), "Squares.")
    facts = provenance(TINY, [data], {"split": "by group"})
    assert facts["split"] == "by group"
    assert facts["base_width"] == TINY.base_width
    assert "6 frames of 3 groups" in facts["data, toy"]
    assert data.digest[:16] in facts["data, toy"]
    assert facts["code"]
    assert "torch" in facts["versions"]


def test_missing_trainings_are_told():
    assert progress(3, 0, 5.0) == "All 3 trainings are done."
    assert progress(3, 2, 5.0).startswith("3 of 5 trainings are done; the time of 5 minutes was up")


def test_tables_stand_beside_the_page(tmp_path):
    page = finish(Report("t"), tmp_path / "out", [], [{"a": 1}])
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert read_csv(tmp_path / "out" / "table.csv") == [{"a": "1"}]
    assert read_csv(tmp_path / "out" / "results.csv") == []


def test_curve_of_a_training_without_validation_is_empty():
    assert validation_curve([{"loss": 1.0}]) == []
    assert validation_curve([{"val_dice": 0.5}, {"val_dice": 0.7}]) == [0.5, 0.7]
