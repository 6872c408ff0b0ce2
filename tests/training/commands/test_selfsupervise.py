from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from lusgui.io.models import read_card
from training.__main__ import main

QUICK = ["--steps", "2", "--width", "2", "--size", "32", "--batch", "2", "--device", "cpu"]


@pytest.fixture
def data(tmp_path):
    random = np.random.default_rng(0)
    for group in ("anna", "bert"):
        (tmp_path / "data" / group).mkdir(parents=True)
        for i in range(14):
            pixels = random.integers(0, 255, (36, 36)).astype(np.uint8)
            Image.fromarray(pixels).save(tmp_path / "data" / group / f"{i}.png")
    return str(tmp_path / "data")


def test_a_base_is_written_that_fine_tuning_takes(tmp_path, data, capsys):
    out = tmp_path / "base.safetensors"
    words = ["selfsupervise", "--data", data, "--out", str(out), "--without", "bert", *QUICK]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "14 frames of 1 group, no masks" in said
    assert f"finetune --data FOLDER --label LABEL --base {out}" in said
    assert "Never seen: bert" in read_card(out).split
    before = read_card(out)
    assert main([*words, "--json"]) == 0  # given again it is what it was
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["groups"], told["without"]) == (14, ["anna"], ["bert"])
    assert read_card(out) == before  # its digest with it
    from training.bases import find_base
    from training.transfer.finetune import FinetuneJob, make_trial

    base = find_base(str(out))
    trial = make_trial(FinetuneJob({}, "rib", str(out), tmp_path / "run"), base)
    assert (trial.architecture, trial.input_shape) == ("lus-unet", (32, 32))
    assert trial.arguments["base_width"] == 2


def test_it_says_how_well_it_rebuilds(tmp_path, data, capsys):
    out = tmp_path / "base.safetensors"
    assert main(["selfsupervise", "--data", data, "--out", str(out), *QUICK]) == 0
    assert "% of the gray scale" in capsys.readouterr().out


def test_what_is_wrong_is_one_sentence(tmp_path, data, capsys):
    taken = tmp_path / "taken.safetensors"
    taken.write_bytes(b"somebody else's")
    out = str(tmp_path / "base.safetensors")
    for words, cause in (
        (["--data", data, "--out", str(tmp_path / "base.pt")], "ends in .safetensors"),
        (["--data", data, "--out", str(taken)], "not of this lesson"),
        (["--data", data, "--out", out, "--without", "berta"], "no group 'berta'"),
        (["--data", str(tmp_path / "gone"), "--out", out], "no such folder"),
        (["--data", data, "--out", out, "--size", "30"], "multiples of 16"),
    ):
        assert main(["selfsupervise", *QUICK[:4], *words, *QUICK[6:]]) == 2
        said = capsys.readouterr().err
        assert cause in said
        assert len(said.strip().splitlines()) == 1
    assert taken.read_bytes() == b"somebody else's"
    assert not (tmp_path / "base.safetensors").exists()
