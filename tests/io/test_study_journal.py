import numpy as np
import pytest

from lusgui.base.errors import StudyError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, StatusChange, now_utc
from lusgui.core.geometry import Box
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.io.study_journal import PlaneCache

SHAPE = (16, 8)


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.mat", 50, *SHAPE))
        yield made


def edit(frame, label="rib", name="Brush"):
    key = PlaneKey(1, frame, label)
    return Edit(name, (MaskPatch(key, Box(0, 0, 2, 2), np.ones((2, 2), bool)),), (), "Ada", now_utc())


def test_cache_holds_no_more_than_its_limit():
    cache = PlaneCache(limit_bytes=3 * 128)
    for frame in range(10):
        cache.put(PlaneKey(1, frame, "rib"), np.zeros(SHAPE, bool))
    held = [f for f in range(10) if cache.get(PlaneKey(1, f, "rib")) is not None]
    assert held == [7, 8, 9]
    cache.get(PlaneKey(1, 7, "rib"))
    cache.put(PlaneKey(1, 3, "rib"), np.zeros(SHAPE, bool))
    assert cache.get(PlaneKey(1, 7, "rib")) is not None
    assert cache.get(PlaneKey(1, 8, "rib")) is None


def test_drawing_after_undo_discards_redo_and_keeps_the_record(study):
    for frame in range(3):
        study.push(edit(frame, name=f"Stroke {frame}"))
    study.undo()
    study.undo()
    assert study.journal.next_redo()[0] == "Stroke 1 on rib, frame 2"
    study.push(edit(9, name="Other"))
    assert study.journal.next_redo() is None
    assert study.redo() is None
    assert [e.name for e in study.journal.entries()] == ["Other on rib, frame 10", "Stroke 0 on rib, frame 1"]
    assert study._database.raw.execute("SELECT count(*) FROM journal").fetchone() == (4,)
    assert study.undo().name == "Other"
    assert study.undo().name == "Stroke 0"
    assert study.undo() is None


def test_one_edit_over_many_planes(study):
    patches = tuple(edit(frame, label).patches[0] for frame in range(50) for label in ("rib", "cerebellum"))
    changes = tuple(StatusChange(p.key, Status.UNTOUCHED, Status.ACCEPTED) for p in patches)
    study.push(Edit("Import", patches, changes, "Ada", now_utc(), None, "import:a.tif"))
    assert study.journal.next_undo() == ("Import on 2 labels, 50 frames", PlaneKey(1, 0, "cerebellum"))
    assert len(study.statuses(1)) == 100
    loaded = study.undo()
    assert len(loaded.patches) == len(loaded.statuses) == 100
    assert loaded.source == "import:a.tif"
    assert study.statuses(1) == {}


def test_unknown_recording(study):
    with pytest.raises(StudyError, match="no recording 7"):
        study.journal.shape_of(7)
    with pytest.raises(StudyError):
        study.push(Edit("Brush", (MaskPatch(PlaneKey(7, 0, "rib"), Box(0, 0, 1, 1), np.ones((1, 1), bool)),)))
    assert study.undo() is None


def test_unknown_label_is_refused(study):
    with pytest.raises(StudyError):
        study.push(edit(0, "nonsense"))
    assert study.mask(PlaneKey(1, 0, "nonsense")) is None


def test_strange_journal_gives_our_error(study):
    study.push(edit(0))
    study._database.raw.execute("UPDATE journal_patches SET row1 = 9999")
    with pytest.raises(StudyError, match="outside"):
        study.undo()
    study._database.raw.execute("UPDATE annotations SET status = 'x'")
    with pytest.raises(StudyError, match="unknown"):
        study.status(PlaneKey(1, 0, "rib"))
