from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import ModelError
from lusgui.core.networks import (
    NETWORKS,
    TASKS,
    check_arguments,
    check_input_fits,
    check_input_shape,
    count_labels,
    spec_of,
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)


def test_defaults_are_filled_in():
    assert check_arguments("lus-unet", {"base_width": 24})["base_width"] == 24
    assert check_arguments("x-unet", {}) == dict(NETWORKS["x-unet"].defaults)
    assert isinstance(check_arguments("lus-unet", {"dropout": 0})["dropout"], float)


@given(st.sampled_from(sorted(NETWORKS)), anything)
def test_anything_else_is_a_model_error_or_within_bounds(name, arguments):
    try:
        checked = check_arguments(name, arguments)
    except ModelError:
        return
    assert checked.keys() == NETWORKS[name].defaults.keys()
    assert 1 <= checked[NETWORKS[name].width_key] <= 128


@pytest.mark.parametrize(
    ("name", "key"),
    [(name, key) for name in ("lus-unet", "yolo-v1", "zoom-unet") for key in NETWORKS[name].defaults],
)
@given(value=anything)
def test_every_argument_is_checked(name, key, value):
    try:
        checked = check_arguments(name, {key: value})[key]
    except ModelError:
        return
    assert checked == value


@given(anything)
def test_input_sizes_are_checked(shape):
    try:
        rows, cols = check_input_shape(shape)
    except ModelError:
        return
    assert rows % 16 == cols % 16 == 0
    assert 16 <= rows <= 2048


def test_lists_and_tuples_are_sizes():
    assert check_input_shape([512, 128]) == check_input_shape((512, 128)) == (512, 128)


def test_the_defaults_of_every_network_are_within_its_own_limits():
    for name, spec in NETWORKS.items():
        assert check_arguments(name, {}) == dict(spec.defaults)
        assert spec.task in TASKS
        assert spec.defaults[spec.width_key] >= 16


def test_a_width_scales_all_parts_of_a_network():
    assert NETWORKS["x-unet"].at_width(24) == {"base_width": 24}
    assert NETWORKS["zoom-unet"].at_width(24) == {"fine_width": 24, "coarse_width": 12}
    assert NETWORKS["zoom-unet"].at_width(1) == {"fine_width": 1, "coarse_width": 1}
    for spec in NETWORKS.values():
        assert spec.at_width(spec.defaults[spec.width_key]).items() <= spec.defaults.items()


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("v-unet", {"in_channels": 1}, "between 3 and 3"),
        ("yolo-tiny", {"base_width": 64}, "between 1 and 32"),
        ("yolo-tiny", {"head": "plain"}, "fc2, local, connected"),
        ("yolo-v1", {"input_side": 450}, "multiple of 16"),
        ("lus-unet", {"norm": "layer"}, "none, group, instance, batch"),
        ("zoom-unet", {"fine_side": 150}, "'fine_side' of zoom-unet must be a multiple of 16"),
        ("zoom-unet", {"margin": 0.5}, "between 1.0 and 8.0"),
        ("hu-unet", {"input_side": 256}, "no argument 'input_side'"),
    ],
)
def test_each_network_has_limits_of_its_own(name, arguments, words):
    with pytest.raises(ModelError, match=words):
        check_arguments(name, arguments)


def test_labels_are_channels_points_or_classes():
    assert count_labels("x-unet", check_arguments("x-unet", {"out_channels": 3})) == 3
    assert count_labels("hu-localizer", check_arguments("hu-localizer", {"out_channels": 2})) == 2
    assert count_labels("yolo-v1", check_arguments("yolo-v1", {"classes": 4, "boxes": 3})) == 4


def test_a_dense_layer_wants_the_input_it_was_built_for():
    check_input_fits("yolo-tiny", {"input_side": 224}, (224, 224))
    check_input_fits("x-unet", {}, (512, 128))
    with pytest.raises(ModelError, match="224 x 224, not 224 x 240"):
        check_input_fits("yolo-tiny", {"input_side": 224}, (224, 240))


def test_unknown_networks_are_refused_with_those_there_are():
    with pytest.raises(ModelError, match="Known: lus-unet, x-unet"):
        spec_of("resnet")
