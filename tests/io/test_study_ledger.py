import numpy as np
import pytest

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, StatusChange
from lusgui.core.geometry import Box
from lusgui.io import study_ledger
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording

AT = "2026-01-01T10:00:{:02d}.000+00:00"


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 50, 16, 8))
        yield made


def edit(frame, second=0, px=4, label="rib", source="human"):
    flipped = np.zeros((2, 4), bool)
    flipped.ravel()[:px] = True
    patch = MaskPatch(PlaneKey(1, frame, label), Box(0, 0, 2, 4), flipped)
    return Edit("Brush", (patch,), (), "Ada", AT.format(second), None, source)


def said(frame, second=0):
    change = StatusChange(PlaneKey(1, frame, "rib"), Status.UNTOUCHED, Status.ACCEPTED)
    return Edit("Accept", (), (change,), "Ada", AT.format(second))


def short(rows):
    return [(row.frame, row.label, row.source, row.changed_px) for row in rows]


def test_every_edit_in_force_is_told_with_its_pixels(study):
    study.push(edit(3, 1, px=5))
    study.push(edit(3, 2, px=2, source="import:a.tif"))
    study.push(said(4, 3))
    rows = study.ledger.rows()
    assert short(rows) == [(3, "rib", "human", 5), (3, "rib", "import:a.tif", 2), (4, "rib", "human", 0)]
    assert [row.at for row in rows] == [AT.format(n) for n in (1, 2, 3)]
    assert [row.seq for row in rows] == sorted({row.seq for row in rows})


def test_what_is_taken_back_does_not_count_until_it_is_done_again(study):
    study.push(edit(3, 1))
    study.push(edit(4, 2))
    study.undo()
    assert [row.frame for row in study.ledger.rows()] == [3]
    study.redo()
    assert short(study.ledger.rows()) == [(3, "rib", "human", 4), (4, "rib", "human", 4)]


def test_pixels_are_unpacked_once(study, monkeypatch):
    study.push(edit(3, 1))
    asked = []
    unpack = study_ledger.unpack_mask
    monkeypatch.setattr(study_ledger, "unpack_mask", lambda *a: asked.append(1) or unpack(*a))
    assert short(study.ledger.rows()) == short(study.ledger.rows())
    assert len(asked) == 1
    study.push(edit(4, 2, px=1))
    assert [row.changed_px for row in study.ledger.rows()] == [4, 1]
    assert len(asked) == 2


def test_an_edit_of_many_planes_has_a_row_each(study):
    parts = tuple(edit(frame, label=label).patches[0] for frame in (1, 2) for label in ("cerebellum", "rib"))
    study.push(Edit("Fill", parts, (), "Ada", AT.format(0)))
    assert [(row.frame, row.label) for row in study.ledger.rows()] == [
        (1, "cerebellum"),
        (1, "rib"),
        (2, "cerebellum"),
        (2, "rib"),
    ]
    assert len({row.seq for row in study.ledger.rows()}) == 1


@pytest.mark.parametrize(
    "corner", ["row1 = row0", "col1 = 1 << 40", "row0 = NULL", "row1 = 9", "flipped = x'00'"]
)
def test_a_damaged_patch_is_refused(study, corner):
    study.push(edit(3))
    study._database.raw.execute(f"UPDATE journal_patches SET {corner}")
    with pytest.raises(StudyError):
        study.ledger.rows()
