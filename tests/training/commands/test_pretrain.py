from __future__ import annotations

import json

from lusgui.io.models import read_card
from training.__main__ import main

QUICK = ["--epochs", "1", "--steps", "1", "--batch", "2", "--loss", "bce", "--device", "cpu"]
SMALL = ["--width", "4", "--size", "32"]


def test_sources_are_mixed_by_count(tmp_path, capsys):
    out = tmp_path / "out"
    sources = ["--source", "simulated:lung=3", "--source", "simulated:cyst", "--count", "cyst=2"]
    assert main(["pretrain", *sources, "--out", str(out), *QUICK, *SMALL, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["frames"] == 5
    card = read_card(out / "model.safetensors")
    assert card.labels == ("object",)
    assert "simulated lung, at most 3" in card.data
    assert "simulated cyst, at most 2" in card.data


def test_what_is_wrong_is_one_sentence(tmp_path, capsys):
    start = ["pretrain", "--out", str(tmp_path / "out"), *QUICK]
    for more, words in (
        (["--source", "simulated:spleen"], "nothing called 'spleen'"),
        (["--source", "simulated:lung=2", "--take", "x=rib"], "no source called 'x'"),
        (["--source", f"a={tmp_path / 'gone'}"], "gone"),
        (["--source", "simulated:lung=2", "--vgg16", str(tmp_path / "v.pth")], "V-Unet"),
        (
            ["--source", "simulated:lung=2", "--base", "scratch:v-unet", "--vgg16", str(tmp_path / "v.pth")],
            "v.pth",
        ),
    ):
        assert main([*start, *more]) == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
