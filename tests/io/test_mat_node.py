from __future__ import annotations

from pathlib import Path

import numpy as np

from lusgui.io.mat_node import MatNode, MatTree, NodeKind


def number(path, *values):
    return MatNode(path, NodeKind.NUMERIC, (1, len(values)), np.dtype("f8"), np.array([values]))


def tree():
    inner = MatNode(
        "P.Trans", NodeKind.STRUCT, (1, 1), fields={"frequency": [number("P.Trans.frequency", 5.2)]}
    )
    wrapped = MatNode("P.c", NodeKind.CELL, (1, 1), children=[number("P.c{1}", 7.0, 8.0)])
    holder = MatNode("P", NodeKind.STRUCT, (1, 1), fields={"Trans": [inner], "c": [wrapped]})
    return MatTree(Path("a.mat"), "MAT v7", [holder, number("p", 1.0), number("empty")])


def test_looking_up():
    found = tree()
    assert found.variable("p").path == "p"
    assert found.variable("EMPTY").path == "empty"
    assert found.variable("nothing") is None
    assert found.find("P.Trans.frequency").scalar() == 5.2
    assert found.struct("Trans").get("FREQUENCY").scalar() == 5.2
    assert [node.path for node in found.walk()][:3] == ["P", "P.Trans", "P.Trans.frequency"]


def test_one_by_one_cells_are_looked_through():
    cell = tree().find("P.c")
    assert cell.scalar() == 7.0
    assert cell.vector().tolist() == [7.0, 8.0]


def test_what_is_no_number():
    assert number("x").scalar() is None
    assert number("x", float("nan")).scalar() is None
    assert MatNode("t", NodeKind.CHAR, (1, 2), value="ab").scalar() is None
    assert MatNode("t", NodeKind.CHAR, (1, 2), value="ab").text() == "ab"


def test_names_and_sizes():
    node = MatNode("rfiq(2).ImgData{3}", NodeKind.NUMERIC, (2**40, 2**40), np.dtype("f8"))
    assert node.name == "ImgData"
    assert node.size == 2**80
    assert node.nbytes == 2**83
    assert not node.is_numeric
