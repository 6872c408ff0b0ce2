from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.experiments import localize_first
from training.experiments.localize_first import MOVING, TINY
from training.experiments.localize_first_data import fold_of
from training.experiments.sets import DataSet
from training.localization.pipeline import LOCALIZED, SCRATCH, TUNED


def test_tiny_runs_through_and_goes_on_from_what_is_kept(run_tiny, monkeypatch):
    calls = []
    train = localize_first.train_segmenter

    def counted(*arguments, **named):
        calls.append(named["freeze_statistics"])
        return train(*arguments, **named)

    monkeypatch.setattr(localize_first, "train_segmenter", counted)
    text, results, table, out = run_tiny(localize_first, TINY)
    assert calls == [True, True, True, False]
    assert {row["variant"] for row in results} == {LOCALIZED, SCRATCH, TUNED, MOVING}
    assert [row["way"] for row in table] == [LOCALIZED, SCRATCH, TUNED, MOVING]
    assert "localizer" in " ".join(path.name for path in out.iterdir())
    assert "All 4 trainings are done" in text


def test_numbers_of_masks_that_a_fold_lacks_are_left_out(toy_samples):
    part = DataSet("toy", "rib", tuple(toy_samples))
    settings = replace(TINY, masks=(2, 99), folds=3)
    fold = fold_of(settings, part, 0)
    assert localize_first.counts_of(settings, part, fold) == [2]
    assert localize_first.count_cells(settings, part, fold) == 4


@pytest.mark.parametrize("budget", [0.0])
def test_without_time_nothing_is_trained_and_the_page_says_so(tmp_path, budget):
    page = localize_first.run(replace(TINY, minutes=budget), None, tmp_path / "out", tmp_path / "cache")
    assert "0 of" in page.read_text(encoding="utf-8")
    assert not np.array(list((tmp_path / "cache").rglob("*.json"))).size
