"""``training.commands.judge``: the table of targets, the same as JSON, and sentences for what is wrong."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
import torch
from PIL import Image

from lusgui.core.despeckle import OFF
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build
from training.__main__ import main
from training.judging_defaults import judge_frames


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "tiny.safetensors"
    card = ModelCard("tiny", "1.0", "lus-unet", ("rib",), (32, 32), split="By hand", threshold=0.45)
    save_model(path, build("lus-unet", base_width=4), card)
    return path


@pytest.fixture
def data(tmp_path, toy_samples):
    """The layout of this project's rib sets, with a negative, a doubtful frame and a doubtful place."""
    folder = tmp_path / "data"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for i, sample in enumerate(toy_samples):
        mask = sample.masks["rib"] if i != 4 else np.zeros_like(sample.masks["rib"])
        Image.fromarray(sample.frame).save(folder / "images" / f"{sample.name}.png")
        Image.fromarray(mask.astype(np.uint8) * 255).save(folder / "masks" / f"{sample.name}.png")
    lines = [f"{s.name},{s.group},{'yes' if s.name == 'f3' else 'no'}" for s in toy_samples]
    (folder / "index.csv").write_text("\n".join(["stem,group,doubtful", *lines]) + "\n")
    (folder / "ignore.json").write_text(json.dumps({"f0": [[0, 48, 0, 40]]}))
    return folder


def _run(model, data, *more):
    return main(["judge", str(model), "--data", str(data), "--device", "cpu", *more])


def test_json_has_targets_summary_and_frames(model, data, toy_samples, capsys, tmp_path):
    assert _run(model, data, "--json", "--out", str(tmp_path / "out")) == 0
    shown = capsys.readouterr().out
    found = json.loads(shown)
    assert [row["name"] for row in found["frames"]] == ["f0", "f1", "f2", "f4", "f5"]
    assert found["frames"][0]["false_components"] == 0  # the whole frame but the mask is to be ignored
    assert found["threshold"] == 0.45
    assert found["warnings"][0] == "doubtful frames that are left out: 1"
    assert len(found["targets"]) == 5
    assert (found["summary"]["frames"], found["summary"]["negatives"]) == (4, 1)
    predictor = Predictor(load_model(model), "cpu")
    (row,) = judge_frames(
        predictor.predict, [toy_samples[2]], "rib", settings=OFF, threshold=0.45, network_shape=(32, 32)
    )
    assert found["frames"][2] == row.to_json()
    assert (tmp_path / "out" / "judged.json").read_text() == shown
    with (tmp_path / "out" / "judged.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    assert float(table[2]["dice"]) == row.dice
    assert table[3]["dice"] == ""


def test_a_table_for_people(model, data, capsys, tmp_path):
    assert _run(model, data, "--group", "g2", "--threshold", "0.01", "--out", str(tmp_path / "out")) == 0
    shown = capsys.readouterr()
    assert "tiny-1.0" in shown.out
    assert "1 frames of 1 groups" in shown.out
    assert "at least 0.75" in shown.out
    assert "Something is found in 1.000 of 1 frames without it." in shown.out
    assert "judged.csv" in shown.out
    assert "By hand" in shown.err
    assert "learnt from" not in shown.err


def test_who_names_no_group_is_warned(model, data, capsys):
    assert _run(model, data, "--least-area", "1") == 0
    shown = capsys.readouterr()
    assert "Frames that the model learnt from are judged too" in shown.err
    assert "4 missed" in shown.out
    assert "in 0.000 of 1 frames" in shown.out


def test_other_layouts_are_read_too(model, data, capsys):
    (data / "index.csv").unlink()
    (data / "ignore.json").unlink()
    assert _run(model, data, "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["frames"]) == 6


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--label", "liver"), "knows no label 'liver'. It knows: rib"),
        (("--group", "p9"), "no group 'p9' in the data. There are: g0, g1, g2"),
        (("--despeckle", "magic"), "no filter called 'magic'"),
        (("--layout", "moon"), "no layout 'moon'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(model, data, capsys, more, sentence):
    assert _run(model, data, *more) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""
