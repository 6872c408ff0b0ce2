import pytest
from hypothesis import given
from hypothesis import strategies as st

from lusgui.base.errors import LearnError
from lusgui.core.detections import Detection, Detections

numbers = st.floats(0, 100, allow_nan=False)


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(0, 9), numbers, numbers, st.floats(0, 1)), max_size=9)
)
def test_detections_survive_json(boxes):
    found = tuple(Detection(r, f, row, col, row + 3, col + 2, sure) for r, f, row, col, sure in boxes)
    made = Detections("rib", "yolo 1", 40, found)
    assert Detections.loads(made.dumps()) == made


def test_frames_are_those_with_a_sure_box_in_order():
    boxes = [(2, 0, 0.9), (1, 5, 0.5), (1, 5, 0.3), (1, 2, 0.1)]
    found = tuple(Detection(r, f, 1.0, 1.0, 4.0, 4.0, sure) for r, f, sure in boxes)
    made = Detections("rib", "yolo 1", 40, found)
    assert made.frames() == [(1, 5), (2, 0)]
    assert made.frames(0.0) == [(1, 2), (1, 5), (2, 0)]
    assert made.found[0].as_mark("rib").kind == "box"


@pytest.mark.parametrize(
    "values",
    [(1, 0, 5.0, 1.0, 5.0, 4.0, 0.5), (1, 0, 1.0, 1.0, 4.0, 4.0, 1.5), (1, -1, 1.0, 1.0, 4.0, 4.0, 0.5)],
)
def test_nonsense_is_refused(values):
    with pytest.raises(LearnError):
        Detection(*values)
