from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from lusgui.base.errors import OverwriteRefusedError
from training.dataset import Sample
from training.robustness.every import perturbations_for
from training.robustness.page import figure_of, refuse_foreign, write_result
from training.robustness.perturbation import gray_of
from training.robustness.run import run_robustness


def test_page_table_and_frames_are_written(toy_samples, tmp_path):
    dark = Sample("dark", "h", np.full((30, 30), 20, np.uint8))
    result = run_robustness(
        lambda sample, settings: gray_of(sample),
        toy_samples,
        [dark],
        "rib",
        perturbations=perturbations_for("rib", ["noise", "inverted_unnoticed"]),
    )
    written = write_result(result, tmp_path / "out", {"model": "tiny-1.0", "seed": 0})
    assert [path.name for path in written] == ["report.html", "robustness.csv"]
    html = written[0].read_text(encoding="utf-8")
    assert "inverted, nobody the wiser" in html
    assert "tiny-1.0" in html
    with written[1].open(encoding="utf-8", newline="") as stream:
        table = list(csv.DictReader(stream))
    assert [row["perturbation"] for row in table] == ["plain", "inverted_unnoticed", "noise"]
    assert float(table[0]["dice"]) == 1
    with (tmp_path / "out" / "frames.csv").open(encoding="utf-8", newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 7 * 3
    facts = json.loads((tmp_path / "out" / "robustness.json").read_text(encoding="utf-8"))
    assert facts["model"] == "tiny-1.0"


def test_only_a_former_result_is_replaced(tmp_path):
    refuse_foreign(tmp_path / "new")
    refuse_foreign(tmp_path)
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(OverwriteRefusedError, match="not empty"):
        refuse_foreign(tmp_path)
    with pytest.raises(OverwriteRefusedError, match="a file"):
        refuse_foreign(tmp_path / "thesis.txt")
    (tmp_path / "robustness.json").write_text("{}")
    refuse_foreign(tmp_path)


def test_the_figure_leaves_out_the_plain_frame_and_what_was_not_judged():
    row = {"title": "t", "difference": -0.1, "difference_low": None, "difference_high": None}
    table = [
        {**row, "perturbation": "plain", "title": "plain"},
        {**row, "perturbation": "noise", "title": "noise"},
        {**row, "perturbation": "zoom", "title": "zoom", "difference": None},
    ]
    labels = [text.get_text() for text in figure_of(table).axes[0].get_yticklabels()]
    assert labels == ["noise"]
