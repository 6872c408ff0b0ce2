from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lusgui.base.errors import LusguiError, UnreadableFileError
from training.data.boxes import (
    Box,
    boxes_in,
    boxes_of,
    mask_of,
    mirror_boxes,
    read_yolo_text,
    write_yolo,
    yolo_text,
)
from training.dataset import Sample

HERE = Path("a.txt")


@st.composite
def boxed_images(draw):
    rows, columns = draw(st.integers(1, 3000)), draw(st.integers(1, 3000))
    boxes = []
    for _ in range(draw(st.integers(0, 4))):
        row0 = draw(st.integers(0, rows - 1))
        col0 = draw(st.integers(0, columns - 1))
        row1, col1 = draw(st.integers(row0 + 1, rows)), draw(st.integers(col0 + 1, columns))
        boxes.append(Box(float(row0), float(col0), float(row1), float(col1)))
    return (rows, columns), tuple(boxes)


@given(boxed_images())
def test_boxes_on_pixels_come_back_exactly(image):
    shape, boxes = image
    text = yolo_text({"b": boxes}, shape, ("a", "b"))
    assert read_yolo_text(text, shape, ("a", "b"), HERE) == {"a": (), "b": boxes}


@given(boxed_images())
def test_boxes_written_with_six_decimals_come_back_exactly(image):
    shape, boxes = image
    lines = [
        f"0 {box.centre[1] / shape[1]:.6f} {box.centre[0] / shape[0]:.6f} "
        f"{box.width / shape[1]:.6f} {box.height / shape[0]:.6f}"
        for box in boxes
    ]
    assert read_yolo_text("\n".join(lines), shape, ("a",), HERE) == {"a": boxes}


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_a_mask_and_its_box(rows, columns, data):
    mask = np.zeros((rows, columns), bool)
    for _ in range(data.draw(st.integers(0, 6))):
        mask[data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))] = True
    found = boxes_of(mask)
    pieces = boxes_of(mask, union=False)
    if not mask.any():
        assert found == pieces == ()
        return
    (box,) = found
    assert boxes_of(mask_of(found, mask.shape)) == found
    assert not mask[~mask_of(pieces, mask.shape)].any()
    assert box.row0 == min(one.row0 for one in pieces)
    assert box.col1 == max(one.col1 for one in pieces)
    assert list(pieces) == sorted(pieces, key=lambda one: (one.row0, one.col0, one.row1, one.col1))


def test_two_hemispheres_are_one_box_or_two():
    mask = np.zeros((20, 30), bool)
    mask[5:9, 2:8] = mask[6:11, 20:26] = True
    assert boxes_of(mask) == (Box(5, 2, 11, 26),)
    assert boxes_of(mask, union=False) == (Box(5, 2, 9, 8), Box(6, 20, 11, 26))


def test_a_text_of_ultralytics_is_understood():
    # centre (0.5, 0.5), half as wide and a quarter as high as the image
    found = read_yolo_text("1 0.5 0.5 0.5 0.25\n\n", (100, 200), ("a", "b"), HERE)
    assert found == {"a": (), "b": (Box(37.5, 50, 62.5, 150),)}


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("0 0.5 0.5 0.5", "line 1 is no box"),
        ("0 0.5 0.5 0.5 0.5 0.9", "line 1 is no box"),
        ("rib 0.5 0.5 0.5 0.5", "line 1 is no box"),
        ("2 0.5 0.5 0.5 0.5", "class 2, but there are 1"),
        ("-1 0.5 0.5 0.5 0.5", "class -1"),
        ("0 50 50 20 20", "not pixels"),
        ("0 0.5 0.5 0 0.5", "does not lie"),
        ("0 nan 0.5 0.5 0.5", "does not lie"),
    ],
)
def test_a_line_that_is_no_box_is_refused(line, cause):
    with pytest.raises(UnreadableFileError, match=cause) as caught:
        read_yolo_text(line, (10, 10), ("a",), HERE)
    assert "a.txt" in str(caught.value)


def test_a_box_that_reaches_over_by_rounding_is_cut():
    (box,) = read_yolo_text("0 0.5 0.5 1.001 1.0", (100, 100), ("a",), HERE)["a"]
    assert box == Box(0, 0, 100, 100)


def test_boxes_are_mirrored():
    box = Box(1, 2, 3, 5)
    assert mirror_boxes([box], 10) == (Box(1, 5, 3, 8),)
    assert mirror_boxes(mirror_boxes([box], 10), 10) == (box,)
    assert boxes_of(mask_of([box], (6, 10))[:, ::-1]) == mirror_boxes([box], 10)


def test_a_written_folder_holds_all_that_yolo_reads(tmp_path):
    mask = np.zeros((20, 30), bool)
    mask[5:9, 2:8] = True
    samples = [
        Sample("p1 a", "p1", np.full((20, 30), 80, np.uint8), {"rib": mask}),
        Sample("p1_b", "p1", np.zeros((20, 30), np.uint8), {"rib": np.zeros((20, 30), bool)}),
    ]
    folder = write_yolo(samples, tmp_path / "out", ["rib"])
    assert (folder / "classes.txt").read_text() == "rib\n"
    assert (folder / "labels" / "p1_b.txt").read_text() == ""
    number, *rest = (folder / "labels" / "p1_a.txt").read_text().split()
    assert number == "0"
    assert [float(one) for one in rest] == pytest.approx([5 / 30, 7 / 20, 6 / 30, 4 / 20])
    with Image.open(folder / "images" / "p1_a.png") as image:
        assert (np.asarray(image) == 80).all()
    assert (folder / "groups.csv").read_text().splitlines() == ["file,group", "p1_a.png,p1", "p1_b.png,p1"]


def test_what_nobody_looked_for_is_not_written(tmp_path):
    sample = Sample("a", "g", np.zeros((4, 4), np.uint8))
    assert boxes_in(sample, "rib") is None
    with pytest.raises(LusguiError, match="nobody looked for 'rib'"):
        write_yolo([sample], tmp_path, ["rib"])


def test_two_frames_of_one_name_are_not_written(tmp_path):
    blank = np.zeros((4, 4), np.uint8)
    twins = [Sample(name, "g", blank, boxes={"rib": ()}) for name in ("a b", "a_b")]
    with pytest.raises(LusguiError, match="two frames are called 'a_b'"):
        write_yolo(twins, tmp_path, ["rib"])
