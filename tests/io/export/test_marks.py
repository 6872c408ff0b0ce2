"""The table of points and boxes, read back with a reader of the standard library."""

import csv
import json

import pytest

from lusgui.base.errors import LusguiError
from lusgui.core.annotation import PlaneKey
from lusgui.core.edits import Edit, MarkChange, now_utc
from lusgui.core.marks import box_mark, point_mark
from lusgui.io.export import export_study
from lusgui.io.export.marks import COLUMNS, COLUMNS_MM
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

SHAPE = (24, 16)


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "s.lusgui") as study:
        for name, spacing in (("one", (0.1, 0.3)), ("two", None)):
            source = tmp_path / f"{name}.mat"
            source.write_bytes(name.encode())
            study.add_recording(
                NewRecording(source, 4, *SHAPE, spacing_mm=spacing, frame_numbers=(3, 4, 1, 2))
            )
        yield study


def put(study, *marks):
    changes = tuple(MarkChange(None, mark) for mark in marks)
    study.push(Edit("Point", (), (), "Ann, MD", now_utc(), marks=changes))


def read(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_every_mark_is_a_line(study, tmp_path):
    rib, cerebellum = PlaneKey(1, 2, "rib"), PlaneKey(2, 0, "cerebellum")
    put(study, box_mark(rib, (-9, -9), (10.25, 4), SHAPE), point_mark(PlaneKey(1, 0, "rib"), 3.5, 2, SHAPE))
    put(study, point_mark(cerebellum, 7, 8, SHAPE))
    written = export_study(study, tmp_path / "out", ("csv", "tiff"))
    assert [path.name for path in written] == ["one_marks.csv", "two_marks.csv"]
    point, box = read(written[0])
    assert set(point) == {*COLUMNS, *COLUMNS_MM}
    assert (point["recording"], point["frame"], point["label"], point["kind"]) == ("one", "3", "rib", "point")
    assert [float(point[name]) for name in ("row0", "col0", "row1", "col1")] == [3.5, 2, 3.5, 2]
    assert [float(point[name]) for name in COLUMNS_MM] == pytest.approx([0.35, 0.6, 0.35, 0.6])
    assert point["rater"] == "Ann, MD"
    assert (box["frame"], box["kind"]) == ("1", "box")
    assert [float(box[name]) for name in ("row0", "col0", "row1", "col1")] == [-0.5, -0.5, 10.25, 4]
    (other,) = read(written[1])
    assert [other[name] for name in COLUMNS_MM] == ["", "", "", ""]
    sidecar = next((tmp_path / "out").glob("one_marks*.json"))
    assert json.loads(sidecar.read_text(encoding="utf-8"))


def test_only_the_wanted_labels(study, tmp_path):
    put(study, point_mark(PlaneKey(1, 0, "rib"), 3, 2, SHAPE))
    with pytest.raises(LusguiError, match="reviewed"):
        export_study(study, tmp_path / "out", ("csv",), labels=["cerebellum"])
    assert len(export_study(study, tmp_path / "out", ("csv",), labels=["rib"])) == 1


def test_without_marks_there_is_nothing_to_export(study, tmp_path):
    with pytest.raises(LusguiError, match="nothing to export"):
        export_study(study, tmp_path / "out", ("csv",), reviewed_only=False)
