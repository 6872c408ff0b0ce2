from __future__ import annotations

import numpy as np
import typer
from typer.testing import CliRunner

from training.commands import worst
from training.experiments import worst_frames
from training.report.failures import Failure


def test_the_worst_are_told_in_their_order(monkeypatch, tmp_path):
    blank = np.zeros((4, 4), bool)
    frames = [
        Failure("a", "g", blank, blank, ~blank, None),
        Failure("b", "g", blank, ~blank, blank, 0.25, "Faint."),
    ]
    seen = []
    monkeypatch.setattr(worst_frames, "write_worst", lambda *given: seen.append(given) or frames)
    app = typer.Typer()
    app.callback()(lambda: None)
    worst.register(app)
    words = ["worst", "rib", "--data", tmp_path, "--work", tmp_path / "w", "--out", tmp_path / "o"]
    outcome = CliRunner().invoke(app, [str(word) for word in words])
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.splitlines() == ["  1  false alarm  g  a", "  2  Dice 0.25  g  b  Faint."]
    assert seen[0][:3] == ("rib", tmp_path, tmp_path / "w")
