"""``training.experiments.selfsupervised_page`` on trainings whose scores are known."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from training.data.splits import Fold
from training.experiments.cells import Cell, Done
from training.experiments.selfsupervised import MASKS, REBUILT, SCRATCH, TINY
from training.experiments.selfsupervised_page import CLAIMS, write_page
from training.experiments.sets import DataSet
from training.report.tables import read_csv
from training.trials import Trial

LEVEL = {SCRATCH: 0.5, REBUILT: 0.8, MASKS: 0.5}


def done_with(samples, fold, variant):
    """A finished training whose frames score the level of its beginning, give or take a little."""
    test = tuple(i for i, sample in enumerate(samples) if sample.group == f"g{fold}")
    train = tuple(i for i in range(len(samples)) if i not in test)
    trial = Trial("lus-unet", "rib", (32, 32), name=variant.replace(" ", "-"))
    part = DataSet("ribs", "rib", tuple(samples), "Squares.")
    random = np.random.default_rng(fold)
    rows = [
        {
            "name": samples[i].name,
            "group": samples[i].group,
            "dice": LEVEL[variant] + float(random.uniform(-0.02, 0.02)),
            "hd95_mm": None,
            "hd95_px": 3.0,
            "false_components": 2.0 if variant == SCRATCH else 0.0,
            "roughness": 1.0,
        }
        for i in test
    ]
    result = {
        "rows": rows,
        "history": [],
        "epochs": 1,
        "best_epoch": 1,
        "seconds": 2.0,
        "reason": "",
        "failed": False,
        "masks": {},
    }
    return Done(Cell(part, variant, str(fold), 0, trial, Fold(train, (), test)), result)


def text_of(page):
    parser = HTMLParser()
    words = []
    parser.handle_data = words.append
    parser.feed(page.read_text(encoding="utf-8"))
    return " ".join(" ".join(words).split())


@pytest.fixture
def sets(toy_samples):
    return [DataSet("ribs", "rib", tuple(toy_samples), "Squares.")]


@pytest.fixture
def done(toy_samples):
    return [done_with(toy_samples, fold, name) for fold in range(3) for name in LEVEL]


def test_the_better_beginning_is_named_and_the_equal_one_is_not(sets, done, tmp_path):
    write_page(TINY, sets, done, 0, tmp_path)
    claims = {row["claim"]: row for row in read_csv(tmp_path / "claims.csv")}
    assert set(claims) == {str(claim) for claim in CLAIMS}
    verdicts = {name: row["verdict"] for name, row in claims.items()}
    assert verdicts[f"{REBUILT} > {SCRATCH}"] == "holds"
    assert verdicts[f"{REBUILT} > {MASKS}"] == "holds"
    assert verdicts[f"{MASKS} > {SCRATCH}"] != "holds"


def test_what_dice_does_not_see_stands_beside_it(sets, done, tmp_path):
    text = text_of(write_page(TINY, sets, done, 0, tmp_path))
    assert "All 9 trainings are done." in text
    beyond = {row["model"]: row for row in read_csv(tmp_path / "beyond_dice.csv")}
    assert float(beyond[SCRATCH]["false components"]) == 2
    assert float(beyond[REBUILT]["false components"]) == 0
    assert {row["unit"] for row in beyond.values()} == {"px"}
    assert len(read_csv(tmp_path / "results.csv")) == 3 * 6
    assert (tmp_path / "bars.png").stat().st_size > 0
    assert (tmp_path / "folds_ribs.png").stat().st_size > 0


def test_what_is_missing_is_said_and_nothing_is_made_up(sets, done, tmp_path):
    some = [item for item in done if item.cell.variant == SCRATCH]
    text = text_of(write_page(replace(TINY, minutes=1.0), sets, some, 6, tmp_path))
    assert "3 of 9 trainings are done" in text
    assert {row["model"] for row in read_csv(tmp_path / "beyond_dice.csv")} == {SCRATCH}
    assert all(row["verdict"] != "holds" for row in read_csv(tmp_path / "claims.csv"))


def test_a_page_without_a_training_has_no_figures(sets, tmp_path):
    text = text_of(write_page(TINY, sets, [], 9, tmp_path))
    assert "0 of 9 trainings are done" in text
    assert not (tmp_path / "bars.png").exists()
