from __future__ import annotations

import numpy as np
import pytest
import torch

from lusgui.core.model_card import ModelCard
from lusgui.core.networks import UNET_BLOCKS
from lusgui.nn.checkpoint import LoadedModel
from lusgui.nn.predictor import Predictor
from lusgui.nn.registry import build
from lusgui.nn.zoom import CEILING

TINY = {"coarse_width": 2, "fine_width": 4, "coarse_side": 32, "fine_side": 48}


def ellipse(row, col, half_rows, half_cols, height=160, width=160, value=1.0):
    """Return an ellipse as (1, height, width), its place in fractions."""
    rows = ((torch.arange(height) + 0.5) / height - row) / half_rows
    cols = ((torch.arange(width) + 0.5) / width - col) / half_cols
    return value * (rows[:, None] ** 2 + cols[None, :] ** 2 < 1).float()[None]


class Says(torch.nn.Module):
    """Stands for a network: gray is its certainty."""

    def __init__(self, scale, labels=3):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.tensor(float(scale)))
        self.labels = labels
        self.seen = []

    def forward(self, x):
        self.seen.append(x)
        return ((x[:, :1] - 0.5) * self.scale).expand(-1, self.labels, -1, -1)


def staged(**arguments):
    network = build("zoom-unet", **TINY, **arguments).eval()
    network.coarse, network.fine = Says(16), Says(20)
    return network.requires_grad_(False)


def test_the_fine_network_sees_the_structure_and_its_word_counts_there():
    network = staged(margin=2.0)
    x = ellipse(0.3, 0.6, 0.1, 0.15, 128, 128)[None]
    stages = network.stages(x)
    assert bool(stages.found.all())
    assert torch.allclose(stages.squares[0], torch.tensor([0.0, 0.3, 0.6, 0.9]), atol=0.02)
    assert network.fine.seen[0].shape == (1, 1, 48, 48)
    probability = torch.sigmoid(stages.logits)
    assert stages.logits.shape == (1, 3, 128, 128)
    assert float(((probability[:, :1] >= 0.5).float() - x).abs().sum() / x.sum()) < 0.05
    assert stages.logits.max().item() > 9


def test_a_second_structure_outside_the_square_gives_no_mask_but_is_learnt_from():
    network = staged(margin=1.5)
    x = (ellipse(0.3, 0.3, 0.12, 0.12, 128, 128) + ellipse(0.9, 0.9, 0.05, 0.05, 128, 128))[None]
    assert float(network(x)[..., 100:, 100:].max()) <= CEILING
    network.train().requires_grad_(True)
    logits = network.stages(x).logits
    assert logits[..., 100:, 100:].max().item() > 4
    logits[..., 100:, 100:].sum().backward()
    assert network.coarse.scale.grad is not None
    assert not network.fine.scale.grad


def test_where_nothing_is_found_there_is_no_mask_and_the_fine_network_has_no_say():
    network = staged()
    x = torch.zeros(3, 1, 256, 256)
    x[1] = 0.4
    x[2, 0, 30:34, 30:34] = 1.0
    logits = network(x)
    assert float(logits.max()) <= CEILING
    assert not network.stages(x).found.any()


def test_everything_learns():
    torch.manual_seed(0)
    network = build("zoom-unet", **TINY)
    x = torch.rand(2, 1, 64, 64)
    for bias, found in ((-9.0, False), (2.0, True)):
        with torch.no_grad():
            network.coarse.head.bias.fill_(bias)
        stages = network.stages(x)
        assert stages.found.tolist() == [found, found]
        stages.logits.square().mean().backward()
    for name in UNET_BLOCKS:
        for module in network.named_blocks()[name]:
            assert any(p.grad is not None and bool(p.grad.any()) for p in module.parameters()), name


def test_blocks_together_are_the_whole_network():
    network = build("zoom-unet", **TINY)
    inside = [p for modules in network.named_blocks().values() for m in modules for p in m.parameters()]
    assert {id(p) for p in inside} == {id(p) for p in network.parameters()}
    assert {name.split(".")[0] for name in network.state_dict()} == {"coarse", "fine"}


@pytest.mark.parametrize("shape", [(64, 64), (64, 128), (96, 48), (33, 50)])
def test_the_answer_has_the_size_of_the_input_and_no_frame_depends_on_another(shape):
    torch.manual_seed(1)
    network = build("zoom-unet", **TINY).eval()
    x = torch.rand(3, 1, *shape)
    with torch.inference_mode():
        together = network(x)
        apart = torch.cat([network(x[i : i + 1]) for i in range(3)])
    assert together.shape == (3, 3, *shape)
    assert torch.allclose(together, apart, atol=1e-4)


def test_places_are_exact_under_autocast():
    network = staged()
    x = ellipse(0.41, 0.57, 0.1, 0.15, 256, 256)[None]
    plain = network.stages(x)
    with torch.autocast("cpu", torch.bfloat16):
        short = network.stages(x)
    assert torch.equal(plain.squares, short.squares)
    assert torch.equal(plain.logits, short.logits)


@pytest.mark.parametrize("shape", [(64, 64), (96, 48)])
def test_the_short_way_to_an_answer_says_the_same(shape):
    network = staged(margin=1.7)
    frames = [
        ellipse(0.4, 0.6, 0.2, 0.15, *shape),
        torch.zeros(1, *shape),
        ellipse(0.9, 0.1, 0.2, 0.2, *shape),
    ]
    x = torch.stack(frames)
    with torch.inference_mode():
        stages = network.stages(x)
        assert stages.found.tolist() == [True, False, True]
        assert torch.allclose(network(x), stages.logits, atol=1e-3)
        seen = network.fine.seen[-1]
        assert len(seen) == 2
        network.fine.seen.clear()
        network(x[1:2])
        assert not network.fine.seen


def test_in_training_the_coarse_network_answers_alone_for_some_frames():
    network = staged().train()
    x = ellipse(0.5, 0.5, 0.2, 0.2, 64, 64)[None].expand(64, -1, -1, -1)
    torch.manual_seed(0)
    peaks = network(x).amax((1, 2, 3))
    alone = torch.isclose(peaks, torch.tensor(8.0))
    assert torch.isclose(peaks[~alone], torch.tensor(10.0)).all()
    assert 4 <= int(alone.sum()) <= 32


def model_that_finds(shape=(64, 96)):
    """A model whose coarse part takes gray for certainty and whose fine part is a real network."""
    torch.manual_seed(4)
    network = build("zoom-unet", **TINY, norm="batch")
    network.coarse = torch.nn.Conv2d(1, 3, 1)
    with torch.no_grad():
        network.coarse.weight.fill_(16)
        network.coarse.bias.fill_(-8)
        for _ in range(3):
            network.fine(torch.rand(4, 1, 48, 48))  # moves the statistics
    card = ModelCard("zoom", "1", "zoom-unet", ("a", "b", "c"), shape, network.init_args, temperature=1.5)
    return LoadedModel(network.eval().requires_grad_(False), card)


def grays(shape=(64, 96)):
    """Frames with a structure at several places, with a false one beside it, and without any."""
    rng = np.random.default_rng(1)
    truths = [
        ellipse(0.5, 0.4, 0.2, 0.15, *shape),
        ellipse(0.1, 0.9, 0.2, 0.2, *shape),
        ellipse(0.3, 0.3, 0.2, 0.1, *shape) + ellipse(0.9, 0.95, 0.05, 0.05, *shape),
        torch.zeros(1, *shape),
    ]
    return [0.1 + 0.8 * truth[0].numpy() + 0.05 * rng.random(shape, np.float32) for truth in truths]


def test_the_predictor_answers_as_the_network_does_in_both_precisions():
    model = model_that_finds()
    plain, short = Predictor(model, "cpu", "float32"), Predictor(model, "cpu", "bfloat16")
    for gray in grays():
        with torch.inference_mode():
            stages = model.network.stages(torch.from_numpy(gray)[None, None])
        expected = torch.sigmoid(stages.logits[0] / 1.5).numpy()
        assert np.abs(plain.predict_all(gray) - expected).max() < 1e-4
        assert np.abs(short.predict_all(gray) - expected).max() < 0.05
        assert bool(stages.found) == (gray.max() > 0.5)


def test_the_onnx_file_answers_as_torch_wherever_the_structure_is(tmp_path):
    pytest.importorskip("onnx", reason="no onnx for this machine")
    pytest.importorskip("onnxruntime", reason="no onnxruntime for this machine")
    from lusgui.nn.onnx_export import OnnxModel, export_onnx

    model = model_that_finds()
    agreement = export_onnx(model, tmp_path / "zoom.onnx", grays())
    assert agreement.largest_difference < 1e-4
    assert agreement.least_dice == 1.0
    together = OnnxModel((tmp_path / "zoom.onnx").read_bytes(), threads=1).run(np.stack(grays())[:, None])
    predictor = Predictor(model, "cpu", "float32")
    for gray, planes in zip(grays(), together, strict=True):
        assert np.abs(planes - predictor.predict_all(gray)).max() < 1e-4
    assert together[3].max() < 0.1 < 0.5 < together[0].max()
