from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import ModelError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.core.safetensors_header import MAX_HEADER_BYTES, read_header, replace_card


def make(header, body=b""):
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return len(text).to_bytes(8, "little") + text + body


def read(raw, size=None):
    return read_header(io.BytesIO(raw), len(raw) if size is None else size)


def tensor(shape, start, stop, kind="F16"):
    return {"dtype": kind, "shape": shape, "data_offsets": [start, stop]}


def test_shapes_and_metadata_are_read():
    header = read(
        make({"__metadata__": {"a": "b"}, "w": tensor([2, 3], 0, 12), "b": tensor([], 12, 14)}, b"x" * 14)
    )
    assert header.shapes == {"w": (2, 3), "b": ()}
    assert header.metadata == {"a": "b"}
    with pytest.raises(ModelError, match="no lusgui model card"):
        header.card  # noqa: B018


def test_a_file_of_safetensors_itself_is_read(tmp_path):
    import numpy as np
    from safetensors.numpy import save

    raw = save({"a": np.zeros((3, 4), np.float32), "b": np.zeros(5, np.float16)}, {"k": "v"})
    assert read(raw).shapes == {"a": (3, 4), "b": (5,)}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x05",
        (10**12).to_bytes(8, "little") + b"{}",
        make(b"[]"),
        make(b"{"),
        make(b"{" + b" " * 10),
        make({"w": 5}),
        make({"w": tensor([2], 0, 4, "F64")}, b"xxxx"),
        make({"w": tensor([2], 0, 4, ["F16"])}, b"xxxx"),
        make({"w": tensor([3], 0, 4)}, b"xxxx"),
        make({"w": tensor([-2], 0, -4)}, b"xxxx"),
        make({"w": tensor([10**30], 0, 4)}, b"xxxx"),
        make({"w": tensor([True, 2], 0, 4)}, b"xxxx"),
        make({"w": tensor("22", 0, 4)}, b"xxxx"),
        make({"w": tensor([2], 0, 4)}, b"xxx"),
        make({"w": tensor([2], 0, 4)}, b"xxxxx"),
        make({"w": tensor([2], 0, 4), "v": tensor([2], 2, 6)}, b"xxxxxx"),
        make({"w": tensor([2], 2, 6)}, b"xxxxxx"),
        make({"__metadata__": {"a": 1}}),
        make({"__metadata__": []}),
        make({str(i): tensor([0], 0, 0) for i in range(10_001)}),
    ],
)
def test_lies_are_model_errors(raw):
    with pytest.raises(ModelError):
        read(raw)


def test_a_giant_header_is_not_even_read():
    raw = (MAX_HEADER_BYTES + 1).to_bytes(8, "little")
    with pytest.raises(ModelError, match="too long"):
        read(raw, 10**10)


@given(st.binary(max_size=200))
def test_random_bytes_are_model_errors(raw):
    with pytest.raises(ModelError):
        read(raw)


def test_another_card_leaves_the_weights_as_they_are():
    import numpy as np
    from safetensors import deserialize
    from safetensors.numpy import save

    weights = {"w": np.arange(6, dtype=np.float16).reshape(2, 3), "b": np.ones(5, np.float32)}
    raw = save(weights, metadata={"format": "pt", "other": "kept", CARD_KEY: "old"})
    card = ModelCard("m", "1.0", "lus-unet", ("rib",), (32, 32), notes="Grüße, µm")
    changed = replace_card(raw, card)
    header = read(changed)
    assert header.card.notes == "Grüße, µm"
    assert header.metadata["other"] == "kept"
    assert int.from_bytes(changed[:8], "little") % 8 == 0
    # the reader of safetensors itself finds the same bytes
    before, after = ({k: v["data"] for k, v in deserialize(file)} for file in (raw, changed))
    assert before == after
    assert read(replace_card(changed, card)).card == header.card
    for broken in (raw[:-1], b"", b"garbage" * 9):
        with pytest.raises(ModelError):
            replace_card(broken, card)


def test_a_training_state_is_refused_in_words_people_understand():
    raw = make({"encoder.norm.num_batches_tracked": tensor([], 0, 8, "I64")}, b"x" * 8)
    with pytest.raises(ModelError, match="no model of this program") as caught:
        read(raw)
    assert "model.safetensors" in str(caught.value)
