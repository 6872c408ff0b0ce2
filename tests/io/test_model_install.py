from __future__ import annotations

import hashlib

import numpy as np
import pytest
from safetensors.numpy import save

from lusgui.base.errors import ModelError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.io.model_install import add_model
from lusgui.io.models import own_models_dir


def write(path, name="mine", value=1.0, digest=None):
    weights = np.full((2, 3), value, np.float16)
    digest = digest or hashlib.sha256(b"head.weight" + weights.tobytes()).hexdigest()
    card = ModelCard(name, "1.0", "lus-unet", ("rib",), (512, 128), digest=digest)
    path.write_bytes(save({"head.weight": weights}, {CARD_KEY: card.dumps()}))
    return path


def test_a_model_is_copied_under_its_key(tmp_path):
    source = write(tmp_path / "model.safetensors")
    entry = add_model(source)
    assert entry.path == own_models_dir() / f"{entry.card.key}.safetensors"
    assert entry.path.read_bytes() == source.read_bytes()
    assert not entry.is_bundled


def test_other_weights_of_that_name_stay(tmp_path):
    first = add_model(write(tmp_path / "a.safetensors"))
    second = add_model(write(tmp_path / "a.safetensors", value=2.0))
    assert first.path.exists()
    assert second.path.exists()
    assert first.path != second.path


def test_adding_what_is_there_changes_nothing(tmp_path):
    entry = add_model(write(tmp_path / "a.safetensors"))
    assert add_model(entry.path) == entry


def test_a_damaged_copy_never_takes_the_place_of_a_good_one(tmp_path):
    good = add_model(write(tmp_path / "a.safetensors"))
    before = good.path.read_bytes()
    with pytest.raises(ModelError, match=r"bad.safetensors.*not a finite number"):
        add_model(write(tmp_path / "bad.safetensors", value=np.nan, digest=good.card.digest))
    with pytest.raises(ModelError, match="not those that its card describes"):
        add_model(write(tmp_path / "bad.safetensors", value=3.0, digest=good.card.digest))
    assert good.path.read_bytes() == before


def test_what_is_no_model_is_refused(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"not a model")
    with pytest.raises(ModelError):
        add_model(tmp_path / "x.safetensors")
    with pytest.raises(ModelError):
        add_model(tmp_path / "missing.safetensors")
    assert not own_models_dir().exists() or not list(own_models_dir().iterdir())
