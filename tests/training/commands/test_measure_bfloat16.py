"""``training.commands.measure_bfloat16``: the card says what was measured, the weights stay."""

from __future__ import annotations

import re

import pytest
import torch

from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import load_model, save_model
from lusgui.nn.packing import BFLOAT16, MIXED
from lusgui.nn.predictor import compare_precision
from lusgui.nn.registry import build
from training.__main__ import main
from training.frames import frames_of


@pytest.fixture
def model(tmp_path):
    torch.manual_seed(0)
    path = tmp_path / "tiny.safetensors"
    card = ModelCard("tiny", "1.0", "lus-unet", ("rib",), (32, 32))
    save_model(path, build("lus-unet", base_width=4), card)
    return path


@pytest.fixture
def data(tmp_path):
    from PIL import Image

    from training.simulate.lung import simulate_samples

    for name in ("images", "masks"):
        (tmp_path / "data" / name).mkdir(parents=True)
    rows = ["stem,group"]
    for i, sample in enumerate(simulate_samples(3, seed=1)):
        Image.fromarray(sample.frame).save(tmp_path / "data" / "images" / f"f{i}.png")
        Image.fromarray(sample.masks["rib"]).save(tmp_path / "data" / "masks" / f"f{i}.png")
        rows.append(f"f{i},g{i}")
    (tmp_path / "data" / "index.csv").write_text("\n".join(rows) + "\n")
    return tmp_path / "data"


def test_the_least_dice_goes_into_the_card(model, data, capsys):
    before = load_model(model)
    raw = model.read_bytes()
    groups = ["--group", "g0", "--group", "g2"]
    asked = ["measure-bfloat16", "--model", str(model), "--data", str(data), *groups]
    assert main([*asked, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "left as it is" in said
    assert model.read_bytes() == raw

    assert main(asked) == 0
    said = capsys.readouterr().out
    after = load_model(model)
    grays = frames_of(before.card, data, ["g0", "g2"])
    noted = {BFLOAT16: after.card.bfloat16_dice, MIXED: after.card.mixed_dice}
    for precision, dice in noted.items():
        expected = min(compare_precision(before, grays, precision))
        assert expected - 1e-4 < dice <= expected
    assert float(re.search(r"against float32 ([\d.]+)", said)[1]) == after.card.bfloat16_dice
    assert "2 frames" in said
    assert float(re.search(r"mixed precision ([\d.]+)", said)[1]) == after.card.mixed_dice
    assert ("stays float32" in said) == (max(noted.values()) < 0.995)
    assert after.card.key == before.card.key
    assert all(
        torch.equal(value, after.network.state_dict()[name])
        for name, value in before.network.state_dict().items()
    )


def test_an_unknown_group_is_named(model, data, capsys):
    assert main(["measure-bfloat16", "--model", str(model), "--data", str(data), "--group", "x"]) == 2
    assert "no group 'x'" in capsys.readouterr().err
