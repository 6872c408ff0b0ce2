from pathlib import Path

import pytest

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, StatusChange, now_utc
from lusgui.core.intensity import DisplayMapping
from lusgui.core.recipe import Recipe
from lusgui.core.recording import Intensity
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.io.study_recordings import relative_to


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "ward" / "a.lusgui") as made:
        yield made


def new(folder, name="a.mat", **more):
    values = {"frames": 5, "rows": 960, "cols": 128, "size_bytes": 10, "mtime_ns": 20} | more
    return NewRecording(folder / name, **values)


def test_everything_comes_back(study, tmp_path):
    entry = study.add_recording(
        new(
            tmp_path,
            variable="ImgData{1}",
            sha256="0" * 64,
            recipe=Recipe("lab", "ImgData{1}", "hw1t"),
            intensity=Intensity.LINEAR,
            spacing_mm=(0.04, 0.3),
            frame_rate_hz=30.0,
            frame_numbers=(4, 5, 1, 2, 3),
            mapping=DisplayMapping(Intensity.LINEAR, 0.0, 5.0),
        )
    )
    assert study.recordings() == [entry]
    assert study.recording(entry.id) == entry
    assert entry.relative_path == "../a.mat"
    assert entry.recipe.axes == "hw1t"
    assert entry.mapping.high == 5.0
    assert entry.frame_numbers == (4, 5, 1, 2, 3)
    assert study.recording(99) is None


def test_same_content_is_not_put_in_twice(study, tmp_path):
    first = study.add_recording(new(tmp_path, sha256="1" * 64))
    assert study.add_recording(new(tmp_path)).id == first.id
    assert study.add_recording(new(tmp_path, "moved.mat", sha256="1" * 64)).id == first.id
    assert study.add_recording(new(tmp_path, variable="other")).id != first.id
    assert study.add_recording(new(tmp_path, mtime_ns=99)).id != first.id
    assert len(study.recordings()) == 3


def test_removed_recording_comes_back_with_its_annotations(study, tmp_path):
    first, second = study.add_recording(new(tmp_path)), study.add_recording(new(tmp_path, "b.mat"))
    key = PlaneKey(first.id, 0, "rib")
    study.push(Edit("Accept", (), (StatusChange(key, Status.UNTOUCHED, Status.ACCEPTED),), "Ada", now_utc()))
    study.settings.set_worklist([(first.id, 0), (second.id, 1)])
    study.content.remove(first.id)
    assert [r.id for r in study.recordings()] == [second.id]
    assert study.settings.worklist() == [(second.id, 1)]
    assert study.add_recording(new(tmp_path)).id == first.id
    assert study.status(key) is Status.ACCEPTED
    assert study.content.counts() == {first.id: {Status.ACCEPTED: 1}}


def test_order_file_hash_and_settings(study, tmp_path):
    ids = [study.add_recording(new(tmp_path, f"{name}.mat")).id for name in "abc"]
    study.content.move(ids[::-1])
    assert [r.id for r in study.recordings()] == ids[::-1]
    study.content.set_file(ids[0], tmp_path / "ward" / "x.mat", size_bytes=7, mtime_ns=8)
    study.set_hash(ids[0], "f" * 64)
    study.content.set_spacing(ids[0], (0.1, 0.2))
    study.content.set_recipe(ids[0], Recipe("lab"))
    study.content.set_mapping(ids[0], DisplayMapping(Intensity.DB, -60.0, 0.0))
    entry = study.recording(ids[0])
    assert (entry.relative_path, entry.size_bytes, entry.mtime_ns) == ("x.mat", 7, 8)
    assert (entry.sha256, entry.spacing_mm, entry.recipe.name) == ("f" * 64, (0.1, 0.2), "lab")
    assert entry.mapping.low == -60.0
    study.content.set_spacing(ids[0], None)
    assert study.recording(ids[0]).spacing_mm is None


@pytest.mark.parametrize(
    "damage",
    [
        *("rows = 100000, cols = 100000", "intensity = 'x'", "mapping = '[]'"),
        *("frame_numbers = '{'", "frame_numbers = '[1e999]'"),
    ],
)
def test_damaged_row_gives_our_error(study, tmp_path, damage):
    study.add_recording(new(tmp_path))
    study._database.raw.execute(f"UPDATE recordings SET {damage}")
    with pytest.raises(StudyError):
        study.recordings()


def test_impossible_spacing_is_unknown(study, tmp_path):
    study.add_recording(new(tmp_path, spacing_mm=(0.1, 0.1)))
    for value in ("-3", "1e-300"):
        study._database.raw.execute(f"UPDATE recordings SET spacing_row_mm = {value}")
        assert study.recordings()[0].spacing_mm is None


def test_relative_path_has_forward_slashes():
    assert relative_to(Path("/a/b/c.mat"), Path("/a/d")) == "../b/c.mat"
