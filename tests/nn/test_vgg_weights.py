from __future__ import annotations

import contextlib

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch.nn.functional import conv2d

from lusgui.base.errors import ModelError
from lusgui.nn.freezing import fingerprint
from lusgui.nn.registry import build
from lusgui.nn.vgg_weights import SOURCES, TORCHVISION_PLACES, load_vgg16
from lusgui.nn.vunet import VGG16_WIDTHS

# the layout of VGG16 at a width that tests can afford
WIDTH = 2
SIDES = [(block, conv) for block, widths in enumerate(VGG16_WIDTHS, 1) for conv in range(1, len(widths) + 1)]
CHANNELS = [3] + [k * WIDTH for widths in VGG16_WIDTHS for k in widths]


@pytest.fixture
def weights():
    """Kernels as torch stores them, (out, in, rows, columns), and biases."""
    generator = np.random.default_rng(0)
    return [
        (
            generator.normal(size=(out, into, 3, 3)).astype(np.float32),
            generator.normal(size=out).astype(np.float32),
        )
        for into, out in zip(CHANNELS, CHANNELS[1:])  # noqa: B905, RUF007 - one shorter on purpose
    ]


def torchvision_state(weights, prefix="features."):
    state = {}
    for number, (kernel, bias) in zip(TORCHVISION_PLACES, weights, strict=True):
        state[f"{prefix}{number}.weight"] = torch.from_numpy(kernel)
        state[f"{prefix}{number}.bias"] = torch.from_numpy(bias)
    return state


def keras(path, weights, layout):
    """Write a Keras file in one of the layouts that are about."""
    with h5py.File(path, "w") as file:
        for number, ((block, conv), (kernel, bias)) in enumerate(zip(SIDES, weights, strict=True)):
            name = f"block{block}_conv{conv}"
            if layout == "old":
                group, names = file.create_group(name), (f"{name}_W_1:0", f"{name}_b_1:0")
            elif layout == "weights":
                group, names = file.create_group(f"{name}/{name}"), ("kernel:0", "bias:0")
            elif layout == "model":
                group, names = file.create_group(f"model_weights/{name}/{name}"), ("kernel:0", "bias:0")
                moments = file.create_group(f"optimizer_weights/Adam/{name}")
                moments["m"], moments["v"] = np.zeros((3, 3, 1, 1)), np.zeros(1)
            elif layout == "v3":
                end = f"_{number}" if number else ""
                group, names = file.create_group(f"layers/conv2d{end}/vars"), ("0", "1")
            else:
                end = f"_{conv - 1}" if conv > 1 else ""
                group, names = file.create_group(f"block{block}/layers/conv2d{end}/vars"), ("0", "1")
                if layout == "hed":
                    group.attrs["name"] = name
            group[names[0]] = kernel.transpose(2, 3, 1, 0)
            group[names[1]] = bias
        if layout in ("hed", "hed unnamed"):
            side = file.create_group("dsn1/vars")
            side["0"], side["1"] = np.zeros((1, 1, CHANNELS[1], 1)), np.zeros(1)
        file.create_group("block1_pool")
    return path


@pytest.fixture
def network():
    torch.manual_seed(1)
    return build("v-unet", base_width=WIDTH).eval()


def check(network, weights, source, x):
    """Compare the first block with the origin's own arithmetic on its own kind of input, and the rest."""
    kernel, bias = (torch.from_numpy(values) for values in weights[0])
    if source == "torchvision":
        mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
        fed = (x - mean[:, None, None]) / std[:, None, None]
    else:
        means = {"keras": [103.939, 116.779, 123.68], "hed": [104.00699, 116.66877, 122.67892]}[source]
        fed = 255 * x.flip(1) - torch.tensor(means)[:, None, None]
    expected = conv2d(fed, kernel, bias, padding=1)
    with torch.inference_mode():
        seen = (x - network.input_mean[:, None, None]) / network.input_std[:, None, None]
        got = network.encoder["e1"][0][0](seen)
    assert torch.allclose(got, expected, rtol=1e-4, atol=1e-3 * float(expected.abs().max()))
    loaded = [unit[0] for block in network.encoder.values() for unit in block]
    for conv, (kernel, bias) in list(zip(loaded, weights, strict=True))[1:]:
        assert np.array_equal(conv.weight.detach().numpy(), kernel)
        assert np.array_equal(conv.bias.detach().numpy(), bias)


@pytest.mark.parametrize("kind", ["pth", "legacy", "features", "wrapped", "safetensors"])
def test_torchvision_files_are_loaded_as_torchvision_means_them(network, weights, tmp_path, kind):
    decoder = fingerprint(network.decoder)
    state = torchvision_state(weights, "" if kind == "features" else "features.")
    state["classifier.0.weight"] = torch.rand(4, 4)
    if kind == "safetensors":
        path = tmp_path / "vgg16.safetensors"
        save_file(state, path)
    else:
        path = tmp_path / "vgg16.pth"
        content = {"state_dict": state} if kind == "wrapped" else state
        torch.save(content, path, _use_new_zipfile_serialization=kind != "legacy")
    assert load_vgg16(network, path) is SOURCES["torchvision"]
    check(network, weights, "torchvision", torch.rand(2, 3, 16, 16))
    assert fingerprint(network.decoder) == decoder


@pytest.mark.parametrize("layout", ["old", "weights", "model", "v3", "hed", "hed unnamed"])
def test_keras_files_of_every_age_are_loaded_as_keras_means_them(network, weights, tmp_path, layout):
    path = keras(tmp_path / "vgg16.h5", weights, layout)
    name = "hed" if layout.startswith("hed") else "keras"
    assert load_vgg16(network, path) is SOURCES[name]
    check(network, weights, name, torch.rand(2, 3, 16, 16))


def test_the_two_origins_agree_on_gray_that_is_repeated(weights, tmp_path):
    """The same function written in both conventions gives the same answer in the app."""
    source = SOURCES["torchvision"]
    x = torch.rand(1, 1, 16, 16).expand(-1, 3, -1, -1)
    first, second = (build("v-unet", base_width=WIDTH).eval() for _ in range(2))
    torch.save(torchvision_state(weights), tmp_path / "a.pth")
    load_vgg16(first, tmp_path / "a.pth")
    kernel, bias = weights[0]
    std, mean = np.array(source.std), np.array(source.mean)
    caffe_mean = np.array(SOURCES["keras"].mean)
    scaled = kernel / (255 * std)[:, None, None]
    moved = bias + (kernel * ((caffe_mean - mean) / std)[:, None, None]).sum((1, 2, 3))
    changed = [(scaled[:, ::-1].astype(np.float32), moved.astype(np.float32)), *weights[1:]]
    load_vgg16(second, keras(tmp_path / "b.h5", changed, "old"))
    with torch.inference_mode():
        a, b = (
            net.encoder["e1"][0][0]((x - net.input_mean[:, None, None]) / net.input_std[:, None, None])
            for net in (first, second)
        )
    assert torch.allclose(a[..., 1:-1, 1:-1], b[..., 1:-1, 1:-1], atol=1e-4)


def test_a_fresh_decoder_does_not_begin_dead_certain(network, weights, tmp_path):
    path = keras(tmp_path / "vgg16.h5", weights, "old")
    before = network.head.weight.detach().clone()
    network.train()
    load_vgg16(network, path)
    assert network.training
    ratio = network.head.weight / before
    assert torch.allclose(ratio, ratio.mean())
    assert 0 < ratio.mean() < 1
    x = torch.rand(2, 1, 64, 64).expand(-1, 3, -1, -1)
    with torch.inference_mode():
        assert 0.3 < network.eval()(x).std() < 3


def test_the_source_can_be_told(network, weights, tmp_path):
    path = keras(tmp_path / "vgg16.h5", weights, "old")
    assert load_vgg16(network, path, "hed") is SOURCES["hed"]
    with pytest.raises(ModelError, match="Known: torchvision, keras, hed"):
        load_vgg16(network, path, "caffe")


def damage(weights, what):
    kernel, bias = weights[4]
    return {
        "nan": [*weights[:4], (np.full_like(kernel, np.nan), bias), *weights[5:]],
        "infinite bias": [*weights[:4], (kernel, np.full_like(bias, np.inf)), *weights[5:]],
        "shape": [*weights[:4], (kernel[:, :-1], bias), *weights[5:]],
        "bias shape": [*weights[:4], (kernel, bias[:-1]), *weights[5:]],
    }[what]


@pytest.mark.parametrize("what", ["nan", "infinite bias", "shape", "bias shape"])
@pytest.mark.parametrize("kind", ["pth", "h5"])
def test_a_wrong_tensor_is_one_clear_error_and_the_network_stays_as_it_was(
    network, weights, tmp_path, what, kind
):
    before = fingerprint(network)
    broken = damage(weights, what)
    path = tmp_path / f"vgg16.{kind}"
    if kind == "pth":
        torch.save(torchvision_state(broken), path)
    else:
        keras(path, broken, "old")
    with pytest.raises(ModelError, match="finite" if "n" in what[:3] else "as in VGG16") as caught:
        load_vgg16(network, path)
    assert caught.value.path == path
    assert ("features.10." if kind == "pth" else "block3_conv1") in caught.value.variable
    assert fingerprint(network) == before


def test_a_missing_tensor_is_named(network, weights, tmp_path):
    state = torchvision_state(weights)
    del state["features.28.bias"]
    torch.save(state, tmp_path / "a.pth")
    with pytest.raises(ModelError, match=r"a\.pth: variable 'features\.28\.bias'.*missing"):
        load_vgg16(network, tmp_path / "a.pth")
    path = keras(tmp_path / "b.h5", weights, "old")
    with h5py.File(path, "a") as file:
        del file["block4_conv2"]
    with pytest.raises(ModelError, match=r"b\.h5: variable 'block4_conv2'.*missing"):
        load_vgg16(network, path)


def test_other_networks_are_refused(network, weights, tmp_path):
    state = torchvision_state(weights) | {"features.1.running_mean": torch.zeros(2)}
    torch.save(state, tmp_path / "bn.pth")
    with pytest.raises(ModelError, match="batch normalisation"):
        load_vgg16(network, tmp_path / "bn.pth")
    torch.save(torchvision_state(weights), tmp_path / "a.pth")
    with pytest.raises(ModelError, match="base_width 64"):
        load_vgg16(build("v-unet", base_width=4), tmp_path / "a.pth")
    with pytest.raises(ModelError, match="only a v-unet"):
        load_vgg16(build("x-unet", base_width=2), tmp_path / "a.pth")
    with pytest.raises(ModelError, match="cannot be read"):
        load_vgg16(network, tmp_path / "nowhere.pth")
    with pytest.raises(ModelError, match="cannot be read"):
        load_vgg16(network, tmp_path / "nowhere.h5")


class Evil:
    def __reduce__(self):
        return (pytest.fail, ("code of the file was run",))


def test_nothing_of_a_file_is_run(network, tmp_path):
    path = tmp_path / "evil.pth"
    torch.save({"features.0.weight": Evil()}, path)
    with pytest.raises(ModelError, match="no state dict"):
        load_vgg16(network, path)


def test_links_out_of_a_file_are_not_followed(network, weights, tmp_path):
    other = keras(tmp_path / "other.h5", weights, "old")
    path = keras(tmp_path / "vgg16.h5", weights, "old")
    with h5py.File(path, "a") as file:
        del file["block2_conv1"]
        file["block2_conv1"] = h5py.ExternalLink(str(other), "block2_conv1")
    with pytest.raises(ModelError, match=r"block2_conv1.*missing"):
        load_vgg16(network, path)
    path = keras(tmp_path / "virtual.h5", weights, "old")
    with h5py.File(path, "a") as file:
        name = "block2_conv1/block2_conv1_W_1:0"
        shape = file[name].shape
        layout = h5py.VirtualLayout(shape, "f4")
        layout[:] = h5py.VirtualSource(str(other), name, shape)
        del file[name]
        file.create_virtual_dataset(name, layout)
    with pytest.raises(ModelError, match="in another file"):
        load_vgg16(network, path)


def test_a_claim_of_size_takes_no_memory(network, weights, tmp_path):
    path = keras(tmp_path / "huge.h5", weights, "old")
    with h5py.File(path, "a") as file:
        name = "block5_conv1/block5_conv1_W_1:0"
        del file[name]
        file.create_dataset(name, (3, 3, 2**20, 2**20), "f4", chunks=(3, 3, 8, 8))
    with pytest.raises(ModelError, match="as in VGG16"):
        load_vgg16(network, path)


@settings(max_examples=40)
@given(st.data(), st.sampled_from(["pth", "h5", "safetensors"]))
def test_a_damaged_file_never_does_worse_than_a_model_error(network, weights, tmp_path, data, kind):
    path = tmp_path / f"vgg16.{kind}"
    if not path.exists():
        if kind == "pth":
            torch.save(torchvision_state(weights), path)
        elif kind == "h5":
            keras(path, weights, "hed")
        else:
            save_file(torchvision_state(weights), path)
    raw = bytearray(path.read_bytes())
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        for _ in range(data.draw(st.integers(1, 6))):
            raw[data.draw(st.integers(0, min(len(raw), 4000) - 1))] = data.draw(st.integers(0, 255))
    damaged = tmp_path / f"damaged.{kind}"
    damaged.write_bytes(raw)
    with contextlib.suppress(ModelError):
        load_vgg16(network, damaged)
    assert all(bool(p.isfinite().all()) for p in network.parameters())
