"""``training.commands.models``: options reach the rebuilding."""

from __future__ import annotations

from pathlib import Path

from lusgui.core.model_card import ModelCard
from training.__main__ import main


def test_options_reach_the_rebuilding(monkeypatch, capsys, tmp_path):
    seen = {}

    def rebuild(name, data, out, work, **more):
        seen.update(more, name=name, data=data, out=out, work=work)
        return ModelCard("rib", "1.0", "lus-unet", ("rib",), (32, 32), {})

    monkeypatch.setattr("training.models.rebuild", rebuild)
    asked = [
        "models",
        "--rebuild",
        "rib",
        "--data",
        "d",
        "--out",
        str(tmp_path),
        "--folds",
        "1",
    ]
    assert main(asked) == 0
    assert seen == {
        "name": "rib",
        "data": Path("d"),
        "out": tmp_path,
        "work": Path(".training"),
        "seed": 0,
        "most_folds": 1,
    }
    assert '"name": "rib"' in capsys.readouterr().out
