"""``training.experiments.strategies`` with ``training.experiments.strategies_page``, which it writes."""

from dataclasses import replace

import pytest

from training.data.splits import Fold, amiri_counts
from training.experiments import strategies
from training.experiments.cells import Cell, Done
from training.experiments.sets import cysts
from training.experiments.strategies import TINY, Settings, claims_table, columns_of
from training.experiments.strategies_page import long_table, table_of
from training.report.tables import read_csv
from training.trials import Trial


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny):
    text, results, table, out = run_tiny(strategies, TINY)
    assert {row["variant"] for row in results} == set(TINY.strategies)
    assert {row["seed"] for row in results} == {"0", "1"}
    assert len(results) == 2 * 3 * amiri_counts(TINY.cysts, 0.5)[2]
    assert all(int(row["learnt_from"]) == amiri_counts(TINY.cysts, 0.5)[0] for row in results)
    assert [row["strategy"] for row in table] == list(TINY.strategies)
    assert "All 6 trainings are done." in text
    assert read_csv(out / "claims.csv")[-1]["claim"].startswith("scratch fails")


def test_time_that_is_up_leaves_a_report_of_what_is_done(tmp_path):
    page = strategies.run(replace(TINY, minutes=0.0), None, tmp_path, tmp_path / "cache")
    assert "0 of 6 trainings are done" in page.read_text(encoding="utf-8")


def test_the_experiment_is_the_one_that_was_asked_for():
    settings = Settings()
    assert settings.cysts == 85
    assert settings.fractions == (0.05, 0.5)
    assert settings.seeds == 3
    assert len(settings.strategies) >= 6


def _done(scores, fraction=0.5):
    data = cysts(2, 0, 32)
    trial = Trial("amiri-unet", "cyst", (32, 32))
    done = []
    for name, dice in scores.items():
        for seed in range(3):
            cell = Cell(data, name, str(seed), seed, trial, Fold((0,), (), (1,)), fraction)
            rows = [{"name": f"{seed}-{i}", "dice": dice + 0.01 * i + 0.001 * seed} for i in range(8)]
            result = {"rows": rows, "failed": dice < 0.1, "reason": "early", "epochs": 4, "best_epoch": 2}
            done.append(Done(cell, result | {"seconds": 10.0}))
    return done


@pytest.fixture
def columns():
    settings = replace(TINY, strategies=("all", "expanding", "5", "9", "scratch"))
    scores = {"all": 0.8, "expanding": 0.7, "5": 0.75, "9": 0.3, "scratch": 0.05}
    return settings, columns_of(settings, _done(scores))


def test_claims_are_judged_by_column(columns):
    verdicts = {row["claim"]: row["verdict"] for row in claims_table(*columns)}
    assert verdicts["all > expanding"] == "holds"
    assert verdicts["expanding > 5"] == "does not hold"
    assert verdicts["9 among the 3 worst of 5 (it is number 2 from below)"] == "holds"
    assert verdicts["scratch fails in 1 to 2 of 5 folds (here 3 of 3)"] == "does not hold"


def test_rows_hold_failures_and_time(columns):
    _, by_column = columns
    rows = {row["strategy"]: row for row in long_table(by_column, table_of(by_column))}
    assert rows["scratch"]["failed"] == 3
    assert rows["all"]["seconds to best"] == 5.0
    assert rows["all"]["ran to the end"] == 0
    assert rows["all"]["low"] < rows["all"]["dice_mean"] < rows["all"]["high"]
