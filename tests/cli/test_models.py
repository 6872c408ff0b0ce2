from __future__ import annotations

import json

import pytest

from lusgui.cli import main
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.io import model_install, models


def write(folder, name, architecture="lus-unet", shape=(512, 128)):
    folder.mkdir(parents=True, exist_ok=True)
    card = ModelCard(name, "1.0", architecture, ("rib",), shape)
    text = json.dumps({"__metadata__": {CARD_KEY: card.dumps()}}).encode()
    (folder / f"{name}.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)


def test_a_model_is_added_and_listed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "bundled")
    write(tmp_path / "elsewhere", "mine")
    assert main(["models", "--add", str(tmp_path / "elsewhere" / "mine.safetensors")]) == 0
    assert "mine  1.0" in capsys.readouterr().out
    assert main(["models", "--add", str(tmp_path / "none.safetensors")]) == 2
    assert "none.safetensors" in capsys.readouterr().err


def test_models_are_listed_for_people_and_for_programs(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "bundled")
    assert main(["models"]) == 0
    assert "No models" in capsys.readouterr().out
    write(tmp_path / "bundled", "rib")
    write(models.own_models_dir(), "mine")
    write(models.own_models_dir(), "rib")
    (models.own_models_dir() / "bad.safetensors").write_bytes(b"nothing")
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("(unusable)  bad.safetensors")
    assert lines[1].startswith("mine  1.0  labels rib  lus-unet at 512 x 128  (your own)")
    assert "(bundled, hidden by your own of that name)" in lines[3]
    assert main(["models", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [e["card"] and e["card"]["name"] for e in listed] == [None, "mine", "rib", "rib"]
    assert [e["hidden"] for e in listed] == [False, False, False, True]


def test_a_detector_is_listed_as_of_no_use_for_masks(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "bundled")
    write(models.own_models_dir(), "boxes", "yolo-tiny", (224, 224))
    assert main(["models"]) == 0
    assert "(unusable)  boxes.safetensors: the model boxes gives boxes, not masks" in capsys.readouterr().out


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "bundled")
    monkeypatch.setattr(model_install, "check_weights", lambda raw: None)  # these models have none
    write(tmp_path / "bundled", "rib")
    write(models.own_models_dir(), "mine")


def test_ones_own_models_are_named_and_deleted(own, capsys):
    assert main(["models", "--rename", "mine", "ward-7"]) == 0
    assert capsys.readouterr().out.startswith("ward-7  1.0")
    assert main(["models", "--delete", "ward-7"]) == 0
    assert "ward-7" not in capsys.readouterr().out
    assert not list(models.own_models_dir().glob("*.safetensors"))
    assert main(["models", "--delete", "rib"]) == 2
    assert "none of your own models is called 'rib'" in capsys.readouterr().err


def test_two_of_one_name_are_told_apart_by_their_keys(own, capsys):
    write(models.own_models_dir(), "mine")
    path = models.own_models_dir() / "mine.safetensors"
    path.with_name("copy.safetensors").write_bytes(path.read_bytes())
    assert main(["models", "--delete", "mine"]) == 2
    assert "Name one by its key: mine-1.0" in capsys.readouterr().err


def test_a_model_is_handed_on(own, tmp_path, capsys):
    assert main(["models", "--export", "rib", str(tmp_path / "out" / "r.safetensors")]) == 0
    assert json.loads((tmp_path / "out" / "r.json").read_text(encoding="utf-8"))["name"] == "rib"
    assert main(["models", "--export", "rib", str(tmp_path / "out" / "r.safetensors")]) == 2
    assert "already there" in capsys.readouterr().err


def test_a_default_is_chosen_and_taken_back(own, capsys):
    assert main(["models", "--default", "rib", "mine"]) == 0
    assert "(your own, default for rib)" in capsys.readouterr().out
    assert models.default_model("rib").card.name == "mine"
    assert main(["models", "--json"]) == 0
    assert [e["default_for"] for e in json.loads(capsys.readouterr().out)] == [["rib"], []]
    assert main(["models", "--default", "vermis", "mine"]) == 2
    assert "It knows: rib" in capsys.readouterr().err
    assert main(["models", "--no-default", "rib"]) == 0
    assert models.default_model("rib").card.name == "rib"
