from __future__ import annotations

import json

import numpy as np
import pytest

from lusgui.core.click.answer import ClickAnswer
from training.__main__ import main
from training.click_evaluation import run
from training.click_evaluation.targets import STRUCTURES, Target


class Sees:
    """Answers with what is bright."""

    name = "sees"
    nbytes = 1

    def embed(self, gray, spacing_ratio=1.0):
        self.gray = gray
        return self

    def answer(self, embedding, prompt, previous, *, is_preview=False):
        return ClickAnswer(self.gray > 0.5, self.gray, True, "", 0.01, self.name)


@pytest.fixture
def simple(monkeypatch):
    truth = np.zeros((60, 80), bool)
    truth[20:40, 30:50] = True
    target = Target(STRUCTURES["head"], "a", "g", truth.astype("float32"), truth, 1.0, 40.0)
    monkeypatch.setattr(run, "open_engine", lambda settings: (Sees(), "sees", None, ("A note.",)))
    monkeypatch.setattr(run.Sources, "targets", lambda self, structure, most: [target])


def test_tables_are_printed_and_written(simple, tmp_path, capsys):
    words = ["evaluate-clicks", "--engine", "weightless", "--only", "head", "--clicks", "centre"]
    assert main([*words, "--cache", str(tmp_path / "c"), "--out", str(tmp_path / "o")]) == 0
    said = capsys.readouterr()
    assert "fetal head" in said.out
    assert "scores.csv" in said.out
    assert "A note." in said.err


def test_json_is_all_of_it(simple, tmp_path, capsys):
    words = ["evaluate-clicks", "--engine", "weightless", "--only", "head", "--json"]
    assert main([*words, "--cache", str(tmp_path / "c")]) == 0
    values = json.loads(capsys.readouterr().out)
    assert [row["hand"] for row in values["scores"]] == ["centre", "jittered"]
    assert values["scores"][0]["noc85"] == 1.0
    assert values["engine"] == "without a model"


def test_what_is_not_there_is_said(tmp_path, capsys):
    assert main(["evaluate-clicks", "--data", str(tmp_path / "no")]) == 2
    assert "no such folder" in capsys.readouterr().err
    assert main(["evaluate-clicks", "--engine", "weightless", "--only", "spleen"]) == 2
    assert "no structure" in capsys.readouterr().err
