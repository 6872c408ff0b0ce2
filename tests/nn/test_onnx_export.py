from __future__ import annotations

import json
import logging
import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.base.errors import MissingLibraryError, ModelError, OverwriteRefusedError
from lusgui.core.model_card import CARD_KEY, ModelCard, parse_card
from lusgui.core.recording import Intensity
from lusgui.nn import onnx_export as module
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.onnx_export import AGREEMENT_KEY, OnnxModel, WholeModel, compare, export_onnx, quiet
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build

onnx = pytest.importorskip("onnx", reason="no onnx for this machine")
onnxruntime = pytest.importorskip("onnxruntime", reason="no onnxruntime for this machine")


def frames(count, shape=(40, 50)):
    return list(np.random.default_rng(5).random((count, *shape), dtype=np.float32))


@pytest.fixture(scope="module")
def model():
    """Everything in it that an exporter may get wrong: channels, labels, statistics, dB, calibration."""
    torch.manual_seed(2)
    network = build("lus-unet", base_width=2, in_channels=2, out_channels=2, norm="batch", up="bilinear")
    for module_ in network.modules():
        if isinstance(module_, torch.nn.BatchNorm2d):
            module_.running_mean.normal_()
            module_.running_var.uniform_(0.5, 2.0)
    card = ModelCard("tiny", "1.0", "lus-unet", ("rib", "pleura"), (32, 48), network.init_args)
    card = replace(card, intensity=Intensity.DB, dynamic_range_db=50.0, mean=-20.0, std=12.0)
    card = replace(card, temperature=0.7, bias=-0.01)
    return LoadedModel(network.eval().requires_grad_(False), card)


@pytest.fixture(scope="module")
def exported(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("onnx") / "tiny.onnx"
    return path, export_onnx(model, path, frames(3))


def test_the_file_is_sound_and_says_what_it_is(model, exported):
    path, agreement = exported
    graph = onnx.load(path)
    onnx.checker.check_model(graph, full_check=True)
    assert [item.version for item in graph.opset_import] == [module.OPSET]
    texts = {entry.key: entry.value for entry in graph.metadata_props}
    assert parse_card(texts[CARD_KEY]) == model.card
    assert json.loads(texts[AGREEMENT_KEY])["frames"] == agreement.frames == 3
    assert "Research use only" in graph.doc_string
    assert not {"BatchNormalization"} & {node.op_type for node in graph.graph.node}


def test_it_answers_as_the_predictor_does_for_any_number_of_frames(model, exported):
    path, agreement = exported
    assert agreement.largest_difference < module.LARGEST_DIFFERENCE
    assert agreement.least_dice > 0.99
    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    predictor = Predictor(model, "cpu", "float32")
    grays = np.stack(frames(3, model.card.input_shape))
    found = session.run(None, {"gray": grays[:, None]})[0]
    assert found.shape == (3, 2, 32, 48)
    for gray, planes in zip(grays, found, strict=True):
        assert np.abs(planes - predictor.predict_all(gray)).max() < 1e-4


def chatter():
    with quiet("onnxscript", ""):
        logging.getLogger("onnxscript").info("chatter")
        logging.getLogger("onnxscript.optimizer").warning("more of it")
        warnings.warn("a warning", stacklevel=1)
        logging.getLogger("onnxscript").error("an error")
        raise ValueError("what goes wrong")


def test_libraries_keep_to_themselves_and_loggers_get_their_level_back(caplog):
    caplog.set_level(logging.INFO)
    before = logging.getLogger("onnxscript").level
    with pytest.raises(ValueError, match="what goes wrong"):
        chatter()
    assert logging.getLogger("onnxscript").level == before
    assert [record.message for record in caplog.records] == ["an error"]


def test_the_model_is_left_as_it_was(model, exported):
    assert exported
    assert any(isinstance(part, torch.nn.BatchNorm2d) for part in model.network.modules())


def test_a_file_already_there_is_not_replaced(model, exported):
    with pytest.raises(OverwriteRefusedError):
        export_onnx(model, exported[0])


def test_a_file_that_answers_otherwise_is_not_kept(model, exported, tmp_path, monkeypatch):
    graph = onnx.load(exported[0])
    other = LoadedModel(build("lus-unet", base_width=2, in_channels=2, out_channels=2).eval(), model.card)
    monkeypatch.setattr(module, "convert", lambda _: graph)
    with pytest.raises(ModelError, match=r"differ from torch's by .*nothing was written"):
        export_onnx(other, tmp_path / "wrong.onnx")
    assert list(tmp_path.iterdir()) == []


def test_comparing_sees_masks_as_well_as_numbers(model, exported):
    raw = exported[0].read_bytes()
    other = LoadedModel(model.network, replace(model.card, mean=0.0))
    assert compare(other, raw, frames(2)).least_dice < 0.99


def test_numbers_that_are_none_count_as_different(model, exported):
    class Broken(torch.nn.Module):
        def forward(self, x):
            return torch.full((x.shape[0], 2, *x.shape[2:]), float("nan"))

    found = compare(LoadedModel(Broken(), model.card), exported[0].read_bytes(), [])
    assert found.largest_difference == np.inf


def test_rows_and_columns_are_not_exchanged(model, exported):
    """A bright corner of the input lights the same corner of the answer as in torch."""
    gray = np.zeros((1, 1, 32, 48), np.float32)
    gray[..., :8, :12] = 1.0
    found = OnnxModel(exported[0].read_bytes(), threads=1).run(gray)
    with torch.inference_mode():
        expected = WholeModel(model)(torch.from_numpy(gray)).numpy()
    assert np.abs(found - expected).max() < 1e-4
    assert np.ptp(expected) > 1e-3


@pytest.mark.parametrize("raw", [b"", b"no onnx at all"])
def test_what_is_no_onnx_file_is_refused(raw):
    with pytest.raises(ModelError, match="cannot open it"):
        OnnxModel(raw)


def test_a_foreign_onnx_file_is_refused(exported):
    graph = onnx.load(exported[0])
    del graph.metadata_props[:]
    with pytest.raises(ModelError, match="no lusgui model card"):
        OnnxModel(graph.SerializeToString())


def test_a_detector_is_refused(tiny_card, tmp_path):
    network = build("yolo-tiny", base_width=1, input_side=32)
    card = replace(tiny_card, architecture="yolo-tiny", arguments=network.init_args, input_shape=(32, 32))
    with pytest.raises(ModelError, match="gives boxes, not masks"):
        export_onnx(LoadedModel(network, card), tmp_path / "boxes.onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_is_named_with_the_way_out(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(MissingLibraryError, match=r"onnxruntime.*lusgui\[fast\]"):
        export_onnx(model, tmp_path / "m.onnx")
    assert list(tmp_path.iterdir()) == []
