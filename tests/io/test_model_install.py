from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save

from lusgui.base.errors import ModelError, OverwriteRefusedError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.io.model_defaults import set_default
from lusgui.io.model_install import (
    add_model,
    export_model,
    purge_removed,
    remove_model,
    rename_model,
    restore_model,
)
from lusgui.io.models import default_model, list_models, own_models_dir


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


def test_a_model_gets_another_name_and_keeps_its_weights(tmp_path):
    entry = add_model(write(tmp_path / "a.safetensors"))
    set_default("rib", entry.card.key)
    renamed = rename_model(entry.path, "ward 7".replace(" ", "-"))
    assert renamed.card.name == "ward-7"
    assert renamed.card.digest == entry.card.digest
    assert renamed.path == own_models_dir() / f"{renamed.card.key}.safetensors"
    assert not entry.path.exists()
    assert load_file(renamed.path)["head.weight"].tolist() == [[1.0] * 3] * 2
    assert default_model("rib").path == renamed.path
    assert rename_model(renamed.path, "ward-7") == renamed


def test_a_name_that_cannot_be_one_is_refused(tmp_path):
    entry = add_model(write(tmp_path / "a.safetensors"))
    for name in ("", "a/b", "../up", "x" * 65, "ward 7"):
        with pytest.raises(ModelError):
            rename_model(entry.path, name)
    assert entry.path.exists()


def test_a_name_that_another_has_is_refused(tmp_path):
    first = add_model(write(tmp_path / "a.safetensors"))
    second = add_model(write(tmp_path / "b.safetensors", name="other"))
    with pytest.raises(ModelError, match="another model of that name"):
        rename_model(second.path, first.card.name)
    assert first.path.exists()
    assert second.path.exists()


def test_what_is_not_ones_own_is_left_alone(tmp_path):
    source = write(tmp_path / "a.safetensors")
    for act in (lambda: rename_model(source, "x"), lambda: remove_model(source)):
        with pytest.raises(ModelError, match="not one of your own"):
            act()
    assert source.exists()


def test_a_removed_model_comes_back_until_it_is_purged(tmp_path):
    entry = add_model(write(tmp_path / "a.safetensors"))
    before = entry.path.read_bytes()
    hidden = remove_model(entry.path)
    assert not [each for each in list_models() if not each.is_bundled]
    assert restore_model(hidden) == entry.path
    assert entry.path.read_bytes() == before
    remove_model(entry.path)
    add_model(write(tmp_path / "a.safetensors"))
    with pytest.raises(ModelError, match="is there now"):
        restore_model(hidden)
    purge_removed()
    assert not hidden.exists()
    assert entry.path.exists()
    with pytest.raises(ModelError, match="cannot be moved"):
        restore_model(hidden.with_name(".removed-gone.safetensors"))


def test_a_model_is_handed_on_with_its_card(tmp_path):
    entry = add_model(write(tmp_path / "a.safetensors"))
    model, card = export_model(entry.path, tmp_path / "out" / "mine")
    assert (model.name, card.name) == ("mine.safetensors", "mine.json")
    assert model.read_bytes() == entry.path.read_bytes()
    assert ModelCard.from_json(json.loads(card.read_text(encoding="utf-8"))) == entry.card
    with pytest.raises(OverwriteRefusedError):
        export_model(entry.path, tmp_path / "out" / "mine")
    export_model(entry.path, tmp_path / "out" / "mine", overwrite=True)
    assert add_model(model).path == entry.path


def test_a_file_that_is_no_card_is_not_replaced_by_one(tmp_path):
    entry = add_model(write(tmp_path / "a.safetensors"))
    (tmp_path / "mine.json").write_text("{}", encoding="utf-8")
    _, card = export_model(entry.path, tmp_path / "mine", overwrite=True)
    assert card.name == "mine.card.json"
    assert (tmp_path / "mine.json").read_text(encoding="utf-8") == "{}"
