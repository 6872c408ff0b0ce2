from __future__ import annotations

import numpy as np
import pytest
from skimage.draw import ellipse, ellipse_perimeter

from lusgui.base.errors import UnreadableFileError
from training.data.hc18 import fill_outline, fits, read

SHAPE = (120, 160)
TABLE = "filename,pixel size(mm),head circumference (mm)\n000_HC.png,0.07,44.3\n000_2HC.png,0.071,45.1\n"


def outline(row=60, column=80):
    mask = np.zeros(SHAPE, np.uint8)
    rows, columns = ellipse_perimeter(row, column, 40, 55)
    for down in (0, 1, 2):
        inside = (rows + down >= 0) & (rows + down < SHAPE[0]) & (columns >= 0) & (columns < SHAPE[1])
        mask[rows[inside] + down, columns[inside]] = 255
    return mask


@pytest.fixture
def heads(put, frame, tmp_path):
    for name in ("000_HC", "000_2HC"):
        put(f"{name}.png", frame(shape=SHAPE))
        put(f"{name}_Annotation.png", outline())
    (tmp_path / "pixel_size_and_HC.csv").write_text(TABLE)
    return tmp_path


def test_heads_are_filled_and_know_their_millimetres(heads):
    assert fits(heads)
    second, first = read(heads)
    assert (first.name, first.group, second.group) == ("000_HC", "000", "000")
    assert first.spacing_mm == (0.07, 0.07)
    assert first.facts == {"hc_mm": 44.3}
    assert first.masks["head"].sum() == pytest.approx(np.pi * 40 * 55, rel=0.08)
    assert first.masks["head"][60, 80]


def test_the_published_layout(put, frame, tmp_path):
    put("training_set/000_HC.png", frame(shape=SHAPE))
    put("training_set/000_HC_Annotation.png", outline())
    (tmp_path / "training_set_pixel_size_and_HC.csv").write_text(TABLE)
    (tmp_path / "test_set_pixel_size.csv").write_text("filename,pixel size(mm)\n000_HC.png,0.3\n")
    assert fits(tmp_path)
    (sample,) = read(tmp_path)
    assert sample.spacing_mm == (0.07, 0.07)


def test_without_the_table_nothing_is_known_of_size(heads):
    (heads / "pixel_size_and_HC.csv").unlink()
    assert read(heads)[0].spacing_mm is None


@pytest.mark.parametrize(
    "text", ["name\n", TABLE.replace("0.07,", "wide,"), TABLE.replace("filename", "file")]
)
def test_a_damaged_table_is_refused(heads, text):
    (heads / "pixel_size_and_HC.csv").write_text(text)
    with pytest.raises(UnreadableFileError, match="table of pixel sizes is damaged"):
        read(heads)


def test_an_image_that_the_table_lacks_is_refused(heads):
    (heads / "pixel_size_and_HC.csv").write_text(TABLE.splitlines()[0] + "\n")
    with pytest.raises(UnreadableFileError, match="does not list it"):
        read(heads)


def test_one_without_the_other_is_refused(heads, put, frame):
    lonely = put("006_HC.png", frame(shape=SHAPE))
    with pytest.raises(UnreadableFileError, match=r"006_HC\.png: the image has no mask"):
        read(heads)
    lonely.unlink()
    put("012_HC_Annotation.png", outline())
    with pytest.raises(UnreadableFileError, match=r"012_HC_Annotation\.png: the mask has no image"):
        read(heads)


def test_a_filled_mask_stays_as_it_is(tmp_path):
    mask = np.zeros(SHAPE, bool)
    mask[ellipse(60, 80, 40, 55)] = True
    assert np.array_equal(fill_outline(mask, tmp_path), mask)
    assert not fill_outline(np.zeros(SHAPE, bool), tmp_path).any()


@pytest.mark.parametrize(("row", "column"), [(20, 80), (60, 20), (105, 140)])
def test_a_head_that_the_edge_cuts_is_filled(tmp_path, row, column):
    whole = np.zeros(SHAPE, bool)
    whole[ellipse(row, column, 40, 55, shape=SHAPE)] = True
    filled = fill_outline(outline(row, column) > 0, tmp_path)
    dice = 2 * (filled & whole).sum() / (filled.sum() + whole.sum())
    assert dice > 0.95


def test_a_line_encloses_nothing(tmp_path):
    mask = np.zeros(SHAPE, bool)
    np.fill_diagonal(mask, True)
    with pytest.raises(UnreadableFileError, match="encloses nothing"):
        fill_outline(mask, tmp_path / "a.png")
