from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save

from lusgui.base.errors import ModelError, OverwriteRefusedError
from lusgui.core.model_card import CARD_KEY, ModelCard
from lusgui.core.networks import NETWORKS
from lusgui.nn.checkpoint import load_model, rewrite_card, save_model
from lusgui.nn.registry import build


def test_a_file_alone_rebuilds_the_network(tiny_model, tmp_path):
    path, card = tiny_model
    alone = tmp_path / "elsewhere" / "renamed.safetensors"
    alone.parent.mkdir()
    path.rename(alone)
    model = load_model(alone)
    assert model.card == card
    assert not model.network.training
    assert {p.dtype for p in model.network.parameters()} == {torch.float32}
    x = torch.rand(1, 1, 64, 32)
    with torch.inference_mode():
        first = model.network(x)
    again = load_model(alone)
    with torch.inference_mode():
        assert torch.equal(again.network(x), first)


def test_weights_are_stored_in_half_precision_with_a_readable_card_beside(tiny_model):
    path, card = tiny_model
    assert {t.dtype for t in load_file(path).values()} == {torch.float16}
    beside = json.loads(path.with_suffix(".json").read_text())
    assert beside["digest"] == card.digest
    assert beside["arguments"]["base_width"] == 4


def test_the_key_follows_the_weights(tiny_model, tmp_path, tiny_card):
    _, card = tiny_model
    torch.manual_seed(4)
    other = save_model(tmp_path / "b.safetensors", build("lus-unet", base_width=4), tiny_card)
    assert other.key != card.key


def test_nothing_is_replaced_unasked(tiny_model, tiny_card):
    path, _ = tiny_model
    with pytest.raises(OverwriteRefusedError):
        save_model(path, build("lus-unet", base_width=4), tiny_card)
    save_model(path, build("lus-unet", base_width=4), tiny_card, overwrite=True)


def test_a_weight_too_large_for_half_precision_is_refused(tmp_path, tiny_card):
    network = build("lus-unet", base_width=4)
    with torch.no_grad():
        network.head.weight.fill_(1e6)
    with pytest.raises(ModelError, match="half-precision"):
        save_model(tmp_path / "x.safetensors", network, tiny_card)
    assert list(tmp_path.iterdir()) == []


def test_labels_and_outputs_must_agree(tmp_path, tiny_card):
    with pytest.raises(ModelError, match="1 outputs for 2 labels"):
        save_model(
            tmp_path / "x.safetensors",
            build("lus-unet", base_width=4),
            replace(tiny_card, labels=("rib", "pleura")),
        )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"architecture": "os.system"}, "no network called"),
        ({"arguments": {"base_width": 10**9, "out_channels": 1}}, "between 1 and 128"),
        ({"arguments": {"base_width": -4}}, "between 1 and 128"),
        ({"arguments": {"base_width": "4"}}, "between 1 and 128"),
        ({"arguments": {"base_width": True}}, "between 1 and 128"),
        ({"arguments": {"base_width": 8}}, "shape"),
        ({"arguments": {"base_width": 4, "head": "2ch"}}, "head"),
        ({"arguments": {"base_width": 4, "norm": "none"}}, "has not"),
        ({"arguments": {"base_width": 4, "hack": 1}}, "no argument"),
        ({"arguments": [1]}, "not a table"),
        ({"input_shape": [10**9, 16]}, "input size"),
        ({"input_shape": [250, 256]}, "input size"),
        ({"input_shape": "256"}, "input size"),
        ({"labels": []}, "no labels"),
        ({"labels": ["../../etc"]}, "label"),
        ({"labels": ["rib", "rib"]}, "twice"),
        ({"name": "../evil"}, "letters"),
        ({"std": 0}, "std"),
        ({"threshold": "half"}, "threshold"),
        ({"intensity": "loud"}, "intensity"),
        ({"despeckle": "all"}, "despeckling"),
        ({"scores": [1]}, "scores"),
    ],
)
def test_a_lying_header_is_one_clear_error(tiny_model, change, words):
    path, card = tiny_model
    values = card.to_json() | change
    path.write_bytes(save(load_file(path), metadata={CARD_KEY: json.dumps(values)}))
    with pytest.raises(ModelError, match=words) as caught:
        load_model(path)
    assert path.name in str(caught.value)


def test_weights_that_are_not_numbers_are_refused(tiny_model):
    path, card = tiny_model
    state = load_file(path)
    state["head.bias"] = torch.tensor([float("nan")], dtype=torch.float16)
    path.write_bytes(save(state, metadata={CARD_KEY: card.dumps()}))
    with pytest.raises(ModelError, match="not a finite number"):
        load_model(path)


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_never_does_worse_than_a_model_error(tiny_model, tmp_path, data):
    path, _ = tiny_model
    raw = bytearray(path.read_bytes())
    header_end = 8 + int.from_bytes(raw[:8], "little")
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 4))):
            raw[data.draw(st.integers(0, header_end - 1))] = data.draw(st.integers(0, 255))
    damaged = tmp_path / "damaged.safetensors"
    damaged.write_bytes(raw)
    try:
        model = load_model(damaged)
    except ModelError:
        return
    with torch.inference_mode():
        assert np.isfinite(model.network(torch.rand(1, 1, 16, 16)).numpy()).all()


def test_other_files_are_refused(tmp_path):
    for name, raw in {
        "empty": b"",
        "pickle": b"\x80\x04\x95" + b"x" * 100,
        "zip": b"PK\x03\x04" * 30,
    }.items():
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(raw)
        with pytest.raises(ModelError):
            load_model(path)
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path / "nowhere.safetensors")
    with pytest.raises(ModelError, match="cannot be read"):
        load_model(tmp_path)


SMALL = {
    "lus-unet": {"norm": "batch"},
    "x-unet": {},
    "amiri-unet": {"head": "2ch"},
    "v-unet": {"norm": "batch"},
    "hu-localizer": {"input_side": 64, "out_channels": 2},
    "hu-unet": {},
    "yolo-v1": {"input_side": 64, "head": "local", "hidden": 8},
    "yolo-tiny": {"input_side": 64, "classes": 2, "grid": 3},
    "zoom-unet": {"coarse_side": 32, "fine_side": 48, "out_channels": 3, "norm": "batch"},
    "click-net": {"coarse_side": 64, "fine_side": 32, "fine_width": 2},
}


def saved(name, path):
    torch.manual_seed(5)
    network = build(name, **NETWORKS[name].at_width(2), **SMALL[name])
    side = SMALL[name].get("input_side", 64)
    x = torch.rand(3, network.init_args["in_channels"], side, side)
    network(x)  # moves the statistics
    count = SMALL[name].get("classes", SMALL[name].get("out_channels", 1))
    card = ModelCard("m", "1", name, tuple("abc"[:count]), (side, side))
    return network, x, save_model(path, network, card)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_every_network_is_rebuilt_from_its_file_alone(name, tmp_path):
    network, x, card = saved(name, tmp_path / "m.safetensors")
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.half())
    model = load_model(tmp_path / "m.safetensors")
    assert model.card == card
    assert model.network.init_args == network.init_args
    with torch.inference_mode():
        assert torch.equal(model.network(x), network.eval()(x))


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_weight_that_is_no_number_and_the_card_of_another_network_are_one_clear_error(name, tmp_path):
    path = tmp_path / "m.safetensors"
    _, _, card = saved(name, path)
    state = load_file(path)
    last = sorted(state)[-1]
    broken = state | {last: torch.full_like(state[last], float("nan"))}
    path.write_bytes(save(broken, metadata={CARD_KEY: card.dumps()}))
    with pytest.raises(ModelError, match="not a finite number") as caught:
        load_model(path)
    assert caught.value.variable == last
    assert caught.value.path == path
    other = "v-unet" if name != "v-unet" else "x-unet"
    values = card.to_json() | {"architecture": other, "arguments": {}, "labels": ["a"]}
    path.write_bytes(save(state, metadata={CARD_KEY: json.dumps(values)}))
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert caught.value.path == path


def test_statistics_of_any_size_survive_and_a_negative_variance_is_refused(tmp_path):
    path = tmp_path / "m.safetensors"
    network = build("hu-unet", base_width=2)
    statistics = network.encoder.e1[0][1]
    statistics.running_var.fill_(1e9)
    statistics.running_mean.fill_(1e-9)
    statistics.num_batches_tracked.fill_(10**6)
    card = save_model(path, network, ModelCard("m", "1", "hu-unet", ("a",), (64, 64)))
    again = load_model(path).network.encoder.e1[0][1]
    assert again.running_var.tolist() == pytest.approx([1e9, 1e9])
    assert again.running_mean.tolist() == pytest.approx([1e-9, 1e-9])
    state = load_file(path)
    state["encoder.e1.0.1.running_var"][0] = -1.0
    path.write_bytes(save(state, metadata={CARD_KEY: card.dumps()}))
    with pytest.raises(ModelError, match="variance is negative"):
        load_model(path)


def test_an_input_that_a_dense_layer_was_not_built_for_is_refused(tmp_path):
    network = build("hu-localizer", base_width=2, input_side=64)
    card = ModelCard("m", "1", "hu-localizer", ("a",), (64, 32))
    with pytest.raises(ModelError, match="built for inputs of 64 x 64, not 64 x 32"):
        save_model(tmp_path / "m.safetensors", network, card)


def test_a_card_is_rewritten_without_touching_the_weights(tiny_model):
    path, card = tiny_model
    before = load_model(path)
    rewrite_card(path, replace(card, bfloat16_dice=0.998, notes="measured"))
    after = load_model(path)
    assert (after.card.bfloat16_dice, after.card.notes) == (0.998, "measured")
    assert (after.card.digest, after.card.key) == (card.digest, card.key)
    assert json.loads(path.with_suffix(".json").read_text())["bfloat16_dice"] == 0.998
    state = after.network.state_dict()
    assert all(torch.equal(value, state[name]) for name, value in before.network.state_dict().items())
    # as if it had been saved with that card in the first place
    assert save_model(path, after.network, after.card, overwrite=True) == after.card


def test_a_calibration_fitted_afterwards_makes_another_key(tiny_model):
    path, card = tiny_model
    rewrite_card(path, replace(card, temperature=1.5, bias=0.25))
    after = load_model(path).card
    assert (after.temperature, after.bias, after.digest) == (1.5, 0.25, card.digest)
    assert after.key == f"{card.key}-t1.5b0.25"


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"digest": "0" * 64}, {"arguments": {"base_width": 8}}, {"version": "2.0"}]
)
def test_the_card_of_another_model_is_refused(tiny_model, change):
    path, card = tiny_model
    raw = path.read_bytes()
    with pytest.raises(ModelError, match="another model"):
        rewrite_card(path, replace(card, **change))
    assert path.read_bytes() == raw


def test_a_card_needs_a_model_file(tmp_path, tiny_card):
    with pytest.raises(ModelError, match="cannot be read"):
        rewrite_card(tmp_path / "none.safetensors", tiny_card)
    (tmp_path / "bad.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelError, match=r"no safetensors file.*|.*bad"):
        rewrite_card(tmp_path / "bad.safetensors", tiny_card)
