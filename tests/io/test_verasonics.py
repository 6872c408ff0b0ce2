from __future__ import annotations

import numpy as np
import pytest
import scipy.io as sio

from lusgui.io.mat5 import list_mat5
from lusgui.io.verasonics import read_settings, ring_order

WAVELENGTH = 1540 / 7.813e6 * 1e3
TRANS = {"frequency": 7.813, "units": "wavelengths", "spacingMm": 0.1953}
RESOURCE = {"Parameters": {"speedOfSound": 1540}}
PDATA = {"PDelta": [[1.147, 0.0, 0.5]], "Size": [[380.0, 192.0, 1.0]], "Origin": [[-109.58, 0.0, 2.0]]}


@pytest.fixture
def tree_of(tmp_path):
    def make(**variables):
        sio.savemat(tmp_path / "a.mat", variables)
        with (tmp_path / "a.mat").open("rb") as stream:
            return list_mat5(tmp_path / "a.mat", stream)

    return make


@pytest.mark.parametrize(
    ("variables", "spacing"),
    [
        ({"PData": PDATA, "Trans": TRANS, "Resource": RESOURCE}, (0.5 * WAVELENGTH, 1.147 * WAVELENGTH)),
        ({"PData": PDATA, "Trans": TRANS}, (0.5 * WAVELENGTH, 1.147 * WAVELENGTH)),
        ({"w": {"PData": PDATA, "Trans": TRANS}}, (0.5 * WAVELENGTH, 1.147 * WAVELENGTH)),
        (
            {
                "PData": PDATA,
                "Trans": {"frequency": 7.813e6},
                "Resource": {"Parameters": {"speedOfSound": np.uint16(1480)}},
            },
            (0.5 * WAVELENGTH * 1480 / 1540, 1.147 * WAVELENGTH * 1480 / 1540),
        ),
        (
            {"PData": PDATA, "Trans": TRANS, "Resource": {"Parameters": {"speedOfSound": 1.54}}},
            (0.5 * WAVELENGTH, 1.147 * WAVELENGTH),
        ),
        ({"PData": {"pdelta": 0.4}, "Trans": TRANS}, (0.4 * WAVELENGTH, 0.4 * WAVELENGTH)),
        ({"PData": {"pdeltaX": 1.0, "pdeltaZ": 0.25}, "Trans": TRANS}, (0.25 * WAVELENGTH, WAVELENGTH)),
        ({"PData": PDATA, "Trans": {"spacing": 1.5, "spacingMm": 0.3}}, (0.1, 0.2294)),
        ({"PData": PDATA}, None),
        ({"PData": {**PDATA, "Coord": "polar"}, "Trans": TRANS}, None),
        ({"PData": {"PDelta": [[0.0, 0.0, 0.0]]}, "Trans": TRANS}, None),
        ({"PData": {"PDelta": [[np.nan, 0.0, 1.0]]}, "Trans": TRANS}, None),
        ({"PData": PDATA, "Trans": {"frequency": 0.0}}, None),
        ({"Trans": TRANS}, None),
        ({"spacing_mm": [[0.05, 0.3]]}, (0.05, 0.3)),
    ],
)
def test_spacing(tree_of, variables, spacing):
    settings = read_settings(tree_of(**variables))
    assert settings.spacing_mm == (None if spacing is None else pytest.approx(spacing, rel=1e-6))
    if spacing is None and "PData" in variables:
        assert settings.warnings


def test_assumptions_are_said(tree_of):
    assert any("1540" in note for note in read_settings(tree_of(PData=PDATA, Trans=TRANS)).warnings)
    assert read_settings(tree_of(PData=PDATA, Trans=TRANS, Resource=RESOURCE)).warnings == []


@pytest.mark.parametrize(
    ("variables", "rate"),
    [
        ({"P": {"frameRate": 25.0}}, 25.0),
        ({"fps": 12}, 12.0),
        ({"fps": -3}, None),
        ({"TX": {"x": 1}, "SeqControl": {"command": "timeToNextAcq", "argument": 20000}}, 50.0),
        ({"SeqControl": {"command": "timeToNextAcq", "argument": 20000}}, None),
        ({}, None),
    ],
)
def test_frame_rate(tree_of, variables, rate):
    assert read_settings(tree_of(x=1, **variables)).frame_rate_hz == rate


def test_the_grid_of_the_right_size_is_taken(tree_of):
    grids = np.array(
        [([[1.0, 0, 1.0]], [[40.0, 50.0, 1.0]]), ([[1.0, 0, 0.5]], [[80.0, 60.0, 1.0]])],
        dtype=[("PDelta", "O"), ("Size", "O")],
    )
    tree = tree_of(PData=grids, Trans=TRANS)
    assert read_settings(tree).pixel_size == (40, 50)
    assert read_settings(tree, (80, 60)).spacing_mm == pytest.approx((0.5 * WAVELENGTH, WAVELENGTH))
    assert read_settings(tree, (9, 9)).pixel_size == (40, 50)


def test_ring_order(tree_of):
    buffers = np.array(
        [(4, 1, 4), (5, 3, 2)], dtype=[("numFrames", "O"), ("firstFrame", "O"), ("lastFrame", "O")]
    )
    tree = tree_of(Resource={"ImageBuffer": buffers})
    assert ring_order(tree, "ImgData{1}", 4) is None
    assert ring_order(tree, "ImgData{2}", 5) == (2, 3, 4, 0, 1)
    assert ring_order(tree, "w.ImgDataP{2}", 5) == (2, 3, 4, 0, 1)
    assert ring_order(tree, "ImgData{2}", 4) is None
    assert ring_order(tree, "bmode", 5) is None
    assert ring_order(tree_of(x=1), "ImgData{1}", 5) is None
    assert ring_order(tree_of(Resource={"ImageBuffer": {"firstFrame": 9}}), "ImgData{1}", 5) is None
