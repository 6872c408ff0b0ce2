import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.core.measures.drawn import Drawn, Kind, drawn_from_json, figure_of

NUMBERS = st.floats(-50, 500, allow_nan=False)
POINTS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=8)


def test_each_kind_reads_in_mm():
    spacing = (0.1, 0.5)
    assert figure_of(Drawn(Kind.DISTANCE, ((0, 0), (30, 8))), spacing).value == pytest.approx(5)
    right = figure_of(Drawn(Kind.ANGLE, ((10, 0), (0, 0), (0, 7))), spacing)
    assert right.value == pytest.approx(90)
    assert right.text == "90.0°"
    # 5 mm down, 5 mm across: 45 degrees though the pixels are not square
    assert figure_of(Drawn(Kind.ANGLE, ((50, 10), (0, 0), (0, 9))), spacing).value == pytest.approx(45)
    assert figure_of(Drawn(Kind.AREA, ((0, 0), (0, 4), (20, 4), (20, 0))), spacing).value == pytest.approx(4)


@pytest.mark.parametrize("kind", Kind)
def test_refused_without_spacing(kind):
    points = ((0, 0), (5, 5), (9, 0))[: 2 if kind is Kind.DISTANCE else 3]
    found = figure_of(Drawn(kind, points), None)
    assert found.value is None
    assert "calibrate" in found.reason


def test_what_is_incomplete():
    assert not Drawn(Kind.DISTANCE, ((1, 1), (1, 1))).is_complete
    assert not Drawn(Kind.ANGLE, ((1, 1), (1, 1), (2, 2))).is_complete
    assert not Drawn(Kind.AREA, ((1, 1), (2, 2))).is_complete
    assert not Drawn(Kind.DISTANCE, ((1, 1), (2, float("nan")))).is_complete
    assert figure_of(Drawn(Kind.AREA, ((1, 1), (2, 2))), (1, 1)).value is None


@given(points=POINTS, kind=st.sampled_from(Kind))
def test_a_file_keeps_them(points, kind):
    drawn = Drawn(kind, tuple(points), "tcd" if kind is Kind.DISTANCE else "")
    back = drawn_from_json(json.loads(json.dumps(drawn.to_json())))
    assert back == (drawn if drawn.is_complete else None)


@pytest.mark.parametrize("value", [None, 3, [], {}, {"kind": "x"}, {"kind": "area", "points": [[1], [2]]}])
def test_what_a_file_may_hold_instead(value):
    assert drawn_from_json(value) is None


def test_a_point_moves():
    drawn = Drawn(Kind.DISTANCE, ((0, 0), (5, 5)), "tcd").moved(1, (5, 9.999))
    assert drawn.points == ((0, 0), (5, 10.0))
    assert drawn.role == "tcd"


def test_area_of_a_circle():
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = tuple(zip(100 + 40 * np.sin(turn), 90 + 40 * np.cos(turn), strict=True))
    assert figure_of(Drawn(Kind.AREA, ring), (0.25, 0.25)).value == pytest.approx(np.pi * 100, rel=0.01)
