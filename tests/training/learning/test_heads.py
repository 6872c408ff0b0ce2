import torch

from training.learning.heads import network_for, outputs_for


def test_a_base_that_knows_a_label_keeps_all_it_knows():
    assert outputs_for(("a", "b"), ("b", "c")) == ("a", "b", "c")
    assert outputs_for(("a", "b"), ("b",)) == ("a", "b")


def test_a_base_that_knows_none_gives_up_its_own():
    assert outputs_for(("a", "b"), ("c",)) == ("c",)


def test_known_outputs_answer_as_before_and_the_base_stays(tiny):
    base = tiny(("a", "b"))
    before = {name: value.clone() for name, value in base.network.state_dict().items()}
    network = network_for(base, ("a", "b", "c"), seed=1)
    x = torch.rand(1, 1, 32, 32)
    with torch.no_grad():
        assert torch.allclose(network.eval()(x)[:, :2], base.network(x))
        network.get_parameter("head.weight").add_(1)
    assert all(torch.equal(before[name], value) for name, value in base.network.state_dict().items())


def test_a_new_head_is_the_same_for_a_seed(tiny):
    one, two, other = (network_for(tiny(), ("new",), seed=seed) for seed in (1, 1, 2))
    name = "head.weight"
    assert torch.equal(one.get_parameter(name), two.get_parameter(name))
    assert not torch.equal(one.get_parameter(name), other.get_parameter(name))
    assert torch.equal(one.get_parameter("b1.0.0.weight"), other.get_parameter("b1.0.0.weight"))
    assert all(parameter.requires_grad for parameter in one.parameters())
