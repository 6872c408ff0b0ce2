from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import UnreadableFileError
from training.data.colour_masks import fits, fits_usgra, parse_colour, read, read_usgra


@pytest.fixture
def coloured(blob):
    """Dark red and dark green on black."""
    mask = np.zeros((24, 32, 3), np.uint8)
    mask[blob() > 0] = (128, 0, 0)
    mask[20:22, 3:6] = (0, 128, 0)
    return mask


def test_a_map_says_what_colours_mean(put, frame, coloured, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", coloured)
    put("images/b.png", frame(1))
    put("masks/b.png", np.zeros((24, 32, 3), np.uint8))
    (tmp_path / "colours.json").write_text('{"#800000": "vessel", "0, 128, 0": "nerve"}')
    assert fits(tmp_path)
    first, second = read(tmp_path)
    assert {label: int(mask.sum()) for label, mask in first.masks.items()} == {"vessel": 32, "nerve": 6}
    assert set(second.masks) == {"vessel", "nerve"}
    assert not any(mask.any() for mask in second.masks.values())


def test_a_palette_is_looked_up(put, frame, coloured, tmp_path):
    put("images/0000.png", frame())
    path = put("masks/0000.png", coloured)
    Image.fromarray(coloured).quantize(4).save(path)
    with Image.open(path) as image:
        assert image.mode == "P"
    assert fits_usgra(tmp_path)
    (sample,) = read_usgra(tmp_path)
    assert {label: int(mask.sum()) for label, mask in sample.masks.items()} == {"vessel": 32, "nerve": 6}


def test_other_names_or_colours_are_not_usgra(put, frame, coloured, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", coloured)
    assert not fits_usgra(tmp_path)
    put("b/images/0000.png", frame())
    put("b/masks/0000.png", coloured + 1)
    assert not fits_usgra(tmp_path / "b")
    put("c/images/0000.png", frame())
    put("c/masks/0000.png", coloured)
    assert fits_usgra(tmp_path / "c")
    (tmp_path / "c/colours.json").write_text('{"#800000": "a", "#008000": "b"}')
    assert not fits_usgra(tmp_path / "c")


def test_gray_masks_are_not_in_colour(put, frame, blob, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", blob())
    assert not fits(tmp_path)


def test_without_a_map_the_colours_are_named(put, frame, coloured, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", coloured)
    with pytest.raises(UnreadableFileError, match=r"colours\.json.*#008000, #800000"):
        read(tmp_path)


def test_a_colour_that_is_not_in_the_map_is_refused(put, frame, coloured, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", coloured)
    (tmp_path / "colours.json").write_text('{"#800000": "vessel"}')
    with pytest.raises(UnreadableFileError, match=r"a\.png: it holds the colour \(0, 128, 0\)"):
        read(tmp_path)


def test_two_colours_may_mean_one_thing(put, frame, coloured, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", coloured)
    (tmp_path / "colors.json").write_text('{"#800000": "x", "#008000": "x"}')
    assert read(tmp_path)[0].masks["x"].sum() == 38


@pytest.mark.parametrize("text", ['{"red": "vessel"}', '{"#800000": 1}', "{}", "[1]", "{"])
def test_a_damaged_map_is_refused(put, frame, coloured, tmp_path, text):
    put("images/a.png", frame())
    put("masks/a.png", coloured)
    (tmp_path / "colours.json").write_text(text)
    with pytest.raises(UnreadableFileError, match=r"colours\.json"):
        read(tmp_path)


def test_a_mask_of_another_size_is_refused(put, frame, coloured, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", coloured[:20])
    (tmp_path / "colours.json").write_text('{"#800000": "vessel"}')
    with pytest.raises(UnreadableFileError, match="20 x 32"):
        read(tmp_path)


def test_colours_are_written_in_several_ways():
    for text in ("#800000", "800000", "128,0,0", "(128, 0, 0)", "[128,0,0]", " 128 0 0 "):
        assert parse_colour(text) == (128, 0, 0)
    for text in ("dark red", "#80000", "128,0", "300,0,0"):
        with pytest.raises(ValueError, match="no colour"):
            parse_colour(text)
