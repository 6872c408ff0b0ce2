import csv
import io
import json

import numpy as np
import pytest
import tifffile

from lusgui.base.errors import LusguiError, OverwriteRefusedError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, StatusChange, now_utc, patch_between
from lusgui.core.label import DEFAULT_LABELS, Label
from lusgui.core.measures.drawn import Drawn, Kind
from lusgui.core.recording import Intensity
from lusgui.io.export.measures import as_csv, measure_study, summarise, write_measures
from lusgui.io.study import Study
from lusgui.io.study_callipers import write_callipers, write_known_ages
from lusgui.io.study_entries import NewRecording

SHAPE, SPACING = (100, 80), (0.2, 0.3)
SHADOW = Label("shadow", "Shadow", "#BBBBBB")


def rib():
    mask = np.zeros(SHAPE, bool)
    mask[20:26, 25:55] = True
    return mask


def push(study, key, mask, status=Status.ACCEPTED):
    patch = patch_between(key, np.zeros_like(mask), mask)
    change = StatusChange(key, Status.UNTOUCHED, status)
    study.push(Edit("test", (patch,), (change,), "Ann", now_utc()))


@pytest.fixture
def study(tmp_path):
    """Return a study of a clip whose shadow can be seen, and of a second one whose file is missing."""
    gray = np.full(SHAPE, 150.0)
    gray[26:, 25:55] = 40
    gray += np.random.default_rng(1).normal(0, 8, SHAPE)
    source = tmp_path / "clip.tif"
    tifffile.imwrite(source, np.clip([gray] * 3, 0, 255).astype(np.uint8), photometric="minisblack")
    with Study.create(tmp_path / "s.lusgui", (*DEFAULT_LABELS, SHADOW)) as made:
        first = made.add_recording(
            NewRecording(source, 3, *SHAPE, Intensity.DISPLAY, name="clip", spacing_mm=SPACING)
        )
        gone = made.add_recording(NewRecording(tmp_path / "gone.tif", 2, *SHAPE, name="gone"))
        push(made, PlaneKey(first.id, 0, "rib"), rib())
        push(made, PlaneKey(first.id, 2, "rib"), rib(), Status.EDITED)
        push(made, PlaneKey(first.id, 1, "cerebellum"), rib())
        push(made, PlaneKey(gone.id, 0, "rib"), rib(), Status.REJECTED)
        push(made, PlaneKey(gone.id, 1, "rib"), rib())
        write_callipers(made, first.id, {1: (Drawn(Kind.DISTANCE, ((0, 0), (0, 50))),)})
        yield made


def find(rows, measure, **more):
    return [
        row
        for row in rows
        if row.measure == measure and all(getattr(row, name) == value for name, value in more.items())
    ]


def test_every_mask_and_calliper_is_measured(study):
    told = []
    rows = measure_study(study, progress=lambda done, total, text="": told.append((done, total)))
    depths = find(rows, "depth", recording="clip")
    assert [row.frame for row in depths] == [1, 3]
    assert [row.value for row in depths] == [pytest.approx(4.0)] * 2
    assert depths[0].rater == "Ann"
    assert [row.status for row in depths] == ["accepted", "edited"]
    (width, _) = find(rows, "shadow_width", recording="clip")
    assert width.value == pytest.approx(9.0, abs=0.61)
    assert "image" in width.note
    (line,) = find(rows, "calliper_distance")
    assert (line.frame, line.label, line.value) == (2, "calliper", pytest.approx(15))
    # where nothing says how large a pixel is, every length is refused with the reason
    gone = [row for row in rows if row.recording == "gone" and row.measure != "pieces"]
    assert gone
    assert {row.frame for row in gone} == {2}  # the rejected one is left out
    assert all(row.value is None and "spacing is unknown" in row.reason for row in gone)
    assert told[0] == (0, 4)
    assert told[-1] == (4, 4)


def test_shadow_drawn_or_not_looked_for(study):
    (without, _) = find(measure_study(study, with_images=False), "shadow_width", recording="clip")
    assert without.value is None
    mask = np.zeros(SHAPE, bool)
    mask[26:, 20:60] = True
    push(study, PlaneKey(1, 0, "shadow"), mask)
    first = find(measure_study(study), "shadow_width", recording="clip", frame=1)[0]
    assert first.value == pytest.approx(12)
    assert first.note == "drawn"


def test_cerebellum_with_ends_by_hand_and_a_known_age(study):
    write_callipers(study, 1, {1: (Drawn(Kind.DISTANCE, ((30, 0), (30, 70)), "tcd"),)})
    write_known_ages(study, {1: 20.0})
    rows = [row for row in measure_study(study) if row.label == "cerebellum"]
    (diameter,) = find(rows, "tcd")
    assert diameter.value == pytest.approx(21)
    assert "by hand" in diameter.note
    (z,) = find(rows, "tcd_z")
    assert z.value == pytest.approx((21 - 20.47) / 0.872, abs=0.05)
    (age,) = find(rows, "ga_intergrowth21")
    assert age.part == "INTERGROWTH-21st"
    assert "not for clinical use" in age.note


def test_chosen_labels_and_recordings(study):
    rows = measure_study(study, labels=["Rib"], recordings=["clip"])
    assert {(row.recording, row.label) for row in rows} == {("clip", "rib")}
    with pytest.raises(LusguiError, match="no label 'spleen'"):
        measure_study(study, labels=["spleen"])
    with pytest.raises(LusguiError, match="no recording 'x'"):
        measure_study(study, recordings=["x"])


def test_files(study, tmp_path):
    rows = measure_study(study)
    table = write_measures(tmp_path / "m.csv", rows, study)
    read = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert len(read) == len(rows)
    assert {"recording", "frame", "measure", "value", "unit", "reason"} <= set(read[0])
    assert float(next(row for row in read if row["measure"] == "depth")["value"]) == pytest.approx(4)
    assert as_csv(rows).splitlines()[0].startswith("recording,frame,label")
    with pytest.raises(OverwriteRefusedError):
        write_measures(tmp_path / "m.csv", rows, study)
    write_measures(tmp_path / "m.csv", rows, study, overwrite=True)
    told = json.loads(write_measures(tmp_path / "m.json", rows, study).read_text(encoding="utf-8"))
    assert told["provenance"]["lusgui_version"]
    assert told["spacing_mm"] == {"clip": [0.2, 0.3], "gone": None}
    assert len(told["measures"]) == len(rows)
    with pytest.raises(LusguiError, match="no kind of table"):
        write_measures(tmp_path / "m.txt", rows, study)
    with pytest.raises(LusguiError, match="no mask"):
        write_measures(tmp_path / "n.csv", [], study)


def test_summary_of_a_cine(study):
    summary = summarise(measure_study(study))
    (depth,) = [one for one in summary if one["measure"] == "depth"]
    assert (depth["n"], depth["mean"], depth["sd"]) == (2, pytest.approx(4), pytest.approx(0))
    assert not [one for one in summary if one["label"] == "calliper"]
