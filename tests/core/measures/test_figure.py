import pytest

from lusgui.base.errors import LusguiError
from lusgui.core.measures.figure import Figure, checked_spacing, depth_mm, distance_mm, refused


def test_what_is_written():
    assert Figure("a", "A", 12.345, "mm").text == "12.3 mm"
    assert Figure("a", "A", -3.14, "°").text == "-3.1°"
    assert Figure("a", "A", 2.0, "").text == "2"
    assert Figure("a", "A", 23.14, "weeks").text == "23.1 weeks"
    assert refused("a", "A", "mm", "why not").text == "–"


def test_lengths_follow_the_spacing():
    assert distance_mm((0, 0), (3, 4), (1.0, 1.0)) == 5
    assert distance_mm((0, 0), (30, 0), (0.1, 7.0)) == pytest.approx(3)
    assert depth_mm(-0.5, (0.1, 0.2)) == 0  # the frame's upper edge
    assert depth_mm(9.5, (0.1, 0.2)) == pytest.approx(1)


@pytest.mark.parametrize("spacing", [(0, 1), (1, -1), (float("nan"), 1), (1, float("inf"))])
def test_no_such_spacing(spacing):
    with pytest.raises(LusguiError, match="measures nothing"):
        checked_spacing(spacing)
