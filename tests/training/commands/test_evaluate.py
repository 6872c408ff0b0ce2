"""``training.commands.evaluate``: numbers on standard output, one clear sentence for what is wrong."""

from __future__ import annotations

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
from training.commands.evaluate import show_number
from training.data.open import open_dataset
from training.metrics.frame import score_mask
from training.metrics.scores import read_scores


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "tiny.safetensors"
    save_model(
        path, build("lus-unet", base_width=4), ModelCard("tiny", "1.0", "lus-unet", ("rib",), (32, 32))
    )
    return path


@pytest.fixture
def data(tmp_path, toy_samples):
    folder = tmp_path / "data"
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    for sample in toy_samples[:3]:
        Image.fromarray(sample.frame).save(folder / "images" / f"{sample.name}.png")
        Image.fromarray(sample.masks["rib"].astype(np.uint8) * 255).save(
            folder / "masks" / f"{sample.name}.png"
        )
    return folder


def _run(model, data, *more):
    return main(["evaluate", "--model", str(model), "--data", str(data), "--device", "cpu", *more])


def test_json_has_every_image_and_the_means(model, data, capsys, tmp_path):
    assert _run(model, data, "--json", "--out", str(tmp_path / "out")) == 0
    payload = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in payload["images"]] == ["f0", "f1", "f2"]
    dices = [row["dice"] for row in payload["images"]]
    assert payload["mean"]["dice"] == pytest.approx(np.mean(dices))
    assert payload["summary"]["rib"]["metrics"]["dice"]["n"] == 3
    assert payload["model"].startswith("tiny-1.0")
    sample = open_dataset(data, "rib")[1]
    probability = Predictor(load_model(model), "cpu").predict(sample.gray(OFF))
    wanted = score_mask(probability >= 0.5, sample.masks["rib"], probability, sample)
    assert payload["images"][1]["nll"] == pytest.approx(wanted["nll"])
    (written,) = read_scores(tmp_path / "out")
    assert [row["dice"] for row in written.rows] == dices


def test_a_table_for_people(model, data, capsys, tmp_path):
    assert _run(model, data, "--label", "rib", "--threshold", "0.3", "--out", str(tmp_path / "out")) == 0
    shown = capsys.readouterr()
    assert "tiny-1.0" in shown.out
    assert "3 frames" in shown.out
    assert "95 % from" in shown.out
    assert "Look at first (dice)" in shown.out
    assert "scores.csv" in shown.out
    assert "pixels of the raw grid" in shown.err


def _break(path, change):
    """Write a model file anew with other tensors, under the header it had."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    with safe_open(path, "pt") as file:
        facts = file.metadata()
        state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    save_file(change(state), path, facts)


def _poison(state):
    name = sorted(state)[0]
    return state | {name: torch.full_like(state[name], float("nan"))}


def test_one_sentence_for_what_is_wrong(model, data, capsys, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    torch.save({"a": torch.zeros(3)}, tmp_path / "other.pt")
    cases = [
        ((model, empty), "empty: the folder is empty"),
        ((model, tmp_path / "nowhere"), "no such file or folder"),
        ((tmp_path / "none.safetensors", data), "no such model file"),
        (("nobody", data), "no model called 'nobody'"),
        ((tmp_path / "other.pt", data), "other.pt: this is no safetensors file"),
        ((model, data, "--label", "liver"), "knows no label 'liver'. It knows: rib"),
        ((model, data, "--despeckle", "magic"), "no filter called 'magic'"),
        ((model, data, "--layout", "moon"), "no layout 'moon'"),
    ]
    for arguments, sentence in cases:
        assert _run(*arguments) == 2
        shown = capsys.readouterr()
        assert sentence in shown.err
        assert shown.err.count("\n") == 1
        assert shown.out == ""


def test_bad_weights_are_refused(model, data, capsys):
    _break(model, _poison)
    assert _run(model, data) == 2
    assert "not a finite number" in capsys.readouterr().err
    _break(model, lambda state: dict(list(state.items())[1:]))
    assert _run(model, data) == 2
    assert "weights of a block are missing" in capsys.readouterr().err


def test_data_of_another_label(model, data, capsys):
    for path in (data / "masks").iterdir():
        path.unlink()
    for path in list((data / "images").iterdir()):
        Image.new("L", (40, 48), 255).save(data / "images" / f"{path.stem}.liver.png")
    assert _run(model, data / "images") == 2
    assert "no label 'rib' in it. Labels there are: liver" in capsys.readouterr().err


def test_an_image_without_its_mask(model, data, capsys):
    (data / "masks" / "f1.png").unlink()
    assert _run(model, data) == 2
    assert "f1.png" in capsys.readouterr().err


def test_numbers_as_people_read_them():
    assert [show_number(v) for v in (None, 3, 2.0, 0.12345, 52.71)] == ["", "3", "2", "0.1235", "52.7"]


def test_a_folder_of_other_things_is_not_written_into(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("x")
    arguments = ["evaluate", "--model", "rib", "--data", str(tmp_path), "--out"]
    assert main([*arguments, str(tmp_path)]) == 2
    assert "no former scores" in capsys.readouterr().err
    assert main([*arguments, str(tmp_path / "thesis.txt")]) == 2
    assert "a file, not a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
