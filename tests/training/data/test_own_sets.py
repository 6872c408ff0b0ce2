from __future__ import annotations

import pytest

from lusgui.base.errors import UnreadableFileError
from training.data.own_sets import fits_fetal, fits_ribs, read_fetal, read_ribs


def test_the_rib_set(put, frame, blob, tmp_path):
    put("images/a_00001.png", frame())
    put("masks/a_00001.png", blob())
    (tmp_path / "index.csv").write_text("stem,group\na_00001,g1\n")
    assert fits_ribs(tmp_path)
    (sample,) = read_ribs(tmp_path)
    assert (sample.name, sample.group, sample.source) == ("a_00001", "g1", "images/a_00001.png")
    assert sample.masks["rib"].sum() == 32
    put("masks/b.png", blob())
    with pytest.raises(UnreadableFileError, match=r"b\.png: index\.csv does not list it"):
        read_ribs(tmp_path)


def test_another_table_is_not_the_rib_set(put, frame, blob, tmp_path):
    assert not fits_ribs(tmp_path)
    put("images/a.png", frame())
    put("masks/a.png", blob())
    (tmp_path / "index.csv").write_text("name\na\n")
    assert not fits_ribs(tmp_path)


def test_fetal_planes_know_patient_and_week(put, frame, blob, tmp_path):
    for stem in ("p001_ga20_a", "p001_ga20_b", "p017_ga27_a"):
        put(f"{stem}.jpg", frame())
        put(f"{stem}.cerebellum.png", blob())
    put("p017_ga27_a.vermis.png", blob())
    assert fits_fetal(tmp_path)
    first, second, third = read_fetal(tmp_path)
    assert (first.group, second.group, third.group) == ("p001", "p001", "p017")
    assert (first.facts, third.facts) == ({"ga_weeks": 20.0}, {"ga_weeks": 27.0})
    assert set(third.masks) == {"cerebellum", "vermis"}


def test_a_plane_without_mask_and_a_mask_without_plane_are_refused(put, frame, blob, tmp_path):
    lonely = put("p001_ga20_a.jpg", frame())
    with pytest.raises(UnreadableFileError, match=r"p001_ga20_a\.jpg: the image has no mask"):
        read_fetal(tmp_path)
    put("p001_ga20_a.cerebellum.png", blob())
    put("p002_ga20_a.cerebellum.png", blob())
    with pytest.raises(UnreadableFileError, match=r"p002_ga20_a\.cerebellum\.png: the mask has no image"):
        read_fetal(tmp_path)
    assert lonely.exists()


def test_other_pictures_are_no_planes(put, frame, tmp_path):
    put("a.jpg", frame())
    assert not fits_fetal(tmp_path)
