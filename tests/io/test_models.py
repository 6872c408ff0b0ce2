from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lusgui.base.errors import ModelError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.core.networks import CLICK
from lusgui.io import models

CARD = ModelCard("rib", "1.0", "lus-unet", ("rib",), (64, 64))


def write(folder, file_name, card=CARD):
    """Write a header without weights: enough for everything that torch is not needed for."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"__metadata__": {CARD_KEY: card.dumps()}}).encode()
    path = folder / f"{file_name}.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    folder = tmp_path / "bundled"
    folder.mkdir()
    monkeypatch.setattr(models, "bundled_models_dir", lambda: folder)
    return folder


@pytest.fixture
def own(own_home):
    return models.own_models_dir()


def test_bundled_and_own_models_are_listed_own_first(bundled, own):
    write(bundled, "rib")
    write(own, "mine", replace(CARD, name="mine"))
    assert [(e.card.name, e.is_bundled) for e in models.list_models()] == [("mine", False), ("rib", True)]
    assert models.find_model("rib") == bundled / "rib.safetensors"


def test_ones_own_model_is_found_in_place_of_a_bundled_one(bundled, own):
    shipped = write(bundled, "rib")
    mine = write(own, "better", replace(CARD, version="2.0"))
    assert models.find_model("rib") == mine
    hidden = [entry.path for entry in models.list_models() if entry.is_hidden]
    assert hidden == [shipped]
    assert [entry.path for entry in models.models_for("rib")] == [mine]
    assert models.find_model(shipped) == shipped


def test_of_several_versions_the_newest_is_found_and_a_key_names_one(bundled, own):
    for version in ("1.9", "1.10", "1.2"):
        write(own, version, replace(CARD, version=version))
    assert models.find_model("rib").stem == "1.10"
    assert models.find_model("rib-1.2").stem == "1.2"


def test_the_default_of_a_label_is_called_like_it_and_is_the_newest(bundled, own):
    assert models.default_model("rib") is None
    write(own, "a", replace(CARD, name="another"))
    assert models.default_model("rib").card.name == "another"
    write(bundled, "rib")
    assert models.default_model("rib").card.name == "rib"
    for version in ("1.9", "1.10"):
        write(own, version, replace(CARD, version=version))
    assert models.default_model("rib").path.stem == "1.10"
    assert models.default_model("cerebellum") is None


def test_damaged_files_are_listed_with_their_problem(bundled, own):
    own.mkdir(parents=True)
    (own / "broken.safetensors").write_bytes(b"x" * 40)
    (own / "notes.txt").write_text("no model")
    (entry,) = models.list_models()
    assert entry.card is None
    assert "broken.safetensors" in entry.problem
    with pytest.raises(ModelError, match=r"broken\.safetensors"):
        models.read_card(entry.path)


def test_what_is_not_there_is_refused_with_what_is(bundled, own, tmp_path):
    write(bundled, "rib")
    with pytest.raises(ModelError, match="Known: rib"):
        models.find_model("ribs")
    with pytest.raises(ModelError, match="no such model file"):
        models.find_model(tmp_path / "nowhere.safetensors")
    with pytest.raises(ModelError, match="cannot be read"):
        models.read_card(tmp_path / "nowhere.safetensors")


def test_reading_a_card_needs_no_torch(bundled):
    import subprocess
    import sys

    path = write(bundled, "rib")
    script = (
        "import sys; from pathlib import Path; from lusgui.io.models import read_card;"
        f"assert read_card(Path({str(path)!r})).name == 'rib'; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_what_gives_boxes_or_points_is_never_offered_for_masks(bundled, own):
    boxes = ModelCard("rib", "9.0", "yolo-tiny", ("rib",), (224, 224))
    points = ModelCard("points", "1.0", "hu-localizer", ("rib",), (256, 256))
    detector = write(own, "boxes", boxes)
    write(own, "points", points)
    assert models.models_for("rib") == []
    assert models.default_model("rib") is None
    assert {entry.card.task for entry in models.list_models()} == {"detect", "locate"}
    assert all("not masks" in entry.problem for entry in models.list_models())
    assert models.read_card(detector).task == "detect"
    with pytest.raises(ModelError, match=r"boxes\.safetensors: the model rib gives boxes, not masks"):
        models.read_segmenter(detector)
    masks = write(bundled, "rib")
    assert models.read_segmenter(masks).name == "rib"
    assert models.find_model("rib") == masks
    assert models.find_model("rib", "detect") == models.find_model("rib-9.0") == detector
    assert not any(entry.is_hidden for entry in models.list_models())


def test_models_that_answer_clicks_are_listed_apart(bundled, own):
    clicks = ModelCard("click", "1.0", "click-net", ("object",), (64, 64))
    path = write(bundled, "click", clicks)
    write(bundled, "rib")
    assert [entry.card.name for entry in models.list_models()] == ["rib"]
    (entry,) = models.list_models(answers_clicks=True)
    assert entry.path == path
    assert models.models_for("object") == []
    assert models.default_model("object") is None
    assert models.find_model("click", CLICK) == path
    with pytest.raises(ModelError, match="Known: rib"):
        models.find_model("click")
