import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from join_kit import disk, draw, folder_as_it_is, key, make, recording

from lusgui.base.errors import OverwriteRefusedError, StudyError, StudyReadOnlyError
from lusgui.core.annotation import Status
from lusgui.core.edits import Edit, now_utc
from lusgui.core.notes import NoteChange, NoteKind, make_note
from lusgui.core.prediction_key import PredictionKey
from lusgui.io.second_read import (
    begin_second_read,
    find_second_reads,
    lock_second_read,
    second_read_of,
    suggest_path,
)
from lusgui.io.study import Study
from lusgui.io.study_join import join_studies


@pytest.fixture
def first(tmp_path):
    """Return a study with masks, comments, stored answers of a model and a recording nobody will read."""
    study = make(tmp_path / "ward 1.lusgui", recording(tmp_path, "x", "1" * 64), recording(tmp_path, "a"))
    draw(study, key(1, recording_id=2), disk(7, 5), "Ada", Status.ACCEPTED)
    draw(study, key(3, recording_id=2), disk(9, 5), "Ada")
    secret = make_note(key(1, recording_id=2), NoteKind.COMMENT, "secret of Ada", "Ada")
    study.push(Edit("c", (), (), "Ada", now_utc(), notes=(NoteChange(None, secret),)))
    study.settings.put_prediction(PredictionKey(2, 1, "d", "v", "rib"), np.ones((20, 12)))
    study.settings.add_rater("Ada")
    yield study
    study.close()


def begin(first, reader="Sue", keys=("rib",), places=((2, 3), (2, 1))):
    return begin_second_read(first, suggest_path(first.path, reader), reader, keys, places)


def test_nothing_of_the_first_reader_is_in_the_file(first):
    path = begin(first)
    assert path.name == "ward 1.second-Sue.lusgui"
    raw = path.read_bytes()
    assert b"secret of Ada" not in raw
    assert b"Ada" not in raw
    with Study.open(path) as second:
        assert [entry.name for entry in second.recordings()] == ["a"]
        assert [label.key for label in second.labels()] == ["rib"]
        assert second.settings.worklist() == [(1, 1), (1, 3)]
        assert second.statuses(1) == {}
        assert second.mask(key(1)) is None
        assert second.notes.all() == []
        for table in ("annotations", "journal", "predictions", "marks", "readings", "model_versions"):
            assert second.database.raw.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        said = second_read_of(second)
        assert (said.reader, said.first, said.places) == ("Sue", first.path, ((1, 1), (1, 3)))
        assert not said.is_locked
        assert second.recording(1).sha256 == first.recording(2).sha256
    assert second_read_of(first) is None


def test_a_finished_read_cannot_be_changed_and_its_copy_is_a_study(first, tmp_path):
    path = begin(first)
    with Study.open(path) as second:
        draw(second, key(1), disk(8, 5), "Sue")
        assert find_second_reads(first.path) == []
        assert lock_second_read(second).is_locked
    first.path.with_name("ward 1.second-bad.lusgui").write_bytes(b"no study")
    assert find_second_reads(first.path) == [path]
    with Study.open(path) as again:
        assert again.read_only_reason == "the second read by Sue is finished"
        with pytest.raises(StudyReadOnlyError):
            draw(again, key(1), disk(3, 5), "Sue")
        with pytest.raises(StudyReadOnlyError):
            again.undo()
        copy = again.save_copy(tmp_path / "copy")
    with Study.open(copy) as free:
        assert not free.is_read_only
        assert second_read_of(free) is None
        assert np.array_equal(free.mask(key(1)), disk(8, 5))


def test_both_reads_are_joined_by_content(first, tmp_path):
    with Study.open(begin(first)) as second:
        draw(second, key(1), disk(8, 5), "Sue")
        draw(second, key(3), disk(9, 5), "Sue")
        lock_second_read(second)
    before = folder_as_it_is(tmp_path)
    report = join_studies([first.path, second.path], tmp_path / "both.lusgui")
    after = folder_as_it_is(tmp_path)
    assert {name: after[name] for name in before} == before
    assert report.readers == ("Ada", "Sue")
    assert (report.alone, report.agreed, report.differing) == (0, 1, 1)
    with Study.open(report.path) as both:
        assert not both.is_read_only
        assert both.settings.worklist() == [(2, 1)]


def test_what_makes_no_second_read(first):
    with pytest.raises(StudyError, match="needs a name"):
        begin(first, reader=" ")
    with pytest.raises(StudyError, match="nothing to read"):
        begin(first, places=())
    with pytest.raises(StudyError, match="nothing to read"):
        begin(first, keys=("spleen",))
    path = begin(first)
    with pytest.raises(OverwriteRefusedError):
        begin_second_read(first, path, "Sue", ("rib",), ((2, 1),))
    assert suggest_path(first.path, "Sue").name == "ward 1.second-Sue-2.lusgui"
    assert suggest_path(first.path, "../A b").name == "ward 1.second----A-b.lusgui"
    with pytest.raises(StudyError, match="no second read"):
        lock_second_read(first)


def test_what_is_said_of_a_read_may_be_damaged(first):
    with Study.open(begin(first)) as second:
        second.settings.set_setting("reading", {"reader": "Sue"})
        with pytest.raises(StudyError, match="damaged"):
            second_read_of(second)
        sound = {"reader": "Sue", "first": "a", "labels": ["rib"], "begun_at": ""}
        for place in ([1.5, 0], [1, 10**400], [-1, 0], [True, 0]):
            second.settings.set_setting("reading", sound | {"places": [place]})
            with pytest.raises(StudyError, match="damaged"):
                second_read_of(second)
