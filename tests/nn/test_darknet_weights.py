from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lusgui.base.errors import ModelError, OverwriteRefusedError
from lusgui.nn.darknet_weights import load_darknet, read_darknet_header, save_darknet
from lusgui.nn.freezing import fingerprint
from lusgui.nn.registry import build, count_parameters

HEADER = struct.pack("<3iq", 0, 2, 0, 64_000)


def tiny(head="connected", **arguments):
    arguments = {"base_width": 1, "input_side": 32, "grid": 3} | arguments
    return build("yolo-tiny", head=head, **arguments).eval()


def numbers(network):
    """Every number that Darknet keeps: parameters, means and variances."""
    statistics = sum(2 * unit[1].num_features for unit in network.convolutions())
    return count_parameters(network) + statistics


def hand_made(network):
    """Lay weights out by the book, without the code under test: values count up from layer to layer."""
    generator = np.random.default_rng(0)
    raw, expected = [HEADER], []
    for unit in network.convolutions():
        conv = unit[0]
        out = conv.out_channels
        biases, scales, means = (generator.normal(size=out).astype("<f4") for _ in range(3))
        variances = generator.uniform(0.5, 2, out).astype("<f4")
        kernel = generator.normal(size=(out, conv.in_channels, *conv.kernel_size)).astype("<f4")
        raw += [part.tobytes() for part in (biases, scales, means, variances, kernel)]
        expected.append((biases, scales, means, variances, kernel))
    dense = network.head[-1]
    biases = generator.normal(size=dense.out_features).astype("<f4")
    matrix = generator.normal(size=(dense.out_features, dense.in_features)).astype("<f4")
    return b"".join([*raw, biases.tobytes(), matrix.tobytes()]), expected, (biases, matrix)


def test_a_file_laid_out_by_the_book_is_read_into_place(tmp_path):
    network = tiny()
    raw, convolutions, (biases, matrix) = hand_made(network)
    path = tmp_path / "tiny.weights"
    path.write_bytes(raw)
    header = load_darknet(network, path)
    assert (header.version, header.seen, header.size) == ((0, 2, 0), 64_000, 20)
    for unit, (bias, scale, mean, variance, kernel) in zip(network.convolutions(), convolutions, strict=True):
        conv, norm = unit[0], unit[1]
        for tensor, values in (
            (norm.bias, bias),
            (norm.weight, scale),
            (norm.running_mean, mean),
            (norm.running_var, variance),
            (conv.weight, kernel),
        ):
            assert np.array_equal(tensor.detach().numpy(), values)
    assert np.array_equal(network.head[-1].bias.detach().numpy(), biases)
    assert np.array_equal(network.head[-1].weight.detach().numpy(), matrix)


@pytest.mark.parametrize("head", ["fc2", "local", "connected"])
@pytest.mark.parametrize("name", ["yolo-v1", "yolo-tiny"])
def test_what_was_written_comes_back_bit_for_bit(tmp_path, name, head):
    torch.manual_seed(0)
    arguments = {"base_width": 1, "input_side": 64, "head": head, "grid": 3}
    first, second = build(name, **arguments), build(name, **arguments)
    first(torch.rand(2, 3, 64, 64))  # moves the statistics
    path = tmp_path / "a.weights"
    save_darknet(first, path, seen=2**40)
    assert path.stat().st_size == 20 + 4 * numbers(first)
    assert load_darknet(second, path).seen == 2**40
    x = torch.rand(2, 3, 64, 64)
    with torch.inference_mode():
        assert torch.equal(first.eval()(x), second.eval()(x))
    with pytest.raises(OverwriteRefusedError):
        save_darknet(first, path)


def test_the_counter_is_short_before_version_two(tmp_path):
    network = tiny()
    raw, _, _ = hand_made(network)
    path = tmp_path / "old.weights"
    path.write_bytes(struct.pack("<4i", 0, 1, 0, 77) + raw[20:])
    header = load_darknet(network, path)
    assert (header.version, header.seen, header.size) == ((0, 1, 0), 77, 16)
    again = tiny()
    path.write_bytes(raw)
    load_darknet(again, path)
    assert fingerprint(again) == fingerprint(network)
    assert read_darknet_header(io.BytesIO(struct.pack("<3iq", 1, 0, 0, 5))).size == 20


def test_the_first_convolutions_can_be_loaded_alone(tmp_path):
    torch.manual_seed(0)
    source, target = (
        build("yolo-v1", base_width=1, input_side=64),
        build("yolo-v1", base_width=1, input_side=64),
    )
    path = tmp_path / "extraction.conv.weights"
    save_darknet(source, path, convolutions=20)
    before = [fingerprint(unit) for unit in target.convolutions()]
    head = fingerprint(target.head)
    with pytest.raises(ModelError, match="just the first 20 convolutions"):
        load_darknet(target, path)
    assert [fingerprint(unit) for unit in target.convolutions()] == before
    load_darknet(target, path, convolutions=20)
    wanted = [fingerprint(unit) for unit in source.convolutions()]
    assert [fingerprint(unit) for unit in target.convolutions()] == wanted[:20] + before[20:]
    assert fingerprint(target.head) == head
    with pytest.raises(ModelError, match="cut short"):
        load_darknet(target, path, convolutions=21)
    for count in (0, 25):
        with pytest.raises(ModelError, match="cannot be loaded into 24"):
            load_darknet(target, path, convolutions=count)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda raw: b"", "cut short"),
        (lambda raw: raw[:15], "cut short"),
        (lambda raw: raw[:-4], "cut short or of another network"),
        (lambda raw: raw[:-1], "cut short or of another network"),
        (lambda raw: raw + b"\0" * 4, "so it is of another network"),
        (lambda raw: struct.pack("<i", -1) + raw[4:], "version is negative"),
        (lambda raw: struct.pack("<i", 1001) + raw[4:], "transposed"),
        (lambda raw: b"PK\x03\x04" + raw[4:], "transposed"),
        (lambda raw: raw[:12] + struct.pack("<q", -1) + raw[20:], "fewer than no images"),
        (
            lambda raw: raw[:20] + struct.pack("<f", float("nan")) + raw[24:],
            "'convolution 1': a weight is not",
        ),
        (lambda raw: raw[:-4] + struct.pack("<f", float("inf")), "'dense layer to 99': a weight is not"),
        (
            lambda raw: raw[:32] + struct.pack("<f", -1.0) + raw[36:],
            "'convolution 1': a variance is negative",
        ),
    ],
)
def test_a_bad_file_is_one_clear_error_and_the_network_stays_as_it_was(tmp_path, change, words):
    network = tiny()
    before = fingerprint(network)
    path = tmp_path / "bad.weights"
    path.write_bytes(change(hand_made(network)[0]))
    with pytest.raises(ModelError, match=words) as caught:
        load_darknet(network, path)
    assert caught.value.path == path
    assert fingerprint(network) == before


def test_a_file_that_is_not_there_and_a_network_of_other_sizes(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        load_darknet(tiny(), tmp_path / "nowhere.weights")
    save_darknet(tiny(), tmp_path / "a.weights")
    with pytest.raises(ModelError, match="base_width, grid"):
        load_darknet(tiny(base_width=2), tmp_path / "a.weights")


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_model_error(tmp_path, raw):
    path = tmp_path / "any.weights"
    path.write_bytes(raw)
    with pytest.raises(ModelError):
        load_darknet(tiny(), path)
