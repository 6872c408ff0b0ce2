import pytest

from lusgui.base.errors import LusguiError
from lusgui.core.measures.calibration import Along, likely_direction, spacing_along


def test_a_known_distance():
    assert spacing_along((0, 0), (30, 40), 10, Along.BOTH) == pytest.approx(0.2)
    assert spacing_along((0, 0), (100, 3), 20, Along.ROWS) == pytest.approx(0.2)
    assert spacing_along((0, 90), (2, 10), 20, Along.COLUMNS) == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("ends", "length", "along", "words"),
    [
        (((0, 0), (30, 40)), 0, Along.BOTH, "more than 0"),
        (((0, 0), (30, 40)), float("nan"), Along.BOTH, "more than 0"),
        (((0, 0), (1, 1)), 5, Along.BOTH, "too short"),
        (((0, 0), (30, 40)), 5, Along.ROWS, "slanted"),
        (((0, 0), (0, 40)), 5, Along.ROWS, "too short"),
        (((0, 0), (30, 40)), 5, Along.COLUMNS, "slanted"),
    ],
)
def test_what_cannot_be(ends, length, along, words):
    with pytest.raises(LusguiError, match=words):
        spacing_along(*ends, length, along)


def test_which_spacing_is_meant():
    down, across = ((0, 0), (50, 1)), ((0, 0), (1, 50))
    assert likely_direction(*down, None, (400, 500)) is Along.BOTH
    assert likely_direction(*down, (0.1, 0.1), (400, 500)) is Along.BOTH
    assert likely_direction(*down, (0.1, 0.3), (400, 500)) is Along.ROWS
    assert likely_direction(*across, (0.1, 0.3), (400, 500)) is Along.COLUMNS
    assert likely_direction(*down, None, (960, 128)) is Along.ROWS
