import pytest

from lusgui.base.errors import LusguiError
from training.experiments import normalisation
from training.experiments.normalisation import TINY, Settings, variant_of
from training.report.tables import read_csv


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny):
    text, results, table, out = run_tiny(normalisation, TINY)
    assert {row["variant"] for row in results} == {"none", "batch"}
    assert [(row["batch"], row["normalisation"]) for row in table] == [
        ("2", "none"),
        ("2", "batch"),
        ("4", "none"),
        ("4", "batch"),
    ]
    assert all(float(row["training loss"]) > 0 for row in table)
    assert [row["claim"] for row in read_csv(out / "claims.csv")] == ["none > batch"] * 2
    assert "All 8 trainings are done." in text


def test_the_experiment_is_the_one_that_was_asked_for():
    settings = Settings()
    assert settings.norms == ("none", "batch", "group", "instance")
    assert settings.batches == (2, 20)
    assert settings.dropouts == (0.0, 0.5)
    assert variant_of("batch", 0.0) == "batch"
    assert variant_of("batch", 0.5) == "batch, dropout 0.5"


def test_without_data_the_way_out_is_named(tmp_path):
    with pytest.raises(LusguiError, match="--data"):
        normalisation.run(Settings(minutes=0.0), None, tmp_path, tmp_path)
