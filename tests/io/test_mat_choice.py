from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lusgui.io.mat_choice import by_name, guess_axes, list_choices
from lusgui.io.mat_node import MatNode, MatTree, NodeKind


class Stored:
    def frames_are_cheap(self):
        return True


def array(path, shape, dtype="f8"):
    return MatNode(path, NodeKind.NUMERIC, shape, np.dtype(dtype), array=Stored())


def tree(*nodes):
    return MatTree(Path("a.mat"), "MAT v7", list(nodes))


@pytest.mark.parametrize(
    ("shape", "size", "axes"),
    [
        ((40, 50), None, "hw"),
        ((40, 50, 7), None, "hwt"),
        ((40, 50, 1, 7), None, "hw1t"),
        ((40, 50, 1, 1, 7), None, "hw11t"),
        ((7, 40, 50), None, "thw"),
        ((1, 40, 50), None, "1hw"),
        ((40, 50, 7), (50, 40), "wht"),
        ((40, 50, 3, 7), None, None),
        ((1, 50), None, None),
        ((5,), None, None),
        ((), None, None),
    ],
)
def test_axes(shape, size, axes):
    assert guess_axes(shape, size) == axes


def test_order_of_preference():
    names = [
        "env",
        "I",
        "data",
        "pixels",
        "ImageData_tot",
        "ImageData",
        "bmode",
        "BMode",
        "Img",
        "ImgData",
        "ImgDataP",
    ]
    shuffled = [array(name, (40, 50)) for name in sorted(names)]
    others = [array("foo", (40, 50)), array("IQ", (40, 50), "c16"), array("mask_rib", (40, 50), "bool")]
    found = [choice.path for choice in list_choices(tree(*others, *shuffled))]
    assert found == [*reversed(names), "IQ", "foo", "mask_rib"]
    assert all(choice.reason for choice in list_choices(tree(*shuffled)))


def test_small_arrays_of_unknown_name_are_settings():
    assert list_choices(tree(array("TX", (31, 200)), array("gain", (1, 8)))) == []
    assert [c.path for c in list_choices(tree(array("Img", (16, 16))))] == ["Img"]


def test_channel_data_are_never_taken_by_themselves():
    found = list_choices(tree(array("RcvData", (3000, 128, 20), "i2")))
    assert found[0].role == "channel"
    assert found[0].score < 0


def test_the_size_in_pdata_decides_between_equals():
    nodes = [array("a", (64, 64)), array("b", (100, 50))]
    assert list_choices(tree(*nodes), (100, 50))[0].path == "b"
    assert list_choices(tree(*nodes), (64, 64))[0].path == "a"


def test_named_by_the_person():
    small = tree(array("tiny", (4, 5)), array("Img", (40, 50)))
    assert by_name(small, "tiny").lengths() == (1, 4, 5)
    assert by_name(small, "none") is None


def test_struct_array_of_frames():
    struct = MatNode("f", NodeKind.STRUCT, (1, 3))
    struct.fields = {"img": [array(f"f({n}).img", (40, 50)) for n in (1, 2, 3)]}
    first = list_choices(tree(struct))[0]
    assert first.path == "f.img"
    assert first.lengths() == (3, 40, 50)
