from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import ModelError
from lusgui.base.paths import resources_dir
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.core.stored_weights import check_weights


def model_file(raw, kind, count, digest=""):
    card = ModelCard("m", "1.0", "lus-unet", ("rib",), (32, 32), digest=digest)
    header = json.dumps(
        {
            "__metadata__": {CARD_KEY: card.dumps()},
            "w": {"dtype": kind, "shape": [count], "data_offsets": [0, len(raw)]},
        }
    ).encode()
    return len(header).to_bytes(8, "little") + header + raw


@pytest.mark.parametrize("name", ["rib", "cerebellum"])
def test_the_shipped_weights_are_those_of_their_cards(name):
    check_weights((resources_dir() / "weights" / f"{name}.safetensors").read_bytes())


@pytest.mark.parametrize("kind", ["F16", "F32", "BF16"])
@given(value=st.floats(width=16))
def test_every_type_is_looked_at(kind, value):
    wide = np.array([0.5, value, -2.0], np.float32)
    if kind == "BF16":
        raw = (wide.view(np.uint32) >> 16).astype(np.uint16).tobytes()
    else:
        raw = wide.astype(np.float16 if kind == "F16" else np.float32).tobytes()
    file = model_file(raw, kind, 3)
    if np.isfinite(value):
        check_weights(file)
    else:
        with pytest.raises(ModelError, match="finite"):
            check_weights(file)


def test_changed_weights_are_noticed():
    raw = np.ones(4, np.float32).tobytes()
    digest = hashlib.sha256(b"w" + raw).hexdigest()
    check_weights(model_file(raw, "F32", 4, digest))
    with pytest.raises(ModelError, match="not those that its card describes"):
        check_weights(model_file(np.zeros(4, np.float32).tobytes(), "F32", 4, digest))


def test_a_cut_file_is_refused():
    file = model_file(np.ones(4, np.float32).tobytes(), "F32", 4)
    with pytest.raises(ModelError):
        check_weights(file[:-1])
