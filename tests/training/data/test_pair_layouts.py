from __future__ import annotations

import numpy as np
import pytest
import tifffile
from scipy.io import savemat

from lusgui.base.errors import LusguiError, UnreadableFileError
from training.data.groups import UNKNOWN
from training.data.pair_layouts import (
    fits_beside,
    fits_mat_masks,
    fits_pairs,
    pair_folders,
    read_beside,
    read_mat_masks,
    read_pairs,
)
from training.data.pictures import UNNAMED


def test_img_and_mask_of_cheng_and_lam(put, frame, blob, tmp_path):
    for number in (1, 2, 10):
        put(f"IMG/img_{number}.tif", frame(number))
        put(f"MASK/mask_{number}.tif", blob())
    assert fits_pairs(tmp_path)
    samples = read_pairs(tmp_path)
    assert [one.name for one in samples] == ["img_1", "img_2", "img_10"]
    assert np.array_equal(samples[2].frame, frame(10))
    assert all(one.masks[UNNAMED].sum() == 32 for one in samples)
    assert samples[0].group == UNKNOWN
    assert samples[0].source == "img_1.tif"


def test_images_and_masks_of_one_name(put, frame, blob, tmp_path):
    put("images/a.jpg", frame())
    put("masks/a.png", blob(1))
    put("images/img_b.png", frame())
    put("masks/img_b.png", blob(0))
    first, second = read_pairs(tmp_path)
    assert first.masks[UNNAMED].sum() == 32
    assert not second.masks[UNNAMED].any()


def test_parts_of_a_set_are_read_together(put, frame, blob, tmp_path):
    for part in ("train", "val"):
        put(f"{part}/images/a.png", frame())
        put(f"{part}/masks/a.png", blob())
    assert [prefix for prefix, _, _ in pair_folders(tmp_path)] == ["train/", "val/"]
    assert [one.name for one in read_pairs(tmp_path)] == ["train/a", "val/a"]


def test_a_folder_for_each_label(put, frame, blob, tmp_path):
    put("images/a.png", frame())
    put("images/b.png", frame())
    put("masks/rib/a.png", blob())
    put("masks/rib/b.png", blob())
    put("masks/pleura/b.png", blob(1))
    first, second = read_pairs(tmp_path)
    assert set(first.masks) == {"rib"}
    assert set(second.masks) == {"rib", "pleura"}


def test_label_maps_have_names(put, frame, blob, tmp_path):
    both = blob(1)
    both[20, 20] = 2
    put("images/a.png", frame())
    put("masks/a.png", both)
    assert set(read_pairs(tmp_path)[0].masks) == {"value 1", "value 2"}
    (tmp_path / "labels.json").write_text('{"1": "rib", "2": "pleura"}')
    assert set(read_pairs(tmp_path)[0].masks) == {"rib", "pleura"}


def test_pages_are_frames_of_one_group(tmp_path, frame, blob):
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    pages = np.stack([frame(0), frame(1)])
    tifffile.imwrite(tmp_path / "images/clip.tif", pages, photometric="minisblack")
    tifffile.imwrite(tmp_path / "masks/clip.tif", np.stack([blob(), blob(0)]), photometric="minisblack")
    first, second = read_pairs(tmp_path)
    assert (first.name, second.name) == ("clip_00001", "clip_00002")
    assert first.group == second.group == "clip"
    assert np.array_equal(second.frame, pages[1])
    assert first.masks[UNNAMED].any()
    assert not second.masks[UNNAMED].any()
    tifffile.imwrite(tmp_path / "masks/clip.tif", blob(), photometric="minisblack")
    with pytest.raises(UnreadableFileError, match=r"1 masks, but 'clip\.tif' 2 frames"):
        read_pairs(tmp_path)


def test_a_mat_image_keeps_its_own_numbers(tmp_path, put, blob):
    (tmp_path / "images").mkdir()
    amplitude = np.random.default_rng(0).rayleigh(1000.0, (24, 32))
    savemat(tmp_path / "images/a.mat", {"ImgData": amplitude})
    put("masks/a.png", blob())
    (sample,) = read_pairs(tmp_path)
    assert np.allclose(sample.frame, amplitude)
    assert sample.mapping.high > 255
    assert 0 <= sample.gray().min() < sample.gray().max() <= 1


def test_one_mat_a_mask_in_its_folder(tmp_path, put, frame, blob):
    put("images/a.png", frame())
    (tmp_path / "masks").mkdir()
    savemat(tmp_path / "masks/a.mat", {"rib_mask": blob(1).astype(bool)})
    assert fits_mat_masks(tmp_path)
    (sample,) = read_mat_masks(tmp_path)
    assert {label: mask.sum() for label, mask in sample.masks.items()} == {"rib": 32}


def test_one_mat_a_mask_beside_its_image(tmp_path, put, frame, blob):
    put("a.png", frame())
    put("b.png", frame())
    savemat(tmp_path / "a.mat", {"bw": blob(1)})
    savemat(tmp_path / "b.rib.mat", {"bw": blob(1)})
    assert fits_mat_masks(tmp_path)
    first, second = read_mat_masks(tmp_path)
    assert set(first.masks) == {UNNAMED}
    assert set(second.masks) == {"rib"}


def test_masks_beside_their_images(tmp_path, put, frame, blob):
    put("a.jpg", frame())
    put("a.cerebellum.png", blob())
    put("a.vermis.png", blob(0))
    put("b.jpg", frame())
    put("b.cerebellum.png", blob())
    assert fits_beside(tmp_path)
    first, second = read_beside(tmp_path)
    assert set(first.masks) == {"cerebellum", "vermis"}
    assert not first.masks["vermis"].any()
    assert set(second.masks) == {"cerebellum"}


def test_masks_beside_that_only_say_mask_are_united(tmp_path, put, frame, blob):
    put("benign (1).png", frame())
    put("benign (1)_mask.png", blob())
    second = np.zeros((24, 32), np.uint8)
    second[20, 20] = 255
    put("benign (1)_mask_1.png", second)
    (sample,) = read_beside(tmp_path)
    assert sample.masks[UNNAMED].sum() == 33


def test_a_mask_of_another_size_is_refused(put, frame, blob, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", blob(shape=(24, 30)))
    with pytest.raises(UnreadableFileError, match=r"a\.png.*24 x 30.*24 x 32.*never resized"):
        read_pairs(tmp_path)
    put("beside/a.png", frame())
    put("beside/a.rib.png", blob(shape=(32, 24)))
    with pytest.raises(UnreadableFileError, match="turned by 90 degrees"):
        read_beside(tmp_path / "beside")


def test_an_image_without_mask_and_a_mask_without_image_are_refused(put, frame, blob, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", blob())
    lonely = put("images/b.png", frame())
    with pytest.raises(UnreadableFileError, match=r"b\.png: the image has no mask in 'masks'"):
        read_pairs(tmp_path)
    lonely.unlink()
    put("masks/c.png", blob())
    with pytest.raises(UnreadableFileError, match=r"c\.png: the mask has no image"):
        read_pairs(tmp_path)


def test_beside_too(put, frame, blob, tmp_path):
    put("a.png", frame())
    put("a.rib.png", blob())
    lonely = put("b.png", frame())
    with pytest.raises(UnreadableFileError, match=r"b\.png: the image has no mask"):
        read_beside(tmp_path)
    lonely.unlink()
    put("c.rib.png", blob())
    with pytest.raises(UnreadableFileError, match=r"c\.rib\.png: the mask has no image"):
        read_beside(tmp_path)


def test_a_folder_of_labels_that_misses_an_image_altogether(put, frame, blob, tmp_path):
    put("images/a.png", frame())
    put("images/b.png", frame())
    put("masks/rib/a.png", blob())
    with pytest.raises(UnreadableFileError, match=r"b\.png: the image has no mask"):
        read_pairs(tmp_path)


def test_two_files_for_one_image_are_refused(put, frame, blob, tmp_path):
    put("images/a.png", frame())
    put("masks/a.png", blob())
    put("masks/a.bmp", blob())
    with pytest.raises(UnreadableFileError, match="a mask of the same image"):
        read_pairs(tmp_path)
    (tmp_path / "masks/a.bmp").unlink()
    put("images/a.jpg", frame())
    with pytest.raises(UnreadableFileError, match="another image has the same name"):
        read_pairs(tmp_path)


def test_an_empty_folder_of_images_is_refused(put, blob, tmp_path):
    (tmp_path / "images").mkdir()
    put("masks/a.png", blob())
    with pytest.raises(UnreadableFileError, match="no image in this folder"):
        read_pairs(tmp_path)


@pytest.mark.parametrize("name", ["images/a.png", "masks/a.png"])
def test_a_damaged_file_is_named(put, frame, blob, tmp_path, name):
    put("images/a.png", frame())
    put("masks/a.png", blob())
    (tmp_path / name).write_bytes(b"\x89PNG\r\n\x1a\n damaged")
    with pytest.raises(LusguiError, match=r"a\.png"):
        read_pairs(tmp_path)
