from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lusgui.base.errors import NotAnImageError, UnreadableFileError
from lusgui.io.mat_choice import list_choices
from lusgui.io.mat_node import MatNode, MatTree, NodeKind
from lusgui.io.mat_refusals import refuse


def refusal(*nodes, wanted=None):
    tree = MatTree(Path("a.mat"), "MAT v7", list(nodes))
    with pytest.raises((NotAnImageError, UnreadableFileError)) as refused:
        refuse(tree.path, tree, list_choices(tree), wanted)
    assert refused.value.message.startswith("a.mat: ")
    assert refused.value.remedy or not nodes
    return refused.value


def array(path, shape, dtype="f8", problem=""):
    return MatNode(path, NodeKind.NUMERIC, shape, np.dtype(dtype), problem=problem)


def test_each_cause_has_its_own_words():
    assert "channel data" in refusal(array("RcvData", (900, 128, 4))).cause
    assert "volume or colour" in refusal(array("Img", (40, 50, 3, 7))).cause
    assert "empty" in refusal(MatNode("ImgData", NodeKind.CELL, (0, 0))).cause
    assert (
        "only a setup (PData, Trans)"
        in refusal(*(MatNode(n, NodeKind.STRUCT, (1, 1)) for n in ("PData", "Trans"))).cause
    )
    assert "no array in the file" in refusal(array("x", (3, 3))).cause
    assert refusal(array("x", (3, 3))).shape == (3, 3)
    assert "no variables" in refusal().cause
    assert "no array of numbers" in refusal(MatNode("f", NodeKind.OTHER)).cause
    assert "lies" in refusal(array("Img", (40, 50), problem="it lies")).cause


def test_a_wanted_variable():
    text = MatNode("note", NodeKind.CHAR, (1, 5), value="hello")
    image = array("Img", (40, 50))
    assert "text, not an image" in refusal(text, image, wanted="note").cause
    missing = refusal(text, image, wanted="gone")
    assert missing.variable == "gone"
    assert "Img" in missing.remedy
