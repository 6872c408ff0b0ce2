from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS
from lusgui.nn import predictor as module
from lusgui.nn.checkpoint import LoadedModel, load_model
from lusgui.nn.predictor import Predictor, compare_bfloat16, measure_bfloat16_dice, measure_mixed_dice
from lusgui.nn.registry import build


def gray(shape=(120, 40)):
    return np.random.default_rng(0).random(shape, dtype=np.float32)


def test_the_probability_lies_on_the_raw_grid(tiny_model):
    predictor = Predictor(load_model(tiny_model[0]), "cpu")
    probability = predictor.predict(gray())
    assert probability.shape == (120, 40)
    assert probability.dtype == np.float32
    assert 0.0 <= probability.min() < probability.max() <= 1.0
    assert np.array_equal(predictor.predict(gray()), probability)
    assert predictor.note == ""


def test_it_equals_the_bare_network_when_sizes_are_equal(tiny_model):
    model = load_model(tiny_model[0])
    image = gray((64, 32))
    with torch.inference_mode():
        expected = torch.sigmoid(model.network(torch.from_numpy(image)[None, None]))[0, 0].numpy()
    assert np.allclose(Predictor(model, "cpu").predict(image), expected, atol=1e-5)


def test_labels_are_found_by_name(tiny_card):
    network = build("lus-unet", base_width=4, out_channels=2).eval()
    card = replace(tiny_card, labels=("rib", "pleura"), arguments=network.init_args)
    predictor = Predictor(LoadedModel(network, card), "cpu")
    everything = predictor.predict_all(gray())
    assert everything.shape == (2, 120, 40)
    assert np.array_equal(predictor.predict(gray(), "pleura"), everything[1])
    assert np.array_equal(predictor.predict(gray()), everything[0])
    with pytest.raises(ModelError, match="knows no label 'skull'"):
        predictor.predict(gray(), "skull")


class Hungry(torch.nn.Module):
    """Runs out of memory wherever `device` says."""

    def __init__(self, times):
        super().__init__()
        self.times = times
        self.weight = torch.nn.Parameter(torch.ones(1))

    def forward(self, x):
        if self.times:
            self.times -= 1
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB")
        return x * self.weight


def test_out_of_memory_on_a_device_falls_back_to_the_cpu_and_says_so(tiny_card, monkeypatch):
    card = replace(tiny_card, arguments={"in_channels": 1})
    predictor = Predictor(LoadedModel(Hungry(1), card), "cpu")
    # a device of another name whose tensors are the CPU's, as there is no GPU here
    monkeypatch.setattr(module, "describe_device", lambda device: device.type.upper())
    monkeypatch.setattr(predictor, "device", FakeDevice("mps"))
    assert predictor.predict(gray()).shape == (120, 40)
    assert predictor.device.type == "cpu"
    assert predictor.note == "MPS is out of memory; the CPU answers instead"


def test_black_margins_are_cut_off_where_the_card_says_so(tiny_card):
    card = replace(tiny_card, arguments={"in_channels": 1})
    framed = np.pad(gray(), ((30, 10), (0, 25)))
    plain = Predictor(LoadedModel(Hungry(0), card), "cpu").predict(gray())
    cropped = Predictor(LoadedModel(Hungry(0), replace(card, crops_margins=0.16)), "cpu").predict(framed)
    np.testing.assert_array_equal(cropped[30:-10, :-25], plain)
    assert cropped.shape == framed.shape
    assert not cropped[:30].any()
    assert not cropped[:, -25:].any()


def test_margins_stay_unless_the_card_says_so(tiny_card):
    card = replace(tiny_card, arguments={"in_channels": 1})
    framed = np.pad(gray(), ((30, 10), (0, 25)))
    found = Predictor(LoadedModel(Hungry(0), card), "cpu").predict(framed)
    assert found[:20].any()  # the sigmoid of nothing is a half


class FakeDevice:
    """Looks like a GPU to the predictor and like the CPU to torch."""

    def __init__(self, kind):
        self.type = kind


@pytest.fixture(autouse=True)
def fake_device_moves_nothing(monkeypatch):
    moved = torch.Tensor.to
    monkeypatch.setattr(
        torch.Tensor,
        "to",
        lambda self, *a, **k: self if a and isinstance(a[0], FakeDevice) else moved(self, *a, **k),
    )
    cast = torch.autocast.__init__
    monkeypatch.setattr(
        torch.autocast,
        "__init__",
        lambda self, kind, *a, **k: cast(self, "cpu" if kind == "mps" else kind, *a, **k),
    )


def test_no_memory_even_on_the_cpu_is_a_clear_error(tiny_card):
    card = replace(tiny_card, arguments={"in_channels": 1})
    with pytest.raises(ModelError, match="not enough memory"):
        Predictor(LoadedModel(Hungry(9), card), "cpu").predict(gray())


def test_other_errors_are_not_taken_for_a_lack_of_memory(tiny_card):
    class Broken(torch.nn.Module):
        def forward(self, _x):
            raise RuntimeError("shapes do not match")

    card = replace(tiny_card, arguments={"in_channels": 1})
    with pytest.raises(RuntimeError, match="shapes"):
        Predictor(LoadedModel(Broken(), card), "cpu").predict(gray())


def test_bfloat16_only_where_the_card_and_the_processor_allow_it(tiny_model, monkeypatch):
    model = load_model(tiny_model[0])
    agreeing = LoadedModel(model.network, replace(model.card, bfloat16_dice=0.999))
    monkeypatch.setattr(module, "cpu_has_bfloat16", lambda: True)
    assert not Predictor(model, "cpu").uses_bfloat16
    assert Predictor(agreeing, "cpu").uses_bfloat16
    assert not Predictor(agreeing, "cpu", "float32").uses_bfloat16
    monkeypatch.setattr(module, "cpu_has_bfloat16", lambda: False)
    assert not Predictor(agreeing, "cpu").uses_bfloat16


def test_the_cards_calibration_is_applied(tiny_model):
    model = load_model(tiny_model[0])
    calibrated = LoadedModel(model.network, replace(model.card, temperature=2.5, bias=-0.75))
    image = gray((64, 32))
    plain = Predictor(model, "cpu", "float32").predict(image).astype(np.float64)
    found = Predictor(calibrated, "cpu", "float32").predict(image)
    logits = np.log(plain / (1 - plain))
    assert found == pytest.approx(1 / (1 + np.exp(-(logits / 2.5 - 0.75))), abs=1e-5)
    assert np.abs(found - plain).max() > 0.05


@pytest.mark.parametrize(
    ("bfloat16_dice", "mixed_dice", "same_as"),
    [(0.9, 0.9, "float32"), (0.9, 0.995, "mixed"), (0.995, 0.999, "bfloat16")],
)
def test_the_fastest_precision_that_the_card_vouches_for(
    tiny_model, monkeypatch, bfloat16_dice, mixed_dice, same_as
):
    monkeypatch.setattr(module, "cpu_has_bfloat16", lambda: True)
    model = load_model(tiny_model[0])
    measured = replace(model.card, bfloat16_dice=bfloat16_dice, mixed_dice=mixed_dice)
    found = Predictor(LoadedModel(model.network, measured), "cpu")
    answers = {p: Predictor(model, "cpu", p).predict(gray()) for p in ("float32", "mixed", "bfloat16")}
    assert not np.array_equal(answers["mixed"], answers["bfloat16"])
    assert np.array_equal(found.predict(gray()), answers[same_as])
    assert found.uses_bfloat16 == (same_as != "float32")


@pytest.mark.parametrize("precision", ["float32", "mixed", "bfloat16"])
def test_where_nothing_can_be_packed_the_plain_way_is_taken(tiny_model, monkeypatch, precision):
    model = load_model(tiny_model[0])
    packed = Predictor(model, "cpu", precision).predict(gray())
    monkeypatch.setattr(module, "can_pack", lambda network: False)
    plain = Predictor(model, "cpu", precision)
    assert plain.uses_bfloat16 == (precision == "bfloat16")
    assert np.allclose(plain.predict(gray()), packed, atol=1e-5 if precision == "float32" else 0.02)


def test_agreement_of_precisions_is_measured_on_masks(tiny_model):
    model = load_model(tiny_model[0])
    frames = [gray(), np.zeros((64, 32), np.float32)]
    assert 0.5 < measure_bfloat16_dice(model, frames) <= 1.0
    assert 0.5 < measure_mixed_dice(model, frames) <= 1.0
    assert measure_mixed_dice(model, []) == 0.0


def test_agreement_is_the_least_of_labels_and_frames(tiny_card, monkeypatch):
    network = build("lus-unet", base_width=4, out_channels=2).eval()
    model = LoadedModel(network, replace(tiny_card, labels=("rib", "pleura"), arguments=network.init_args))
    planes = np.zeros((2, 4, 4), np.float32)
    planes[:, :2] = 1.0
    fewer = planes.copy()
    fewer[1, 1, :] = 0.0  # four of eight pixels are missing: 2 * 4 / 12
    answers = iter([planes, fewer, planes, planes])
    monkeypatch.setattr(Predictor, "predict_all", lambda self, gray: next(answers))
    assert compare_bfloat16(model, [gray(), gray()]) == [pytest.approx(2 / 3), 1.0]
    assert measure_bfloat16_dice(model, []) == 0.0


def test_short_weights_give_what_autocast_gives(tiny_model):
    model = load_model(tiny_model[0])
    image = gray((64, 32))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        expected = torch.sigmoid(model.network(torch.from_numpy(image)[None, None]).float())[0, 0].numpy()
    found = Predictor(model, "cpu", "bfloat16").predict(image)
    assert np.abs(found - expected).max() < 0.02
    assert not np.array_equal(found, Predictor(model, "cpu", "float32").predict(image))


def test_falling_back_takes_the_precision_of_the_cpu(tiny_model, monkeypatch):
    model = load_model(tiny_model[0])
    agreeing = LoadedModel(model.network, replace(model.card, bfloat16_dice=0.999))
    monkeypatch.setattr(module, "cpu_has_bfloat16", lambda: True)
    moved = torch.nn.Module.to
    monkeypatch.setattr(
        torch.nn.Module,
        "to",
        lambda self, *a, **k: self if a and isinstance(a[0], FakeDevice) else moved(self, *a, **k),
    )
    predictor = Predictor(agreeing, FakeDevice("mps"))
    assert not predictor.uses_bfloat16
    monkeypatch.setattr(module, "describe_device", lambda device: device.type)
    predictor._fall_back()
    assert predictor.uses_bfloat16
    expected = Predictor(agreeing, "cpu", "bfloat16").predict(gray())
    assert np.array_equal(predictor.predict(gray()), expected)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_model_is_left_as_it_was(tiny_model, precision):
    model = load_model(tiny_model[0])
    before = {k: v.clone() for k, v in model.network.state_dict().items()}
    Predictor(model, "cpu", precision).warm_up()
    assert all(torch.equal(v, before[k]) for k, v in model.network.state_dict().items())


def test_a_detector_gives_no_masks(tiny_card):
    network = build("yolo-tiny", base_width=1, input_side=32)
    card = replace(tiny_card, architecture="yolo-tiny", arguments=network.init_args, input_shape=(32, 32))
    with pytest.raises(ModelError, match="gives boxes, not masks"):
        Predictor(LoadedModel(network, card), "cpu")


@pytest.mark.parametrize("name", ["v-unet", "hu-unet", "zoom-unet"])
def test_every_network_for_masks_predicts(tiny_card, name):
    network = build(name, **NETWORKS[name].at_width(2), out_channels=1).eval()
    card = replace(tiny_card, architecture=name, arguments=network.init_args)
    assert Predictor(LoadedModel(network, card), "cpu").predict(gray()).shape == (120, 40)
