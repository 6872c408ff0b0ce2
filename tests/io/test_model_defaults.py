from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import WriteFailedError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.io import models
from lusgui.io.model_defaults import defaults_path, read_defaults, rename_default, set_default

CARD = ModelCard("rib", "1.0", "lus-unet", ("rib",), (64, 64))


def write(folder, file_name, card=CARD):
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"__metadata__": {CARD_KEY: card.dumps()}}).encode()
    path = folder / f"{file_name}.safetensors"
    path.write_bytes(len(text).to_bytes(8, "little") + text)
    return path


@pytest.fixture
def bundled(tmp_path, monkeypatch):
    monkeypatch.setattr(models, "bundled_models_dir", lambda: tmp_path / "bundled")
    return write(tmp_path / "bundled", "rib")


def test_without_a_choice_nothing_is_written():
    assert read_defaults() == {}
    set_default("rib", None)
    assert not defaults_path().exists()


def test_a_choice_is_kept_and_taken_back():
    set_default("rib", "mine-1.0")
    set_default("vermis", "other-2.0")
    assert read_defaults() == {"rib": "mine-1.0", "vermis": "other-2.0"}
    set_default("rib", None)
    assert read_defaults() == {"vermis": "other-2.0"}
    rename_default("other-2.0", "new-2.0")
    assert read_defaults() == {"vermis": "new-2.0"}


def test_the_default_model_is_the_one_that_was_chosen(bundled):
    mine = replace(CARD, name="mine", version="3.0")
    path = write(models.own_models_dir(), "mine", mine)
    assert models.default_model("rib").path == bundled
    set_default("rib", mine.key)
    assert models.default_model("rib").path == path
    assert models.default_model("cerebellum") is None
    path.unlink()
    assert models.default_model("rib").path == bundled


def test_a_bundled_model_can_be_chosen_though_ones_own_has_its_name(bundled):
    write(models.own_models_dir(), "rib", replace(CARD, version="9.0"))
    assert models.default_model("rib").card.version == "9.0"
    set_default("rib", CARD.key)
    assert models.default_model("rib").path == bundled


@given(
    st.one_of(
        st.binary(max_size=40),
        st.recursive(
            st.one_of(st.none(), st.integers(), st.text(max_size=5)),
            lambda inner: st.dictionaries(st.sampled_from(["labels", "rib", "x"]), inner, max_size=3),
            max_leaves=5,
        ),
    )
)
def test_a_damaged_file_is_no_choice(content):
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    defaults_path().parent.mkdir(parents=True, exist_ok=True)
    defaults_path().write_bytes(raw)
    found = read_defaults()
    assert all(isinstance(key, str) for key in found.values())
    set_default("rib", "mine")
    assert read_defaults()["rib"] == "mine"


def test_a_place_that_cannot_be_written_is_named():
    defaults_path().parent.parent.mkdir(parents=True, exist_ok=True)
    defaults_path().parent.write_bytes(b"a file in the way")
    with pytest.raises(WriteFailedError, match="models"):
        set_default("rib", "mine")
