from __future__ import annotations

import pytest

from lusgui.base.errors import ModelError
from lusgui.core.networks import NETWORKS
from lusgui.nn import registry


def test_every_named_network_can_be_built_and_stores_its_arguments():
    assert set(registry._BUILDERS) == set(NETWORKS)
    for name, spec in NETWORKS.items():
        network = registry.build(name, **spec.at_width(2))
        assert network.init_args == {**spec.defaults, **spec.at_width(2)}


def test_unknown_networks_and_arguments_are_refused():
    with pytest.raises(ModelError, match="no network called 'resnet'"):
        registry.build("resnet")
    with pytest.raises(ModelError, match="no argument 'depth'"):
        registry.build("lus-unet", depth=3)


def test_trainable_parameters_are_counted_apart():
    network = registry.build("lus-unet", base_width=2)
    everything = registry.count_parameters(network)
    network.b5b.requires_grad_(False)
    assert 0 < registry.count_parameters(network, trainable_only=True) < everything
