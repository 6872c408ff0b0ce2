from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.onnx_export import compare, convert, export_onnx, on_grid
from lusgui.nn.onnx_int8 import ends, quantise
from lusgui.nn.registry import build

onnx = pytest.importorskip("onnx", reason="no onnx for this machine")
pytest.importorskip("onnxruntime", reason="no onnxruntime for this machine")


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    network = build("x-unet", base_width=4, in_channels=1).eval()
    return LoadedModel(network, ModelCard("tiny", "1.0", "x-unet", ("rib",), (32, 32), network.init_args))


@pytest.fixture(scope="module")
def graph(model):
    return convert(model)


@pytest.fixture
def frames():
    return list(np.random.default_rng(3).random((6, 32, 32), dtype=np.float32))


def test_most_is_int8_and_the_ends_are_not(model, graph, frames):
    raw = graph.SerializeToString()
    short = quantise(graph, on_grid(model.card, frames))
    onnx.checker.check_model(short)
    assert graph.SerializeToString() == raw
    kinds = [node.op_type for node in short.graph.node]
    assert kinds.count("DequantizeLinear") > 20
    stored = {item.data_type for item in short.graph.initializer if np.prod(item.dims) > 1000}
    assert stored == {onnx.TensorProto.INT8}
    made_of = {output: node.op_type for node in short.graph.node for output in node.output}
    by_name = {node.name: node for node in short.graph.node}
    assert [made_of.get(by_name[name].input[1]) for name in ends(graph)] == [None, None]
    assert len(short.SerializeToString()) < 0.5 * len(raw)


def test_it_answers_nearly_the_same_and_knows_its_card(model, graph, frames):
    found = compare(model, quantise(graph, on_grid(model.card, frames)).SerializeToString(), frames)
    assert 0 < found.largest_difference < 0.2


def test_without_frames_there_are_no_ranges(graph):
    with pytest.raises(ModelError, match="learn its ranges"):
        quantise(graph, [])


def test_a_file_whose_masks_differ_is_not_kept(model, graph, frames, tmp_path, monkeypatch):
    monkeypatch.setattr("lusgui.nn.onnx_export.convert", lambda _: graph)
    with torch.inference_mode():
        logits = model.network(torch.from_numpy(frames[0])[None, None])
    # half of the pixels lie at either side
    card = replace(model.card, threshold=float(torch.sigmoid(logits).median()))
    target = LoadedModel(model.network, card)
    with pytest.raises(ModelError, match="nothing was written"):
        export_onnx(target, tmp_path / "m.onnx", frames[3:], calibration=frames[:3], least_dice=1.0)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ModelError, match="without frames"):
        export_onnx(target, tmp_path / "m.onnx", calibration=frames[:3])
    kept = export_onnx(target, tmp_path / "m.onnx", frames[3:], calibration=frames[:3], least_dice=0.5)
    assert 0.5 <= kept.least_dice < 1.0
    assert (tmp_path / "m.onnx").exists()
