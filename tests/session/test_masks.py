import numpy as np
import pytest

from lusgui.base.errors import StudyReadOnlyError, WriteFailedError
from lusgui.core.annotation import PlaneKey, Status
from lusgui.core.edits import Edit, MaskPatch, StatusChange, now_utc
from lusgui.core.geometry import Box
from lusgui.io.study import Study
from lusgui.io.study_entries import NewRecording
from lusgui.session.masks import Masks

KEY = PlaneKey(1, 0, "rib")


@pytest.fixture
def study(tmp_path):
    with Study.create(tmp_path / "a.lusgui") as made:
        made.add_recording(NewRecording(tmp_path / "a.npy", 3, 12, 10))
        yield made


def stroke(row, before=Status.EDITED):
    patch = MaskPatch(KEY, Box(row, 0, row + 1, 10), np.ones((1, 10), bool))
    change = () if before is Status.EDITED else (StatusChange(KEY, before, Status.EDITED),)
    return Edit(f"Stroke {row}", (patch,), change, "Ada", now_utc())


def break_disk(study, monkeypatch):
    def refuse(edit=None):
        raise WriteFailedError("the disk is full", path=study.path)

    for name in ("push", "undo", "redo"):
        monkeypatch.setattr(study, name, refuse)


def test_what_the_disk_refuses_stays_on_top(study, monkeypatch):
    masks = Masks(study)
    assert masks.push(stroke(0, Status.UNTOUCHED))[1] is None
    with monkeypatch.context() as broken:
        break_disk(study, broken)
        for row in (1, 2, 3):
            edit, failure = masks.push(stroke(row))
            assert edit.seq is None
            assert isinstance(failure, WriteFailedError)
        assert masks.unsaved_count == 3
        assert masks.mask(KEY).sum() == 40
        assert study.mask(KEY).sum() == 10
        assert masks.undo().name == "Stroke 3"
        assert masks.next_redo()[0].startswith("Stroke 3")
        assert masks.mask(KEY).sum() == 30
        assert masks.redo().name == "Stroke 3"
        assert masks.counts(1) == {Status.EDITED: 1}
    assert masks.flush() is None
    assert masks.unsaved_count == 0
    assert study.mask(KEY).sum() == 40
    assert [e.name for e in study.journal.entries()] == [f"Stroke {r} on rib, frame 1" for r in (3, 2, 1, 0)]
    for row in (3, 2, 1, 0):
        assert masks.undo().name == f"Stroke {row}"
    assert masks.undo() is None
    assert masks.status(KEY) is Status.UNTOUCHED


def test_undo_below_what_is_in_memory_waits_for_the_disk(study, monkeypatch):
    masks = Masks(study)
    masks.push(stroke(0, Status.UNTOUCHED))
    with monkeypatch.context() as broken:
        break_disk(study, broken)
        masks.push(stroke(1))
        masks.undo()
        with pytest.raises(WriteFailedError):
            masks.undo()
        assert masks.mask(KEY).sum() == 10
    assert masks.undo().name == "Stroke 0"


def test_a_new_stroke_after_undo_in_memory_forgets_redo(study, monkeypatch):
    masks = Masks(study)
    with monkeypatch.context() as broken:
        break_disk(study, broken)
        masks.push(stroke(0, Status.UNTOUCHED))
        masks.push(stroke(1))
        masks.undo()
    masks.push(stroke(5))
    assert masks.next_redo() is None
    assert np.flatnonzero(masks.mask(KEY).any(axis=1)).tolist() == [0, 5]
    assert np.array_equal(study.mask(KEY), masks.mask(KEY))


def test_nonsense_is_refused_and_not_kept(study):
    masks = Masks(study)
    with pytest.raises(ValueError, match="patch"):
        masks.push(stroke(12))
    other = MaskPatch(PlaneKey(1, 3, "rib"), Box(0, 0, 1, 1), np.ones((1, 1), bool))
    with pytest.raises(ValueError, match="frame 3"):
        masks.push(Edit("Brush", (other,)))
    assert masks.unsaved_count == 0


def test_study_opened_for_reading_keeps_nothing(study):
    with Study.open(study.path) as second:
        masks = Masks(second)
        with pytest.raises(StudyReadOnlyError):
            masks.push(stroke(0))
        assert masks.unsaved_count == 0
        assert not masks.mask(KEY).any()


def test_what_undo_and_redo_would_do_is_looked_up_once_and_never_out_of_date(study, monkeypatch):
    masks = Masks(study)
    asked = []
    for name in ("next_undo", "next_redo"):
        real = getattr(study.journal, name)
        monkeypatch.setattr(study.journal, name, lambda real=real, n=name: (asked.append(n), real())[1])

    def told():
        for _ in range(3):
            names = [
                None if n is None else n[0].split(" on ")[0] for n in (masks.next_undo(), masks.next_redo())
            ]
        return names

    assert told() == [None, None]
    assert sorted(asked) == ["next_redo", "next_undo"]
    masks.push(stroke(0, Status.UNTOUCHED))
    assert told() == ["Stroke 0", None]
    masks.push(stroke(1))
    assert told() == ["Stroke 1", None]
    masks.undo()
    assert told() == ["Stroke 0", "Stroke 1"]
    masks.redo()
    assert told() == ["Stroke 1", None]
    masks.undo()
    masks.push(stroke(2))
    assert told() == ["Stroke 2", None]
    assert len(asked) == 2 * 6
    with Study.create(study.path.with_name("b.lusgui")) as other:
        other.add_recording(NewRecording(study.path.with_name("a.npy"), 3, 12, 10))
        masks.move_to(other)
        assert told() == [None, None]
