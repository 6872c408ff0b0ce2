from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy.io import savemat

from lusgui.base.errors import LusguiError, UnreadableFileError
from training.data.pictures import (
    UNNAMED,
    StoredMask,
    check_size,
    decode_masks,
    files_in,
    first_problem,
    is_coloured,
    read_image,
    read_json,
    read_label_names,
    read_stored_mask,
)
from training.dataset import DISPLAY_8_BIT


def stored(tmp_path, array):
    return StoredMask(tmp_path / "m.png", np.asarray(array)[np.newaxis], {})


def test_a_photograph_becomes_gray_by_luma(put):
    colour = np.zeros((4, 5, 3), np.uint8)
    colour[..., 1] = 200
    picture = read_image(put("a.png", colour))
    assert picture.shape == (4, 5)
    assert (picture.frames[0] == 117).all()  # 0.587 * 200
    assert picture.mapping == DISPLAY_8_BIT


def test_a_tiff_of_16_bits_keeps_its_numbers_and_has_its_own_mapping(tmp_path):
    pages = np.linspace(0, 4000, 2 * 8 * 9).reshape(2, 8, 9).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", pages, photometric="minisblack")
    picture = read_image(tmp_path / "a.tif")
    assert len(picture.frames) == 2
    assert np.array_equal(picture.frames[1], pages[1])
    assert picture.mapping.high == 4095


def test_an_unreadable_picture_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(LusguiError, match=r"a\.png"):
        read_image(tmp_path / "a.png")


def test_files_are_listed_as_people_count_without_hidden_ones(tmp_path):
    for name in ("img_10.PNG", "img_9.png", ".img_1.png", "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in files_in(tmp_path, (".png",))] == ["img_9.png", "img_10.PNG"]
    with pytest.raises(UnreadableFileError, match="cannot be listed"):
        files_in(tmp_path / "nowhere", (".png",))


def test_a_size_that_differs_is_explained(tmp_path):
    check_size((3, 4), (3, 4), tmp_path / "m.png", "a.png")
    with pytest.raises(
        UnreadableFileError, match=r"m\.png.*4 x 3.*'a\.png' 3 x 4.*90 degrees.*never resized"
    ):
        check_size((4, 3), (3, 4), tmp_path / "m.png", "a.png")


@pytest.mark.parametrize("value", [1, 7, 128, 255])
def test_one_value_is_a_plain_mask_whatever_it_is(put, blob, value):
    one = read_stored_mask(put("m.png", blob(value)))
    (found,) = decode_masks([one])
    assert set(found) == {UNNAMED}
    assert found[UNNAMED].shape == (1, 24, 32)
    assert found[UNNAMED].sum() == 32


def test_an_empty_mask_is_plain(tmp_path, blob):
    (found,) = decode_masks([stored(tmp_path, blob(0))])
    assert not found[UNNAMED].any()


def test_few_small_values_are_a_label_map_in_all_files(tmp_path, blob):
    both = blob(1)
    both[15, 20] = 2
    files = [stored(tmp_path, both), stored(tmp_path, blob(2)), stored(tmp_path, blob(0))]
    first, second, third = decode_masks(files)
    assert set(first) == set(second) == set(third) == {"value 1", "value 2"}
    assert first["value 2"].sum() == 1
    assert second["value 2"].sum() == 32
    assert not second["value 1"].any()
    named = decode_masks(files, {1: "rib", 2: "pleura"})
    assert named[0]["pleura"].sum() == 1
    assert decode_masks(files, {1: "bone", 2: "bone"})[0]["bone"].sum() == 33


def test_a_value_without_a_name_is_refused(tmp_path, blob):
    with pytest.raises(UnreadableFileError, match=r"the value 3.*known are 1 = rib"):
        decode_masks([stored(tmp_path, blob(3))], {1: "rib"})


def test_soft_edges_are_cut_at_half(tmp_path, blob):
    mask = blob(255)
    mask[4, 4:12] = 100
    mask[9, 4:8] = 130
    (found,) = decode_masks([stored(tmp_path, mask)], soft=True)
    assert found[UNNAMED].sum() == 36
    ramp = np.tile(np.linspace(0, 255, 64), (8, 1)).astype(np.uint8)
    (found,) = decode_masks([stored(tmp_path, ramp)])
    assert found[UNNAMED].sum() == 8 * 32


def test_values_that_mean_nothing_are_refused(tmp_path, blob):
    mask = blob(255)
    mask[15:19, 4:12] = 128
    with pytest.raises(UnreadableFileError, match=r"values 128, 255.*labels\.json"):
        decode_masks([stored(tmp_path, mask)])


@pytest.mark.parametrize(("dtype", "top"), [(np.float32, 1.0), (np.uint16, 65535), (np.bool_, True)])
def test_masks_of_other_types(tmp_path, blob, dtype, top):
    mask = (blob(1).astype(bool) * top).astype(dtype)
    (found,) = decode_masks([stored(tmp_path, mask)])
    assert found[UNNAMED].sum() == 32


def test_nan_in_a_mask_is_refused(tmp_path):
    with pytest.raises(UnreadableFileError, match="NaN"):
        decode_masks([stored(tmp_path, np.array([[np.nan, 1.0]]))])


def test_a_mat_mask_names_itself(tmp_path, blob):
    savemat(tmp_path / "m.mat", {"mask_rib": blob(1)})
    one = read_stored_mask(tmp_path / "m.mat")
    assert one.shape == (1, 24, 32)
    assert set(decode_masks([one])[0]) == {"rib"}
    savemat(tmp_path / "n.mat", {"mask": blob(1).astype(bool)})
    assert set(decode_masks([read_stored_mask(tmp_path / "n.mat")])[0]) == {UNNAMED}


def test_a_tiff_mask_has_a_plane_a_page(tmp_path, blob):
    tifffile.imwrite(tmp_path / "m.tif", np.stack([blob(), blob(0)]), photometric="minisblack")
    assert read_stored_mask(tmp_path / "m.tif").shape == (2, 24, 32)


def test_a_coloured_mask_says_what_is_missing(put, blob):
    colour = np.zeros((24, 32, 3), np.uint8)
    colour[..., 0] = blob(128)
    assert is_coloured(colour)
    assert not is_coloured(blob())
    assert not is_coloured(np.repeat(blob()[..., None], 3, axis=2))
    with pytest.raises(UnreadableFileError, match=r"colours\.json"):
        read_stored_mask(put("m.png", colour))


def test_names_of_values_are_read(tmp_path):
    assert read_label_names(tmp_path) is None
    (tmp_path / "labels.json").write_text('{"1": "rib"}')
    assert read_label_names(tmp_path) == {1: "rib"}
    for text in ('{"a": "rib"}', '{"1": 2}', "[]", "{}"):
        (tmp_path / "labels.json").write_text(text)
        with pytest.raises(UnreadableFileError, match="does not name the values"):
            read_label_names(tmp_path)
    (tmp_path / "labels.json").write_text("{")
    with pytest.raises(UnreadableFileError, match="no JSON"):
        read_json(tmp_path / "labels.json")


def test_the_first_problem_counts_the_others(tmp_path):
    images = [tmp_path / "a.png", tmp_path / "b.png", tmp_path / "c.png"]
    said = str(first_problem(tmp_path, images, []))
    assert said.startswith("a.png: the image has no mask in")
    assert "nor have 2 more" in said
    assert "the mask has no image" in str(first_problem(tmp_path, [], images[:1]))


def test_a_table_that_may_not_be_read_is_said_in_plain_words(tmp_path, monkeypatch):
    path = tmp_path / "colours.json"

    def refuse(self, *arguments, **more):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(type(path), "read_text", refuse)
    with pytest.raises(UnreadableFileError, match=r"^colours\.json: you may not read it\. Copy"):
        read_json(path)
