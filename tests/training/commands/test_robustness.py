from __future__ import annotations

import csv

import numpy as np
import pytest
import torch
from PIL import Image

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
from training.__main__ import main


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
    for sample in toy_samples:
        Image.fromarray(sample.frame).save(folder / "images" / f"{sample.name}.png")
        Image.fromarray(sample.masks["rib"].astype(np.uint8) * 255).save(
            folder / "masks" / f"{sample.name}.png"
        )
    lines = [f"{sample.name},{sample.group}" for sample in toy_samples]
    (folder / "groups.csv").write_text("\n".join(["file,group", *lines]) + "\n")
    return folder


def run(model, data, out, *more):
    return main(
        [
            "robustness",
            str(model),
            "--data",
            str(data),
            "--label",
            "rib",
            "--out",
            str(out),
            "--device",
            "cpu",
            *more,
        ]
    )


def table(out):
    with (out / "robustness.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_table_a_figure_and_a_page(model, data, tmp_path, capsys):
    out = tmp_path / "out"
    assert run(model, data, out, "--only", "mirrored", "--only", "linear_tiff", "--most", "1") == 0
    assert [row["perturbation"] for row in table(out)] == ["plain", "linear_tiff", "mirrored"]
    assert table(out)[0]["frames"] == "3"
    assert (out / "differences.png").exists()
    assert "mirrored left to right" in (out / "report.html").read_text(encoding="utf-8")
    assert "mirrored left to right" in capsys.readouterr().out


def test_folds_judge_their_own_groups_and_no_others(model, data, tmp_path):
    out = tmp_path / "out"
    assert run(model, data, out, "--only", "noise", "--fold", f"g0={model}", "--fold", f"g2={model}") == 0
    assert {row["groups"] for row in table(out)} == {"2"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--only", "upside_down"], "no perturbation 'upside_down'"),
        (["--fold", "g0"], "is no fold"),
        (["--group", "nobody"], "no frame is of these groups"),
    ],
)
def test_what_is_wrong_is_said(model, data, tmp_path, capsys, more, said):
    assert run(model, data, tmp_path / "out", *more) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
