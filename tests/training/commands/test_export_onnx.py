"""``training.commands.export_onnx``: from a model's name to a checked file."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from lusgui.core.model_card import CARD_KEY, ModelCard, parse_card
from lusgui.nn.checkpoint import save_model
from lusgui.nn.onnx_export import Agreement
from lusgui.nn.registry import build
from training.__main__ import main

onnx = pytest.importorskip("onnx", reason="no onnx for this machine")
pytest.importorskip("onnxruntime", reason="no onnxruntime for this machine")


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "tiny.safetensors"
    card = ModelCard("tiny", "1.0", "lus-unet", ("rib",), (32, 32))
    save_model(path, build("lus-unet", base_width=2), card)
    return path


def test_a_file_is_written_and_the_agreement_told(model, tmp_path, capsys):
    out = tmp_path / "tiny.onnx"
    asked = ["export-onnx", "--model", str(model), "--out", str(out)]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "in float32" in said
    assert "2 frames of the sample recordings" in said
    assert len(said.splitlines()) == 2
    texts = {entry.key: entry.value for entry in onnx.load(out).metadata_props}
    assert parse_card(texts[CARD_KEY]).name == "tiny"
    assert main(asked) == 2
    assert "already there" in capsys.readouterr().err


def test_every_second_frame_calibrates_int8_and_the_others_judge(model, tmp_path, monkeypatch, capsys):
    seen = {}

    def export(loaded, path, grays, **more):
        seen.update(more, grays=grays)
        path.write_bytes(b"1")
        return Agreement(len(grays), 3, 0.01, 0.996, 0.999)

    frames = [np.full((4, 4), i, np.float32) for i in range(5)]
    monkeypatch.setattr("lusgui.nn.onnx_export.export_onnx", export)
    monkeypatch.setattr("training.frames.frames_of", lambda card, data, **more: frames)
    asked = ["export-onnx", "--model", str(model), "--out", str(tmp_path / "m.onnx"), "--int8"]
    assert main([*asked, "--data", "somewhere", "--least-dice", "0.99", "--overwrite"]) == 0
    assert [int(f[0, 0]) for f in seen["calibration"]] == [0, 2, 4]
    assert [int(f[0, 0]) for f in seen["grays"]] == [1, 3]
    assert (seen["least_dice"], seen["overwrite"]) == (0.99, True)
    assert f"2 frames of {Path('somewhere')}" in capsys.readouterr().out


def test_int8_needs_data(model, tmp_path, capsys):
    assert main(["export-onnx", "--model", str(model), "--out", str(tmp_path / "m.onnx"), "--int8"]) == 2
    assert "--data" in capsys.readouterr().err


def test_a_missing_library_is_one_sentence_with_the_way_out(model, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    assert main(["export-onnx", "--model", str(model), "--out", str(tmp_path / "m.onnx")]) == 2
    assert "pip install lusgui[fast]" in capsys.readouterr().err
