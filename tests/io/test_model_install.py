from __future__ import annotations

import json

import pytest

from lusgui.base.errors import ModelError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.io.model_install import add_model
from lusgui.io.models import own_models_dir


def write(path, name="mine", digest="0123456789abcdef"):
    card = ModelCard(name, "1.0", "lus-unet", ("rib",), (512, 128), digest=digest)
    text = json.dumps({"__metadata__": {CARD_KEY: card.dumps()}}).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path


def test_a_model_is_copied_under_its_key(tmp_path):
    source = write(tmp_path / "model.safetensors")
    entry = add_model(source)
    assert entry.path == own_models_dir() / "mine-1.0-01234567.safetensors"
    assert entry.path.read_bytes() == source.read_bytes()
    assert not entry.is_bundled


def test_other_weights_of_that_name_stay(tmp_path):
    first = add_model(write(tmp_path / "a.safetensors"))
    second = add_model(write(tmp_path / "a.safetensors", digest="fedcba9876543210"))
    assert first.path.exists()
    assert second.path.exists()
    assert first.path != second.path


def test_adding_what_is_there_changes_nothing(tmp_path):
    entry = add_model(write(tmp_path / "a.safetensors"))
    assert add_model(entry.path) == entry


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"not a model")
    with pytest.raises(ModelError):
        add_model(tmp_path / "x.safetensors")
    with pytest.raises(ModelError):
        add_model(tmp_path / "missing.safetensors")
    assert not own_models_dir().exists() or not list(own_models_dir().iterdir())


def test_a_model_that_gives_boxes_is_not_added(tmp_path, own_home):
    card = ModelCard("boxes", "1", "yolo-tiny", ("rib",), (224, 224))
    text = json.dumps({"__metadata__": {CARD_KEY: card.dumps()}}).encode()
    path = tmp_path / "boxes.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    with pytest.raises(ModelError, match="gives boxes, not masks"):
        add_model(path)
    assert not own_models_dir().exists()
