from __future__ import annotations

import numpy as np
import pytest

from lusgui.base.errors import UnreadableFileError
from training.data.groups import UNKNOWN, assign_groups, join_alike, read_groups
from training.dataset import Sample

BLANK = np.zeros((2, 2), np.uint8)


def named(*names, group=UNKNOWN):
    return [Sample(name, group, BLANK, source=f"images/{name}.png") for name in names]


def test_an_image_of_which_nothing_is_known_is_its_own_group_and_that_is_said(tmp_path):
    samples, (said,) = assign_groups(named("a", "b"), tmp_path)
    assert [one.group for one in samples] == ["a", "b"]
    assert "its own group and a split may leak" in said
    assert "groups.csv" in said


def test_photographs_need_no_warning(tmp_path):
    samples, said = assign_groups(named("a", "b"), tmp_path, natural=True)
    assert [one.group for one in samples] == ["a", "b"]
    assert said == []


def test_what_the_layout_knows_stays(tmp_path):
    samples, said = assign_groups(named("a", "b", group="p1"), tmp_path)
    assert {one.group for one in samples} == {"p1"}
    assert said == []


def test_frames_that_lusgui_wrote_belong_to_their_recording(tmp_path):
    samples, (said,) = assign_groups(named("x_00001", "x_00007", "y_1_00001"), tmp_path)
    assert [one.group for one in samples] == ["x", "x", "y_1"]
    assert "2 recordings" in said


@pytest.mark.parametrize("names", [("img_00001", "img_00002"), ("a_00001", "b_00001"), ("x_00001", "y")])
def test_numbers_that_tell_nothing_are_no_recordings(tmp_path, names):
    samples, _ = assign_groups(named(*names), tmp_path)
    assert [one.group for one in samples] == list(names)


@pytest.mark.parametrize("file", ["a", "a.png", "images/a.png", "images\\a.png"])
def test_the_table_overrules_all(tmp_path, file):
    (tmp_path / "groups.csv").write_text(f"file,group\n{file},p7\nb.png,p7\n")
    samples, said = assign_groups(named("a", "b", group="other"), tmp_path)
    assert {one.group for one in samples} == {"p7"}
    assert said == []


def test_a_table_that_lacks_a_file_is_refused(tmp_path):
    (tmp_path / "groups.csv").write_text("file,group\na.png,p7\n")
    with pytest.raises(UnreadableFileError, match=r"groups\.csv: it does not list 'b\.png'"):
        assign_groups(named("a", "b"), tmp_path)


@pytest.mark.parametrize("text", ["name,group\na,b\n", "file,group\na,\n", "file,group\n", ""])
def test_a_damaged_table_is_refused(tmp_path, text):
    (tmp_path / "groups.csv").write_text(text)
    with pytest.raises(UnreadableFileError, match=r"groups\.csv"):
        read_groups(tmp_path)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_tables_as_excel_writes_them_in_any_country(tmp_path, mark):
    lines = [mark.join(row) for row in (("file", "group"), ("a.png", "p7"), ("b.png", "p8"))]
    (tmp_path / "groups.csv").write_bytes(("\r\n".join(lines) + "\r\n").encode("utf-8-sig"))
    assert read_groups(tmp_path) == {"a.png": "p7", "b.png": "p8"}


def test_near_duplicates_share_a_group():
    random = np.random.default_rng(0)
    frames = [np.kron(random.integers(0, 255, (8, 8)), np.ones((8, 8))).astype(np.uint8) for _ in range(3)]
    darker = (frames[1] * 0.8).astype(np.uint8)
    samples = [
        Sample("a", "ga", frames[0]),
        Sample("b", "gb", frames[1]),
        Sample("c", "gc", darker),
        Sample("d", "gc", frames[2]),
    ]
    assert [one.group for one in join_alike(samples)] == ["ga", "gb", "gb", "gb"]
