from __future__ import annotations

import pytest
import torch

from lusgui.base.errors import ModelError
from lusgui.core.model_card import ModelCard
from lusgui.nn.checkpoint import save_model
from lusgui.nn.registry import build
from training.bases import (
    Base,
    adapt_input,
    digest_of,
    find_base,
    load_base_file,
    network_for_masks,
    refuse_other_task,
    take_over,
    vgg16_base,
)

SMALL = {"base_width": 4, "norm": "group"}


def _base(labels=("rib",), **arguments):
    torch.manual_seed(1)
    arguments = SMALL | arguments | {"out_channels": len(labels)}
    network = build("lus-unet", **arguments)
    card = ModelCard("m", "1", "lus-unet", labels, (32, 32), arguments)
    return Base("m-1", network.state_dict(), "lus-unet", arguments, card), network.eval()


def _network(**arguments):
    torch.manual_seed(2)
    return build("lus-unet", **(SMALL | arguments)).eval()


def test_everything_comes_over_where_nothing_differs():
    base, source = _base()
    network = _network()
    taken = take_over(network, base, ("rib",))
    assert not taken.adapted
    assert not taken.fresh
    x = torch.rand(1, 1, 32, 32)
    assert torch.equal(network(x), source(x))
    assert "taken from the base" in taken.sentence()


def test_a_head_for_other_labels_is_new_and_said():
    base, source = _base()
    network = _network()
    before = network.head.weight.clone()
    taken = take_over(network, base, ("pleura",))
    assert torch.equal(network.head.weight, before)
    assert set(taken.fresh) == {"head.weight", "head.bias"}
    assert "new: head.weight" in taken.sentence()
    assert torch.equal(network.b1[0][0].weight, source.b1[0][0].weight)


def test_a_frozen_head_is_kept_for_other_labels():
    base, source = _base()
    network = _network()
    assert not take_over(network, base, ("pleura",), head_is_frozen=True).fresh
    assert torch.equal(network.head.weight, source.head.weight)


def test_the_papers_keep_the_head_and_one_can_ask_for_a_new_one():
    base, source = _base()
    kept, fresh = _network(), _network()
    take_over(kept, base, ("cyst",), head="keep")
    assert torch.equal(kept.head.weight, source.head.weight)
    take_over(fresh, base, ("rib",), head="new")
    assert not torch.equal(fresh.head.weight, source.head.weight)


def test_outputs_come_over_label_by_label():
    base, source = _base(("pleura", "rib", "vessel"))
    network = _network(out_channels=2)
    before = network.head.weight.clone()
    taken = take_over(network, base, ("rib", "nerve"))
    assert torch.equal(network.head.weight[0], source.head.weight[1])
    assert torch.equal(network.head.weight[1], before[1])
    assert set(taken.adapted) == {"head.weight", "head.bias"}


@pytest.mark.parametrize(("old", "new"), [(3, 1), (1, 3)])
def test_the_first_convolution_answers_alike_on_gray(old, new):
    base, source = _base(in_channels=old)
    network = _network(in_channels=new)
    taken = take_over(network, base, ("rib",))
    assert taken.adapted == ("b1.0.0.weight",)
    gray = torch.rand(2, 1, 32, 32)
    with torch.no_grad():
        a, b = source(gray.expand(-1, old, -1, -1)), network(gray.expand(-1, new, -1, -1))
    assert torch.allclose(a, b, atol=1e-4)


def test_adapting_to_the_same_channels_keeps_the_sum():
    weight = torch.randn(4, 3, 3, 3)
    assert torch.allclose(adapt_input(weight, 2).sum(1), weight.sum(1), atol=1e-6)


def test_another_width_is_refused_and_the_way_out_named():
    base, _ = _base(base_width=8)
    with pytest.raises(ModelError, match=r"no block.*width 8, this network 4"):
        take_over(_network(), base, ("rib",))


def test_weights_that_are_no_numbers_are_refused():
    base, _ = _base()
    state = {name: value.clone() for name, value in base.state.items()}
    state["b2.0.0.weight"][0, 0, 0, 0] = float("nan")
    bad = Base("bad", state, "lus-unet", base.arguments)
    with pytest.raises(ModelError, match=r"b2\.0\.0\.weight.*not a finite number"):
        take_over(_network(), bad, ("rib",))


def test_the_encoder_of_a_localizer_comes_over():
    torch.manual_seed(0)
    localizer = build("hu-localizer", base_width=4, input_side=32)
    base = Base("loc", localizer.state_dict(), "hu-localizer", dict(localizer.init_args))
    architecture, arguments = network_for_masks(base)
    assert architecture == "hu-unet"
    network = build(architecture, **arguments)
    taken = take_over(network, base, ("rib",))
    for name, value in localizer.state_dict().items():
        if name.startswith("encoder."):
            assert torch.equal(network.state_dict()[name], value)
    assert all(not name.startswith("encoder.") for name in taken.fresh)
    assert taken.fresh


def test_networks_of_other_tasks_are_refused():
    with pytest.raises(ModelError, match="made to detect"):
        refuse_other_task("yolo-tiny")
    with pytest.raises(ModelError, match="made to detect"):
        network_for_masks(Base("y", {}, "yolo-tiny"))
    with pytest.raises(ModelError, match="made to locate"):
        find_base("scratch:hu-localizer")


def test_bases_by_name_file_and_from_scratch(tmp_path):
    rib = find_base("rib")
    assert rib.architecture == "lus-unet"
    assert rib.card.labels == ("rib",)
    assert find_base("scratch:x-unet").is_scratch
    path = tmp_path / "mine.safetensors"
    _, network = _base()
    save_model(path, network, ModelCard("mine", "1", "lus-unet", ("rib",), (32, 32)))
    assert find_base(str(path)).name == load_base_file(path).name
    with pytest.raises(ModelError, match="no model called 'nobody'"):
        find_base("nobody")
    with pytest.raises(ModelError, match="no network called"):
        find_base("scratch:nobody")


def test_a_damaged_file_is_one_clear_error(tmp_path):
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"x\.safetensors"):
        find_base(str(path))


def test_nothing_is_taken_from_random_weights():
    network = _network()
    before = network.b1[0][0].weight.clone()
    taken = take_over(network, Base("scratch", {}, "lus-unet"), ("rib",))
    assert torch.equal(network.b1[0][0].weight, before)
    assert not taken.loaded
    assert taken.sentence() == "all weights begin at random"


def test_vgg16_is_an_encoder_with_its_input(tmp_path, monkeypatch):
    from lusgui.nn import vgg_weights

    def load(network, path):
        assert path == tmp_path / "vgg.pth"
        with torch.no_grad():
            network.input_mean.fill_(0.5)
            for parameter in network.encoder.parameters():
                parameter.fill_(0.125)
        return vgg_weights.SOURCES["torchvision"]

    monkeypatch.setattr(vgg_weights, "load_vgg16", load)
    base = vgg16_base(tmp_path / "vgg.pth", {"base_width": 4})
    assert base.name == "VGG16 (torchvision)"
    assert {name.split(".")[0] for name in base.state} == {"encoder", "input_mean", "input_std"}
    network = build("v-unet", base_width=4)
    taken = take_over(network, base, ("rib",), head="keep")
    assert all((value == 0.125).all() for value in network.encoder.state_dict().values())
    assert (network.input_mean == 0.5).all()
    assert all(name.startswith(("decoder.", "head.")) for name in taken.fresh)


def test_a_digest_tells_weights_apart():
    one, _ = _base()
    same, _ = _base()
    assert digest_of(one) == digest_of(same)
    changed = {name: value.clone() for name, value in one.state.items()}
    changed["head.bias"] += 1e-3
    assert digest_of(Base("m-1", changed, "lus-unet")) != digest_of(one)


ZOOM = {"coarse_width": 2, "fine_width": 4, "coarse_side": 32, "fine_side": 32}


def _zoom(labels=("rib",), **arguments):
    torch.manual_seed(3)
    return build("zoom-unet", **(ZOOM | {"out_channels": len(labels)} | arguments)).eval()


def _zoom_base(labels=("rib",)):
    torch.manual_seed(1)
    arguments = ZOOM | {"out_channels": len(labels)}
    network = build("zoom-unet", **arguments)
    card = ModelCard("z", "1", "zoom-unet", labels, (32, 32), arguments)
    return Base("z-1", network.state_dict(), "zoom-unet", arguments, card), network.eval()


def test_both_heads_of_a_network_of_two_are_new_for_other_labels():
    base, _ = _zoom_base()
    taken = take_over(_zoom(), base, ("pleura",))
    assert set(taken.fresh) == {
        f"{part}.head.{kind}" for part in ("coarse", "fine") for kind in ("weight", "bias")
    }
    network = _zoom(("cerebellum", "rib"))
    taken = take_over(network, base, ("cerebellum", "rib"))
    assert len(taken.adapted) == 4
    assert torch.equal(network.fine.head.weight[1], base.state["fine.head.weight"][0])


def test_both_first_convolutions_of_a_network_of_two_take_other_channels():
    base, source = _zoom_base()
    network = _zoom(in_channels=3)
    taken = take_over(network, base, ("rib",))
    assert set(taken.adapted) == {"coarse.b1.0.0.weight", "fine.b1.0.0.weight"}
    x = torch.rand(1, 1, 32, 32)
    assert torch.allclose(network(x.expand(-1, 3, -1, -1)), source(x), atol=1e-3)


def test_a_part_takes_over_a_u_net_of_its_width():
    base, source = _base()
    network = _zoom()
    taken = take_over(network.fine, base, ("rib",))
    assert not taken.fresh
    assert torch.equal(network.fine.b3[0][0].weight, source.b3[0][0].weight)


def test_a_zoom_base_of_another_width_is_refused_with_both_widths():
    base, _ = _zoom_base()
    with pytest.raises(ModelError, match="width 4, this network 6") as caught:
        take_over(_zoom(fine_width=6, coarse_width=4), base, ("rib",))
    assert "same width" in str(caught.value)
