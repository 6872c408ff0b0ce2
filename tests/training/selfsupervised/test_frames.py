import csv

import numpy as np
import pytest
from PIL import Image

from lusgui.base.errors import UnreadableFileError
from training.dataset import groups_of
from training.selfsupervised import frames
from training.selfsupervised.frames import CLIP_GROUPS, LIMBS_GROUP, real_frames


def _picture(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (24, 20)).astype(np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def known(tmp_path, monkeypatch):
    """A folder of the data sets, without clips; two shipped lung frames."""
    data = tmp_path / "data"
    _picture(data / "usgra" / "images" / "0001.png")
    _picture(data / "usgra" / "masks" / "0001.png")
    for name in ("010_HC", "010_2HC", "011_HC"):
        _picture(data / "hc18" / f"{name}.png")
        _picture(data / "hc18" / f"{name}_Annotation.png")
    for name in ("p001_ga20_a", "p001_ga22_b", "p002_ga20_a"):
        _picture(data / "fetal_cerebellum" / f"{name}.jpg")
        _picture(data / "fetal_cerebellum" / f"{name}.cerebellum.png")
    shipped = tmp_path / "resources"
    folder = shipped / "datasets" / "ribs"
    for stem in ("clip_1", "limb_1"):
        _picture(folder / "images" / f"{stem}.png")
        _picture(folder / "masks" / f"{stem}.png")
    with (folder / "index.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("stem", "group"), ("clip_1", "g_reg"), ("limb_1", LIMBS_GROUP)])
    monkeypatch.setattr(frames, "resources_dir", lambda: shipped)
    return data


def test_masks_are_no_frames_and_one_person_is_one_group(known):
    samples = real_frames(known)
    assert len(samples) == 1 + 3 + 3 + 2
    assert all(not sample.masks for sample in samples)
    assert groups_of(samples) == ["g_reg", LIMBS_GROUP, "hc18-010", "hc18-011", "p001", "p002"]
    assert {sample.source for sample in samples} == {"usgra", "hc18", "fetal_cerebellum", "lung_linear"}


def test_nothing_of_a_group_that_is_held_out_is_there(known):
    samples = real_frames(known, ["p001", LIMBS_GROUP])
    assert groups_of(samples) == ["g_reg", "hc18-010", "hc18-011", "p002"]
    assert not any(sample.source == "usgra" for sample in samples)  # nor the limb frame that is shipped


def test_a_whole_source_is_left_out_by_its_name(known):
    assert {sample.source for sample in real_frames(known, ["hc18", "usgra"])} == {
        "fetal_cerebellum",
        "lung_linear",
    }


def test_a_misspelt_group_is_refused_rather_than_learnt(known):
    with pytest.raises(UnreadableFileError, match=r"no group 'p01'.*p001"):
        real_frames(known, ["p01"])
    with pytest.raises(UnreadableFileError, match="nothing is left"):
        real_frames(known, ["hc18", "usgra", "fetal_cerebellum", "lung_linear"])


def test_without_data_there_are_the_shipped_frames(known):
    assert [sample.name for sample in real_frames(None)] == ["clip_1", "limb_1"]


def test_own_pictures_are_grouped_by_folder(tmp_path):
    for name in ("anna/1.png", "anna/2.png", "bert/1.png", "alone.png", "bert/masks/1.png"):
        _picture(tmp_path / name)
    samples = real_frames(tmp_path)
    assert sorted((sample.name, sample.group) for sample in samples) == [
        ("1_00000", "anna"),
        ("1_00000", "bert"),
        ("2_00000", "anna"),
        ("alone_00000", "alone"),
    ]
    assert groups_of(real_frames(tmp_path, ["anna"])) == ["alone", "bert"]


def test_a_data_set_with_masks_gives_its_frames_and_groups(tmp_path):
    for i in range(2):
        _picture(tmp_path / "images" / f"{i}.png", i)
        _picture(tmp_path / "masks" / f"{i}.png", i)
    samples = real_frames(tmp_path)
    assert len(samples) == 2
    assert all(not sample.masks and sample.group for sample in samples)


def test_frames_of_a_long_recording_are_spread_evenly(tmp_path):
    import tifffile

    movie = np.zeros((40, 16, 16), np.uint8) + np.arange(40, dtype=np.uint8)[:, None, None]
    tifffile.imwrite(tmp_path / "clip.tif", movie, photometric="minisblack")
    samples = real_frames(tmp_path)
    assert len(samples) == frames.CLIP_FRAMES
    values = [int(sample.frame[0, 0]) for sample in samples]
    assert values[0] == 0
    assert max(np.diff(values)) <= 3
    assert values[-1] >= 37
    assert {sample.group for sample in samples} == {"clip"}


def test_what_is_empty_or_gone_is_named(tmp_path):
    with pytest.raises(UnreadableFileError, match="no frames"):
        real_frames(tmp_path)
    with pytest.raises(UnreadableFileError, match="no such folder"):
        real_frames(tmp_path / "gone")


def test_two_crops_of_one_recording_are_one_group():
    def group_of(stem):
        return next(group for start, group in CLIP_GROUPS.items() if stem.startswith(start))

    assert group_of("Vir_or_Pneu_prospective_file4") == group_of("Vir_prospective_file1") == "g_vir1"
    assert group_of("Vir_prospective_file2") == "g_vir2"
    assert len({group_of(f"Reg_Image_{name}_crop") for name in ("18122", "181206", "181432")}) == 1


def test_clips_have_the_groups_of_the_drawn_frames():
    """Every source file of the shipped index falls into the group that the index gives it."""
    from lusgui.base.paths import resources_dir

    with (resources_dir() / "datasets" / "ribs" / "index.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["group"] != LIMBS_GROUP]
    assert rows
    for row in rows:
        stem = row["source_file"]
        found = next(group for start, group in CLIP_GROUPS.items() if stem.startswith(start))
        assert found == row["group"], stem
